"""Event logs and policies made to collide: few cases, ids and instants, so that ties and boundaries happen often.

hypothesis drives the builder (`scenarios()`, which shrinks), and so does a seeded generator (`seeded(seed)`, which
is fast enough for thousands of logs). Instants lie on a coarse grid, durations are multiples of its step, and some
instants are earlier ones plus or minus a duration and a millisecond: deadlines equal to events.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from hypothesis import strategies as st

from schemas.policy import Policy
from tests.oracle.facts import instant, text
from tests.oracle.later import NEVER, later

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Choices", "Scenario", "Seeded", "build", "scenarios", "seeded"]

T = TypeVar("T")
CAUSES = (
    "no_officer",
    "in_transit",
    "handoff_stalled",
    "nothing_scheduled",
    "notice_undeliverable",
    "hearing_unresolved",
    "check_in_overdue",
    "hearing_missed",
    "no_contact",
)
LEVELS = ("intensive", "standard", "low", "annual")
OFFICES = ("ATL", "TLV", "CAI", "XXX")  # XXX is in no policy: UTC
OFFICERS = ("off-X", "off-Y", "off-Z")

# The start of a log: the day before something in a calendar.
STARTS = (
    "2026-03-06T15:00:00Z",  # Friday before daylight saving begins in Atlanta
    "2026-03-26T00:30:00Z",  # Thursday 02:30 in Tel Aviv; Friday 02:30 does not exist there
    "2026-10-28T21:30:00Z",  # Wednesday night in Cairo; Thursday night's last hour comes twice
    "2026-10-30T05:30:00Z",  # Friday night before daylight saving ends in Atlanta
    "2026-07-01T12:00:00Z",  # the 4th of July is a Saturday, observed on Friday
    "2021-12-30T23:30:00Z",  # New Year's Day 2022 is a Saturday, observed in 2021
    "2026-11-24T04:30:00Z",  # Thanksgiving is near, and local days are not UTC days
    "2024-02-28T10:00:00Z",  # a leap day
)
# Step of the grid, durations at that scale, and those that may escalate (more than zero).
SCALES: tuple[tuple[int, tuple[str, ...]], ...] = (
    (1_000, ("0s", "1s", "2s", "5s", "1h")),
    (3_600_000, ("0h", "1h", "2h", "5h", "1d", "1bd")),
    (86_400_000, ("0d", "1d", "2d", "5d", "0bd", "1bd", "2bd", "5bd")),
    (43_200_000, ("0d", "12h", "1d", "36h", "1bd", "3bd")),
)
EVERY_TYPE: dict[str, int] = {
    "case_opened": 2,
    "case_closed": 3,
    "case_reopened": 3,
    "supervision_changed": 3,
    "custody_changed": 5,
    "address_changed": 4,
    "check_in_scheduled": 9,
    "check_in_completed": 5,
    "check_in_missed": 5,
    "check_in_cancelled": 5,
    "hearing_scheduled": 6,
    "hearing_adjourned": 3,
    "hearing_held": 3,
    "hearing_missed": 4,
    "hearing_cancelled": 2,
    "order_rescinded": 2,
    "officer_assigned": 9,
    "officer_unassigned": 4,
    "assignment_acknowledged": 3,
    "transferred_out": 4,
    "transferred_in": 4,
    "officer_updated": 2,
    "training_completed": 1,
    "clock": 1,
}
FIELDS: dict[str, dict[str, tuple[Any, ...]]] = {
    "case_opened": {"office": OFFICES, "level": LEVELS},
    "case_closed": {"reason": ("removed", "other")},
    "supervision_changed": {"level": LEVELS},
    "custody_changed": {"custody": ("none", "detained", "none", "other")},
    "address_changed": {"status": ("undeliverable", "missing", "valid")},
    "officer_assigned": {"officer_id": OFFICERS, "office": OFFICES},
    "assignment_acknowledged": {"officer_id": OFFICERS},
    "transferred_out": {"from_office": OFFICES, "to_office": OFFICES},
    "transferred_in": {"office": OFFICES},
    "officer_updated": {
        "office": OFFICES,
        "status": ("active", "leave", "departed"),
        "capacity_hours_month": (None, 0, 7.5, 100),
    },
}


class Choices(Protocol):
    """The source of decisions."""

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options; the first is the simplest."""


@dataclass(frozen=True)
class Seeded:
    """Decisions of a seeded generator."""

    random: random.Random

    def pick(self, options: Sequence[T]) -> T:
        return self.random.choice(options)


@dataclass(frozen=True)
class Drawn:
    """Decisions of hypothesis, which shrinks towards the first option."""

    draw: Callable[..., Any]

    def pick(self, options: Sequence[T]) -> T:
        return options[self.draw(st.integers(0, len(options) - 1))]


@dataclass(frozen=True)
class Scenario:
    """A log as parsed JSON, its policy, and its end."""

    events: list[dict[str, Any]]
    policy: Policy
    until: int

    def __repr__(self) -> str:
        """Return it as a test would write it."""
        lines = "\n".join(f"  {event}" for event in self.events)
        return f"Scenario until {text(self.until)} under {self.policy.model_dump(exclude_defaults=True)}:\n{lines}"


@st.composite
def scenarios(draw: Callable[..., Any], longest: int = 24) -> Scenario:
    """Scenarios that shrink."""
    return build(Drawn(draw), longest)


def seeded(seed: int, longest: int = 40) -> Scenario:
    """Return the scenario of a seed."""
    return build(Seeded(random.Random(seed)), longest)


def build(choices: Choices, longest: int) -> Scenario:
    """Build a scenario from decisions."""
    return _Builder(choices).scenario(longest)


class _Builder:
    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.pick = choices.pick
        self.step, self.durations = self.pick(SCALES)
        self.start = instant(self.pick(STARTS))
        self.policy = Policy.model_validate(self._policy())
        self.cases = self.pick((("case-A",), ("case-A", "case-B"), ("case-A", "case-B", "case-C")))
        # Some logs have only a few types, so that these meet more often ("swarm testing").
        self.types = [kind for kind, weight in EVERY_TYPE.items() for _ in range(weight)]
        if self._chance(2):
            some = [self.pick(self.types) for _ in range(6)]
            self.types = [kind for kind in self.types if kind in some]
        self.instants = [self.start + self.step * number for number in range(8)]
        self.events: list[dict[str, Any]] = []

    def _chance(self, of: int) -> bool:
        return self.pick(range(of)) == of - 1

    def _duration(self) -> str:
        return self.pick(self.durations)

    def _policy(self) -> dict[str, Any]:
        elapsed = tuple(text for text in self.durations if not text.endswith("bd"))
        lasting = tuple(text for text in self.durations if text[0] != "0")
        by_level = {level: self._duration() for level in LEVELS}
        causes: dict[str, Any] = {}
        for cause in CAUSES:
            causes[cause] = {"enabled": not self._chance(8), "escalate_after": self.pick(lasting)}
            if cause not in ("check_in_overdue", "hearing_missed", "no_contact"):
                causes[cause]["after"] = self._duration()
        return {
            "name": "tight",
            "version": "1",
            "review_by": date(2030, 1, 1),
            "contact": {
                "early_window": self.pick(elapsed),
                "max_ahead": self.pick(elapsed[1:]),
                "interval": {level: self.pick(lasting) for level in LEVELS},
                "grace": by_level,
            },
            "causes": causes,
            "load": {"capacity_hours_month": self.pick((120, 0)), "minutes_per_month": {"low": self.pick((60, 7))}},
            "offices": {
                "ATL": {"tz": "America/New_York"},
                "TLV": {"tz": "Asia/Jerusalem"},
                "CAI": {"tz": "Africa/Cairo"},
            },
        }

    def scenario(self, longest: int) -> Scenario:
        at_once = self._chance(6)  # a feed that loads history: everything is recorded at one instant
        for case_id in self.cases:
            if not self._chance(10):
                self._add("case_opened", case_id, self.instants[self.pick((0, 0, 0, 1, 2))])
        for _ in range(self.pick(range(1, longest))):
            if self.events and self._chance(12):
                self._repeat()
            else:
                case_id = self.pick(self.cases)
                self._add(self.pick(self.types), case_id, self._aimed(case_id))
        events = self.events
        if at_once:
            last = max(event["recorded_at"] for event in events)
            events = [event | {"recorded_at": last} for event in events]
        until = self.pick((self.start + 8 * self.step, self._instant(), self._instant(), self.start + 40 * self.step))
        return Scenario([self._as_json(event) for event in events], self.policy, until)

    def _instant(self) -> int:
        at = self.pick(self.instants)
        if self._chance(4):
            at = self._near(at)
        return at + self.pick((0,) * 10 + (-1, 1))

    def _aimed(self, case_id: str) -> int:
        """Return an instant, often one of another event of the case or a millisecond beside it."""
        earlier = [event for event in self.events if event.get("case_id") == case_id]
        if not earlier or not self._chance(3):
            return self._instant()
        event = self.pick(earlier)
        at = event["occurred_at"]
        if "due_at" in event:
            window = self.policy.contact.early_window.milliseconds
            at = self.pick((event["due_at"], event["due_at"] - window, at))
        return at + self.pick((0, 0, 0, -1, 1))

    def _near(self, at: int) -> int:
        """Return an instant plus a duration of the policy: a deadline, or where a window begins."""
        duration = self.policy.causes[self.pick(CAUSES[:6])].after
        if self._chance(3):
            duration = self.policy.contact.early_window
        if self._chance(6):
            return at - duration.milliseconds
        assert duration is not None
        moved = later(at, duration, self.pick(OFFICES), self.policy)
        moved = at if moved >= NEVER else moved
        self.instants.append(moved)
        return moved

    def _add(self, kind: str, case_id: str, at: int) -> None:
        late = self.pick((0, 0, 0, 0, 1, 1, 2, 3, 5, 8)) * self.step
        new = f"e{len(self.events) + 1:02d}"
        reused = self.events and self._chance(10)
        event: dict[str, Any] = {
            "v": 1,
            "event_id": self.pick(self.events)["event_id"] if reused else new,
            "type": kind,
            "occurred_at": at,
            "recorded_at": max(at, self._instant()) if self._chance(6) else at + late,
            "source": self.pick(("feed-1", "feed-1", "feed-2")),
        }
        if kind in ("officer_updated", "training_completed"):
            event["officer_id"] = self.pick(OFFICERS)
        elif kind != "clock":
            event["case_id"] = case_id
        event |= self._fields(kind, at)
        assigned = [other["officer_id"] for other in self.events if other["type"] == "officer_assigned"]
        if kind == "assignment_acknowledged" and assigned and self._chance(2):
            event["officer_id"] = self.pick(assigned)
        self.events.append(event)

    def _repeat(self) -> None:
        """Return an event again: the same, or as a nightly feed repeats it, or its id with other content."""
        event = self.pick(self.events)
        how = self.pick(("same", "nightly", "changed"))
        if how == "nightly":
            at = self._instant()
            event = event | {"event_id": f"e{len(self.events) + 1:02d}", "occurred_at": at, "recorded_at": at}
        elif how == "changed":
            event = event | self._fields(event["type"], event["occurred_at"])
        self.events.append(event)

    def _fields(self, kind: str, at: int) -> dict[str, Any]:
        if kind.startswith("check_in"):
            return self._check_in(kind, at)
        if kind.startswith("hearing") or kind == "order_rescinded":
            return self._hearing(kind, at)
        if kind == "training_completed":
            return {"course": "c1", "valid_until": self._instant()}
        fields = {name: self.pick(options) for name, options in FIELDS.get(kind, {}).items()}
        if kind == "case_opened" and self._chance(8):
            fields["protected"] = True
        return fields

    def _due(self, at: int) -> int:
        earlier = [event["due_at"] for event in self.events if "due_at" in event]
        if earlier and self._chance(4):
            return self.pick(earlier)
        ahead = at + self.policy.contact.max_ahead.milliseconds
        return self.pick((self._instant(), self._instant(), self._instant(), ahead, ahead + 1, at))

    def _check_in(self, kind: str, at: int) -> dict[str, Any]:
        fields: dict[str, Any] = {"check_in_id": self.pick(("k1", "k2", "k1", "k3"))}
        if kind in ("check_in_scheduled", "check_in_completed"):
            fields["channel"] = self.pick(("office", "phone"))
        if kind == "check_in_scheduled":
            fields["due_at"] = self._due(at)
        if kind == "check_in_completed" and self._chance(2):
            fields["check_in_id"] = None
        if kind == "check_in_cancelled":
            fields["by"] = self.pick(("agency", "person"))
        return fields

    def _hearing(self, kind: str, at: int) -> dict[str, Any]:
        fields: dict[str, Any] = {"hearing_id": self.pick(("h1", "h2"))}
        if kind == "hearing_scheduled":
            fields |= {"due_at": self._due(at), "kind": self.pick(("master", "individual"))}
        if kind == "hearing_adjourned":
            fields["by"] = self.pick(("court", "person"))
        if kind == "hearing_held":
            fields["appeared"] = self.pick(("yes", "unknown"))
        return fields

    def _as_json(self, event: dict[str, Any]) -> dict[str, Any]:
        return {name: text(value) if name.endswith(("_at", "_until")) else value for name, value in event.items()}
