"""The partition count of the topics on the cluster, which a worker needs to compute the partition of a key."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from schemas.topics import catalogue
from streams.errors import BrokerError
from streams.kafka.client.admin import AdminClient
from streams.kafka.client.settings import Settings

__all__ = ["with_partition_count"]

_OTHER_COUNT: Final = frozenset({"audit", "case-views"})


def with_partition_count(admin: AdminClient, settings: Settings, only: Iterable[str] | None = None) -> Settings:
    """The settings with the actual number of partitions of the topics, which may differ from the configured one.

    Args:
        admin: The cluster.
        settings: Names of the topics.
        only: The topics to check, without prefix; all of the catalogue when left out.

    Raises:
        BrokerError: A topic is missing, or their partition counts differ; the text says what to do.
    """
    wanted = None if only is None else frozenset(only)
    names = [
        topic.name
        for topic in catalogue(settings.prefix)
        if topic.short not in _OTHER_COUNT and (wanted is None or topic.short in wanted)
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
