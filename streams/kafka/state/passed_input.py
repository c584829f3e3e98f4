"""Input that the group has passed and a state has not, without a fault of either: while workers are upgraded.

A worker of the release before commits offsets and writes no mark with them, as long as nothing changes in the state. So
the state seems older than its offsets when the next worker takes it over. Two things tell that from a changelog that
was cut off at its end, or offsets that were set by hand. This release says so beside what it commits (`MARKED` of
`streams.kafka.work`): it was written with a mark, and where that mark is missing it was lost. And what lies between the
two offsets must be such that no state changes by it: `clock` records, which move the clock, and that is found again by
reading on; or load partials, each of which says which one it builds on, so that officers wait for a whole one when they
have missed any.

Anything else is refused: events lie between, and a program that does not say what it made of them may have changed
nothing by them (they came again, or were dead letters), or the changelog has lost it.
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
from streams.kafka.work import Place

__all__ = ["as_marked", "read_passed"]

_POLL_MS: Final = 100


async def read_passed(
    client: Mapping[str, Any],
    is_missed: Callable[[Place], bool],
    spans: Mapping[Place, tuple[int, int]],
    is_superseded: Callable[[], bool],
    on_read: Callable[[], None] = lambda: None,
) -> set[Place]:
    """Read what lies between the offsets of states and those of their group.

    Args:
        client: How to reach and speak to the brokers (aiokafka's names).
        is_missed: Whether readers of a topic notice by themselves that they have missed records: it is not read.
        spans: The offset of the state and that of the group, by topic and partition.
        is_superseded: Asked between polls.
        on_read: Told of every poll that brought records.

    Returns:
        Where nothing lies by which a state changes; one of which records are deleted is not among them.

    Raises:
        Superseded: `is_superseded` said yes.
    """
    passed = {place for place in spans if is_missed(place)}
    ends = {TopicPartition(*place): end for place, (_, end) in spans.items() if place not in passed}
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
    committed: Mapping[int, Mapping[str, int]], passed: Collection[Place], spans: Mapping[Place, tuple[int, int]]
) -> Mapping[int, Mapping[str, int]]:
    """What a group has committed, but for what it passed without a mark: there as the states say."""
    return {
        number: {name: spans[name, number][0] if (name, number) in passed else offset for name, offset in of.items()}
        for number, of in committed.items()
    }
