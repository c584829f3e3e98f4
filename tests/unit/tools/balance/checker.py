"""Checks a plan against a log with the second implementation of the contract: it shares no code with `balance`.

Input are the lines of the log and of the plan, as JSON; nothing of `streams` is imported.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from schemas.policy import Policy
from tests.oracle.causes import is_in_transit, of_level, unsatisfied
from tests.oracle.facts import Fact, instant
from tests.oracle.loads import DAY, bookings_within, hearings_within
from tests.oracle.state import KnownFacts

__all__ = ["CheckedDocket"]

Event = dict[str, Any]


class CheckedDocket:
    """A log up to an instant, and the same log with a plan."""

    def __init__(self, lines: Iterable[str], plan: Iterable[str], policy: Policy, until: int) -> None:
        self.policy, self.until = policy, until
        self.plan: list[Event] = [json.loads(line) for line in plan]
        self._facts: dict[str, list[Fact]] = defaultdict(list)
        self._officers: dict[str, Fact] = {}
        known: set[str] = set()
        for line in lines:
            fact = Fact.of(json.loads(line))
            if fact.recorded > until or fact.canonical in known:
                continue
            known.add(fact.canonical)
            if "case_id" in fact.body:
                self._facts[fact["case_id"]].append(fact)
            elif fact.kind == "officer_updated":
                before = self._officers.get(fact["officer_id"])
                if before is None or fact.key > before.key:
                    self._officers[fact["officer_id"]] = fact
        self._moved: dict[str, list[Fact]] = defaultdict(list)
        for event in self.plan:
            self._moved[event["case_id"]].append(Fact.of(event))

    def faults(self) -> Iterator[str]:
        """What the plan must not do, a sentence each."""
        for event in self.plan:
            case_id, target, office = event["case_id"], event["officer_id"], event["office"]
            if len(self._moved[case_id]) > 1:
                yield f"{case_id} moves twice"
            if event["type"] != "officer_assigned" or instant(event["recorded_at"]) != self.until:
                yield f"{case_id}: not an assignment at the instant of the plan"
            known = self._known(case_id, after=False)
            if not known.is_at_liberty or is_in_transit(known) or known.officer in (None, target):
                yield f"{case_id} has nothing to move"
                continue
            for officer in (known.officer, target):
                if self._office(officer) != office or not self._capacity(officer):
                    yield f"{case_id}: {officer} is absent, without capacity or of another office"
            if known.office != office:
                yield f"{case_id} crosses offices"
            if self._changed_lately(known):
                yield f"{case_id} got its officer or office within 90 days"
            if self._is_near_an_appointment(known):
                yield f"{case_id} has a hearing or check-in within 14 days"
        for officer, arriving in sorted(Counter(event["officer_id"] for event in self.plan).items()):
            if arriving > self._intake_left(officer):
                yield f"{officer} takes in too fast"

    def max_by_mean(self, office: str, *, after: bool) -> float:
        """Highest utilisation of an officer at work by that of all of them, with or without the plan."""
        seats = [officer for officer in self._officers if self._office(officer) == office and self._capacity(officer)]
        work = dict.fromkeys(seats, Fraction(0))
        for case_id in self._facts:
            known = self._known(case_id, after=after)
            if known.is_registered and known.is_open and known.officer in work:
                work[known.officer] += self._minutes(known)
        mean = sum(work.values()) / sum(self._capacity(officer) for officer in seats)
        return float(max(work[officer] / self._capacity(officer) for officer in seats) / mean)

    def moves_by_level(self, office: str) -> dict[str, int]:
        """How many cases of each level move inside an office."""
        levels = dict.fromkeys(("intensive", "standard", "low", "annual"), 0)
        for event in self.plan:
            if event["office"] == office:
                levels[self._known(event["case_id"], after=False).level] += 1
        return levels

    def _known(self, case_id: str, *, after: bool) -> KnownFacts:
        facts = self._facts.get(case_id, []) + (self._moved.get(case_id, []) if after else [])
        return KnownFacts(sorted(facts, key=lambda fact: (fact.recorded, fact.key)))

    def _intake_left(self, officer: str) -> float:
        """CONTRACT.md §10: what the fewest open cases of 30 days allow, less what was assigned in them."""
        month, period = 30 * DAY, self.policy.load.period.milliseconds
        first = min(fact.recorded for facts in self._facts.values() for fact in facts)
        if not self.policy.officers.causes["intake_too_fast"].enabled or self.until < first + month:
            return math.inf
        had, assigned, changes = 0, 0, Counter[int]()
        for facts in self._facts.values():
            if not any(fact.kind == "officer_assigned" and fact["officer_id"] == officer for fact in facts):
                continue
            known = sorted(facts, key=lambda fact: (fact.recorded, fact.key))
            at = self.until - month
            before = KnownFacts([fact for fact in known if fact.recorded <= at])
            had += _has_open(before, officer)
            while (at := min((fact.recorded for fact in known if fact.recorded > at), default=math.inf)) < math.inf:
                after = KnownFacts([fact for fact in known if fact.recorded <= at])
                assigned += before.officer != officer == after.officer
                changes[at] += _has_open(after, officer) - _has_open(before, officer)
                before = after
        start = self.until - month
        ends = [start, *range(-(-start // period) * period, self.until + 1, period)]
        fewest = min(had + sum(change for at, change in changes.items() if at <= end) for end in ends)
        intake = self.policy.officers.intake
        return max(intake.least, math.floor(Fraction(str(intake.per_open)) * fewest)) - assigned

    def _office(self, officer: str | None) -> str | None:
        update = self._officers.get(officer or "")
        return None if update is None else update["office"]

    def _capacity(self, officer: str | None) -> Fraction:
        update = self._officers.get(officer or "")
        if update is None or update["status"] in ("leave", "departed"):
            return Fraction(0)
        own = update["capacity_hours_month"]
        return Fraction(str(self.policy.load.capacity_hours_month if own is None else own)) * 60

    def _minutes(self, known: KnownFacts) -> Fraction:
        load = self.policy.load
        minutes = hearings_within(known, self.until, 30) * Fraction(str(load.hearing_minutes))
        if known.is_at_liberty:
            minutes += Fraction(str(of_level(load.minutes_per_month, known.level)))
            minutes += bookings_within(known, self.policy, self.until, 30) * Fraction(str(load.check_in_minutes))
        return minutes

    def _changed_lately(self, known: KnownFacts) -> bool:
        """By the facts themselves: any that put the case with its officer for the first time, or into its office."""
        since = self.until - 90 * DAY
        moved = known.transfer is not None and known.transfer.at > since
        return moved or known.assignment.since[0] > since

    def _is_near_an_appointment(self, known: KnownFacts) -> bool:
        due = [booking.due for booking in unsatisfied(known, self.policy)]
        due += [hearing.due for hearing in known.hearings.values() if hearing.status == "scheduled"]
        return any(at is not None and abs(at - self.until) <= 14 * DAY for at in due)


def _has_open(known: KnownFacts, officer: str) -> bool:
    return known.is_registered and known.is_open and known.is_at_liberty and known.officer == officer
