"""What the charts of the weeks ahead, of moves and of a what-if draw, and say in words."""

from collections.abc import Sequence
from typing import Any, Final

from schemas.office_loads import ALL_OFFICES
from streams.web.labels import count, number, percent
from streams.web.pages.chart_content import AXIS, FRAME
from streams.web.pages.chart_elements import ChartContent
from streams.web.studies.answers import AppointmentsAhead, CurveOfOffice, OfficeAhead, TrialComparison, WeekOfOffice

__all__ = ["BALANCE_COLUMNS", "TRIAL_COLUMNS", "WEEK_COLUMNS", "balance_curves", "trial_weeks", "weeks_ahead"]

WEEK_COLUMNS: Final = (
    "Week from",
    "Check-ins booked",
    "expected",
    "80%",
    "Hearings booked",
    "expected",
    "80%",
    "Work booked (h)",
    "expected",
    "80%",
    "Of capacity",
)
BALANCE_COLUMNS: Final = ("Office", "Moves a week", "Max/mean", "Highest load")
TRIAL_COLUMNS: Final = ("Week", "Raised now", "Raised in the trial", "New", "Gone", "Earlier", "Later")

_HOUR: Final = 60
_MOST_LINES: Final = 6
_STROKES: Final[Sequence[str | list[int]]] = ("solid", "dashed", "dotted", [8, 3, 2, 3], [2, 6], [14, 4])
_COLOURS: Final = (
    "var(--accent)",
    "var(--critical)",
    "var(--agency)",
    "var(--record)",
    "var(--warning)",
    "var(--good)",
)


def weeks_ahead(office: OfficeAhead) -> ChartContent:
    """The work of each week ahead, booked and expected, beside the capacity."""
    weeks = office.weeks
    names = [week.begins[:10] for week in weeks]
    series = [
        _bars("booked", [_hours(week.workload_minutes_booked) for week in weeks], "var(--bar)", "var(--accent)"),
        _bars("expected", [_hours(week.workload_minutes.expected) for week in weeks], "var(--accent)", "var(--accent)"),
        _line("80%", [_hours(week.workload_minutes.low) for week in weeks], "var(--soft)", "dotted"),
        _line("80%", [_hours(week.workload_minutes.high) for week in weeks], "var(--soft)", "dotted"),
        _line("capacity", [_hours(week.capacity_minutes) for week in weeks], "var(--critical)", "solid"),
    ]
    return ChartContent(
        _by_name([name[5:] for name in names], series, "hours a week"),
        f"{_week_sentence(1, weeks[0])} {_week_sentence(len(weeks), weeks[-1])}",
        [
            [
                name,
                *_appointments(week.check_ins),
                *_appointments(week.hearings),
                number(_hours(week.workload_minutes_booked), 0),
                number(_hours(week.workload_minutes.expected), 0),
                _interval(_hours(week.workload_minutes.low), _hours(week.workload_minutes.high)),
                percent(week.utilisation),
            ]
            for name, week in zip(names, weeks, strict=True)
        ],
    )


def balance_curves(curves: Sequence[CurveOfOffice]) -> ChartContent:
    """How far so many moves a week bring the highest load towards the mean, by office, the most uneven first."""
    uneven = sorted((each for each in curves if each.curve), key=lambda each: (-each.curve[0].max_by_mean, each.office))
    shown = uneven[:_MOST_LINES]
    series = [
        {
            **_line(each.office, [], _COLOURS[place], _STROKES[place]),
            "data": [[point.moves, round(point.max_by_mean, 3)] for point in each.curve],
            "symbol": "circle",
            "showSymbol": True,
        }
        for place, each in enumerate(shown)
    ]
    options = {
        **FRAME,
        "grid": {**FRAME["grid"], "top": 48, "bottom": 24},
        "xAxis": {
            "type": "value",
            "name": "cases that move in a week",
            "nameLocation": "middle",
            "nameGap": 22,
            "minInterval": 1,
            **AXIS,
        },
        "yAxis": {"type": "value", "min": 1, "name": "max/mean", **AXIS},
        "series": series,
    }
    omitted = len(uneven) - len(shown)
    return ChartContent(
        options,
        " ".join([_curve_sentence(each) for each in shown[:3]] or ["No officer at work has any work."])
        + (f" {count(omitted)} offices that are more even are in the table only." if omitted else ""),
        [
            [each.office, count(point.moves), number(point.max_by_mean, 3), percent(point.max_utilisation)]
            for each in uneven
            for point in each.curve
        ],
    )


def trial_weeks(comparison: TrialComparison) -> ChartContent:
    """Alerts that are raised each week, as it was and in the trial."""
    weeks = comparison.by_week
    series = [
        _bars("now", [week.now for week in weeks], "var(--bar)", "var(--accent)"),
        _bars("in the trial", [week.tried for week in weeks], "var(--accent)", "var(--accent)"),
    ]
    alerts = comparison.alerts
    return ChartContent(
        _by_name([week.group for week in weeks], series, "alerts raised"),
        f"{count(alerts.now)} alerts were raised over {number(comparison.weeks)} weeks; "
        f"in the trial {count(alerts.tried)}.",
        [
            [
                week.group,
                *(count(value) for value in (week.now, week.tried, week.new, week.gone, week.earlier, week.later)),
            ]
            for week in reversed(weeks)
        ],
    )


def name_of(office: str) -> str:
    """An office as the end of a sentence."""
    return "all offices together" if office == ALL_OFFICES else office


def _week_sentence(place: int, week: WeekOfOffice) -> str:
    work = week.workload_minutes
    of = "" if week.utilisation is None else f", {percent(week.utilisation)} of the capacity"
    return (
        f"Week {place}: {number(_hours(work.expected), 0)} h of work are expected "
        f"({_interval(_hours(work.low), _hours(work.high))} h with a chance of 80%{of}), with "
        f"{number(week.check_ins.expected, 0)} check-ins and {number(week.hearings.expected, 0)} hearings; "
        f"{count(week.check_ins.booked)} and {count(week.hearings.booked)} are booked."
    )


def _curve_sentence(office: CurveOfOffice) -> str:
    first, last = office.curve[0], office.curve[-1]
    highest = f"In {office.office} the highest load is {number(first.max_by_mean, 2)} times the mean"
    if last.moves == first.moves:
        return f"{highest}, and no move lowers it."
    half = next(each for each in office.curve if 2 * (each.max_by_mean - 1) <= first.max_by_mean - 1 or each is last)
    way = "" if half is last else f"{_moves(half.moves)} it to {number(half.max_by_mean, 2)}, "
    return (
        f"{highest} of {percent(office.mean_utilisation)}; {way}{_moves(last.moves)} it to "
        f"{number(last.max_by_mean, 2)}. "
        f"{count(office.may_move)} cases may move."
    )


def _moves(moves: int) -> str:
    return "1 move brings" if moves == 1 else f"{count(moves)} moves bring"


def _appointments(of: AppointmentsAhead) -> tuple[str, str, str]:
    return count(of.booked), number(of.expected, 0), _interval(of.low, of.high)


def _interval(low: float, high: float) -> str:
    return f"{number(low, 0)} to {number(high, 0)}"


def _hours(minutes: float) -> float:
    return round(minutes / _HOUR, 1)


def _bars(name: str, data: Sequence[float], colour: str, border: str) -> dict[str, Any]:
    style = {"color": colour, "borderColor": border, "borderWidth": 1}
    return {"name": name, "type": "bar", "data": data, "itemStyle": style, "emphasis": {"disabled": True}}


def _line(name: str, data: Sequence[float], colour: str, kind: str | list[int]) -> dict[str, Any]:
    return {
        "name": name,
        "type": "line",
        "data": data,
        "showSymbol": False,
        "lineStyle": {"color": colour, "type": kind, "width": 2},
        "itemStyle": {"color": colour},
        "emphasis": {"disabled": True},
    }


def _by_name(names: Sequence[str], series: Sequence[dict[str, Any]], unit: str) -> dict[str, Any]:
    return {
        **FRAME,
        "grid": {**FRAME["grid"], "top": 48},
        "xAxis": {"type": "category", "data": names, **AXIS, "splitLine": {"show": False}},
        "yAxis": {"type": "value", "name": unit, **AXIS},
        "series": series,
    }
