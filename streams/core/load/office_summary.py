"""The summary of an office: its record (CONTRACT.md §8) and the spread of the loads of its officers at work.

Caseload is a count, workload is time. Minutes for a case and month need no weights; officers needed rest on every
weight of the policy, and no official standard exists: so they come with what a quarter more or less of each would do.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from schemas.loads import Load
from schemas.office_loads import ALL_OFFICES, OfficeLoad
from streams.core.load.need_range import NeedRange, need_range
from streams.core.load.office_record import OfficeTotals, Sensitivity
from streams.core.load.office_rows import ABSENT
from streams.core.policy.rules import Rules

__all__ = ["OfficeSummary", "Spread", "is_at_work", "spread_of", "summarise_offices"]


class Spread(Struct, frozen=True, gc=False):
    """How a number is spread over officers.

    Attributes:
        p50, p90: Half, nine tenths of them have at most so much; between two of them in proportion, as Prometheus
            says it, and so never more than the largest.
        largest: What the one with the most has.
        gini: 0 when all have the same, towards 1 the fewer have it all.
    """

    p50: float
    p90: float
    largest: float
    gini: float


class OfficeSummary(Struct, frozen=True, gc=False):
    """An office.

    Attributes:
        record: What it carries, has and needs; of every open case, with or without an officer.
        officers_absent: Its officers on leave or departed who still have cases; in nothing that follows.
        officers_over: Officers at work by the mark of the policy that they have reached: overloaded, critical.
        cases: Open cases by officer at work; None when none is.
        utilisation: Utilisation by officer at work who has a capacity; None when none has.
        sensitivity: Officers needed when each weight is moved; empty when one officer has no capacity.
        needed_range: Officers needed when all weights move together, of all offices together; None of a single one,
            since it takes time, and when one officer has no capacity.
    """

    record: OfficeLoad
    officers_absent: int
    officers_over: tuple[int, int]
    cases: Spread | None
    utilisation: Spread | None
    sensitivity: list[Sensitivity]
    needed_range: NeedRange | None

    @property
    def office(self) -> str:
        """Its name; `*` for all together."""
        return self.record.office


def summarise_offices(
    totals: Iterable[OfficeTotals], loads: Iterable[Load], rules: Rules, as_of: int
) -> list[OfficeSummary]:
    """A summary of each of these totals, in their order.

    Args:
        totals: Of all offices together, or of one.
        loads: The load of every officer, made under `rules`.
        rules: The policy.
        as_of: The instant (ms) of the counts.
    """
    at_work: dict[str, list[Load]] = {}
    for load in loads:
        if is_at_work(load) and load.office is not None:
            at_work.setdefault(load.office, []).append(load)
    all_at_work = [load for theirs in at_work.values() for load in theirs]
    return [
        _summarise(each, all_at_work if each.office == ALL_OFFICES else at_work.get(each.office, []), rules, as_of)
        for each in totals
    ]


def _summarise(totals: OfficeTotals, at_work: Sequence[Load], rules: Rules, as_of: int) -> OfficeSummary:
    used = [load.utilisation for load in at_work if load.utilisation is not None]
    marks = rules.policy.officers.overloaded.raise_, rules.policy.officers.critical.raise_
    overloaded, critical = (sum(each >= mark for each in used) for mark in marks)
    return OfficeSummary(
        record=totals.record(rules, as_of),
        officers_absent=totals.staff.officers_absent,
        officers_over=(overloaded, critical),
        cases=spread_of([load.open_cases for load in at_work]),
        utilisation=spread_of(used),
        sensitivity=totals.sensitivity(rules),
        needed_range=need_range(totals, rules) if totals.office == ALL_OFFICES else None,
    )


def is_at_work(load: Load) -> bool:
    """Whether an officer is not known to be on leave or departed."""
    return load.status not in ABSENT


def spread_of(numbers: Sequence[float]) -> Spread | None:
    """How numbers, none negative, are spread; None when there are none."""
    if not numbers:
        return None
    ranked = sorted(numbers)
    count, total = len(ranked), sum(ranked)
    weighted = sum(rank * number for rank, number in enumerate(ranked, 1))
    # Gini: half the mean difference between two of them by the mean, from the ranks instead of all pairs
    gini = 2 * weighted / (count * total) - (count + 1) / count if total else 0.0
    return Spread(p50=_quantile(ranked, 0.5), p90=_quantile(ranked, 0.9), largest=ranked[-1], gini=max(0.0, gini))


def _quantile(ranked: Sequence[float], share: float) -> float:
    place = share * (len(ranked) - 1)
    below = int(place)
    above = min(below + 1, len(ranked) - 1)
    part = place - below
    return ranked[below] * (1 - part) + ranked[above] * part
