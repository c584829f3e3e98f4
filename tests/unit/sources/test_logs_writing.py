"""Log files are complete or absent, and equal lines give equal bytes."""

import gzip
import hashlib

import pytest
import zstandard

from schemas import hot
from streams.errors import OutputError
from streams.sources.logs import LogWriter, read_events

EVENT = hot.CaseClosed(
    v=1, event_id="e-1", occurred_at=0, recorded_at=1000, source="feed", case_id="c-x1", reason="other"
)


def written(path, count=3) -> LogWriter:
    with LogWriter(path) as log:
        for number in range(count):
            log.write_line(b"line %d" % number)
    return log


class TestLogWriter:
    def test_lines(self, tmp_path):
        """Every line ends with a line end."""
        written(tmp_path / "a.jsonl")
        assert b"line 0\nline 1\nline 2\n" == (tmp_path / "a.jsonl").read_bytes()

    def test_events(self, tmp_path):
        """An event is read back unchanged."""
        with LogWriter(tmp_path / "a.jsonl") as log:
            log.write(EVENT)
        assert [EVENT] == list(read_events([tmp_path / "a.jsonl"]))

    def test_gz(self, tmp_path):
        """.gz is compressed, with the same bytes every time."""
        written(tmp_path / "a.gz")
        written(tmp_path / "b.gz")
        assert b"line 0\nline 1\nline 2\n" == gzip.decompress((tmp_path / "a.gz").read_bytes())
        assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()

    def test_zst(self, tmp_path):
        """.zst is compressed, even beyond one buffer."""
        written(tmp_path / "a.zst", 200_000)
        with (tmp_path / "a.zst").open("rb") as file:
            content = zstandard.ZstdDecompressor().stream_reader(file).read()
        assert 200_000 == content.count(b"\n")
        assert content.endswith(b"line 199999\n")

    @pytest.mark.parametrize("name", ["a", "a.gz", "a.zst"])
    def test_empty(self, tmp_path, name):
        """A log without a line is an empty file."""
        written(tmp_path / name, 0)
        assert [] == list(read_events([tmp_path / name]))

    @pytest.mark.parametrize("name", ["a", "a.gz", "a.zst"])
    def test_digest(self, tmp_path, name):
        """sha256, size and lines are those of the file."""
        log = written(tmp_path / name, 1000)
        content = (tmp_path / name).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content), 1000) == (log.sha256, log.size, log.lines)

    def test_an_error_keeps_the_old_file(self, tmp_path):
        """A file is unchanged until the new one is complete, and no part of that is left."""
        path = tmp_path / "a.jsonl"
        path.write_text("old")

        def fail() -> None:
            with LogWriter(path) as log:
                log.write_line(b"new")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert ["a.jsonl"] == [each.name for each in tmp_path.iterdir()]
        assert "old" == path.read_text()

    def test_no_such_directory(self, tmp_path):
        """The error names a missing directory."""
        with pytest.raises(OutputError, match=r"absent/a.jsonl: cannot be written: No such file or directory"):
            LogWriter(tmp_path / "absent" / "a.jsonl")
