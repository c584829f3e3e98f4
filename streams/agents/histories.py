"""What the states of both agents must belong to, and the marks that say so."""

from collections.abc import Mapping

from schemas.topics import case_topics, topic
from streams.agents.officers import OFFICER_MARK, mark_origin, mark_with_origin
from streams.core.partition import META_KEY, blank_record, origin_of, with_origin
from streams.kafka.history import History, Mark
from streams.kafka.settings import Settings
from streams.kafka.topic_watch import TopicIdentity

__all__ = ["histories"]


def histories(settings: Settings, topics: Mapping[str, TopicIdentity]) -> dict[str, History]:
    """Those of `cases` and of `officers`.

    Args:
        settings: Group, names of topics, and whether transactions tie state and offsets together.
        topics: What makes the changelogs the ones that they are.
    """

    def of(short: str, inputs: list[str], mark: Mark, decided_by: History | None = None) -> History:
        changelog = topic(short, settings.prefix).name
        return History(
            group=settings.group,
            changelog=changelog,
            topics=inputs,
            mark=mark,
            is_exact=settings.delivery == "transactional",
            changelog_id=topics[changelog].id or "",
            decided_by=decided_by,
        )

    of_cases = [entry.name for entry in case_topics(settings.prefix)]
    of_officers = [topic(short, settings.prefix).name for short in ("officers", "load-partials")]
    cases = of("case-state", of_cases, Mark(META_KEY, with_origin, origin_of, blank_record()))
    officers = of("officer-state", of_officers, Mark(OFFICER_MARK, mark_with_origin, mark_origin), cases)
    return {"cases": cases, "officers": officers}
