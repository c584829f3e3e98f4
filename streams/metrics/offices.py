"""The officers' loads as series: one per officer, as many as the operator allows, and the distribution in each office.

The distribution is counts in buckets, not quantiles: several workers own the officers of one office, and only counts
add up over them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from prometheus_client.metrics_core import Metric

from schemas.loads import Load
from streams.core.load.office_summary import is_at_work
from streams.core.policy.rules import Rules
from streams.metrics.buckets import Buckets
from streams.metrics.families import gauge, spreads, without_unknown

__all__ = ["NO_OFFICE", "OTHER_OFFICES", "OfficeLabels", "load_families", "utilisation_bounds"]

NO_OFFICE: Final = "(none)"
"""Label of what belongs to no known office; no id can be this."""

OTHER_OFFICES: Final = "(other)"
"""Label of the offices beyond those that get one of their own."""

_MOST_OFFICES: Final = 100
_MINUTE: Final = 60

_CASE_BOUNDS: Final = (
    *(0, 25, 50, 100, 200, 300, 400, 600, 800, 1_000, 1_300, 1_700),
    *(2_000, 2_500, 3_000, 4_000, 5_500, 7_000, 10_000),
)
_WORKLOAD_BOUNDS: Final = tuple(
    hours * 3_600 for hours in (0, 15, 30, 60, 90, 120, 180, 240, 480, 960, 1_920, 3_840, 7_680)
)
_TIME_BOUNDS: Final = tuple(
    minutes * _MINUTE for minutes in (0.5, 1, 2, 3, 4, 5, 7.5, 10, 15, 20, 30, 45, 60, 120, 240, 480)
)
_UTILISATION_BOUNDS: Final = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0)


class OfficeLabels:
    """Which offices get a label of their own, so that a feed that invents offices cannot flood Prometheus.

    Args:
        named: Offices that the policy names; they always do.
        seen: Offices there are; empty for none. Beyond the first hundred, by name, they share a label.
    """

    def __init__(self, named: Collection[str], seen: Iterable[str]) -> None:
        others = sorted(set(seen) - set(named) - {""})
        room = max(0, _MOST_OFFICES - len(named))
        self._names = {name: name for name in (*named, *others[:room])} | {"": NO_OFFICE}

    def __getitem__(self, office: str | None) -> str:
        return self._names.get(office or "", OTHER_OFFICES)


def utilisation_bounds(rules: Rules) -> Sequence[float]:
    """The buckets of utilisation; the marks of the policy are among them."""
    officers = rules.policy.officers
    marks = (officers.overloaded.raise_, officers.overloaded.clear, officers.critical.raise_, officers.critical.clear)
    return sorted({*_UTILISATION_BOUNDS, *marks})


def load_families(loads: Sequence[Load], names: OfficeLabels, rules: Rules, most: int) -> Iterator[Metric]:
    """Every family about officers' loads.

    Args:
        loads: One an officer.
        names: Labels of the offices.
        rules: The policy.
        most: So many officers get series of their own, those with the most open cases; 0: none.
    """
    yield from _of_each(loads, names, most)
    at_work: dict[str, list[Load]] = {}
    for load in loads:
        if load.office is not None and is_at_work(load):
            at_work.setdefault(names[load.office], []).append(load)
    yield from _spread(at_work, rules)
    yield _beyond(at_work, rules)


def _of_each(loads: Sequence[Load], names: OfficeLabels, most: int) -> Iterator[Metric]:
    shown = loads
    if len(loads) > most:
        shown = sorted(loads, key=lambda load: (-load.open_cases, load.officer_id))[:most]
    labelled = [((load.officer_id, names[load.office]), load) for load in shown]
    labels = ("officer", "office")
    yield gauge("officer_series_omitted", "Officers without their own series.", (), [((), len(loads) - len(shown))])
    yield gauge(
        "officer_open_cases",
        "Open cases at liberty of an officer.",
        labels,
        [(values, load.open_cases) for values, load in labelled],
    )
    yield gauge(
        "officer_at_work",
        "1 for an officer whose status is active or unknown, 0 for one on leave or departed.",
        labels,
        [(values, float(is_at_work(load))) for values, load in labelled],
    )
    yield gauge(
        "officer_lost_track_cases",
        "Cases of an officer with any standing alert.",
        labels,
        [(values, load.lost_track) for values, load in labelled],
    )
    yield gauge(
        "officer_deadlines_7d",
        "Cases of an officer with a deadline within 7 days; no series while an older worker counts some of them.",
        labels,
        without_unknown((values, load.deadlines_7d) for values, load in labelled),
    )
    yield gauge(
        "officer_workload_seconds",
        "Work in a month for the cases of an officer under the policy's weights; check-ins and hearings are those "
        "booked within 30 days.",
        labels,
        [(values, load.workload_minutes_month * _MINUTE) for values, load in labelled],
    )
    yield gauge(
        "officer_utilisation_ratio",
        "Utilisation of an officer: workload (check-ins and hearings booked within 30 days) divided by capacity.",
        labels,
        without_unknown((values, load.utilisation) for values, load in labelled),
    )
    yield gauge(
        "officer_time_per_case_seconds",
        "Minutes a month that an officer has for each open case.",
        labels,
        without_unknown((values, _time_per_case(load)) for values, load in labelled),
    )


def _spread(by_office: dict[str, list[Load]], rules: Rules) -> Iterator[Metric]:
    figures: tuple[tuple[str, str, Sequence[float], Callable[[Load], float | None]], ...] = (
        ("caseload_cases", "Officers at work, by open cases at liberty.", _CASE_BOUNDS, lambda load: load.open_cases),
        (
            "workload_seconds",
            "Officers at work, by the work in a month for their cases, check-ins and hearings booked within 30 days.",
            _WORKLOAD_BOUNDS,
            lambda load: load.workload_minutes_month * _MINUTE,
        ),
        (
            "utilisation_ratio",
            "Officers at work, by utilisation.",
            utilisation_bounds(rules),
            lambda load: load.utilisation,
        ),
        (
            "time_per_case_seconds",
            "Officers at work, by the minutes a month for each open case.",
            _TIME_BOUNDS,
            _time_per_case,
        ),
    )
    for name, help_, bounds, figure in figures:
        numbers = {office: _without_none(map(figure, loads)) for office, loads in by_office.items()}
        yield spreads(name, help_, "office", {office: Buckets(bounds, theirs) for office, theirs in numbers.items()})
        yield gauge(
            f"{name}_max",
            f"The greatest of them. {help_}",
            ("office",),
            [((office,), max(theirs)) for office, theirs in numbers.items() if theirs],
        )


def _beyond(by_office: dict[str, list[Load]], rules: Rules) -> Metric:
    officers = rules.policy.officers
    marks = (("overloaded", officers.overloaded.raise_), ("critical", officers.critical.raise_))
    return gauge(
        "office_officers_beyond",
        "Officers at work whose utilisation is at or beyond a mark of the policy now.",
        ("office", "mark"),
        [
            ((office, name), sum(used >= mark for used in _without_none(load.utilisation for load in loads)))
            for office, loads in by_office.items()
            for name, mark in marks
        ],
    )


def _time_per_case(load: Load) -> float | None:
    minutes = load.minutes_per_case_month
    return None if minutes is None else minutes * _MINUTE


def _without_none(numbers: Iterable[float | None]) -> list[float]:
    return [number for number in numbers if number is not None]
