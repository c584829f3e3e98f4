"""The one catalogue of topics: what creates them, checks them, documents them and reads them asks here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal

from msgspec import Struct
from pydantic import BaseModel

from schemas.alerts import Alert, OfficerAlert
from schemas.case_views import CaseView
from schemas.dead_letters import AuditRecord, DeadLetter
from schemas.events import EVENT_MODELS, TOPIC_OF, Clock
from schemas.input_gaps import InputGapRecord
from schemas.loads import Load, LoadPartial
from schemas.state_changes import StateChangeRecord

__all__ = [
    "DEFAULT_PARTITIONS",
    "DEFAULT_PREFIX",
    "TOMBSTONES_KEPT",
    "Topic",
    "case_topics",
    "catalogue",
    "input_topics",
    "topic",
    "topic_of",
]

DEFAULT_PREFIX: Final = "docket"
DEFAULT_PARTITIONS: Final = 8

Model = type[BaseModel] | type[Struct]

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_BY_ARRIVAL: Final = MappingProxyType({"message.timestamp.type": "LogAppendTime"})
"""A replayed log is old; by its own time the broker would delete it at once."""
_ERASED_WITHIN_A_DAY: Final = MappingProxyType(
    {"max.compaction.lag.ms": str(timedelta(days=1) // timedelta(milliseconds=1))}
)
"""When a case becomes protected, its alerts leave the public topic: the broker must not keep the earlier records."""
_ACCESS_RECORDS: Final = timedelta(days=6 * 366)
"""As long as the National Archives' schedule 3.2, item 031, keeps the access records of systems that must have them."""
TOMBSTONES_KEPT: Final = timedelta(days=7)
"""How long compaction keeps a tombstone in a changelog: a reader of an older checkpoint must still see it."""
_CHANGELOG: Final = MappingProxyType(
    {
        "delete.retention.ms": str(TOMBSTONES_KEPT // timedelta(milliseconds=1)),
        "segment.bytes": str(64 * 1024 * 1024),  # the segment that is written to is never compacted
        "min.cleanable.dirty.ratio": "0.3",  # a restore reads what compaction has not yet removed
    }
)


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic.

    Attributes:
        name: As on the broker, prefix and all.
        key: What the key of a record is.
        models: What a record may be; empty when it is between workers only and bound to their release.
        partitions: How many.
        cleanup: `compact` keeps the newest record of every key, `delete` all for as long as `retention`.
        retention: None is for ever.
        purpose: What it is for, in one sentence.
        is_input: Whether producers outside docketwatch write it.
        config: Further settings of the broker for this topic.
    """

    name: str
    key: str
    models: tuple[Model, ...]
    partitions: int
    cleanup: Literal["compact", "delete"]
    retention: timedelta | None
    purpose: str
    is_input: bool = False
    config: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    @property
    def short(self) -> str:
        """The name without its prefix."""
        return self.name.rpartition(".")[2]

    @property
    def settings(self) -> dict[str, str]:
        """Every setting of the topic, as the broker names them."""
        retention = -1 if self.retention is None else self.retention // timedelta(milliseconds=1)
        kept = {} if self.cleanup == "compact" else {"retention.ms": str(retention)}
        return {"cleanup.policy": self.cleanup, **kept, **self.config}


def catalogue(prefix: str = DEFAULT_PREFIX, partitions: int = DEFAULT_PARTITIONS) -> tuple[Topic, ...]:
    """Every topic.

    Args:
        prefix: First part of every name.
        partitions: Of every topic but the audit trails; one number, since cases and officers are cut alike everywhere.
    """

    def events(short: str, key: str, purpose: str) -> Topic:
        types = [name for name, home in TOPIC_OF.items() if home == f"{DEFAULT_PREFIX}.{short}"]
        models: tuple[Model, ...] = (*(EVENT_MODELS[name] for name in types), Clock)
        two_weeks = timedelta(days=14)
        return Topic(f"{prefix}.{short}", key, models, partitions, "delete", two_weeks, purpose, True, _BY_ARRIVAL)

    def compacted(short: str, key: str, model: Model | None, purpose: str, config: Mapping[str, str]) -> Topic:
        models: tuple[Model, ...] = () if model is None else (model,)
        return Topic(f"{prefix}.{short}", key, models, partitions, "compact", None, purpose, False, config)

    return (
        events("cases", "case_id", "Cases opened, closed, reopened; supervision, custody and address of each."),
        events("check-ins", "case_id", "Check-ins booked, completed, missed and cancelled."),
        events("hearings", "case_id", "Hearings set, adjourned, held, missed and cancelled; orders rescinded."),
        events("reassignments", "case_id", "Officers assigned and unassigned; transfers between offices."),
        events("officers", "officer_id", "Office, status and hours of officers; courses that they completed."),
        compacted(
            "lost-track-alerts", "alert_id", Alert, "Every revision of every alert of a case.", _ERASED_WITHIN_A_DAY
        ),
        compacted(
            "restricted-alerts",
            "alert_id",
            Alert,
            "The same for protected cases; few may read it.",
            _ERASED_WITHIN_A_DAY,
        ),
        compacted("officer-load", "officer_id", Load, "What every officer carries now.", _NOTHING),
        compacted(
            "office-partials",
            "agent and number of the partition",
            None,
            "What the cases and officers of each partition add to the record of each office; for the console.",
            _NOTHING,
        ),
        compacted("officer-alerts", "alert_id", OfficerAlert, "Alerts about officers' dockets.", _ERASED_WITHIN_A_DAY),
        Topic(
            f"{prefix}.load-partials",
            "number of the case partition",
            (LoadPartial,),
            partitions,
            "delete",
            timedelta(days=1),
            "What each case partition adds to each officer's load; between workers.",
        ),
        compacted("case-state", "case_id", None, "Changelog of the case agent; between workers.", _CHANGELOG),
        compacted("officer-state", "officer_id", None, "Changelog of the officer agent; between workers.", _CHANGELOG),
        Topic(
            f"{prefix}.dead-letters",
            "topic:partition:offset of the refused record",
            (DeadLetter,),
            partitions,
            "delete",
            timedelta(days=30),
            "What was refused and why.",
            config=_BY_ARRIVAL,
        ),
        Topic(
            f"{prefix}.audit",
            "topic:partition:offset of the refused record, of the first that is gone, or of the end of a changelog",
            (AuditRecord, InputGapRecord, StateChangeRecord),
            1,
            "delete",
            None,
            "Who sent which refused record again, accepted which gap of the input, repaired which state.",
            config=_BY_ARRIVAL,
        ),
        Topic(
            f"{prefix}.case-views",
            "view_id",
            (CaseView,),
            1,
            "delete",
            _ACCESS_RECORDS,
            "Who looked at which cases in the console.",
            config=_BY_ARRIVAL,
        ),
    )


def topic(short: str, prefix: str = DEFAULT_PREFIX, partitions: int = DEFAULT_PARTITIONS) -> Topic:
    """One topic of the catalogue.

    Args:
        short: Its name without a prefix, such as `cases`.
        prefix: First part of its name.
        partitions: As in `catalogue`.

    Raises:
        KeyError: The catalogue has no such topic.
    """
    return {entry.short: entry for entry in catalogue(prefix, partitions)}[short]


def input_topics(prefix: str = DEFAULT_PREFIX, partitions: int = DEFAULT_PARTITIONS) -> tuple[Topic, ...]:
    """The topics that producers write: of cases, and of officers."""
    return tuple(entry for entry in catalogue(prefix, partitions) if entry.is_input)


def case_topics(prefix: str = DEFAULT_PREFIX, partitions: int = DEFAULT_PARTITIONS) -> tuple[Topic, ...]:
    """The input topics whose key is the case_id."""
    return tuple(entry for entry in input_topics(prefix, partitions) if entry.key == "case_id")


def topic_of(event_type: str, prefix: str = DEFAULT_PREFIX) -> str:
    """The name of the topic that carries a type of event.

    Raises:
        KeyError: There is no such type, or it is `clock`, which every input topic carries.
    """
    return prefix + TOPIC_OF[event_type].removeprefix(DEFAULT_PREFIX)
