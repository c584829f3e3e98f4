"""The deadlines ahead as series: by office and cause, and by officer."""

from collections.abc import Collection, Iterator
from typing import Final

from prometheus_client.metrics_core import Metric

from schemas.causes import Cause
from streams.core.alerting.deadline_counts import DUE_DAYS, DeadlineCounts
from streams.metrics.families import gauge
from streams.metrics.offices import OfficeLabels
from streams.web.due_soon.reading import DueSoonReading

__all__ = ["deadline_families"]

_MS: Final = 1000
_NO_DEADLINE: Final = DeadlineCounts(0, 0)

_Labelled = Iterator[tuple[tuple[str, str, str], int]]


def deadline_families(reading: DueSoonReading | None, named: Collection[str], most: int) -> Iterator[Metric]:
    """Every family about deadlines ahead.

    By officer there is no cause: 6,000 officers and nine causes would make 108,000 series. `docketwatch due` and
    `docketwatch load --deadlines` have both.

    Args:
        reading: The last reading; None before the first.
        named: Offices that the policy names; each has every cause, also without a deadline.
        most: So many officers get series of their own, those with the most deadlines; 0: none.
    """
    labels = OfficeLabels(named, () if reading is None else (office for office, _ in reading.by_office if office))
    yield gauge(
        "deadlines_ahead",
        "Deadlines within a time from the workers' clock, the earliest of each case and cause: the alert is raised "
        "unless something happens. None before the console has read the workers' state.",
        ("office", "cause", "within"),
        () if reading is None else _by_cause(reading, named, labels),
    )
    shown = {} if reading is None else _most_due(reading, most)
    yield gauge(
        "officer_deadlines_ahead",
        "The same by the officer of record, and by the office that the cases' own records name.",
        ("officer", "office", "within"),
        () if reading is None else _by_officer(reading, shown, labels),
    )
    yield gauge(
        "officer_deadlines_ahead_omitted",
        "Officers with deadlines ahead and without their own series.",
        (),
        [] if reading is None else [((), len({officer for officer, _ in reading.by_officer}) - len(shown))],
    )
    yield gauge(
        "deadlines_ahead_as_of_timestamp_seconds",
        "The workers' clock from which the deadlines ahead are counted.",
        (),
        [] if reading is None else [((), reading.as_of / _MS)],
    )


def _by_cause(reading: DueSoonReading, named: Collection[str], labels: OfficeLabels) -> _Labelled:
    shown = {*named, *(labels[office] for office, _ in reading.by_office)}
    counts = {(label, cause.value): _NO_DEADLINE for label in sorted(shown) for cause in Cause}
    for (office, cause), more in reading.by_office.items():
        label = labels[office]
        counts[label, cause] = _sum(counts.get((label, cause), _NO_DEADLINE), more)
    yield from _within(counts)


def _most_due(reading: DueSoonReading, most: int) -> Collection[str]:
    """The officers that get series of their own."""
    whole: dict[str, DeadlineCounts] = {}
    for (officer, _), more in reading.by_officer.items():
        whole[officer] = _sum(whole.get(officer, _NO_DEADLINE), more)
    return set(sorted(whole, key=lambda officer: (-whole[officer].whole, officer))[:most])


def _by_officer(reading: DueSoonReading, shown: Collection[str], labels: OfficeLabels) -> _Labelled:
    counts: dict[tuple[str, str], DeadlineCounts] = {}
    for (officer, office), more in reading.by_officer.items():
        if officer in shown:
            place = officer, labels[office]
            counts[place] = _sum(counts.get(place, _NO_DEADLINE), more)
    yield from _within(counts)


def _within(counts: dict[tuple[str, str], DeadlineCounts]) -> _Labelled:
    for (first, second), each in counts.items():
        yield (first, second, "7d"), each.week
        yield (first, second, f"{DUE_DAYS}d"), each.whole


def _sum(one: DeadlineCounts, other: DeadlineCounts) -> DeadlineCounts:
    return DeadlineCounts(one.week + other.week, one.whole + other.whole)
