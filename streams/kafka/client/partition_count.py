"""How the topics are cut on the cluster: what a worker must know before it computes the partition of a key."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from schemas.topics import catalogue
from streams.errors import BrokerError
from streams.kafka.client.admin import AdminClient
from streams.kafka.client.settings import Settings

__all__ = ["with_partition_count"]

_CUT_OTHERWISE: Final = frozenset({"audit", "case-views"})


def with_partition_count(admin: AdminClient, settings: Settings, only: Iterable[str] | None = None) -> Settings:
    """The settings with the number of partitions that the topics have, which need not be the one we would make.

    Args:
        admin: The cluster.
        settings: Names of the topics.
        only: The topics that matter to who asks, without prefix; all of the catalogue when left out.

    Raises:
        BrokerError: A topic is missing, or they are not all cut alike; the text says what to do.
    """
    wanted = None if only is None else frozenset(only)
    names = [
        topic.name
        for topic in catalogue(settings.prefix)
        if topic.short not in _CUT_OTHERWISE and (wanted is None or topic.short in wanted)
    ]
    found = admin.partitions(names)
    missing = [name for name in names if name not in found]
    if missing:
        more = f" and {len(missing) - 1} more topics" if len(missing) > 1 else ""
        raise BrokerError(
            f"the broker at {settings.brokers} lacks {missing[0]}{more} of the catalogue: "
            "`docketwatch topics create` makes them"
        )
    ((usual, _),) = Counter(found.values()).most_common(1)
    others = [f"{name} has {count}" for name, count in found.items() if count != usual]
    if others:
        raise BrokerError(
            f"all topics must have the same number of partitions; most have {usual}, but {', '.join(others)}"
        )
    return settings.model_copy(update={"partitions": usual})
