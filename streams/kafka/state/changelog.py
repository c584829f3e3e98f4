"""Reading changelog partitions to their end, in bulk."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from aiokafka import TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import OffsetOutOfRangeError  # type: ignore[import-untyped]  # the same

from streams.kafka.client.closing import close_client
from streams.kafka.client.committed_reader import make_reader
from streams.kafka.consumer.fetch_batches import drain_fetched
from streams.kafka.state.changelog_table import ChangelogTable

__all__ = ["AssignmentRevoked", "read_changelog"]

_MOST_RECORDS: Final = 20_000
_FETCH_WAIT_MS: Final = 50


class AssignmentRevoked(Exception):  # noqa: N818  # no fault: somebody else needs the thread
    """The assignment that asked for the state is being taken away."""


async def read_changelog(
    client: Mapping[str, Any],
    topic: str,
    images: Mapping[int, ChangelogTable],
    is_superseded: Callable[[], bool],
    on_read: Callable[[], None] = lambda: None,
) -> set[int]:
    """Read every image on from its position to the end of its partition.

    The end is where a fetch finds nothing more: what ListOffsets says is not to be trusted on every broker (the
    embedded one gives the start of the last batch), and the last offset may be a transaction's marker.

    Args:
        client: How to reach and speak to the brokers (aiokafka's names).
        topic: The changelog.
        images: By partition number.
        is_superseded: Asked between polls.
        on_read: Told of every poll that brought records.

    Returns:
        Partition numbers whose log does not hold the position of their image: it was cut off since, or recreated.
        What their images hold by then is of no use.

    Raises:
        Superseded: It said yes; the images keep what they have read.
    """
    reader = make_reader(
        client,
        max_partition_fetch_bytes=2 << 20,
        fetch_max_bytes=4 << 20,  # more costs more: the buffer of an answer is copied as it grows
        fetch_max_wait_ms=_FETCH_WAIT_MS,
    )
    try:
        await reader.start()
        fetcher = reader._fetcher  # noqa: SLF001  # its own way gives a record at a time, which costs five times that
        todo = {TopicPartition(topic, number): image for number, image in images.items()}
        reader.assign(list(todo))
        start = await reader.beginning_offsets(list(todo))
        outside: set[int] = set()

        def leave(tp: Any) -> None:  # noqa: ANN401  # aiokafka has no types
            reader.pause(tp)
            del todo[tp]

        for tp, image in list(todo.items()):
            image.begin = start[tp]
            reader.seek(tp, start[tp] if image.position is None else image.position)
            if image.position is not None and image.position < start[tp]:
                outside.add(tp.partition)
                leave(tp)
        while todo:
            if is_superseded():
                raise AssignmentRevoked
            try:
                polled = await drain_fetched(fetcher, todo, timeout=2 * _FETCH_WAIT_MS / 1000, most=_MOST_RECORDS)
            except OffsetOutOfRangeError as error:
                for tp in error.args[0]:
                    outside.add(tp.partition)
                    leave(tp)
                continue
            for tp, records in polled.items():
                todo[tp].read(records)
                on_read()
            polled.clear()  # what was read is not kept while more is waited for
            for tp, image in list(todo.items()):
                end, position = reader.last_stable_offset(tp), await reader.position(tp)
                image.end = end
                if end is not None and position >= end:
                    image.position = position
                    leave(tp)
        return outside
    finally:
        await close_client(reader)
