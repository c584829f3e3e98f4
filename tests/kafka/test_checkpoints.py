"""Checkpoints on a broker: a restart reads only what follows them and never uses one that does not fit."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

from tests.kafka.counting_app import MARK, CountingDeployment, CountingWorker
from tests.kafka.deployment import administering
from tests.kafka.waiting import wait_until

pytestmark = pytest.mark.kafka

KEYS = [f"k{number}" for number in range(50)]
ONCE = {key.encode(): 1 for key in KEYS}


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> CountingDeployment:
    """The topics of this test alone."""
    return CountingDeployment(apache_kafka, namespace, partitions=1).create()


@pytest.fixture
def start(deployment: CountingDeployment, tmp_path: Path) -> Iterator[Callable[[], CountingWorker]]:
    """Start workers on one data directory, and end the processes that a failed test leaves."""
    started: list[CountingWorker] = []

    def worker() -> CountingWorker:
        started.append(CountingWorker(deployment, tmp_path / f"{len(started)}.log", data=tmp_path / "data"))
        return started[-1].ready()

    yield worker
    for each in started:
        if each.child.exit_code is None:
            each.child.kill()


@pytest.fixture
def file(deployment: CountingDeployment, tmp_path: Path) -> Path:
    """Return the path of the checkpoint."""
    return tmp_path / "data" / deployment.name("state") / "0.checkpoint"


@pytest.fixture
def stopped(deployment: CountingDeployment, start: Callable[[], CountingWorker]) -> CountingWorker:
    """A worker that has counted each key once and was stopped with SIGTERM."""
    deployment.count("a", 0, *KEYS)
    worker = start()
    wait_until(lambda: deployment.state() == ONCE, "counts in the changelog")
    worker.stop()
    return worker


def counts_on(deployment: CountingDeployment, start: Callable[[], CountingWorker], expected: dict[bytes, int]) -> str:
    """Run a worker that counts `k0` once more; return its output."""
    worker = start()
    deployment.count("b", 0, "k0")
    wait_until(lambda: deployment.state() == expected, "counts that go on")
    worker.stop()
    return worker.output()


async def _admin(deployment: CountingDeployment, do: Callable[[AIOKafkaAdminClient], object]) -> None:
    async with administering(deployment.broker) as admin:
        await do(admin)  # type: ignore[misc]


class TestRestart:
    def test_it_reads_only_what_follows(
        self, deployment: CountingDeployment, start: Callable[[], CountingWorker], stopped: CountingWorker, file: Path
    ) -> None:
        """A clean stop writes everything into the checkpoint."""
        assert file.exists()
        output = counts_on(deployment, start, {**ONCE, b"k0": 2})
        assert "restored 0 records" in output
        assert "is ignored" not in output

    def test_later_records_are_read_from_the_changelog(
        self, deployment: CountingDeployment, start: Callable[[], CountingWorker], stopped: CountingWorker, file: Path
    ) -> None:
        """A worker that was killed before its next checkpoint leaves such records."""
        before = file.read_bytes()
        counts_on(deployment, start, {**ONCE, b"k0": 2})
        file.write_bytes(before)
        output = counts_on(deployment, start, {**ONCE, b"k0": 3})
        assert "restored 2 records" in output  # the count and the flush marker

    def test_an_incomplete_flush_after_it_is_rolled_back(
        self, deployment: CountingDeployment, start: Callable[[], CountingWorker], stopped: CountingWorker
    ) -> None:
        """The restored value is the checkpoint's where the changelog has no later complete one."""
        deployment.send({(deployment.name("state"), 0): [(b"k0", b"7"), (b"new", b"1")]})
        output = counts_on(deployment, start, {**ONCE, b"k0": 2})
        assert "restored 2 records" in output
        assert "a flush was interrupted; 3 records rolled back" in output

    def test_it_is_written_during_the_work(
        self, deployment: CountingDeployment, start: Callable[[], CountingWorker], file: Path
    ) -> None:
        """A killed worker then reads little of the changelog."""
        deployment.count("a", 0, *KEYS)
        worker = start()
        wait_until(lambda: deployment.state() == ONCE, "counts in the changelog")
        wait_until(file.exists, "a checkpoint of a running worker")
        wait_until(lambda: deployment.committed("a", 0) == len(KEYS), "a commit")
        worker.child.kill()
        output = counts_on(deployment, start, {**ONCE, b"k0": 2})
        assert "restored 0 records" in output


class TestUnfit:
    """The state is right all the same, and the log says why the restore took longer."""

    def test_a_corrupt_one(
        self, deployment: CountingDeployment, start: Callable[[], CountingWorker], stopped: CountingWorker, file: Path
    ) -> None:
        """Its checksum does not match."""
        whole = bytearray(file.read_bytes())
        whole[-40] ^= 1
        file.write_bytes(whole)
        output = counts_on(deployment, start, {**ONCE, b"k0": 2})
        assert "the checkpoint of partition 0 is ignored: its checksum is wrong; reading the changelog" in output
        assert "restored 53 records" in output

    def test_a_recreated_changelog(
        self, deployment: CountingDeployment, start: Callable[[], CountingWorker], stopped: CountingWorker
    ) -> None:
        """The topic has another id, and the records of the old one are gone."""
        name = deployment.name("state")
        asyncio.run(_admin(deployment, lambda admin: admin.delete_topics([name])))
        wait_until(lambda: name not in _topics(deployment), "a topic that is gone")
        asyncio.run(_admin(deployment, lambda admin: admin.create_topics([NewTopic(name, 1, 1)])))
        deployment.send({(name, 0): [(b"k0", b"7"), (MARK, b"")] * 40})
        output = counts_on(deployment, start, {b"k0": 8})
        assert "the checkpoint of partition 0 is ignored: the changelog was created anew since" in output

    def test_a_changelog_that_lost_later_records(
        self, deployment: CountingDeployment, start: Callable[[], CountingWorker], stopped: CountingWorker, file: Path
    ) -> None:
        """Records behind the checkpoint's offset were deleted."""
        old = file.read_bytes()
        deployment.send({(deployment.name("state"), 0): [(b"k1", b"5"), (MARK, b""), (b"k0", b"7"), (MARK, b"")]})
        tp = TopicPartition(deployment.name("state"), 0)
        asyncio.run(_admin(deployment, lambda admin: admin.delete_records({tp: RecordsToDelete(before_offset=56)})))
        file.write_bytes(old)
        output = counts_on(deployment, start, {b"k0": 8})
        assert (
            "is ignored: the changelog no longer holds what follows it; reading the changelog from its start" in output
        )

    def test_a_changelog_that_ends_before_it(
        self, deployment: CountingDeployment, start: Callable[[], CountingWorker], stopped: CountingWorker, file: Path
    ) -> None:
        """The changelog was truncated, so the checkpoint has more than the log."""
        ahead = file.read_bytes()
        reached = _with_position(ahead, 54, 5_000)
        file.write_bytes(reached)
        output = counts_on(deployment, start, {**ONCE, b"k0": 2})
        assert (
            "is ignored: the changelog no longer holds what follows it; reading the changelog from its start" in output
        )


class TestDataDirectory:
    def test_a_second_worker_works_without_one(
        self, deployment: CountingDeployment, start: Callable[[], CountingWorker], tmp_path: Path
    ) -> None:
        """The worker logs one sentence and takes the partitions over all the same."""
        first = start()
        second = CountingWorker(deployment, tmp_path / "second.log", data=tmp_path / "data")
        wait_until(lambda: "keeps no checkpoints" in second.output(), "a sentence of the second worker")
        first.child.kill()
        second.ready()
        deployment.count("a", 0, *KEYS)
        wait_until(lambda: deployment.state() == ONCE, "counts of the second worker")
        second.stop()
        assert f"{tmp_path / 'data'} is used by another worker" in second.output()


def _topics(deployment: CountingDeployment) -> list[str]:
    found: list[str] = []

    async def ask(admin: AIOKafkaAdminClient) -> None:
        found.extend(await admin.list_topics())

    asyncio.run(_admin(deployment, ask))
    return found


def _with_position(whole: bytes, position: int, other: int) -> bytes:
    """Return the same checkpoint with another offset."""
    from streams.kafka.state import checkpoint_file

    start = len(checkpoint_file._FORMAT)
    length = int.from_bytes(whole[start : start + 4])
    header = checkpoint_file._header_of(whole[start + 8 : start + 8 + length])
    assert position == header.position
    changed = checkpoint_file.CheckpointHeader(
        header.changelog, header.topic_id, header.partition, other, header.written_at
    )
    payload = checkpoint_file._encode(changed)
    return whole[:start] + checkpoint_file._framed(payload) + whole[start + 8 + length :]
