"""Decides which group may start on empty changelogs: the one with the first claim in the log of one partition.

One partition decides for all: with a claim for each, two groups that start at once would each get some of them, and
neither could work.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from streams.kafka.producer.batch_producer import BatchProducer
from streams.kafka.state.changelog import read_changelog
from streams.kafka.state.changelog_table import ChangelogTable
from streams.kafka.state.history import ChangelogHistory

__all__ = ["DECIDING", "first_group"]

DECIDING: Final = 0
"""The partition number that decides."""


async def first_group(
    client: Mapping[str, Any],
    history: ChangelogHistory,
    is_superseded: Callable[[], bool],
    on_read: Callable[[], None] = lambda: None,
) -> str:
    """Claim a changelog for the group, unless it belongs to one already.

    Args:
        client: aiokafka's connection options.
        history: The history of the deciding changelog.
        is_superseded: Whether another rebalance has started; called between polls.
        on_read: Called after every poll that brought records.

    Returns:
        The group to which it belongs.

    Raises:
        AssignmentRevoked: `is_superseded` returned True.
    """
    table = ChangelogTable(history.flush_marker.key)
    await read_changelog(client, history.changelog, {DECIDING: table}, is_superseded, on_read)
    if history.group_of(table) is None:
        producer = BatchProducer(client)
        try:
            await producer.start()
            await producer.append(history.changelog, DECIDING, history.claim)
        finally:
            await producer.stop()
        while history.group not in table.claims:
            await read_changelog(client, history.changelog, {DECIDING: table}, is_superseded, on_read)
    return history.group_of(table) or history.group
