"""Input that the group has passed and the state has not, without data loss: during a rolling upgrade.

A worker of the previous release commits offsets without a flush marker while its state does not change. So the state
seems older than its offsets when the next worker takes over. Two things distinguish that from a truncated changelog, or
from offsets set by hand. This release adds metadata to an offset that it commits with a marker (`CommittedOffset` of
`streams.kafka.work`): if that marker is missing, it was lost. And the records between the two offsets must be of kinds
that change no state: `clock` records, which only move the watermark, and reading on moves it again; or load partials,
each of which names the one it builds on, so that officers wait for a whole one when they have missed any.

Other records are refused: for events it is unknown whether the previous release processed them without a change (they
were repeated, or dead letters), or the changelog has lost the change.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from aiokafka import TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import OffsetOutOfRangeError  # type: ignore[import-untyped]  # the same

from schemas import hot
from schemas.decode import decode
from schemas.refusals import Refused
from streams.kafka.client.closing import close_client
from streams.kafka.client.committed_reader import make_reader
from streams.kafka.state.changelog import AssignmentRevoked
from streams.kafka.work import PartitionId

__all__ = ["as_marked", "read_passed"]

_POLL_MS: Final = 100


async def read_passed(
    client: Mapping[str, Any],
    is_missed: Callable[[PartitionId], bool],
    spans: Mapping[PartitionId, tuple[int, int]],
    is_superseded: Callable[[], bool],
    on_read: Callable[[], None] = lambda: None,
) -> set[PartitionId]:
    """Read the records between the offsets of states and those of their group.

    Args:
        client: aiokafka's connection options.
        is_missed: Whether the readers of a topic detect missed records by themselves: such a topic is not read.
        spans: The offset of the state and that of the group, by topic and partition.
        is_superseded: Whether another rebalance has started; called between polls.
        on_read: Called after every poll that brought records.

    Returns:
        The topic-partitions whose records there change no state; one with deleted records is left out.

    Raises:
        AssignmentRevoked: `is_superseded` returned True.
    """
    passed = {tp for tp in spans if is_missed(tp)}
    ends = {TopicPartition(*tp): end for tp, (_, end) in spans.items() if tp not in passed}
    if not ends:
        return passed
    reader = make_reader(client)
    try:
        await reader.start()
        reader.assign(list(ends))
        for tp in ends:
            reader.seek(tp, spans[tp.topic, tp.partition][0])
        todo = set(ends)
        while todo:
            if is_superseded():
                raise AssignmentRevoked
            try:
                polled = await reader.getmany(*todo, timeout_ms=_POLL_MS)
            except OffsetOutOfRangeError as error:
                todo -= set(error.args[0])
                continue
            for tp, records in polled.items():
                on_read()
                if not all(_is_clock(row.value) for row in records if row.offset < ends[tp]):
                    todo.discard(tp)
            for tp in list(todo):
                if await reader.position(tp) >= ends[tp]:
                    todo.discard(tp)
                    passed.add((tp.topic, tp.partition))
        return passed
    finally:
        await close_client(reader)


def _is_clock(value: bytes | None) -> bool:
    try:
        return isinstance(decode(value or b""), hot.Clock)
    except Refused:
        return False


def as_marked(
    committed: Mapping[int, Mapping[str, int]],
    passed: Collection[PartitionId],
    spans: Mapping[PartitionId, tuple[int, int]],
) -> Mapping[int, Mapping[str, int]]:
    """A group's committed offsets, but those of the states where it passed input without a marker."""
    return {
        number: {name: spans[name, number][0] if (name, number) in passed else offset for name, offset in of.items()}
        for number, of in committed.items()
    }
