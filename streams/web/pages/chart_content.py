"""What the charts of alerts and offices draw, and say in words."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from math import log10
from statistics import quantiles
from typing import Any, Final

from schemas.causes import CauseClass
from schemas.loads import Load
from streams.core.load.calendar import CALENDAR_DAYS
from streams.core.load.office_rows import CalendarPartial
from streams.core.load.office_summary import is_at_work
from streams.web.labels import count, difference, number
from streams.web.pages.chart_elements import ChartContent
from streams.web.tables.daily_alert_counts import ANY_SIDE, DAY_MS, DailyAlertCounts

__all__ = [
    "AUDIT_CASELOADS",
    "AXIS",
    "FRAME",
    "caseloads",
    "change_since",
    "day_text",
    "days_ahead",
    "lost_track_days",
    "raised_and_ended",
]

AUDIT_CASELOADS: Final = (1_700, 10_000)
"""The cases of one officer that DHS OIG-17-51 found: from the first to the second."""

_DAYS: Final = 90
_WEEKS: Final = 13
_MOST_OFFICES: Final = 30
_SIDES: Final[tuple[tuple[str, str, str, str | list[int]], ...]] = (
    (ANY_SIDE, "any side", "var(--ink)", "solid"),
    (CauseClass.AGENCY, "agency", "var(--agency)", "dashed"),
    (CauseClass.RECORD, "record", "var(--record)", "dotted"),
    (CauseClass.PERSON, "person", "var(--person)", [8, 3, 2, 3]),
)
"""Series, name, colour and kind of line: no chart says something by colour alone."""

_TEXT: Final = {"color": "var(--soft)", "fontSize": 11}
AXIS: Final[Mapping[str, Any]] = {
    "axisLabel": _TEXT,
    "nameTextStyle": _TEXT,
    "axisLine": {"lineStyle": {"color": "var(--soft)"}},
    "axisTick": {"lineStyle": {"color": "var(--soft)"}},
    "splitLine": {"lineStyle": {"color": "var(--line)"}},
}
"""The look of an axis."""
FRAME: Final[Mapping[str, Any]] = {
    "animation": False,
    "grid": {"left": 8, "right": 16, "top": 30, "bottom": 4, "containLabel": True},
    "legend": {"top": 0, "left": 0, "textStyle": {"color": "var(--ink)", "fontSize": 12}, "itemHeight": 8},
    "tooltip": {
        "trigger": "axis",
        "confine": True,
        "backgroundColor": "var(--card)",
        "borderColor": "var(--line)",
        "textStyle": {"color": "var(--ink)", "fontSize": 12},
    },
}
"""What the options of all charts have."""


def _by_date(names: Sequence[str], series: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The options of a chart of counts by day or week."""
    return {
        **FRAME,
        "xAxis": {"type": "category", "data": names, **AXIS, "splitLine": {"show": False}},
        "yAxis": {"type": "value", "minInterval": 1, **AXIS},
        "series": series,
    }


def day_text(day: int) -> str:
    """A day that is a number of days from 1970-01-01: 2026-03-09."""
    return f"{datetime.fromtimestamp(day * DAY_MS / 1000, UTC):%Y-%m-%d}"


def change_since(before: float | None, after: float | None, digits: int = 0) -> str:
    """How a figure differs from that of yesterday: +12 since yesterday."""
    if before is None or after is None:
        return ""
    text = difference(after - before, digits)
    is_zero = not float(text.replace(",", ""))
    return "as yesterday" if is_zero else f"{text} since yesterday"


def lost_track_days(history: DailyAlertCounts, today: int) -> ChartContent:
    """Cases with an open alert over 90 days, by side.

    Args:
        history: Of the alerts.
        today: The last day, in days from 1970-01-01.
    """
    days = [day_text(day) for day in range(today - _DAYS + 1, today + 1)]
    series = {key: history.cases(key, today, _DAYS) for key, *_ in _SIDES}
    lines = [
        {
            "name": name,
            "type": "line",
            "data": series[key],
            "showSymbol": False,
            "lineStyle": {"color": colour, "type": kind, "width": 2},
            "itemStyle": {"color": colour},
            "emphasis": {"disabled": True},
        }
        for key, name, colour, kind in _SIDES
    ]
    whole = series[ANY_SIDE]
    sides = ", ".join(f"{count(series[key][-1])} {name}" for key, name, *_ in _SIDES[1:])
    return ChartContent(
        _by_date(days, lines),
        f"{count(whole[-1])} cases now ({sides}; a case may be on several), {count(whole[0])} on {days[0]}, "
        f"at most {count(max(whole))}.",
        [[day, *(count(series[key][place]) for key, *_ in _SIDES)] for place, day in reversed(list(enumerate(days)))],
    )


def raised_and_ended(history: DailyAlertCounts, today: int) -> ChartContent:
    """Alerts raised beside alerts ended, week by week."""
    weeks = history.weeks(today, _WEEKS)
    names = [day_text(week.monday) for week in weeks]
    whole = weeks[:-1]
    raised, ended = sum(week.raised for week in whole), sum(week.ended for week in whole)
    bars = [
        {
            "name": name,
            "type": "bar",
            "data": numbers,
            "itemStyle": {"color": colour, "borderColor": border, "borderWidth": 1},
            "emphasis": {"disabled": True},
        }
        for name, numbers, colour, border in (
            ("raised", [week.raised for week in weeks], "var(--critical)", "var(--critical)"),
            ("ended", [week.ended for week in weeks], "var(--good-soft)", "var(--good)"),
        )
    ]
    return ChartContent(
        _by_date(names, bars),
        f"This week {count(weeks[-1].raised)} raised and {count(weeks[-1].ended)} ended; in the {len(whole)} weeks "
        f"before {count(raised)} raised and {count(ended)} ended.",
        [
            [name, count(week.raised), count(week.ended)]
            for name, week in reversed(list(zip(names, weeks, strict=True)))
        ],
    )


def days_ahead(partials: Iterable[CalendarPartial], offices: Collection[str] = ()) -> ChartContent | None:
    """Check-ins, hearings and deadlines of the next 14 days; None before a worker has published any.

    Args:
        partials: Of the case partitions.
        offices: Of which offices; empty for all.
    """
    known = list(partials)
    if not known:
        return None
    today = max(partial.as_of for partial in known) // DAY_MS
    check_ins, hearings, deadlines = ([0] * CALENDAR_DAYS for _ in range(3))
    for partial in known:
        past = today - partial.as_of // DAY_MS  # a partition whose clock is a day behind began a day earlier
        for row in partial.calendar:
            if offices and row.office not in offices:
                continue
            for total, numbers in ((check_ins, row.check_ins), (hearings, row.hearings), (deadlines, row.deadlines)):
                for place, number_of in enumerate(numbers[past:]):
                    total[place] += number_of
    names = [day_text(today + day) for day in range(CALENDAR_DAYS)]
    bars = [
        {
            "name": name,
            "type": "bar",
            "data": numbers,
            "itemStyle": {"color": colour, "borderColor": border, "borderWidth": 1},
            "emphasis": {"disabled": True},
        }
        for name, numbers, colour, border in (
            ("check-ins", check_ins, "var(--bar)", "var(--accent)"),
            ("hearings", hearings, "var(--agency)", "var(--agency)"),
            ("deadlines", deadlines, "var(--critical)", "var(--critical)"),
        )
    ]
    return ChartContent(
        _by_date([name[5:] for name in names], bars),
        f"{count(sum(check_ins))} check-ins and {count(sum(hearings))} hearings are booked. "
        f"{count(sum(deadlines))} cases have a deadline: an alert is raised then unless an event prevents it.",
        [[name, count(check_ins[day]), count(hearings[day]), count(deadlines[day])] for day, name in enumerate(names)],
    )


def caseloads(loads: Sequence[Load]) -> ChartContent:
    """Open cases by officer at work, as a box for each office, beside what the audit found."""
    by_office: dict[str, list[int]] = {}
    for load in loads:
        if load.office is not None and is_at_work(load):
            by_office.setdefault(load.office, []).append(load.open_cases)
    boxes = {office: _box(cases) for office, cases in by_office.items()}
    shown = sorted(boxes, key=lambda office: (boxes[office][4], office))[-_MOST_OFFICES:]
    marks = [
        {"xAxis": cases, "label": {"formatter": f"audit: {count(cases)}", "color": "var(--soft)", "fontSize": 11}}
        for cases in AUDIT_CASELOADS
    ]
    most = max((cases for each in by_office.values() for cases in each), default=0)
    least = min((cases for each in by_office.values() for cases in each), default=1)
    over = sum(cases >= AUDIT_CASELOADS[0] for each in by_office.values() for cases in each)
    omitted = len(boxes) - len(shown)
    return ChartContent(
        {
            **FRAME,
            "grid": {**FRAME["grid"], "top": 22, "right": 60, "bottom": 24},
            "legend": {"show": False},
            "tooltip": {**FRAME["tooltip"], "trigger": "item"},
            "xAxis": {
                "type": "log",
                "min": 10 ** int(log10(max(1, least))),
                "max": 10 * AUDIT_CASELOADS[1] if most > AUDIT_CASELOADS[1] else 2 * AUDIT_CASELOADS[1],
                "name": "open cases",
                "nameLocation": "middle",
                "nameGap": 22,
                **AXIS,
            },
            "yAxis": {"type": "category", "data": shown, **AXIS, "splitLine": {"show": False}},
            "series": [
                {
                    "type": "boxplot",
                    # a logarithmic axis has no 0
                    "data": [[max(1.0, value) for value in boxes[office]] for office in shown],
                    "itemStyle": {"color": "var(--bar)", "borderColor": "var(--accent)"},
                    "emphasis": {"disabled": True},
                    "boxWidth": [6, 18],
                    "markLine": {
                        "silent": True,
                        "symbol": "none",
                        "lineStyle": {"color": "var(--critical)", "type": "dashed"},
                        "data": marks,
                    },
                }
            ],
        },
        f"The officer with the most open cases has {count(most)}. {count(over)} of "
        f"{count(sum(map(len, by_office.values())))} officers at work have {count(AUDIT_CASELOADS[0])} or more, the "
        f"least that the audit found; the most was {count(AUDIT_CASELOADS[1])}."
        + (f" {count(omitted)} offices with fewer cases are in the table only." if omitted else ""),
        [
            [office, count(len(by_office[office])), *(number(value, 0) for value in boxes[office])]
            for office in sorted(boxes)
        ],
    )


def _box(cases: Sequence[int]) -> tuple[float, float, float, float, float]:
    if len(cases) == 1:
        return (cases[0],) * 5
    quarter, half, three_quarters = quantiles(cases, n=4, method="inclusive")
    return min(cases), quarter, half, three_quarters, max(cases)
