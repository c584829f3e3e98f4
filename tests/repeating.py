"""Additions to a generated log: feeds that repeat themselves, and facts that become known after the repetitions."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from tests.oracle.facts import instant, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["repeat_in", "with_repetitions"]

Record = dict[str, Any]

HOUR = 3_600_000
DAY = 24 * HOUR
IDS = {"check_in_scheduled": "check_in_id", "hearing_scheduled": "hearing_id"}
CALLED_OFF = {"check_in_cancelled": "check_in_id", "hearing_adjourned": "hearing_id", "hearing_cancelled": "hearing_id"}


def repeat_in(log: Path, *, until: int, seed: int = 1) -> None:
    """Insert repetitions into a log file."""
    events = [json.loads(line) for line in log.read_text().splitlines()]
    events = with_repetitions(events, until=until, seed=seed)
    log.write_text("".join(json.dumps(event) + "\n" for event in events))


def with_repetitions(events: Iterable[Record], *, until: int, seed: int = 1) -> list[Record]:
    """Return a log, by recorded_at, with repeated bookings and with former offices that repeat themselves.

    Args:
        events: The log; its cancellations of bookings may become known later.
        until: Its last instant (ms).
        seed: The seed of the choice.
    """
    chance = random.Random(seed)
    cases: dict[str, list[Record]] = {}
    more: list[Record] = []
    for event in events:
        if "case_id" in event:
            cases.setdefault(event["case_id"], []).append(dict(event))
        else:
            more.append(event)
    for history in cases.values():
        history.sort(key=lambda event: instant(event["occurred_at"]))
        more += history
        more += _bookings(history, chance)
        more += _transfers(history, chance)
    known = [event for event in more if instant(event["recorded_at"]) <= until]
    return sorted(known, key=lambda event: instant(event["recorded_at"]))


def _again(event: Record, at: int, name: str, **fields: Any) -> Record:
    moment = text(at)
    return event | {"event_id": f"{event['event_id']}-{name}", "occurred_at": moment, "recorded_at": moment} | fields


def _bookings(history: list[Record], chance: random.Random) -> Iterator[Record]:
    """Return a night or two of a feed, with earlier cancellations recorded after them."""
    for event in history:
        kind = IDS.get(event["type"])
        if kind is None or chance.random() > 0.2:
            continue
        at = max(instant(event["occurred_at"]), instant(event["recorded_at"]))
        for night in range(1, chance.randint(2, 4)):
            yield _again(event, at + night * 6 * HOUR, f"n{night}")
    for event in history:
        kind = CALLED_OFF.get(event["type"])
        before = [one for one in history if kind is not None and one["type"] in IDS and one.get(kind) == event[kind]]
        before = [one for one in before if instant(one["recorded_at"]) <= instant(event["occurred_at"])]
        if before and chance.random() < 0.7:
            at = instant(event["occurred_at"])
            yield _again(before[-1], at + 12 * HOUR, "late")
            event["recorded_at"] = text(max(at + DAY, instant(event["recorded_at"])))


def _transfers(history: list[Record], chance: random.Random) -> Iterator[Record]:
    """Let the former office repeat its officer before and after the transfer, which is recorded last."""
    for event in history:
        if event["type"] != "transferred_in" or chance.random() > 0.8:
            continue
        arrived = instant(event["occurred_at"])
        after = [one for one in history if one["type"] == "officer_assigned" and instant(one["occurred_at"]) > arrived]
        if not after:
            continue
        assigned = after[0]
        at = max(instant(assigned["occurred_at"]), instant(assigned["recorded_at"]))
        for days in (2, 4, 8):
            yield _again(assigned, at + days * DAY, f"old{days}", office="OLD")
        taken = _again(assigned, at + 6 * DAY, "taken", type="officer_unassigned", recorded_at=text(at + 9 * DAY))
        yield {name: value for name, value in taken.items() if name not in ("officer_id", "office")}
