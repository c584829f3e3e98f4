"""Log files: read and merged by recorded_at, with any compression, order and faults."""

import gzip
import os
import random
import tempfile
import threading
from pathlib import Path

import pytest
import zstandard

from schemas import hot
from schemas.decode import encode_event
from streams.errors import InputError
from streams.sources import logs
from streams.sources.log_blocks import MAX_LINE_BYTES, read_blocks
from streams.sources.log_order import survey
from streams.sources.logs import read_events, read_lines

START = 1_773_068_400_000


def line(number: int, *, at: int | None = None) -> bytes:
    """Return the event of a number, by default recorded that many seconds after the start."""
    recorded_at = START + 1000 * (number if at is None else at)
    return encode_event(
        hot.CheckInMissed(
            v=1,
            event_id=f"e-{number}",
            occurred_at=START - 1000,
            recorded_at=recorded_at,
            source="feed",
            case_id="c-x1",
            check_in_id="k-x1",
        )
    )


def write(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"".join(each + b"\n" for each in lines))
    return path


def numbers(*paths: Path, **options) -> list[int]:
    return [int(event.event_id.removeprefix("e-")) for event in read_events(paths, **options)]


def refusal(*paths: Path) -> str:
    with pytest.raises(InputError) as refused:
        list(read_events(paths))
    return str(refused.value)


class TestOneFile:
    def test_in_order(self, tmp_path):
        """A file in order is read from front to end."""
        assert [1, 2, 3] == numbers(write(tmp_path / "a.jsonl", line(1), line(2), line(3)))

    def test_equal_instants_keep_their_order(self, tmp_path):
        """Events of one instant come in the order of the file."""
        assert [3, 1, 2] == numbers(write(tmp_path / "a.jsonl", line(3, at=1), line(1, at=1), line(2, at=1)))

    def test_empty(self, tmp_path):
        """An empty file has no event, and that is no error."""
        assert [] == numbers(write(tmp_path / "a.jsonl"))

    def test_no_newline_at_the_end(self, tmp_path):
        """The last line needs no line end."""
        path = tmp_path / "a.jsonl"
        path.write_bytes(line(1) + b"\n" + line(2))
        assert [1, 2] == numbers(path)

    def test_blank_lines(self, tmp_path):
        """Blank lines are skipped, also at the beginning and several at a time."""
        assert [1, 2] == numbers(write(tmp_path / "a.jsonl", b"", line(1), b"", b"  ", b"\t", line(2), b"", b""))

    def test_windows_line_ends(self, tmp_path):
        """A byte order mark and CRLF, as Windows writes them, are valid."""
        path = tmp_path / "a.jsonl"
        path.write_bytes(b"\xef\xbb\xbf" + line(1) + b"\r\n" + b"\r\n" + line(2) + b"\r\n")
        assert [1, 2] == numbers(path)

    @pytest.mark.parametrize("block_bytes", [1, 7, 300, 1 << 20])
    def test_blocks(self, tmp_path, block_bytes, monkeypatch):
        """Where a block ends does not matter."""
        monkeypatch.setattr(logs, "BLOCK_BYTES", block_bytes)
        monkeypatch.setattr(logs, "_LEAST_BLOCK_BYTES", block_bytes)
        assert list(range(50)) == numbers(write(tmp_path / "a.jsonl", *map(line, range(50))))


class TestCompressed:
    @pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl", "b.zst"])
    def test_gz(self, tmp_path, name):
        """gzip is recognised by its first bytes, whatever the name."""
        path = tmp_path / name
        path.write_bytes(gzip.compress(line(1) + b"\n" + line(2) + b"\n"))
        assert [1, 2] == numbers(path)

    def test_gz_of_several_members(self, tmp_path):
        """Files joined with cat are one file."""
        path = tmp_path / "a.jsonl.gz"
        path.write_bytes(gzip.compress(line(1) + b"\n") + gzip.compress(line(2) + b"\n"))
        assert [1, 2] == numbers(path)

    def test_zst_of_several_frames(self, tmp_path):
        """Frames joined with cat are one file, even when a line crosses the seam."""
        path = tmp_path / "a.jsonl.zst"
        compress = zstandard.ZstdCompressor().compress
        path.write_bytes(compress(line(1)[:20]) + compress(line(1)[20:] + b"\n") + compress(line(2) + b"\n"))
        assert [1, 2] == numbers(path)

    def test_zst_without_a_size(self, tmp_path):
        """A frame written as a stream is read like any other."""
        path = tmp_path / "a.jsonl.zst"
        with path.open("wb") as file, zstandard.ZstdCompressor().stream_writer(file) as stream:
            for number in range(3000):
                stream.write(line(number) + b"\n")
        assert list(range(3000)) == numbers(path)

    @pytest.mark.parametrize("kind", ["gz", "zst"])
    def test_truncated(self, tmp_path, kind):
        """A truncated file is refused, and the error says where and what to do."""
        rng = random.Random(1)
        ids = [b'"e-%060x"' % rng.getrandbits(240) for _ in range(900)]  # hard to compress, so that half is half
        whole = b"".join(line(number).replace(b'"e-%d"' % number, ids[number]) + b"\n" for number in range(900))
        compressed = gzip.compress(whole) if kind == "gz" else zstandard.ZstdCompressor().compress(whole)
        path = tmp_path / f"a.jsonl.{kind}"
        path.write_bytes(compressed[: len(compressed) // 2])
        text = refusal(path)
        assert text.startswith(f"{path}:")
        assert text.endswith("the compressed file ends too early, somewhere after this line; copy or download it again")

    @pytest.mark.parametrize("kind", ["gz", "zst"])
    def test_damaged(self, tmp_path, kind):
        """Changed bytes are detected."""
        whole = b"".join(line(number) + b"\n" for number in range(900))
        compressor = zstandard.ZstdCompressor(write_checksum=True)
        compressed = bytearray(gzip.compress(whole) if kind == "gz" else compressor.compress(whole))
        compressed[-6] ^= 0xFF
        path = tmp_path / f"a.jsonl.{kind}"
        path.write_bytes(bytes(compressed))
        assert "the compressed file is damaged, somewhere after this line" in refusal(path)

    def test_zip(self, tmp_path):
        """A zip archive is not unpacked, and the error says what to do."""
        path = tmp_path / "a.zip"
        path.write_bytes(b"PK\x03\x04rest")
        assert f"{path}: is a zip archive; unpack it first (.gz and .zst are read as they are)" == refusal(path)


class TestRefused:
    def test_bad_line(self, tmp_path):
        """A line that is no event is named by file, line and field."""
        path = write(tmp_path / "a.jsonl", line(1), b"", line(2).replace(b'"k-x1"', b'"a b"'), line(3))
        text = refusal(path)
        assert text.startswith(f"{path}:3: check_in_id: ")
        assert "a b" not in text

    def test_bad_line_far_in(self, tmp_path):
        """The line number counts all blocks."""
        lines = [line(number) for number in range(5000)]
        lines[4321] = b"{}"
        assert refusal(write(tmp_path / "a.jsonl", *lines)).startswith(f"{tmp_path / 'a.jsonl'}:4322: ")

    def test_events_before_the_bad_line(self, tmp_path):
        """The events before a bad line are read first."""
        events = read_events([write(tmp_path / "a.jsonl", line(1), line(2), b"nothing")])
        assert ["e-1", "e-2"] == [next(events).event_id, next(events).event_id]
        with pytest.raises(InputError):
            next(events)

    def test_bad_line_of_a_file_out_of_order(self, tmp_path):
        """A file that must be sorted is refused at its bad line, too, before any event."""
        path = write(tmp_path / "a.jsonl", line(5), line(1), b"nothing")
        with pytest.raises(InputError) as refused:
            next(read_events([path], on_notice=lambda _: None))
        assert str(refused.value).startswith(f"{path}:3: ")

    def test_missing(self, tmp_path):
        """The error names a missing file."""
        assert f"{tmp_path / 'a.jsonl'}: no such file" == refusal(tmp_path / "a.jsonl")

    def test_directory(self, tmp_path):
        """A directory is no log."""
        assert f"{tmp_path}: is a directory; name the log files in it" == refusal(tmp_path)

    def test_utf16(self, tmp_path):
        """UTF-16, as some Windows tools write it, is distinguished from a broken line."""
        path = tmp_path / "a.jsonl"
        path.write_bytes(line(1).decode().encode("utf-16"))
        assert f"{path}:1: is UTF-16; a log is JSON Lines in UTF-8" == refusal(path)

    def test_one_endless_line(self, tmp_path):
        """A file without line ends is refused before it fills the memory."""
        path = tmp_path / "a.jsonl"
        path.write_bytes(line(1) + b"\n" + b"x" * (3 * MAX_LINE_BYTES))
        with pytest.raises(InputError, match=r":2: longer than 1 MiB; a log has one event a line"):
            list(read_blocks(path))

    def test_written_during_the_reading(self, tmp_path):
        """A file that grows during the reading is refused: its order may have changed."""
        path = write(tmp_path / "a.jsonl", line(1), line(2))
        events = read_events([path])
        next(events)
        with path.open("ab") as file:
            file.write(line(0) + b"\n")
        with pytest.raises(InputError, match="was written to while it was read"):
            list(events)


class TestSeveralFiles:
    def test_merged(self, tmp_path):
        """Files that overlap are merged by recorded_at."""
        first = write(tmp_path / "a.jsonl", line(1), line(4), line(5))
        second = write(tmp_path / "b.jsonl", line(2), line(3), line(6))
        assert [1, 2, 3, 4, 5, 6] == numbers(first, second)

    def test_one_after_the_other(self, tmp_path):
        """Files of successive days come in order of time, in whatever order they are given."""
        days = [write(tmp_path / f"{day}.jsonl", *map(line, range(10 * day, 10 * day + 10))) for day in range(30)]
        random.Random(3).shuffle(days)
        assert list(range(300)) == numbers(*days)

    def test_successive_files_are_not_merged(self, tmp_path, monkeypatch):
        """Successive files are not open at the same time."""
        monkeypatch.setattr(logs.heapq, "merge", None)
        days = [write(tmp_path / f"{day}.jsonl", line(day)) for day in range(3)]
        assert [0, 1, 2] == numbers(*days)

    def test_one_out_of_order(self, tmp_path):
        """Of several files only the disordered one is sorted."""
        first = write(tmp_path / "a.jsonl", line(5), line(1), line(4))
        second = write(tmp_path / "b.jsonl", line(0), line(2), line(3))
        notices = []
        assert [0, 1, 2, 3, 4, 5] == numbers(first, second, on_notice=notices.append)
        assert [f"{first}: recorded_at goes back at line 2; sorting the file on disk first"] == notices

    def test_an_empty_one(self, tmp_path):
        """An empty file among others changes nothing."""
        empty = write(tmp_path / "b.jsonl")
        assert [1, 2] == numbers(write(tmp_path / "a.jsonl", line(1), line(2)), empty)


class TestOutOfOrder:
    def test_sorted_on_disk(self, tmp_path):
        """Every event of a shuffled file comes exactly once, by recorded_at, with memory for a few lines only."""
        order = list(range(2000))
        random.Random(5).shuffle(order)
        path = write(tmp_path / "a.jsonl", *map(line, order))
        assert list(range(2000)) == numbers(path, chunk_bytes=4096, on_notice=lambda _: None)

    def test_notice_on_stderr(self, tmp_path, capsys):
        """One notice appears on stderr."""
        list(read_events([write(tmp_path / "a.jsonl", line(2), line(1), line(0))]))
        assert (
            f"docketwatch: {tmp_path / 'a.jsonl'}: recorded_at goes back at line 2; sorting the file on disk first\n"
            == capsys.readouterr().err
        )

    def test_no_temporary_file_is_left(self, tmp_path, monkeypatch):
        """Temporary files are deleted at the end, at a bad line, and when the reader stops early."""
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(scratch))
        good = write(tmp_path / "a.jsonl", *map(line, range(100, 0, -1)))
        bad = write(tmp_path / "b.jsonl", *map(line, range(100, 0, -1)), b"nothing")
        list(read_events([good], chunk_bytes=1000, on_notice=lambda _: None))
        with pytest.raises(InputError):
            list(read_events([bad], chunk_bytes=1000, on_notice=lambda _: None))
        events = read_events([good], chunk_bytes=1000, on_notice=lambda _: None)
        next(events)
        assert list(scratch.iterdir()) != []
        events.close()
        assert [] == list(scratch.iterdir())

    def test_no_room(self, tmp_path, monkeypatch):
        """If the disk is full, the error says what to do."""
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
        path = write(tmp_path / "a.jsonl", *map(line, range(100, 0, -1)))
        with pytest.raises(InputError, match="cannot be sorted on disk: No such file or directory; point TMPDIR to"):
            list(read_events([path], chunk_bytes=1000, on_notice=lambda _: None))

    def test_a_pipe(self, tmp_path):
        """A pipe, which can be read only once, is sorted without a first reading."""
        path = tmp_path / "pipe"
        os.mkfifo(path)
        writer = threading.Thread(target=lambda: path.write_bytes(line(2) + b"\n" + line(1) + b"\n"))
        writer.start()
        notices = []
        assert [1, 2] == numbers(path, on_notice=notices.append)
        writer.join()
        assert [f"{path}: recorded_at cannot be read twice; sorting the file on disk first"] == notices


class TestLines:
    """Events with their lines."""

    def test_they_are_unchanged(self, tmp_path):
        """The spelling stays: other spaces, an offset, Windows; only the surrounding space is removed."""
        plain = line(1)
        spaced = plain.replace(b":", b" : ", 1).replace(b'"v" : 1', b'"v" : 1 ')
        path = tmp_path / "a.jsonl"
        path.write_bytes(plain + b"\r\n\n  " + spaced + b" \n")
        assert [plain, spaced] == [raw for _, raw in read_lines([path])]
        assert ["e-1", "e-1"] == [event.event_id for event, _ in read_lines([path])]

    def test_sorted_and_merged(self, tmp_path):
        """Each line comes with its event, also from a disordered file and from several files."""
        first = write(tmp_path / "a.jsonl", line(3), line(1))
        second = write(tmp_path / "b.jsonl", line(2), line(4))
        pairs = list(read_lines([first, second], on_notice=lambda _: None))
        assert [line(number) for number in (1, 2, 3, 4)] == [raw for _, raw in pairs]
        assert [encode_event(event) for event, _ in pairs] == [raw for _, raw in pairs]

    def test_a_bad_one(self, tmp_path):
        """The error is that of any reading."""
        path = write(tmp_path / "a.jsonl", line(1), b"nothing")
        with pytest.raises(InputError, match=r"a.jsonl:2: "):
            list(read_lines([path]))


class TestSurvey:
    @pytest.mark.parametrize(
        "change",
        [
            lambda each, _: each,
            lambda each, _: each.replace(b'":', b'": '),
            lambda each, _: each.replace(b"Z", b"+00:00"),
            lambda each, _: each.replace(b".000Z", b"Z"),
            lambda each, number: each.replace(b".000Z", b"Z") if number % 2 else each,
            lambda each, number: each.replace(b'":', b'": ') if number % 2 else each,
            lambda each, number: each.replace(b"T", b" ") if number % 2 else each,
            lambda each, _: each.replace(b'"recorded_at"', b'"recorded\\u005fat"'),
            lambda each, _: each + b"\n",
        ],
        ids=["plain", "spaces", "offset", "seconds", "mixed decimals", "mixed spaces", "mixed T", "escaped", "blank"],
    )
    def test_order_in_any_spelling(self, tmp_path, change):
        """Order and disorder are found in any spelling of the instants, also in mixed ones."""
        good = write(tmp_path / "a.jsonl", *(change(line(number), number) for number in range(100)))
        back = write(tmp_path / "b.jsonl", *(change(line(number, at=min(number, 50)), number) for number in range(99)))
        with back.open("ab") as file:
            file.write(change(line(99, at=49), 99) + b"\n")
        found = survey(good)
        assert (True, START, START + 99_000) == (found.in_order, found.first, found.last)
        assert not survey(back).in_order
        assert list(range(100)) == numbers(good)
        assert 51 == numbers(back, on_notice=lambda _: None).index(99) + 1

    def test_the_line_of_the_disorder(self, tmp_path):
        """The named line precedes its predecessor in time, in any block."""
        lines = [line(number) for number in range(5000)]
        lines[4000] = line(4000, at=3998)
        assert 4001 == survey(write(tmp_path / "a.jsonl", *lines)).steps_back_at

    def test_disorder_between_blocks(self, tmp_path):
        """Disorder is found where one block ends and the next begins."""
        lines = [line(number) for number in range(5000)]
        blocks = list(read_blocks(write(tmp_path / "a.jsonl", *lines)))
        seam = blocks[0].count(b"\n")
        lines[seam] = line(seam, at=seam - 2)
        assert seam + 1 == survey(write(tmp_path / "a.jsonl", *lines)).steps_back_at


class TestProgress:
    @pytest.mark.parametrize("kind", ["", ".gz"])
    def test_ends_at_the_total(self, tmp_path, kind):
        """Progress never decreases, and ends at its total."""
        content = b"".join(line(number) + b"\n" for number in range(5000))
        path = tmp_path / f"a.jsonl{kind}"
        path.write_bytes(gzip.compress(content) if kind else content)
        result = []
        list(read_events([path], on_progress=lambda done, total: result.append((done, total))))
        assert (2 * path.stat().st_size,) * 2 == result[-1]
        assert sorted(result) == result
        assert len(result) > 4

    def test_of_a_file_out_of_order(self, tmp_path):
        """Lines that the first reading skips count as read."""
        path = write(tmp_path / "a.jsonl", line(1), line(0), *map(line, range(2, 5000)))
        result = []
        list(read_events([path], on_progress=lambda done, total: result.append(done), on_notice=lambda _: None))
        assert 2 * path.stat().st_size == result[-1]
