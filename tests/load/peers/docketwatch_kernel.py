"""The kernel on docketwatch's own Kafka layer: its worker's transport, store, delivery and runner.

    python -m tests.load.peers.docketwatch_kernel DELIVERY

Only the application differs: it runs the kernel, and nothing of the contract.
"""

import sys
from collections.abc import Collection, Iterable, Iterator
from operator import attrgetter
from typing import Final, cast

from streams.agents.officers import mark_origin, mark_with_origin
from streams.kafka.batches import Batch
from streams.kafka.client.connection import client_options
from streams.kafka.client.settings import Settings
from streams.kafka.consumer.app_runner import run_app
from streams.kafka.consumer.faust_app import add_agent, make_app
from streams.kafka.consumer.transport import BatchConsumer
from streams.kafka.input_gaps import InputGap
from streams.kafka.producer.delivery_factory import make_delivery
from streams.kafka.state.checkpoint_scheduler import CheckpointScheduler
from streams.kafka.state.history import ChangelogHistory, FlushMarker
from streams.kafka.state.joint_takeover import JointTakeover
from streams.kafka.state.partition_store import PartitionStore
from streams.kafka.work import ProcessedOffset, Work
from streams.process import huge_pages
from streams.process.interpreter_tuning import tune_interpreter
from streams.process.watchdog import Watchdog
from tests.load.peers.kernel import advance_all
from tests.load.peers.task import Task

__all__ = ["MARK", "Kernel", "history", "main"]

MARK: Final = b"\0mark"

_KEY: Final = attrgetter("key")
_VALUE: Final = attrgetter("value")


class Kernel:
    """The cases of one partition number. See `streams.kafka.work.PartitionProcessor`."""

    def __init__(self) -> None:
        self._cases: dict[bytes, bytes] = {}

    def restore(self, records: dict[str, bytes]) -> None:
        self._cases = {key.encode(): value for key, value in records.items()}

    def on_restored(self) -> Work:
        return Work()

    def gaps(self) -> Collection[InputGap]:
        return ()

    def snapshot(self) -> Iterable[tuple[str, bytes]]:
        return [(key.decode(), value) for key, value in self._cases.items() if key != MARK]

    def reset_to_committed(self) -> None:
        pass

    def topics_to_pause(self) -> Collection[str]:
        return ()

    def process(self, batch: Batch) -> Iterator[Work]:
        if batch.is_tick:
            return
        pairs = zip(map(_KEY, batch.records), map(_VALUE, batch.records), strict=True)
        changelog = cast(list[tuple[bytes, bytes | None]], advance_all(self._cases, pairs))
        changelog.append((MARK, b""))
        yield Work(changelog=changelog, processed=[ProcessedOffset(batch.topic, batch.records[-1].offset + 1)])


def history(task: Task, *, is_exact: bool) -> ChangelogHistory:
    """Return the history of the benchmark's changelog."""
    return ChangelogHistory(
        group=task.group,
        changelog=task.changelog,
        topics=[task.topic],
        flush_marker=FlushMarker(MARK, mark_with_origin, mark_origin),
        is_exact=is_exact,
        changelog_id="",
    )


def main(task: Task, delivery: str) -> int:
    """Run until SIGTERM."""
    settings = Settings.load(
        brokers=task.broker,
        group=task.group,
        partitions=task.partitions,
        data_dir=task.directory,
        delivery=delivery,
    )
    watchdog = Watchdog()
    app = make_app(settings, [[task.topic]])

    def mark_processed(topic: str, number: int, offset: int) -> None:
        cast(BatchConsumer, app.consumer).mark_processed(topic, number, offset)

    store = PartitionStore[Kernel](
        app,
        topics=[task.topic],
        changelog=task.changelog,
        history=history(task, is_exact=settings.delivery == "transactional"),
        client=client_options(settings),
        delivery=make_delivery(settings, task.changelog, outputs=(), mark_processed=mark_processed, watchdog=watchdog),
        checkpoints=CheckpointScheduler(None, 0.0),  # the peers have no checkpoints here
        watchdog=watchdog,
        patience=settings.broker_timeout.total_seconds(),
        make=lambda _: Kernel(),
    )
    JointTakeover(app, [store])
    add_agent(app, "cases", [task.topic], store.run)
    watchdog.start()
    tune_interpreter()
    huge_pages.start_advising()
    return run_app(app, is_working=lambda: store.is_working, on_ready=lambda: None)


if __name__ == "__main__":
    sys.exit(main(Task.given(), sys.argv[1]))
