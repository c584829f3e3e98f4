"""The external sort returns its input by instant, in memory that does not grow with it."""

import random
import tempfile
import tracemalloc

import pytest

from streams.sources.external_sort import ExternalSort


def shuffled(count: int) -> list[tuple[int, bytes]]:
    lines = [(number - count // 2, b"line %06d" % number) for number in range(count)]
    random.Random(1).shuffle(lines)
    return lines


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Return the folder of temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


class TestExternalSort:
    @pytest.mark.parametrize(("chunk_bytes", "fan_in"), [(1 << 20, 64), (1000, 64), (100, 3), (1, 2)])
    def test_order(self, chunk_bytes, fan_in):
        """The order does not depend on chunks and fan-in; instants before 1970 come first."""
        with ExternalSort(chunk_bytes=chunk_bytes, fan_in=fan_in) as lines:
            for instant, line in shuffled(300):
                lines.add(instant, line)
            assert 300 == len(lines)
            assert [line for _, line in sorted(shuffled(300))] == list(lines.merged())

    def test_equal_instants(self):
        """Lines of one instant are ordered by their bytes, whatever the chunks; equal lines all come."""
        for chunk_bytes in (1, 1 << 20):
            with ExternalSort(chunk_bytes=chunk_bytes) as lines:
                for line in (b"b", b"a", b"c", b"a"):
                    lines.add(7, line)
                assert [b"a", b"a", b"b", b"c"] == list(lines.merged())

    def test_a_small_input_needs_no_disk(self, scratch):
        """An input of one chunk is sorted in memory."""
        with ExternalSort() as lines:
            lines.add(1, b"a")
            assert [b"a"] == list(lines.merged())
            assert [] == list(scratch.iterdir())

    def test_cleans_up(self, scratch):
        """Temporary files are deleted afterwards, after an error too."""

        def fail() -> None:
            with ExternalSort(chunk_bytes=10) as lines:
                for instant, line in shuffled(100):
                    lines.add(instant, line)
                assert [] != list(scratch.iterdir())
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert [] == list(scratch.iterdir())

    def test_memory(self):
        """Ten times the lines take the same memory."""
        assert peak(20_000) < 1.5 * peak(2_000) < 4 << 20


def peak(count: int) -> int:
    """Return the peak bytes of sorting so many lines of a hundred bytes in chunks of 64 KiB."""
    tracemalloc.start()
    try:
        with ExternalSort(chunk_bytes=64 << 10, fan_in=4) as lines:
            for number in range(count):
                lines.add(-number, b"%0100d" % number)
            assert count == sum(1 for _ in lines.merged())
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
