"""How many cases will enter each office and officer a week: by the last weeks, and by the season of a year ago."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from streams.tools.forecast.case_weeks import CaseGroup, Week

__all__ = ["expected_entries", "factors_of"]

_RECENT: Final = 13
"""Weeks, a quarter of a year: long enough for a mean of few arrivals, short enough to follow a season; a choice."""
_SMOOTHED: Final = 6
"""Weeks on either side: with the one between them as many as `_RECENT`."""
_YEAR: Final = 52
_LEAST_YEAR: Final = _YEAR + _RECENT + _SMOOTHED


def factors_of(totals: Sequence[float], weeks: int) -> list[float]:
    """By how much the entries of each week ahead differ from the mean of the last 13.

    With a year and a quarter of weeks it is the change from then to then a year ago; each week of that year is the mean
    of the 13 around it. With fewer it is 1.

    Args:
        totals: Entries a week up to now.
        weeks: How many ahead.
    """
    if len(totals) < _LEAST_YEAR:
        return [1.0] * weeks
    origin = len(totals) - _YEAR
    before = sum(totals[origin - _RECENT : origin]) / _RECENT
    if not before:
        return [1.0] * weeks
    found = []
    for ahead in range(weeks):
        around = totals[origin + ahead - _SMOOTHED : origin + ahead + _SMOOTHED + 1]
        found.append(sum(around) / len(around) / before)
    return found


def expected_entries(
    weeks: Sequence[Week], number: int, factors: Sequence[float], absent: Iterable[str]
) -> Mapping[CaseGroup, Sequence[float]]:
    """Entries expected a week, by group.

    Args:
        weeks: The last weeks.
        number: 0 for cases at liberty, 1 for all open cases.
        factors: By how much each week ahead differs.
        absent: Officers who are not at work: what they would get goes to the others of the office.
    """
    seen = [week for week in weeks if week.transitions is not None][-_RECENT:]
    if not seen:
        return {}
    by_group: dict[CaseGroup, int] = defaultdict(int)
    for week in seen:
        for group, counts in week.groups.items():
            if counts.entered[number]:
                by_group[group] += counts.entered[number]
    away = set(absent)
    whole: dict[str, int] = defaultdict(int)
    at_work: dict[str, int] = defaultdict(int)
    for group, count in by_group.items():
        whole[group.office] += count
        at_work[group.office] += 0 if group.officer in away else count
    found = {}
    for group, count in by_group.items():
        if group.officer in away and at_work[group.office]:
            continue
        base = count * whole[group.office] / (at_work[group.office] or whole[group.office]) / len(seen)
        found[group] = [base * factor for factor in factors]
    return found
