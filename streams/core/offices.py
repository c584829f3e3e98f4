"""What the loads of an office say together: how they are spread, and how many officers they would need (design §7).

Caseload is a count, workload is time. Minutes for a case and month need no weights; officers needed rest on every
weight of the policy, and no official standard exists: so they come with what a quarter more or less of each would do.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from schemas.loads import Load
from streams.core.rules import Rules
from streams.core.state import LEVELS

__all__ = [
    "SWING",
    "Adrift",
    "OfficeSummary",
    "Sensitivity",
    "Spread",
    "is_at_work",
    "is_counted",
    "spread_of",
    "summarise",
    "summarise_offices",
    "workload_by_weight",
]

SWING: Final = 0.25
"""How much each weight is moved, up and down, to show what rests on it."""

_AWAY: Final = ("leave", "departed")


class Spread(Struct, frozen=True, gc=False):
    """How a number is spread over officers.

    Attributes:
        p50, p90: Half, nine tenths of them have at most so much: the number of an officer, not one between two.
        largest: What the one with the most has.
        gini: 0 when all have the same, towards 1 the fewer have it all.
    """

    p50: float
    p90: float
    largest: float
    gini: float


class Sensitivity(Struct, frozen=True, gc=False):
    """Officers needed when one weight is moved by SWING.

    Attributes:
        weight: The key of the policy, such as `load.minutes_per_month.low`.
        less, more: Officers needed with that much less and more of it.
    """

    weight: str
    less: float
    more: float


class Adrift(NamedTuple):
    """Cases of an office that are in no officer's load.

    Attributes:
        unassigned: Open cases without an officer.
        in_transit: Open cases that left another office and did not arrive.
    """

    unassigned: int = 0
    in_transit: int = 0


class OfficeSummary(Struct, frozen=True, gc=False):
    """The loads of an office together.

    Attributes:
        office: The office; None when no office is known, or for all together.
        officers: Officers who carry a case or are at work.
        at_work: Of these, those who are not known to be on leave or departed.
        open_cases, in_custody, lost_track: Cases.
        unassigned, in_transit: Cases that are in no officer's load.
        cases: Open cases by officer; None when there is no officer.
        utilisation: Utilisation by officer who has a capacity; None when there is none.
        workload_minutes_month: What the cases need under the policy's weights.
        capacity_minutes_month: What the officers at work have.
        minutes_per_case_month: Capacity by open case; None when none is open.
        officers_needed: Workload by what the policy says one officer has; None when that is nothing.
        sensitivity: The same when each weight is moved; empty when officers_needed is None.
    """

    office: str | None
    officers: int
    at_work: int
    open_cases: int
    in_custody: int
    lost_track: int
    unassigned: int
    in_transit: int
    cases: Spread | None
    utilisation: Spread | None
    workload_minutes_month: float
    capacity_minutes_month: float
    minutes_per_case_month: float | None
    officers_needed: float | None
    sensitivity: list[Sensitivity]

    def minutes_per_case_with(self, more_officers: float, rules: Rules) -> float | None:
        """Minutes a case and month with so many officers more, of the policy's capacity; None without cases."""
        if not self.open_cases:
            return None
        added = more_officers * rules.policy.load.capacity_hours_month * 60
        return max(0.0, self.capacity_minutes_month + added) / self.open_cases


def summarise_offices(
    loads: Iterable[Load], rules: Rules, adrift: Mapping[str | None, Adrift] | None = None
) -> list[OfficeSummary]:
    """A summary of each office, by name; what has no office comes last.

    Args:
        loads: Load records, all made under `rules`.
        rules: The policy.
        adrift: Cases that are in no load, by office; an office may be here alone.
    """
    adrift = adrift or {}
    by_office: dict[str | None, list[Load]] = {office: [] for office in adrift}
    for load in loads:
        by_office.setdefault(load.office, []).append(load)
    names = sorted(by_office, key=lambda office: (office is None, office or ""))
    return [summarise(by_office[office], rules, office=office, adrift=adrift.get(office, Adrift())) for office in names]


def summarise(
    loads: Iterable[Load], rules: Rules, *, office: str | None = None, adrift: Adrift | None = None
) -> OfficeSummary:
    """One summary of loads, whatever their offices.

    Args:
        loads: Load records, all made under `rules`.
        rules: The policy.
        office: What to call them.
        adrift: Cases that are in no load.
    """
    adrift = adrift or Adrift()
    counted = [load for load in loads if is_counted(load)]
    at_work = [load for load in counted if is_at_work(load)]
    open_cases = sum(load.open_cases for load in counted)
    workload = sum(load.workload_minutes_month for load in counted)
    capacity = sum(load.capacity_minutes_month for load in at_work)
    one_officer = rules.policy.load.capacity_hours_month * 60
    return OfficeSummary(
        office=office,
        officers=len(counted),
        at_work=len(at_work),
        open_cases=open_cases,
        in_custody=sum(load.in_custody for load in counted),
        lost_track=sum(load.lost_track for load in counted),
        unassigned=adrift.unassigned,
        in_transit=adrift.in_transit,
        cases=spread_of([load.open_cases for load in counted]),
        utilisation=spread_of([load.utilisation for load in counted if load.utilisation is not None]),
        workload_minutes_month=workload,
        capacity_minutes_month=capacity,
        minutes_per_case_month=capacity / open_cases if open_cases else None,
        officers_needed=workload / one_officer if one_officer else None,
        sensitivity=_sensitivity(counted, rules, workload, one_officer) if one_officer else [],
    )


def is_at_work(load: Load) -> bool:
    """Whether an officer is not known to be on leave or departed."""
    return load.status not in _AWAY


def is_counted(load: Load) -> bool:
    """Whether an officer carries a case or is at work: who neither does belongs in no total."""
    return is_at_work(load) or bool(load.open_cases or load.in_custody)


def workload_by_weight(loads: Sequence[Load], rules: Rules) -> dict[str, float]:
    """Minutes a month of all loads together, by the key of the policy that says what they rest on."""
    policy = rules.policy.load
    parts = {
        f"load.minutes_per_month.{level}": sum(getattr(load.by_level, level) for load in loads)
        * getattr(policy.minutes_per_month, level)
        for level in LEVELS
    }
    parts["load.hearing_minutes"] = sum(load.hearings_30d for load in loads) * policy.hearing_minutes
    # a load record does not say how many check-ins are due within the month: they are what is left of its workload
    workload = sum(load.workload_minutes_month for load in loads)
    parts["load.check_in_minutes"] = max(0.0, workload - sum(parts.values()))
    return parts


def spread_of(numbers: Sequence[float]) -> Spread | None:
    """How numbers, none negative, are spread; None when there are none."""
    if not numbers:
        return None
    ranked = sorted(numbers)
    count, total = len(ranked), sum(ranked)
    weighted = sum(rank * number for rank, number in enumerate(ranked, 1))
    # Gini: half the mean difference between two of them by the mean, from the ranks instead of all pairs
    gini = 2 * weighted / (count * total) - (count + 1) / count if total else 0.0
    return Spread(p50=_rank(ranked, 50), p90=_rank(ranked, 90), largest=ranked[-1], gini=max(0.0, gini))


def _rank(ranked: Sequence[float], percent: int) -> float:
    return ranked[-(-len(ranked) * percent // 100) - 1]


def _sensitivity(loads: Sequence[Load], rules: Rules, workload: float, one_officer: float) -> list[Sensitivity]:
    return [
        Sensitivity(weight, (workload - SWING * part) / one_officer, (workload + SWING * part) / one_officer)
        for weight, part in workload_by_weight(loads, rules).items()
    ]
