"""The kernel on stock Faust, as its documentation shows it: a record type, a table, an agent.

    python -m tests.load.peers.stock_faust [--tuned]

`--tuned` uses its documentation's options for throughput: longer queues and fetches, a producer that lingers. It does
`take()`: a table can only be written to while one event at a time is read.
"""

import sys
from typing import Any

import faust

from tests.load.peers.task import Task

__all__ = ["make_app"]


class FaustEvent(faust.Record, serializer="json"):
    """An event."""

    event_id: str
    type: str
    case_id: str
    officer_id: str
    occurred_at: str
    recorded_at: str
    office: str


class FaustCase(faust.Record, serializer="json"):
    """The record of a case."""

    last_contact: str = ""
    last_event: str = ""
    officer: str = ""
    count: int = 0


def _merge(case: FaustCase, event: FaustEvent) -> None:
    at = event.occurred_at
    if at >= case.last_event:
        case.last_event = at
        case.officer = event.officer_id
    if event.type == "check_in_completed" and at > case.last_contact:
        case.last_contact = at
    case.count += 1


def make_app(task: Task, *, is_tuned: bool) -> faust.App:
    """Return the app with its table and its agent."""
    tuned: dict[str, Any] = {
        "stream_buffer_maxsize": 16_384,
        "consumer_max_fetch_size": 4 << 20,
        "broker_max_poll_records": 5_000,
        "producer_linger": 0.02,
        "producer_max_batch_size": 512 << 10,
    }
    app = faust.App(
        task.group,
        broker=f"kafka://{task.broker}",
        store="memory://",
        broker_commit_interval=task.commit_ms / 1000,
        consumer_auto_offset_reset="earliest",
        topic_partitions=task.partitions,
        topic_replication_factor=1,
        web_enabled=False,
        datadir=str(task.directory),
        **(tuned if is_tuned else {}),
    )
    events = app.topic(task.topic, value_type=FaustEvent, partitions=task.partitions)
    cases = app.Table("cases", default=FaustCase, value_type=FaustCase, partitions=task.partitions)

    async def monitor(stream: faust.StreamT[FaustEvent]) -> None:
        async for event in stream:
            case = cases[event.case_id]
            _merge(case, event)
            cases[event.case_id] = case

    app.agent(events, name="cases")(monitor)
    return app


if __name__ == "__main__":
    is_tuned = sys.argv[1:] == ["--tuned"]
    sys.argv[1:] = ["worker", "--loglevel", "warn"]
    make_app(Task.given(), is_tuned=is_tuned).main()
