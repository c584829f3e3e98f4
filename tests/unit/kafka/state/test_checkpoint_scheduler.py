"""The times of checkpoints; their errors do not stop the work."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from streams.kafka.state import checkpoint_scheduler
from streams.kafka.state.checkpoint_file import Record
from streams.kafka.state.checkpoint_scheduler import CheckpointScheduler, CheckpointStats, StateSnapshot
from streams.kafka.state.checkpoint_store import MOST_AGE, CheckpointDirectory
from tests.kafka.waiting import LIMIT

NOW = 1_768_000_000


class Time:
    """Both clocks, set by a test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.passed = 0.0
        monkeypatch.setattr(checkpoint_scheduler, "monotonic", lambda: self.passed)
        monkeypatch.setattr(checkpoint_scheduler, "time", self.wall)

    def wall(self) -> float:
        return NOW + self.passed


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


@pytest.fixture
def directory(tmp_path: Path, time: Time) -> CheckpointDirectory:
    return CheckpointDirectory(tmp_path, "docket.case-state", "id-1", time.wall)


@pytest.fixture
def checkpoints(directory: CheckpointDirectory) -> CheckpointScheduler:
    return CheckpointScheduler(directory, 60.0)


async def at(position: int | None) -> int | None:
    return position


def snapshot(size: int, position: int | None = 7, records: Iterable[Record] | None = None) -> StateSnapshot:
    return StateSnapshot(((str(n), b"v") for n in range(size)) if records is None else records, at(position))


async def written(checkpoints: CheckpointScheduler, number: int, taken: StateSnapshot) -> None:
    checkpoints.begin(number, taken)
    assert checkpoints._saving is not None
    await checkpoints._saving


class TestWhen:
    def test_after_an_interval_once_a_quarter_has_changed(self, checkpoints: CheckpointScheduler, time: Time) -> None:
        """Neither condition alone is enough."""
        checkpoints.register(0, size=100, behind=25)
        time.passed = 60
        assert not checkpoints.is_due(0)
        checkpoints.count(0, 1)
        assert checkpoints.is_due(0)
        time.passed = 59
        assert not checkpoints.is_due(0)

    def test_one_at_a_time(self, checkpoints: CheckpointScheduler, time: Time) -> None:
        """The next partition waits."""

        async def run() -> None:
            for number in (0, 1):
                checkpoints.register(number, size=1, behind=1)
            time.passed = 60
            checkpoints.begin(0, snapshot(1))
            assert not checkpoints.is_due(1)
            assert checkpoints._saving is not None
            await checkpoints._saving
            assert checkpoints.is_due(1)
            assert not checkpoints.is_due(0)

        asyncio.run(run())

    def test_changes_during_its_writing_count_for_the_next(self, checkpoints: CheckpointScheduler, time: Time) -> None:
        """Only the contents of the checkpoint do not count."""

        async def run() -> None:
            checkpoints.register(0, size=100, behind=40)
            time.passed = 60

            def records() -> Iterable[Record]:
                yield "k", b"v"
                loop.call_soon_threadsafe(checkpoints.count, 0, 3)

            loop = asyncio.get_running_loop()
            await written(checkpoints, 0, snapshot(1, records=records()))
            assert {0: CheckpointStats((NOW + 60) * 1000, 3)} == checkpoints.stats

        asyncio.run(run())

    def test_it_waits_for_work_in_flight(
        self, checkpoints: CheckpointScheduler, directory: CheckpointDirectory
    ) -> None:
        """Its position is that of the last flush that it contains."""

        async def run() -> None:
            checkpoints.register(0, size=1, behind=1)
            durable: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
            checkpoints.begin(0, StateSnapshot([("k", b"v")], durable))
            await asyncio.sleep(0)
            assert directory.load(0) is None
            durable.set_result(99)
            assert checkpoints._saving is not None
            await checkpoints._saving
            found = directory.load(0)
            assert found is not None
            assert (99, {"k": b"v"}) == (found.position, found.records)

        asyncio.run(run())

    def test_an_unknown_position(self, checkpoints: CheckpointScheduler, directory: CheckpointDirectory) -> None:
        """A restore would have no offset to read from."""

        async def run() -> None:
            checkpoints.register(0, size=1, behind=1)
            await written(checkpoints, 0, snapshot(1, position=None))
            assert directory.load(0) is None

        asyncio.run(run())

    def test_an_old_one_is_rewritten(self, checkpoints: CheckpointScheduler, time: Time) -> None:
        """A checkpoint that is too old cannot be used, so it is rewritten without changes."""

        async def run() -> None:
            checkpoints.register(0, size=1, behind=1)
            await written(checkpoints, 0, snapshot(1))
            time.passed = MOST_AGE.total_seconds() / 2
            assert not checkpoints.is_due(0)
            time.passed += 1
            assert checkpoints.is_due(0)

        asyncio.run(run())

    def test_without_a_directory_never(self, time: Time) -> None:
        """No checkpoint is loaded either."""
        without = CheckpointScheduler(None, 60.0)
        without.register(0, size=1, behind=1)
        time.passed = 60
        without.retain_only({0})
        assert not without.is_due(0)
        assert asyncio.run(without.load(0)) is None
        asyncio.run(without.finish({0: lambda: snapshot(1)}))
        assert {0: CheckpointStats(None, 1)} == without.stats

    def test_a_revoked_partition_is_forgotten(self, checkpoints: CheckpointScheduler) -> None:
        """Its file stays, because the partition may return."""
        for number in (0, 1):
            checkpoints.register(number, size=1, behind=1)
        checkpoints.retain_only({1, 2})
        assert {1} == set(checkpoints.stats)


class TestLoading:
    def test_a_loaded_one_has_an_age(self, checkpoints: CheckpointScheduler, directory: CheckpointDirectory) -> None:
        """The records read after it are counted."""
        directory.save(0, 7, [("k", b"v")], lambda: False)

        async def run() -> None:
            assert await checkpoints.load(0) is not None
            checkpoints.register(0, size=1, behind=5)
            assert {0: CheckpointStats(NOW * 1000, 5)} == checkpoints.stats

        asyncio.run(run())

    def test_a_rejected_one_has_none(
        self, checkpoints: CheckpointScheduler, directory: CheckpointDirectory, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Its changelog was truncated, which is logged once."""
        directory.save(0, 7, [("k", b"v")], lambda: False)

        async def run() -> None:
            await checkpoints.load(0)
            checkpoints.reject(0)
            checkpoints.reject(0)
            checkpoints.register(0, size=1, behind=5)

        asyncio.run(run())
        assert {0: CheckpointStats(None, 5)} == checkpoints.stats
        (message,) = caplog.messages
        assert "partition 0 is ignored: the changelog no longer holds what follows it; reading" in message


class TestFailing:
    def test_a_full_disk_is_reported_once(
        self,
        checkpoints: CheckpointScheduler,
        directory: CheckpointDirectory,
        time: Time,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """Each interval tries again and counts the failure; a success in between allows another report."""
        warning = (
            f"no checkpoint can be written to {directory.path}: No space left on device; the work goes on without it"
        )

        async def run() -> None:
            checkpoints.register(0, size=10, behind=10)
            for tried in (1, 2):
                full(directory)
                time.passed += 60
                assert checkpoints.is_due(0)
                await written(checkpoints, 0, snapshot(10))
                assert not checkpoints.is_due(0)
                assert tried == checkpoints.failures
            assert [warning] == caplog.messages
            assert {0: CheckpointStats(None, 10)} == checkpoints.stats
            await written(checkpoints, 0, snapshot(10))
            full(directory)
            await written(checkpoints, 0, snapshot(10))
            assert [warning, warning] == caplog.messages

        asyncio.run(run())


class TestFinish:
    def test_every_outdated_one_is_written(
        self, checkpoints: CheckpointScheduler, directory: CheckpointDirectory
    ) -> None:
        """A small difference is enough; the others have an up-to-date checkpoint."""
        taken: list[int] = []

        def take(number: int) -> Callable[[], StateSnapshot]:
            return lambda: (taken.append(number), snapshot(1))[1]

        async def run() -> None:
            for number, behind in enumerate((1, 0, 5)):
                checkpoints.register(number, size=1000, behind=behind)
            await checkpoints.finish({number: take(number) for number in range(3)})

        asyncio.run(run())
        assert [2, 0] == taken
        assert [True, False, True] == [directory.load(number) is not None for number in range(3)]

    def test_a_running_one_is_waited_for(
        self, checkpoints: CheckpointScheduler, directory: CheckpointDirectory
    ) -> None:
        """It may be the only one that is needed."""

        async def run() -> None:
            checkpoints.register(0, size=1, behind=1)
            checkpoints.begin(0, snapshot(1, position=8))
            await checkpoints.finish({0: lambda: pytest.fail("it was written just now")})

        asyncio.run(run())
        found = directory.load(0)
        assert found is not None
        assert found.position == 8

    def test_a_stop_has_a_time_limit(
        self,
        checkpoints: CheckpointScheduler,
        directory: CheckpointDirectory,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """An unfinished one is abandoned, and no other one is begun."""
        caplog.set_level(logging.INFO)
        monkeypatch.setattr(checkpoint_scheduler, "_LAST_SECONDS", 0.05)

        def endless() -> Iterable[Record]:
            while True:
                yield "k", b"v"

        async def run() -> None:
            for number in (0, 1):
                checkpoints.register(number, size=1, behind=2 - number)
            late = {0: lambda: snapshot(0, records=endless()), 1: lambda: pytest.fail("there is no time")}
            await asyncio.wait_for(checkpoints.finish(late), LIMIT)

        asyncio.run(run())
        assert directory.load(0) is None
        assert list(directory.path.iterdir()) == []
        assert ["the checkpoint of partition 0 takes too long for a stop: the previous one stays"] == caplog.messages


def full(directory: CheckpointDirectory) -> None:
    """Let the next checkpoint meet a full disk."""
    directory.path.mkdir(exist_ok=True)
    (directory.path / "0.unfinished").symlink_to("/dev/full")
