"""Settings of topics and brokers that lose history or stop writes, beyond what the catalogue asks for.

A worker checks at its start the settings that would stop it: otherwise they would fail in the middle of the work, with
an error that does not name the topic.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from schemas.topics import Topic
from streams.kafka.client.admin import ExistingTopic
from streams.kafka.client.codecs import CODECS
from streams.kafka.client.limits import MAX_BATCH_BYTES

__all__ = ["LONGEST_DOWNTIME", "blocking_problems", "broker_hazards", "hazards", "notes"]

LONGEST_DOWNTIME: Final = timedelta(days=3)
"""The default for how long workers may be down: a weekend, and a day to notice."""

_CODECS_OF_THE_BROKER: Final = ("producer", "uncompressed")
_CHANGELOGS: Final = ("case-state", "officer-state")


def blocking_problems(topic: Topic, existing: ExistingTopic) -> Iterator[str]:
    """Settings with which a worker cannot work: each names the setting, its value and the right one.

    Settings that the cluster does not report are not checked.

    Args:
        topic: The topic in the catalogue.
        existing: The topic on the cluster.
    """
    most = _number(existing.settings, "max.message.bytes")
    if not topic.is_input and most is not None and most < MAX_BATCH_BYTES:
        yield (
            f"has max.message.bytes={most}: batches of records have up to {MAX_BATCH_BYTES} bytes, and larger ones are "
            "refused in the middle of the work"
        )
    in_sync = _number(existing.settings, "min.insync.replicas")
    if in_sync is not None and in_sync > max(1, existing.replication):
        copies = "1 copy" if existing.replication == 1 else f"{existing.replication} copies"
        yield (
            f"has min.insync.replicas={in_sync}, but a partition has {copies}: the broker refuses every write of a "
            "producer with acks=all, which the workers use"
        )
    codec = existing.settings.get("compression.type", "producer")
    if codec not in (*_CODECS_OF_THE_BROKER, *(name for name, is_there in CODECS.items() if is_there())):
        yield f"has compression.type={codec}, which cannot be read here: must be producer or one of {', '.join(CODECS)}"
    cleanup = existing.settings.get("cleanup.policy", "")
    if topic.short in _CHANGELOGS and "delete" in cleanup:
        yield (f"has cleanup.policy={cleanup}: the broker would delete the workers' state by its age; must be compact")


def hazards(topic: Topic, existing: ExistingTopic, downtime: timedelta) -> Iterator[str]:
    """Settings that may lose history while the workers run normally.

    Args:
        topic: The topic in the catalogue.
        existing: The topic on the cluster.
        downtime: How long workers may be down.
    """
    if topic.is_input:
        kept = _number(existing.settings, "retention.ms")
        if kept is not None and 0 <= kept < downtime // timedelta(milliseconds=1):
            yield (
                f"has retention.ms={kept}, which is less than a downtime of {_text(downtime)}: events would be deleted "
                "before a worker has read them"
            )
        most = _number(existing.settings, "retention.bytes")
        if most is not None and most >= 0:
            yield f"has retention.bytes={most}: more may arrive within a downtime of {_text(downtime)}; must be -1"
    if existing.settings.get("unclean.leader.election.enable") == "true":
        yield (
            "has unclean.leader.election.enable=true: a broker that lacks the newest records may become leader, and "
            "acknowledged records are lost; must be false"
        )


def notes(existing: ExistingTopic) -> Iterator[str]:
    """Settings that an operator should know of, and may want.

    Args:
        existing: The topic on the cluster.
    """
    codec = existing.settings.get("compression.type", "producer")
    if codec != "producer":
        yield f"has compression.type={codec}: the broker recompresses every batch, whatever its producer chose"
    in_sync = _number(existing.settings, "min.insync.replicas")
    if in_sync is not None and existing.replication > 1:
        if in_sync == 1:
            yield (
                "has min.insync.replicas=1: while other copies are behind, acknowledged records lie on one broker "
                "only, and are lost with it"
            )
        elif in_sync == existing.replication:
            yield f"has min.insync.replicas={in_sync}, all of its copies: no write succeeds while one broker is down"


def broker_hazards(settings: Mapping[str, str], downtime: timedelta) -> Iterator[str]:
    """Broker settings that may expire a group's committed offsets.

    Args:
        settings: Those of one broker; empty where the cluster does not report them.
        downtime: How long workers may be down.
    """
    minutes = _number(settings, "offsets.retention.minutes")
    if minutes is not None and timedelta(minutes=minutes) < downtime:
        yield (
            f"have offsets.retention.minutes={minutes}, which is less than a downtime of {_text(downtime)}: a group "
            "that was down for longer starts again with the oldest record"
        )


def _number(settings: Mapping[str, str], name: str) -> int | None:
    text = settings.get(name, "")
    return int(text) if text.removeprefix("-").isdecimal() else None


def _text(span: timedelta) -> str:
    hours = span // timedelta(hours=1)
    return f"{hours} h" if timedelta(hours=hours) == span else f"{span.total_seconds():g} s"
