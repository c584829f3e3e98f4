"""A forecast as tables and sentences for a terminal."""

from collections.abc import Iterator
from typing import Final

from rich import box
from rich.table import Table

from schemas.instants import to_ms, to_text
from schemas.office_loads import ALL_OFFICES
from streams.tools.forecast.records import Appointments, CollisionCounts, Forecast, Range, ScopeForecast, WeekAhead

__all__ = ["sentences_of", "table_of_office", "table_of_officers"]

_HOUR: Final = 60
_MONTH: Final = 4
"""Weeks that the table of officers adds up."""


def sentences_of(found: Forecast) -> Iterator[str]:
    """What the forecast is of, and what it rests on."""
    yield f"As of {found.as_of}, under the weights of {found.policy} ({found.policy_hash})"
    if found.history_weeks:
        yield f"Expected: by the rates of the last {found.history_weeks} weeks of the log."
    else:
        yield "The log holds less than a week: what is expected is what is booked."
    if found.interval_errors:
        yield f"80 %: by how far earlier forecasts of this log were off; at least {found.interval_errors} of them."
    else:
        yield "80 %: as if counts varied by chance alone; the log is too short for earlier forecasts to tell."


def table_of_office(found: ScopeForecast) -> Table:
    """One row a week."""
    name = "all offices together" if found.office == ALL_OFFICES else found.office
    table = Table(
        title=f"{name}, by week", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1)
    )
    for title in ("week", "begins"):
        table.add_column(title, no_wrap=True)
    for title in ("check-ins\nbooked", "\nexpected", "\n80 %", "hearings\nbooked", "\nexpected", "\n80 %"):
        table.add_column(title, justify="right", no_wrap=True)
    for title in ("work, hours\nbooked", "\nexpected", "\n80 %", "of\ncapacity", "cannot be\nas booked"):
        table.add_column(title, justify="right", no_wrap=True)
    for week in found.weeks:
        table.add_row(
            str(week.week),
            _day(week.begins),
            *_appointments(week.check_ins),
            *_appointments(week.hearings),
            f"{week.workload_minutes_booked / _HOUR:,.0f}",
            f"{week.workload_minutes.expected / _HOUR:,.0f}",
            _interval(week.workload_minutes, _HOUR),
            "-" if week.utilisation is None else f"{week.utilisation:.2f}",
            f"{_collisions(week.collisions):,}",
        )
    terms = found.thirty_days
    if terms.check_ins.expected is not None and terms.hearings.expected is not None:
        table.caption_justify, table.caption_style = "left", ""
        table.caption = (
            f"30 days, as the present workload counts them: {terms.check_ins.booked:,} check-ins booked, "
            f"{terms.check_ins.expected:,.0f} expected; {terms.hearings.booked:,} hearings booked, "
            f"{terms.hearings.expected:,.0f} expected"
        )
    return table


def table_of_officers(found: list[ScopeForecast]) -> Table:
    """One row an officer: the first weeks together, and the last week."""
    table = Table(title="officers", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1))
    last = len(found[0].weeks) if found else 0
    first = min(_MONTH, last)
    for title in ("officer", "office", "status"):
        table.add_column(title)
    for title in (
        f"check-ins\nbooked, {first} wk",
        "\nexpected",
        f"hearings\nbooked, {first} wk",
        "\nexpected",
        "of capacity\nweek 1",
        f"\nweek {first}",
        f"\nweek {last}",
        "cannot be\nas booked",
    ):
        table.add_column(title, justify="right", no_wrap=True)
    for officer in found:
        weeks = officer.weeks
        soon = weeks[:first]
        table.add_row(
            officer.officer_id,
            officer.office or "-",
            officer.status or "-",
            f"{sum(week.check_ins.booked for week in soon):,}",
            f"{sum(week.check_ins.expected for week in soon):,.0f}",
            f"{sum(week.hearings.booked for week in soon):,}",
            f"{sum(week.hearings.expected for week in soon):,.0f}",
            *(_utilisation(week) for week in (weeks[0], weeks[first - 1], weeks[last - 1])),
            f"{sum(_collisions(week.collisions) for week in weeks):,}",
        )
    return table


def _day(instant: str) -> str:
    """The day of an instant; the day after for the last millisecond of one, which `--until DAY` is."""
    return to_text(to_ms(instant) + 1)[:10]


def _appointments(of: Appointments) -> tuple[str, str, str]:
    return f"{of.booked:,}", f"{of.expected:,.0f}", _interval(Range(of.expected, of.low, of.high))


def _interval(of: Range, unit: int = 1) -> str:
    return f"{of.low / unit:,.0f} to {of.high / unit:,.0f}"


def _collisions(counts: CollisionCounts) -> int:
    return counts.officer_away + counts.holiday + counts.two_places


def _utilisation(week: WeekAhead) -> str:
    return "-" if week.utilisation is None else f"{week.utilisation:.2f}"
