"""The kernel on Quix Streams: a stateful update, its RocksDB store and its changelog topic; at least once.

The settings that measured best: msgspec for the events, orjson for the state, larger queues and batches of librdkafka.
"""

import orjson
from quixstreams import Application  # type: ignore[import-not-found]  # lives in an environment of its own
from quixstreams.models.serializers import Deserializer  # type: ignore[import-not-found]  # the same
from quixstreams.state import State  # type: ignore[import-not-found]  # the same
from quixstreams.state.rocksdb import RocksDBOptions  # type: ignore[import-not-found]  # the same

from tests.load.peers.kernel import KernelEvent, decode
from tests.load.peers.task import Task

__all__ = ["main"]


class _Decoder(Deserializer):  # type: ignore[misc]  # the same
    def __call__(self, value: bytes, ctx: object) -> KernelEvent:
        return decode(value)


def _merge(event: KernelEvent, state: State) -> None:
    case = state.get("case") or ["", "", "", 0]
    at = event.occurred_at
    if at >= case[1]:
        case[1] = at
        case[2] = event.officer_id
    if event.type == "check_in_completed" and at > case[0]:
        case[0] = at
    case[3] += 1
    state.set("case", case)


def main(task: Task) -> None:
    """Run until SIGTERM."""
    app = Application(
        broker_address=task.broker,
        consumer_group=task.group,
        auto_offset_reset="earliest",
        commit_interval=task.commit_ms / 1000,
        state_dir=str(task.directory),
        loglevel="WARNING",
        rocksdb_options=RocksDBOptions(dumps=orjson.dumps, loads=orjson.loads),
        consumer_extra_config={
            "fetch.wait.max.ms": 50,
            "fetch.message.max.bytes": 4 << 20,
            "queued.min.messages": 200_000,
            "queued.max.messages.kbytes": 65_536,
        },
        producer_extra_config={
            "acks": "all",
            "linger.ms": 20,
            "batch.size": 1_000_000,
            "queue.buffering.max.messages": 2_000_000,
            "queue.buffering.max.kbytes": 1 << 20,
        },
    )
    events = app.topic(task.topic, value_deserializer=_Decoder(), key_deserializer="str")
    app.dataframe(events).update(_merge, stateful=True)
    app.run()


if __name__ == "__main__":
    main(Task.given())
