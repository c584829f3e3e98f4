"""A comparison as one HTML page: its styles and charts are in it, and it loads nothing."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from streams.tools.html_page import Series, bars, document, table
from streams.tools.whatif.comparison import AlertCounts, Comparison
from streams.tools.whatif.text import BOOKED, OFFICE_TERMS, number, office_number

__all__ = ["page_of"]

_OFFICERS: Final = 100
_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { margin: 0.5rem 0 2rem; }
@media print { body { margin: 0; } }
"""
_COLUMNS: Final = (
    ("now", "now"), ("tried", "tried"), ("new", "new"), ("gone", "gone"), ("earlier", "earlier"), ("later", "later"),
    ("critical_now", "critical now"), ("critical_tried", "critical tried"),
    ("open_now", "open now"), ("open_tried", "open tried"),
)  # fmt: skip


def page_of(comparison: Comparison) -> str:
    """The page, in UTF-8 text; it names officers and offices, and no case."""
    return document(
        f"What if: {comparison.since} to {comparison.until}",
        _STYLE,
        [
            *_head(comparison),
            *_weeks(comparison.by_week),
            *_groups("Alerts raised, by cause", [*comparison.by_cause, comparison.alerts]),
            *_groups("By office", comparison.by_office),
            *_offices(comparison),
            *_officers(comparison),
            *_groups("Alerts raised, by officer", _most_changed(comparison.by_officer)),
        ],
    )


def _head(comparison: Comparison) -> Iterator[str]:
    yield "<h1>What would differ</h1>"
    yield f"<p>After {escape(comparison.since)}, up to {escape(comparison.until)} ({comparison.weeks:,.1f} weeks).<br>"
    yield f"Now: {escape(comparison.policy_now)}. Tried: {escape(comparison.policy_tried)}.</p>"
    if comparison.edits:
        name = f"Edits {comparison.edits_hash}" if comparison.edits_hash else "Edits"
        yield f"<p>{name}:</p><ul>"
        yield from (f"<li>{escape(edit)}</li>" for edit in comparison.edits)
        yield "</ul>"
    alerts = comparison.alerts
    yield f"<p>{alerts.new:,} alerts are new and {alerts.gone:,} are gone. "
    for word, delay in (("earlier", comparison.earlier), ("later", comparison.later)):
        if delay.median_hours is not None and delay.p90_hours is not None:
            hours = f"{delay.median_hours:,.1f} h (median), {delay.p90_hours:,.1f} h (p90)"
            yield f"{delay.alerts:,} come {word}, by {hours}. "
    if comparison.weeks:
        now, tried = alerts.looks_now / comparison.weeks, alerts.looks_tried / comparison.weeks
        yield f"A person has to look {now:,.1f} times a week now, {tried:,.1f} times with the edits."
    yield "</p>"


def _weeks(rows: Sequence[AlertCounts]) -> Iterator[str]:
    """Two bars a week: alerts raised as it was, and tried."""
    series = [Series(name, [getattr(row, name) for row in rows]) for name in ("now", "tried")]
    yield from bars("Alerts raised a week", [row.group for row in rows], series)


def _groups(caption: str, rows: Iterable[AlertCounts]) -> Iterator[str]:
    cells = [[row.group, *(f"{getattr(row, field):,}" for field, _ in _COLUMNS)] for row in rows]
    yield from table(caption, ["", *(title for _, title in _COLUMNS)], cells)


def _offices(comparison: Comparison) -> Iterator[str]:
    cells = []
    for now, tried in comparison.offices:
        record = now or tried
        office = "" if record is None else "all" if record.office == "*" else record.office
        for field, term in OFFICE_TERMS:
            left, right = (office_number(side, field) for side in (now, tried))
            if office == "all" or left != right:
                cells.append([office, term, left, right])
    yield from table("Offices at the end", ["office", "", "now", "tried"], cells)
    yield f"<p>{BOOKED}</p>"


def _officers(comparison: Comparison) -> Iterator[str]:
    cells = [
        [
            each.officer_id,
            f"{each.open_cases_now:,}",
            f"{each.open_cases_tried:,}",
            number(each.utilisation_now),
            number(each.utilisation_tried),
        ]
        for each in comparison.officers[:_OFFICERS]
    ]
    title = f"Officers with another load at the end: {len(comparison.officers):,}"
    if len(comparison.officers) > _OFFICERS:
        title += f", the {_OFFICERS} largest changes"
    names = ["officer", "open cases now", "tried", "utilization now", "tried"]
    yield from table(title, names, cells)


def _most_changed(rows: Sequence[AlertCounts]) -> list[AlertCounts]:
    changed = [row for row in rows if row.new or row.gone or row.earlier or row.later]
    return sorted(changed, key=lambda row: (-(row.new + row.gone), row.group))[:_OFFICERS]
