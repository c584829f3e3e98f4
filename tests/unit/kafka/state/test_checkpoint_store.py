"""Checkpoints are read back as they were written, or ignored for a logged reason."""

import errno
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.state import checkpoint_file
from streams.kafka.state.checkpoint_file import CheckpointAbandoned
from streams.kafka.state.checkpoint_store import MOST_AGE, CheckpointDirectory
from tests.fake_clock import FakeClock

CHANGELOG = "docket.case-state"
RECORDS = [(f"case-{number}", b"state of %d" % number) for number in range(3000)]
HOUR = timedelta(hours=1).total_seconds()


def never() -> bool:
    return False


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1_768_000_000.0)


@pytest.fixture
def checkpoints(tmp_path: Path, clock: FakeClock) -> CheckpointDirectory:
    return CheckpointDirectory(tmp_path, CHANGELOG, "id-1", clock)


def file_of(checkpoints: CheckpointDirectory) -> Path:
    return checkpoints.path / "3.checkpoint"


class TestRoundTrip:
    def test_everything_is_read_back(self, checkpoints: CheckpointDirectory, clock: FakeClock) -> None:
        """It has every record, the position, and its age."""
        assert (3000, 1_768_000_000_000) == checkpoints.save(3, 4711, iter(RECORDS), never)
        clock.now += HOUR
        found = checkpoints.load(3)

        assert found is not None
        assert (4711, 1_768_000_000_000, dict(RECORDS)) == (found.position, found.written_at, found.records)

    @given(st.dictionaries(st.text(max_size=20), st.binary(max_size=3000), max_size=20))
    def test_any_contents(self, tmp_path_factory: pytest.TempPathFactory, records: dict[str, bytes]) -> None:
        """The contents are any bytes, or none."""
        checkpoints = CheckpointDirectory(tmp_path_factory.mktemp("data"), CHANGELOG, "id-1")
        checkpoints.save(0, 1, records.items(), never)
        found = checkpoints.load(0)
        assert found is not None
        assert records == found.records

    def test_a_missing_one(self, checkpoints: CheckpointDirectory, caplog: pytest.LogCaptureFixture) -> None:
        """Nothing is logged, because every worker begins so."""
        assert checkpoints.load(3) is None
        assert caplog.messages == []


class TestIgnored:
    """A checkpoint that does not fit is ignored, and the log says why."""

    def left(self, checkpoints: CheckpointDirectory, caplog: pytest.LogCaptureFixture) -> str:
        caplog.clear()
        assert checkpoints.load(3) is None
        (message,) = caplog.messages
        start = f"{checkpoints.path.name}: the checkpoint of partition 3 is ignored: "
        assert message.startswith(start)
        assert message.endswith("; reading the changelog from its start")
        return message.removeprefix(start).removesuffix("; reading the changelog from its start")

    @pytest.fixture(autouse=True)
    def written(self, checkpoints: CheckpointDirectory) -> None:
        checkpoints.save(3, 4711, RECORDS, never)

    def test_a_recreated_changelog(
        self, checkpoints: CheckpointDirectory, clock: FakeClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Its topic has another id."""
        other = CheckpointDirectory(checkpoints.path.parent, CHANGELOG, "id-2", clock)
        assert "the changelog was created anew since" == self.left(other, caplog)

    def test_of_another_changelog(
        self, checkpoints: CheckpointDirectory, clock: FakeClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The file is of another prefix or another agent."""
        other = CheckpointDirectory(checkpoints.path.parent, "other.case-state", "id-1", clock)
        other.path.mkdir()
        file_of(checkpoints).rename(file_of(other))
        assert "it is of partition 3 of docket.case-state" == self.left(other, caplog)

    def test_of_another_partition(self, checkpoints: CheckpointDirectory, caplog: pytest.LogCaptureFixture) -> None:
        """The file was renamed."""
        checkpoints.save(4, 1, RECORDS, never)
        (checkpoints.path / "4.checkpoint").replace(file_of(checkpoints))
        assert "it is of partition 4 of docket.case-state" == self.left(checkpoints, caplog)

    def test_from_the_future(
        self, checkpoints: CheckpointDirectory, clock: FakeClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Its age is unknown when the clock went back."""
        clock.now -= HOUR
        assert "it was written in the future: the machine's clock was set back" == self.left(checkpoints, caplog)

    def test_a_clock_corrected_by_a_second(self, checkpoints: CheckpointDirectory, clock: FakeClock) -> None:
        """The checkpoint is used."""
        clock.now -= 1
        assert checkpoints.load(3) is not None

    def test_too_old(
        self, checkpoints: CheckpointDirectory, clock: FakeClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Compaction may have removed a later tombstone."""
        clock.now += MOST_AGE.total_seconds()
        assert checkpoints.load(3) is not None
        clock.now += 1
        assert "it is older than 6 days: deletions since may be missing" == self.left(checkpoints, caplog)

    def test_another_format(self, checkpoints: CheckpointDirectory, caplog: pytest.LogCaptureFixture) -> None:
        """It is of an older or a newer release."""
        file = file_of(checkpoints)
        file.write_bytes(file.read_bytes().replace(b"checkpoint 2\n", b"checkpoint 1\n", 1))
        assert "it is not in the format of this release" == self.left(checkpoints, caplog)

    def test_empty(self, checkpoints: CheckpointDirectory, caplog: pytest.LogCaptureFixture) -> None:
        """Some file systems leave such a file after a power failure."""
        file_of(checkpoints).write_bytes(b"")
        assert "it is not in the format of this release" == self.left(checkpoints, caplog)

    def test_truncated_anywhere(self, checkpoints: CheckpointDirectory, caplog: pytest.LogCaptureFixture) -> None:
        """The end may be between two blocks, too."""
        file = file_of(checkpoints)
        whole = file.read_bytes()
        ends = _frame_ends(whole)
        assert len(ends) == 1 + 3 + 1  # the header, three blocks, the end
        for cut in sorted({*ends[:-1], *(end - 1 for end in ends), *(end + 3 for end in ends[:-1])}):
            file.write_bytes(whole[:cut])
            assert "it ends too early" == self.left(checkpoints, caplog), cut

    def test_a_changed_byte_anywhere(self, checkpoints: CheckpointDirectory, caplog: pytest.LogCaptureFixture) -> None:
        """None of its contents is used."""
        file = file_of(checkpoints)
        whole = file.read_bytes()
        spots = [*range(25, 120), *range(len(whole) - 12, len(whole)), len(whole) // 2]
        reasons = set()
        for spot in spots:
            file.write_bytes(whole[:spot] + bytes([whole[spot] ^ 0x10]) + whole[spot + 1 :])
            reasons.add(self.left(checkpoints, caplog))
        assert {"its checksum is wrong", "it ends too early"} == reasons

    def test_more_behind_its_end(self, checkpoints: CheckpointDirectory, caplog: pytest.LogCaptureFixture) -> None:
        """The file is not what was written."""
        file = file_of(checkpoints)
        file.write_bytes(file.read_bytes() + b"\0")
        assert "it does not hold as many records as it says" == self.left(checkpoints, caplog)

    def test_a_missing_block(self, checkpoints: CheckpointDirectory, caplog: pytest.LogCaptureFixture) -> None:
        """Each frame is complete, but one is missing."""
        file = file_of(checkpoints)
        whole = file.read_bytes()
        ends = _frame_ends(whole)
        file.write_bytes(whole[: ends[1]] + whole[ends[2] :])
        assert "it does not hold as many records as it says" == self.left(checkpoints, caplog)

    def test_an_invalid_header(self, checkpoints: CheckpointDirectory, caplog: pytest.LogCaptureFixture) -> None:
        """Its checksum is right, its contents are not."""
        file_of(checkpoints).write_bytes(checkpoint_file._FORMAT + checkpoint_file._framed(b"\x90"))
        assert "its content is not as it was written" == self.left(checkpoints, caplog)

    def test_unreadable(self, checkpoints: CheckpointDirectory, caplog: pytest.LogCaptureFixture) -> None:
        """A directory has its name."""
        file_of(checkpoints).unlink()
        file_of(checkpoints).mkdir()
        assert "it cannot be read: Is a directory" == self.left(checkpoints, caplog)


class TestWriting:
    def test_a_crash_during_a_write_keeps_the_old_one(
        self, checkpoints: CheckpointDirectory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The rename is last, after everything is on the disk."""
        checkpoints.save(3, 1, RECORDS, never)
        order: list[str] = []
        monkeypatch.setattr(checkpoint_file.os, "fsync", lambda _: order.append("fsync"))
        replace = Path.replace
        monkeypatch.setattr(Path, "replace", lambda path, to: (order.append("rename"), replace(path, to))[1])
        checkpoints.save(3, 2, RECORDS, never)
        assert order == ["fsync", "rename", "fsync"]

    def test_a_failed_write_keeps_the_old_one(self, checkpoints: CheckpointDirectory) -> None:
        """No partial file is left."""
        checkpoints.save(3, 1, RECORDS, never)

        def records():
            yield from RECORDS
            raise OSError(errno.ENOSPC, "No space left on device")

        with pytest.raises(OSError, match="No space left"):
            checkpoints.save(3, 2, records(), never)
        self.holds_only(checkpoints, 1)

    def test_a_full_disk(self, checkpoints: CheckpointDirectory) -> None:
        """The error is the system's own."""
        checkpoints.save(3, 1, RECORDS, never)
        (checkpoints.path / "3.unfinished").symlink_to("/dev/full")
        with pytest.raises(OSError, match="No space left on device"):
            checkpoints.save(3, 2, RECORDS * 100, never)
        self.holds_only(checkpoints, 1)

    def test_an_abandoned_write(self, checkpoints: CheckpointDirectory) -> None:
        """The worker stops and does not wait for it."""
        checkpoints.save(3, 1, RECORDS, never)
        answers = iter([False, True])
        with pytest.raises(CheckpointAbandoned):
            checkpoints.save(3, 2, RECORDS, lambda: next(answers))
        self.holds_only(checkpoints, 1)

    def test_the_partial_file_of_a_crash_is_overwritten(self, checkpoints: CheckpointDirectory) -> None:
        """The next checkpoint replaces it."""
        checkpoints.path.mkdir()
        (checkpoints.path / "3.unfinished").write_bytes(b"half")
        checkpoints.save(3, 1, RECORDS, never)
        self.holds_only(checkpoints, 1)

    def holds_only(self, checkpoints: CheckpointDirectory, position: int) -> None:
        found = checkpoints.load(3)
        assert found is not None
        assert position == found.position
        assert [file_of(checkpoints)] == list(checkpoints.path.iterdir())


class TestPrune:
    def test_unusable_files_are_deleted(
        self, checkpoints: CheckpointDirectory, clock: FakeClock, tmp_path: Path, set_age: Callable[[Path, float], None]
    ) -> None:
        """They may be of any changelog; a file that no worker writes stays."""
        other = CheckpointDirectory(tmp_path, "gone.case-state", "id-9", clock)
        checkpoints.save(3, 1, RECORDS, never)
        checkpoints.save(4, 1, RECORDS, never)
        other.save(0, 1, RECORDS, never)
        half, foreign = other.path / "1.unfinished", other.path / "notes.txt"
        half.write_bytes(b"half")
        foreign.write_bytes(b"mine")
        old = MOST_AGE.total_seconds() + 1
        for path in (checkpoints.path / "4.checkpoint", other.path / "0.checkpoint", half, foreign):
            set_age(path, old)
        set_age(file_of(checkpoints), old - 2)
        checkpoints.prune()

        assert [file_of(checkpoints)] == list(checkpoints.path.iterdir())
        assert [foreign] == list(other.path.iterdir())

    @pytest.fixture
    def set_age(self, clock: FakeClock) -> Callable[[Path, float], None]:
        def set_age(path: Path, seconds: float) -> None:
            checkpoint_file.os.utime(path, (clock.now - seconds, clock.now - seconds))

        return set_age

    def test_a_directory_that_cannot_be_read(
        self, checkpoints: CheckpointDirectory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The worker continues."""
        caplog.set_level(logging.INFO)
        checkpoints.save(3, 1, RECORDS, never)

        def refuse(self: Path) -> None:
            raise OSError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(Path, "stat", refuse)
        checkpoints.prune()
        assert [
            f"old checkpoints cannot be removed from {checkpoints.path.parent}: Permission denied"
        ] == caplog.messages


def _frame_ends(whole: bytes) -> list[int]:
    """Return the offsets at which frames end."""
    ends, at = [], len(checkpoint_file._FORMAT)
    while at < len(whole):
        at += 8 + int.from_bytes(whole[at : at + 4])
        ends.append(at)
    return ends
