"""Which group may begin on empty changelogs: the one whose claim comes first in the log of one partition.

One partition decides for all: were each of them claimed by itself, two groups that start at once would share them out,
and neither could work.
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
        client: How to reach and speak to the brokers (aiokafka's names).
        history: What the states of the deciding changelog must belong to.
        is_superseded: Asked between polls.
        on_read: Told of every poll that brought records.

    Returns:
        The group to which it belongs.

    Raises:
        Superseded: `is_superseded` said yes.
    """
    image = ChangelogTable(history.mark.key)
    await read_changelog(client, history.changelog, {DECIDING: image}, is_superseded, on_read)
    if history.group_of(image) is None:
        writer = BatchProducer(client)
        try:
            await writer.start()
            await writer.append(history.changelog, DECIDING, history.claim)
        finally:
            await writer.stop()
        while history.group not in image.claims:
            await read_changelog(client, history.changelog, {DECIDING: image}, is_superseded, on_read)
    return history.group_of(image) or history.group
