"""Reads changelog partitions to their end, in bulk."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from aiokafka import TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import OffsetOutOfRangeError  # type: ignore[import-untyped]  # the same

from streams.kafka.client.closing import close_client
from streams.kafka.client.committed_reader import make_reader
from streams.kafka.client.leader_ends import await_ends
from streams.kafka.consumer.fetch_batches import drain_fetched
from streams.kafka.state.changelog_table import ChangelogTable

__all__ = ["AssignmentRevoked", "read_changelog"]

_MOST_RECORDS: Final = 20_000
_FETCH_WAIT_MS: Final = 50


class AssignmentRevoked(Exception):  # noqa: N818  # no fault: the group rebalances
    """The assignment that the state was restored for is being revoked."""


async def read_changelog(
    client: Mapping[str, Any],
    topic: str,
    tables: Mapping[int, ChangelogTable],
    is_superseded: Callable[[], bool],
    on_read: Callable[[], None] = lambda: None,
) -> set[int]:
    """Read every table on from its position to the end of its partition.

    The end is where a fetch finds no more records, once the leader knows it (`streams.kafka.client.leader_ends`):
    ListOffsets is not reliable on every broker (the embedded one gives the start of the last batch), and the last
    offset may be a transaction marker.

    Args:
        client: aiokafka's connection options.
        topic: The changelog.
        tables: By partition number.
        is_superseded: Whether another rebalance has started; called between polls.
        on_read: Called after every poll that brought records.

    Returns:
        Partition numbers whose log does not hold the position of their table: it was truncated since, or recreated.
        The content of their tables is invalid then.

    Raises:
        AssignmentRevoked: `is_superseded` returned True; the tables keep the records read so far.
    """

    def check() -> None:
        if is_superseded():
            raise AssignmentRevoked

    reader = make_reader(
        client,
        max_partition_fetch_bytes=2 << 20,
        fetch_max_bytes=4 << 20,  # more costs more: the buffer of an answer is copied as it grows
        fetch_max_wait_ms=_FETCH_WAIT_MS,
    )
    try:
        await reader.start()
        fetcher = reader._fetcher  # noqa: SLF001  # the public way returns a record at a time, at five times the cost
        todo = {TopicPartition(topic, number): table for number, table in tables.items()}
        reader.assign(list(todo))
        await await_ends(reader, set(todo), check)
        start = await reader.beginning_offsets(list(todo))
        outside: set[int] = set()

        def finish(tp: Any) -> None:  # noqa: ANN401  # aiokafka has no types
            reader.pause(tp)
            del todo[tp]

        for tp, table in list(todo.items()):
            table.begin = start[tp]
            reader.seek(tp, start[tp] if table.position is None else table.position)
            if table.position is not None and table.position < start[tp]:
                outside.add(tp.partition)
                finish(tp)
        while todo:
            check()
            try:
                polled = await drain_fetched(fetcher, todo, timeout=2 * _FETCH_WAIT_MS / 1000, most=_MOST_RECORDS)
            except OffsetOutOfRangeError as error:
                for tp in error.args[0]:
                    outside.add(tp.partition)
                    finish(tp)
                continue
            for tp, records in polled.items():
                todo[tp].read(records)
                on_read()
            polled.clear()  # free the records before the next wait
            for tp, table in list(todo.items()):
                end, position = reader.last_stable_offset(tp), await reader.position(tp)
                table.end = end
                if end is not None and position >= end:
                    table.position = position
                    finish(tp)
        return outside
    finally:
        await close_client(reader)
