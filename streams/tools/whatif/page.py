"""A comparison as one HTML page: its styles and charts are in it, and it loads nothing."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from streams.tools.whatif.comparison import AlertCounts, Comparison
from streams.tools.whatif.text import OFFICE_TERMS, number

__all__ = ["page_of"]

_OFFICERS: Final = 100
_WIDTH, _HEIGHT, _FOOT = 900, 220, 24
_STYLE: Final = """
:root { color-scheme: light dark; --now: #5b7fa6; --tried: #c26a2d; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 2rem; }
caption, th:first-child, td:first-child { text-align: left; }
caption { font-weight: 600; padding: 0.3rem 0; }
th, td { padding: 0.2rem 0.5rem; border-bottom: 1px solid #8886; text-align: right; }
td { font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: currentColor; }
.now { fill: var(--now); color: var(--now); } .tried { fill: var(--tried); color: var(--tried); }
@media print { body { margin: 0; } }
"""
_COLUMNS: Final = (
    ("now", "now"), ("tried", "tried"), ("new", "new"), ("gone", "gone"), ("earlier", "earlier"), ("later", "later"),
    ("critical_now", "critical now"), ("critical_tried", "critical tried"),
    ("open_now", "open now"), ("open_tried", "open tried"),
)  # fmt: skip


def page_of(found: Comparison) -> str:
    """The page, in UTF-8 text; it names officers and offices, and no case."""
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>What if: {escape(found.since)} to {escape(found.until)}</title>",
            f"<style>{_STYLE}</style></head><body>",
            *_head(found),
            *_weeks(found.by_week),
            *_groups("Alerts raised, by cause", [*found.by_cause, found.alerts]),
            *_groups("By office", found.by_office),
            *_offices(found),
            *_officers(found),
            *_groups("Alerts raised, by officer", _most_changed(found.by_officer)),
            "</body></html>",
        ]
    )


def _head(found: Comparison) -> Iterator[str]:
    yield "<h1>What would differ</h1>"
    yield f"<p>After {escape(found.since)}, up to {escape(found.until)} ({found.weeks:,.1f} weeks).<br>"
    yield f"Now: {escape(found.policy_now)}. Tried: {escape(found.policy_tried)}.</p>"
    if found.edits:
        name = f"Edits {found.edits_hash}" if found.edits_hash else "Edits"
        yield f"<p>{name}:</p><ul>"
        yield from (f"<li>{escape(edit)}</li>" for edit in found.edits)
        yield "</ul>"
    alerts = found.alerts
    yield f"<p>{alerts.new:,} alerts are new and {alerts.gone:,} are gone. "
    for word, delay in (("earlier", found.earlier), ("later", found.later)):
        if delay.median_hours is not None and delay.p90_hours is not None:
            hours = f"{delay.median_hours:,.1f} h (median), {delay.p90_hours:,.1f} h (p90)"
            yield f"{delay.alerts:,} come {word}, by {hours}. "
    if found.weeks:
        now, tried = alerts.looks_now / found.weeks, alerts.looks_tried / found.weeks
        yield f"A person has to look {now:,.1f} times a week now, {tried:,.1f} times with the edits."
    yield "</p>"


def _weeks(rows: Sequence[AlertCounts]) -> Iterator[str]:
    """Two bars a week: alerts raised as it was, and tried."""
    if not rows:
        return
    most = max(1, *(max(row.now, row.tried) for row in rows))
    step = _WIDTH / len(rows)
    bar = step * 0.38
    title = "Alerts raised a week, now and tried"
    yield '<h2>Alerts raised a week, <span class="now">now</span> and <span class="tried">tried</span></h2>'
    yield f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + _FOOT}" role="img" aria-label="{title}">'
    every = max(1, len(rows) // 12)
    for place, row in enumerate(rows):
        left = place * step
        for kind, count, offset in (("now", row.now, 0.1), ("tried", row.tried, 0.52)):
            height = _HEIGHT * count / most
            yield (
                f'<rect class="{kind}" x="{left + offset * step:.1f}" y="{_HEIGHT - height:.1f}" '
                f'width="{bar:.1f}" height="{height:.1f}"><title>{escape(row.group)}, {kind}: {count:,}</title></rect>'
            )
        if place % every == 0:
            yield f'<text x="{left:.1f}" y="{_HEIGHT + 16}">{escape(row.group)}</text>'
    yield f'<text x="0" y="11">{most:,}</text></svg>'


def _groups(caption: str, rows: Iterable[AlertCounts]) -> Iterator[str]:
    cells = [[row.group, *(f"{getattr(row, field):,}" for field, _ in _COLUMNS)] for row in rows]
    yield from _table(caption, ["", *(title for _, title in _COLUMNS)], cells)


def _offices(found: Comparison) -> Iterator[str]:
    cells = []
    for now, tried in found.offices:
        record = now or tried
        office = "" if record is None else "all" if record.office == "*" else record.office
        for field, term in OFFICE_TERMS:
            left, right = (None if side is None else getattr(side, field) for side in (now, tried))
            if office == "all" or left != right:
                cells.append([office, term, number(left), number(right)])
    yield from _table("Offices at the end", ["office", "", "now", "tried"], cells)


def _officers(found: Comparison) -> Iterator[str]:
    cells = [
        [
            each.officer_id,
            f"{each.open_cases_now:,}",
            f"{each.open_cases_tried:,}",
            number(each.utilisation_now),
            number(each.utilisation_tried),
        ]
        for each in found.officers[:_OFFICERS]
    ]
    title = f"Officers with another load at the end: {len(found.officers):,}"
    if len(found.officers) > _OFFICERS:
        title += f", the {_OFFICERS} largest changes"
    names = ["officer", "open cases now", "tried", "utilization now", "tried"]
    yield from _table(title, names, cells)


def _most_changed(rows: Sequence[AlertCounts]) -> list[AlertCounts]:
    changed = [row for row in rows if row.new or row.gone or row.earlier or row.later]
    return sorted(changed, key=lambda row: (-(row.new + row.gone), row.group))[:_OFFICERS]


def _table(caption: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    yield f"<table><caption>{escape(caption)}</caption><thead><tr>"
    yield "".join(f'<th scope="col">{escape(name)}</th>' for name in names) + "</tr></thead><tbody>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
    yield "</tbody></table>"
