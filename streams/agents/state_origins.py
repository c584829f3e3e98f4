"""What the states of both agents must belong to, and the marks that say so."""

from collections.abc import Mapping
from typing import Final

from schemas.topics import case_topics, input_topics, topic
from streams.agents.officers import OFFICER_MARK, mark_origin, mark_with_origin
from streams.core.state.origin import AlertTopic
from streams.core.state.partition_record import META_KEY, blank_record, origin_of, with_origin
from streams.kafka.client.settings import Settings
from streams.kafka.client.topic_watch import TopicIdentity
from streams.kafka.state.history import ChangelogHistory, FlushMarker

__all__ = ["ALERT_TOPICS", "alert_topic", "histories"]

ALERT_TOPICS: Final = {"cases": ("lost-track-alerts", "restricted-alerts"), "officers": ("officer-alerts",)}
"""The topics of alerts that stand, by agent, without their prefix."""


def alert_topic(identity: TopicIdentity) -> AlertTopic:
    """The alert topic as a state remembers it."""
    return AlertTopic(identity.id or "", identity.begin)


def histories(settings: Settings, topics: Mapping[str, TopicIdentity]) -> dict[str, ChangelogHistory]:
    """Those of `cases` and of `officers`.

    Args:
        settings: Group, names of topics, and whether transactions tie state and offsets together.
        topics: What makes changelogs, input topics and alert topics the ones that they are.
    """
    written_by_producers = {entry.name for entry in input_topics(settings.prefix)}
    partials = topic("load-partials", settings.prefix).name

    def of(
        agent: str, short: str, inputs: list[str], mark: FlushMarker, decided_by: ChangelogHistory | None = None
    ) -> ChangelogHistory:
        changelog = topic(short, settings.prefix).name
        ids = {name: topics[name].id or "" for name in inputs if name in written_by_producers}
        outputs = [topic(each, settings.prefix).name for each in ALERT_TOPICS[agent]]
        return ChangelogHistory(
            group=settings.group,
            changelog=changelog,
            topics=inputs,
            flush_marker=mark,
            is_exact=settings.delivery == "transactional",
            changelog_id=topics[changelog].id or "",
            input_ids={name: id_ for name, id_ in ids.items() if id_},
            alert_topics={name: alert_topic(topics[name]) for name in outputs},
            decided_by=decided_by,
            snapshots=[partials],
        )

    of_cases = [entry.name for entry in case_topics(settings.prefix)]
    of_officers = [topic("officers", settings.prefix).name, partials]
    cases = of("cases", "case-state", of_cases, FlushMarker(META_KEY, with_origin, origin_of, blank_record()))
    officers = of(
        "officers", "officer-state", of_officers, FlushMarker(OFFICER_MARK, mark_with_origin, mark_origin), cases
    )
    return {"cases": cases, "officers": officers}
