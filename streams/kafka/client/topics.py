"""Creates the topics of the catalogue on a cluster, and compares those that exist with it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from schemas.topics import Topic, catalogue, input_topics
from schemas.topics import topic as entry
from streams.errors import BrokerError
from streams.kafka.client.admin import AdminClient, ExistingTopic, NewTopic
from streams.kafka.client.settings import Settings
from streams.kafka.client.topic_hazards import LONGEST_DOWNTIME, blocking_problems, broker_hazards, hazards, notes

__all__ = [
    "ALERT_TOPICS",
    "TopicDifference",
    "check_topics",
    "create_topics",
    "input_partitions",
    "judged_partitions",
    "refuse_obstacles",
    "unknown_topics",
    "wanted_topics",
]

ALERT_TOPICS: Final = ("lost-track-alerts", "restricted-alerts")
"""The topics of case alerts, without the prefix."""

_COPIES: Final = 3


@dataclass(frozen=True, slots=True)
class TopicDifference:
    """One difference between a topic and the catalogue.

    Attributes:
        topic: Its name, or `the brokers`.
        sentence: The actual and the wanted value.
        is_note: Whether an operator may want it.
    """

    topic: str
    sentence: str
    is_note: bool = False

    def __str__(self) -> str:
        return f"{'note: ' if self.is_note else ''}{self.topic}: {self.sentence}"


def wanted_topics(settings: Settings, brokers: int) -> list[NewTopic]:
    """The topics that the catalogue asks of a cluster.

    Args:
        settings: Prefix, partitions and replication.
        brokers: How many brokers there are.
    """
    replication = settings.replication or min(_COPIES, brokers)
    return [
        NewTopic(topic.name, topic.partitions, replication, _settings(topic, replication))
        for topic in catalogue(settings.prefix, settings.partitions)
    ]


def create_topics(admin: AdminClient, settings: Settings) -> list[str]:
    """Create the missing topics; existing ones stay as they are.

    Returns:
        The names of the created topics.

    Raises:
        BrokerError: The cluster refuses.
    """
    there = admin.names()
    missing = [topic for topic in wanted_topics(settings, admin.brokers) if topic.name not in there]
    admin.create(missing)
    return [topic.name for topic in missing]


def check_topics(
    admin: AdminClient, settings: Settings, downtime: timedelta = LONGEST_DOWNTIME
) -> list[TopicDifference]:
    """Every difference between the catalogue and the cluster, in the catalogue's order, and settings that lose history.

    The embedded broker reports another number of copies than was set, and ignores settings: there neither is checked.

    Args:
        admin: The cluster.
        settings: Prefix, partitions and replication.
        downtime: How long workers may be down without losing an event.

    Raises:
        BrokerError: The cluster does not say.
    """
    wanted = wanted_topics(settings, admin.brokers)
    found = admin.topics([topic.name for topic in wanted])
    entries = {topic.name: topic for topic in catalogue(settings.prefix, settings.partitions)}
    differences: list[TopicDifference] = []
    for topic in wanted:
        there = found.get(topic.name)
        if there is None:
            differences.append(TopicDifference(topic.name, "is missing"))
            continue
        grave = []
        if not admin.is_embedded:
            grave = [*blocking_problems(entries[topic.name], there), *hazards(entries[topic.name], there, downtime)]
        named = {sentence.partition("=")[0] for sentence in grave}
        plain = _differences(topic, there, copies=not admin.is_embedded)
        plain = [sentence for sentence in plain if sentence.partition("=")[0] not in named]
        differences += [TopicDifference(topic.name, sentence) for sentence in (*plain, *grave)]
        named |= {sentence.partition("=")[0] for sentence in plain}
        if not admin.is_embedded:
            differences += [
                TopicDifference(topic.name, sentence, is_note=True)
                for sentence in notes(there)
                if sentence.partition("=")[0] not in named
            ]
    if not admin.is_embedded:
        differences += [
            TopicDifference("the brokers", sentence) for sentence in broker_hazards(admin.broker_settings(), downtime)
        ]
    return differences


def refuse_obstacles(admin: AdminClient, settings: Settings, names: Collection[str]) -> None:
    """Refuse topics whose settings would end a worker in the middle of its work.

    Args:
        admin: The cluster.
        settings: Prefix and partitions.
        names: The topics that it reads and writes.

    Raises:
        BrokerError: There are some; the text names topic, setting and value, and the right value.
    """
    entries = {topic.name: topic for topic in catalogue(settings.prefix, settings.partitions)}
    found = [] if admin.is_embedded else list(admin.topics(list(names)).items())
    refused = [f"{name} {sentence}" for name, there in found for sentence in blocking_problems(entries[name], there)]
    if refused:
        raise BrokerError("; ".join(refused))


def unknown_topics(admin: AdminClient, settings: Settings) -> list[str]:
    """Topics with our prefix that are not in the catalogue, sorted."""
    known = {topic.name for topic in catalogue(settings.prefix)}
    return sorted(name for name in admin.names() if name.startswith(f"{settings.prefix}.") and name not in known)


def input_partitions(admin: AdminClient, settings: Settings) -> dict[str, int]:
    """How many partitions each input topic has.

    Raises:
        BrokerError: One is missing, or the partition counts of the case topics differ; the text says what to do.
    """
    wanted = [topic.name for topic in input_topics(settings.prefix)]
    found = admin.partitions(wanted)
    missing = [name for name in wanted if name not in found]
    if missing:
        raise BrokerError(
            f"the broker at {settings.brokers} lacks {', '.join(missing)}: `docketwatch topics create` makes them"
        )
    by_case = {topic.name: found[topic.name] for topic in input_topics(settings.prefix) if topic.key == "case_id"}
    if len(set(by_case.values())) > 1:
        counts = ", ".join(f"{name} {count}" for name, count in by_case.items())
        raise BrokerError(f"the topics of cases must have the same number of partitions, but have: {counts}")
    return found


def judged_partitions(admin: AdminClient, settings: Settings) -> tuple[int, int]:
    """How many partitions the case topics and the topics of their alerts have.

    Raises:
        BrokerError: One is missing.
    """
    inputs = input_partitions(admin, settings)
    wanted = [entry(short, settings.prefix).name for short in (*ALERT_TOPICS, "load-partials")]
    outputs = admin.partitions(wanted)
    if len(outputs) < len(wanted):
        raise BrokerError(f"the broker at {settings.brokers} lacks topics: `docketwatch topics create` makes them")
    return inputs[entry("cases", settings.prefix).name], outputs[wanted[0]]


def _settings(topic: Topic, replication: int) -> dict[str, str]:
    # with three copies one broker may be down, and acknowledged records are still on two
    safe = {"min.insync.replicas": str(replication - 1)} if replication >= _COPIES else {}
    return {**topic.settings, **safe}


def _differences(wanted: NewTopic, existing: ExistingTopic, *, copies: bool) -> Sequence[str]:
    sentences = []
    if existing.partitions != wanted.partitions:
        sentences.append(
            f"has {existing.partitions} partitions, not {wanted.partitions}; a key would move, "
            "so it has to be recreated"
        )
    if copies and existing.replication < wanted.replication:
        sentences.append(f"has {existing.replication} copies of a partition, not {wanted.replication}")
    for name, value in wanted.settings.items():
        found = existing.settings.get(name)
        if found is None:
            sentences.append(f"does not say what {name} is; it should be {value}")
        elif found != value:
            sentences.append(f"has {name}={found}, not {value}")
    return sentences
