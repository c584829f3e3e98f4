"""A forecast as tables and sentences for a terminal."""

from collections.abc import Iterator
from typing import Final

from rich import box
from rich.table import Table

from schemas.instants import to_ms, to_text
from streams.tools.forecast.notes import name_of, notes_of
from streams.tools.forecast.records import Appointments, CollisionCounts, Forecast, Range, ScopeForecast, WeekAhead

__all__ = ["sentences_of", "table_of_office", "table_of_officers"]

_HOUR: Final = 60
_MONTH: Final = 4
"""Weeks that the table of officers adds up."""


def sentences_of(found: Forecast) -> Iterator[str]:
    """What the forecast is of, what it rests on, and what it cannot know."""
    yield f"As of {found.as_of}, under the weights of {found.policy} ({found.policy_hash})"
    if found.history_weeks:
        weeks = "week" if found.history_weeks == 1 else f"{found.history_weeks} weeks"
        yield f"Expected: by the rates of the last {weeks} of the log."
    else:
        yield "The log holds less than a week: what is expected is what is booked."
    yield from notes_of(found, found.offices)
    if found.interval_errors:
        yield f"80 %: by how far earlier forecasts of this log were off; at least {found.interval_errors} of them."
    else:
        yield (
            "80 %: by how far earlier forecasts of this log were off; where fewer than 10 have come due, as if counts "
            "varied by chance alone."
        )


def table_of_office(found: ScopeForecast) -> Table:
    """One row a week."""
    table = _table(f"{name_of(found.office)}, by week from {_day(found.weeks[0].begins)} on; ± holds 80 %")
    for title in ("", "from"):
        table.add_column(title, overflow="fold")
    for title in (
        "check-ins\nbooked", "\nexpected", "hearings\nbooked", "\nexpected", "work (h)\nbooked", "\nexpected",
        "of\ncapac.", "dates\ncollide",
    ):  # fmt: skip
        table.add_column(title, justify="right", overflow="fold")
    for week in found.weeks:
        table.add_row(
            str(week.week),
            _day(week.begins)[5:],
            *_appointments(week.check_ins),
            *_appointments(week.hearings),
            f"{week.workload_minutes_booked / _HOUR:,.0f}",
            _with_bound(week.workload_minutes, _HOUR),
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
    table = _table("officers")
    last = len(found[0].weeks) if found else 0
    first = min(_MONTH, last)
    for title in ("officer", "office", "status"):
        table.add_column(title, overflow="fold")
    for title in (
        f"check-ins\nbooked, {first} wk",
        "\nexpected",
        f"hearings\nbooked, {first} wk",
        "\nexpected",
        "of capacity\nweek 1",
        f"\nweek {first}",
        f"\nweek {last}",
        "dates\ncollide",
    ):
        table.add_column(title, justify="right", overflow="fold")
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


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=0,
        show_edge=False,
    )


def _appointments(of: Appointments) -> tuple[str, str]:
    return f"{of.booked:,}", _with_bound(Range(of.expected, of.low, of.high))


def _with_bound(of: Range, unit: int = 1) -> str:
    return f"{of.expected / unit:,.0f} ± {(of.high - of.expected) / unit:,.0f}"


def _collisions(counts: CollisionCounts) -> int:
    return counts.officer_away + counts.holiday + counts.two_places


def _utilisation(week: WeekAhead) -> str:
    return "-" if week.utilisation is None else f"{week.utilisation:.2f}"
