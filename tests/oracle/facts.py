"""One event as a fact: its key, its instants in milliseconds, its fields (CONTRACT.md §1 to §3)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = ["BEFORE_ALL_TIME", "RANK", "Fact", "Key", "instant", "text"]

Key = tuple[Any, ...]

# §3: "before anything is said they hold ... with since and said before all time": () sorts before every key.
BEFORE_ALL_TIME: Key = ()

# §3: "rank settles facts of one instant: 0 = ...; 4 = all others".
RANK = {
    "case_opened": 0,
    "transferred_out": 0,
    "check_in_cancelled": 0,
    "hearing_adjourned": 0,
    "hearing_cancelled": 0,
    "case_closed": 1,
    "transferred_in": 1,
    "check_in_missed": 1,
    "hearing_held": 1,
    "hearing_missed": 1,
    "case_reopened": 2,
    "officer_unassigned": 2,
    "check_in_scheduled": 2,
    "hearing_scheduled": 2,
    "officer_assigned": 3,
    "order_rescinded": 3,
}

# §2: what a producer may leave out, and what it then means.
DEFAULTS: dict[str, dict[str, Any]] = {
    "case_opened": {"protected": False},
    "check_in_completed": {"check_in_id": None},
    "officer_updated": {"capacity_hours_month": None},
}

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)
INSTANTS = ("occurred_at", "recorded_at", "due_at", "valid_until")


def instant(rfc3339: str) -> int:
    """§1: "kept as UTC milliseconds (digits beyond are cut off)"."""
    moment = datetime.fromisoformat(rfc3339)
    assert moment.tzinfo is not None
    return (moment - EPOCH) // MS


def text(ms: int) -> str:
    """§5: "instants RFC 3339 UTC, 3 decimals, Z"."""
    return (EPOCH + ms * MS).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


@dataclass(frozen=True)
class Fact:
    """An event that was applied."""

    key: Key
    kind: str
    at: int
    recorded: int
    id: str
    body: dict[str, Any]
    canonical: str

    @classmethod
    def of(cls, event: dict[str, Any]) -> Fact:
        """§3: "key (occurred_at, rank, recorded_at, event_id, canonical JSON)"."""
        kind = event["type"]
        body = DEFAULTS.get(kind, {}) | event
        for name in INSTANTS:
            if name in body:
                body[name] = instant(body[name])
        if body.get("capacity_hours_month") is not None:
            body["capacity_hours_month"] = float(body["capacity_hours_month"])
        written = {name: text(value) if name in INSTANTS else value for name, value in body.items()}
        canonical = json.dumps(written, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        at, recorded = body["occurred_at"], body["recorded_at"]
        key = (at, RANK.get(kind, 4), recorded, body["event_id"], canonical)
        return cls(key, kind, at, recorded, body["event_id"], body, canonical)

    def __getitem__(self, name: str) -> Any:
        return self.body[name]
