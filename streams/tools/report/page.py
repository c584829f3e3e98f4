"""A report as one HTML page that prints on two sheets of A4: its styles and charts are in it, and it loads nothing."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import escape
from typing import Final

from schemas.causes import DECLARATIONS, Cause, CauseClass
from schemas.instants import to_text
from streams.core.alerting.deadline_counts import DUE_DAYS
from streams.core.load.office_record import needed
from streams.tools.forecast.records import Appointments
from streams.tools.html_page import Series, bars, document, table
from streams.tools.report.decisions import decisions
from streams.tools.report.figures import COURSE_DAYS, SHOWN_AHEAD, Report
from streams.tools.whatif.text import OFFICE_TERMS, number, office_number

__all__ = ["page_of"]

_ROWS: Final = 8
"""Most rows of a table of officers: the page has two sheets."""
_FEW: Final = 5
"""Most rows where three tables are in one column."""
_HOUR: Final = 60
_SIDES: Final = {CauseClass.AGENCY: "agency", CauseClass.RECORD: "record", CauseClass.PERSON: "person"}
_STYLE: Final = """
@page { size: A4; margin: 10mm; }
:root { color-scheme: light; }
body { font: 13px/1.35 system-ui, sans-serif; max-width: 62rem; margin: 1rem auto; padding: 0 1rem; color: #111;
  background: #fff; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.05rem; margin: 0.8rem 0 0.2rem; } p { margin: 0.2rem 0; }
table { margin: 0.2rem 0 0.5rem; } th, td { padding: 0.08rem 0.4rem; }
ol { margin: 0.2rem 0 0.4rem; padding-left: 1.4rem; }
.figures { display: flex; flex-wrap: wrap; gap: 0.6rem; margin: 0.5rem 0; }
.figures p { flex: 1 1 6rem; border: 1px solid #888; border-radius: 4px; padding: 0.2rem 0.5rem; }
.figures b { display: block; font-size: 1.25rem; }
.two { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 1.2rem; }
.two.wide { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); }
tbody th { white-space: nowrap; }
.note { color: #444; }
.sheet { break-before: page; }
@media screen and (max-width: 40rem) { .two, .two.wide { grid-template-columns: minmax(0, 1fr); }
  tbody th { white-space: normal; } th, td { padding: 0.2rem 0.15rem; } }
@media print { body { font-size: 9.5px; margin: 0; padding: 0; max-width: none; } svg text { font-size: 15px; }
  tr, svg, li { break-inside: avoid; } .first, .second, .key { print-color-adjust: exact; } }
"""


def page_of(report: Report, *, with_ids: bool = False) -> str:
    """The page, in UTF-8 text.

    Args:
        report: What it says.
        with_ids: Whether it ends with the cases that are lost track of; without it the page names none. Protected
            cases are never named.
    """
    return document(
        f"{report.office}, week {report.week}",
        _STYLE,
        [
            *_head(report),
            *_decisions(report),
            *_lost_track(report),
            '<section class="sheet">',
            *_load(report),
            '<div class="two"><div>',
            *_over(report),
            *_handoffs(report),
            "</div><div>",
            *_deadlines(report),
            *_away(report),
            *_training(report),
            "</div></div>",
            *_basis(report),
            "</section>",
            *(_cases(report) if with_ids else ()),
        ],
    )


def _head(report: Report) -> Iterator[str]:
    record, week = report.record, report.lost_track
    yield f"<h1>{escape(report.office)}, week {report.week}</h1>"
    yield f"<p>{report.week.monday} to {report.week.sunday}, in the time of {escape(report.zone)}. All numbers are "
    yield f"as of {to_text(report.until)}.</p>"
    last = max(feed.last for feed in report.feeds)
    if last < report.begins:
        yield "<p><strong>The log ends before the week begins: deadlines are judged as if nothing happened since "
        yield f"{to_text(last)}.</strong></p>"
    figures = (
        (
            "lost track",
            f"{record.lost_track:,}",
            f"cases; {week.new.total():,} causes new, {week.ended.total():,} ended",
        ),
        ("open cases", f"{record.open_cases:,}", f"and {record.in_custody:,} in custody"),
        ("due within 7 days", number(record.deadlines_7d), "lost track of then unless something happens"),
        ("utilization", number(record.utilisation), f"{record.officers_at_work:,} officers at work"),
        ("officers needed", needed(record.officers_needed), "by the policy's weights"),
        ("achievable caseload", number(record.achievable_caseload), "open cases of one officer"),
    )
    yield '<div class="figures">'
    for name, value, note in figures:
        yield f"<p>{escape(name)}<b>{value}</b>{escape(note)}</p>"
    yield "</div>"


def _decisions(report: Report) -> Iterator[str]:
    yield "<h2>Decisions asked for</h2>"
    sentences = list(decisions(report))
    if not sentences:
        yield "<p>None.</p>"
        return
    yield "<ol>"
    yield from (f"<li>{escape(sentence)}</li>" for sentence in sentences)
    yield "</ol>"


def _lost_track(report: Report) -> Iterator[str]:
    yield "<h2>Lost track</h2>"
    critical = [each.cause for each in report.standing if each.is_critical]
    rows = []
    for side, name in _SIDES.items():
        causes = [cause for cause in Cause if DECLARATIONS[cause].side is side]
        rows.append(_cause_row(f"{name}: all", causes, report, critical))
        rows += [_cause_row(f"{name}: {DECLARATIONS[cause].meaning}", [cause], report, critical) for cause in causes]
    rows.append(_cause_row("all", list(Cause), report, critical))
    counted = ("stood on Monday", "new", "ended", "stand now", "critical", "due within 7 days", f"within {DUE_DAYS}")
    names = ["side and cause", *counted]
    yield from table("Causes of cases: a case may have several", names, rows)
    yield '<p class="note">New: raised in the week, or came with a case from another office. Ended: resolved or '
    yield "retracted, or left with a case.</p>"
    series = [
        Series("new", [counts.new.total() for _, counts in report.weeks]),
        Series("ended", [counts.ended.total() for _, counts in report.weeks]),
    ]
    labels = [monday.strftime("%m-%d") for monday, _ in report.weeks]
    yield from bars("Causes of cases a week, by the Monday", labels, series, height=150)


def _cause_row(name: str, causes: Sequence[Cause], report: Report, critical: Sequence[str]) -> list[str]:
    week = report.lost_track
    counts = [sum(counter[cause] for cause in causes) for counter in (week.before, week.new, week.ended, week.stand)]
    due = [report.due[cause] for cause in causes if cause in report.due]
    counts += [
        sum(each in causes for each in critical),
        sum(each.week for each in due),
        sum(each.whole for each in due),
    ]
    return [name, *(f"{count:,}" for count in counts)]


def _load(report: Report) -> Iterator[str]:
    yield "<h2>Load now, and four weeks ahead</h2>"
    record, weeks = report.record, report.ahead.weeks[:SHOWN_AHEAD]
    yield '<div class="two wide"><div>'
    now = [[term, office_number(record, name)] for name, term in OFFICE_TERMS]
    yield from table("Now", ["", "as of the end"], now)
    yield "</div><div>"
    yield from table(
        "Ahead",
        ["week from", "check-ins booked", "expected", "hearings booked", "expected", "of capacity"],
        [
            [
                str(report.week.monday + timedelta(weeks=week.week)),
                f"{week.check_ins.booked:,}",
                _expected(week.check_ins),
                f"{week.hearings.booked:,}",
                _expected(week.hearings),
                number(week.utilisation),
            ]
            for week in weeks
        ],
    )
    yield from bars(
        "Hours of work a week",
        [f"week {week.week}" for week in weeks],
        [
            Series("booked", [week.workload_minutes_booked / _HOUR for week in weeks]),
            Series("expected", [week.workload_minutes.expected / _HOUR for week in weeks]),
        ],
        mark=("capacity", weeks[0].capacity_minutes / _HOUR),
        width=500,
        height=90,
    )
    yield "</div></div>"
    terms = report.ahead.thirty_days
    yield (
        f'<p class="note">The workload now counts what is booked within 30 days: {terms.check_ins.booked:,} check-ins '
        f"({_or_none(terms.check_ins.expected)} expected) and {terms.hearings.booked:,} hearings "
        f"({_or_none(terms.hearings.expected)} expected). What is expected is by the rates of "
        f"{report.history_weeks:,} weeks of the log; in brackets, what holds four times of five.</p>"
    )
    if report.needed_range is not None:
        yield f'<p class="note">{escape(report.needed_range.sentence)}</p>'
    for note in report.notes:
        yield f'<p class="note">{escape(note)}</p>'


def _over(report: Report) -> Iterator[str]:
    mark = report.rules.policy.officers.overloaded.raise_
    caption = f"Officers over {mark:g} of their capacity: {len(report.over):,} of {len(report.officers):,} at work"
    rows = [
        [load.officer_id, f"{load.open_cases:,}", number(load.utilisation), f"{load.lost_track:,}"]
        for load in report.over
    ]
    yield from _limited(caption, ["officer", "open cases", "utilization", "lost track"], rows)


def _away(report: Report) -> Iterator[str]:
    caption = f"Officers away who have cases: {len(report.away):,}"
    rows = [
        [load.officer_id, load.status or "-", f"{load.open_cases:,}", f"{load.in_custody:,}"] for load in report.away
    ]
    yield from _limited(caption, ["officer", "status", "open cases", "in custody"], rows, _FEW)


def _deadlines(report: Report) -> Iterator[str]:
    whole = sum(each.counts.whole for each in report.due_by_officer)
    rows = [
        [each.officer or "no officer", f"{each.counts.week:,}", f"{each.counts.whole:,}"]
        for each in report.due_by_officer
    ]
    names = ["of cases of", "within 7 days", f"within {DUE_DAYS}"]
    yield from _limited(f"Deadlines within {DUE_DAYS} days: {whole:,}", names, rows, _FEW)


def _handoffs(report: Report) -> Iterator[str]:
    whole = sum(each.overdue + each.waiting for each in report.handoffs)
    caption = f"Handoffs not acknowledged: {whole:,}"
    rows = [[each.officer or "-", f"{each.overdue:,}", f"{each.waiting:,}"] for each in report.handoffs]
    yield from _limited(caption, ["given to", "overdue", "in time yet"], rows)


def _training(report: Report) -> Iterator[str]:
    caption = f"Training that lapses within {COURSE_DAYS} days: {len(report.lapsing):,}; lapsed: {len(report.lapsed):,}"
    rows = [
        [each.officer, each.course, "yes" if each.is_required else "no", to_text(each.valid_until)[:10]]
        for each in report.lapsing
    ]
    yield from _limited(caption, ["officer", "course", "required", "valid until"], rows, _FEW)


def _basis(report: Report) -> Iterator[str]:
    yield "<h2>What the numbers rest on</h2>"
    policy = report.rules.policy
    events, of_week = sum(feed.events for feed in report.feeds), sum(feed.in_week for feed in report.feeds)
    yield (
        f"<p>Policy {escape(report.rules.policy_name)}, to be reviewed by {policy.review_by}. Its weights and "
        f"deadlines are assumptions of the operator. Log: {escape(', '.join(report.log))}; {events:,} events up to "
        f"{to_text(report.until)}, {of_week:,} of the week.</p>"
    )
    rows = [[feed.name, f"{feed.events:,}", f"{feed.in_week:,}", to_text(feed.last)[:16]] for feed in report.feeds]
    yield from _limited("Feeds", ["feed", "events", "of the week", "last recorded, UTC"], rows)


def _cases(report: Report) -> Iterator[str]:
    named = [each for each in report.standing if not each.is_protected]
    kept_back = len(report.standing) - len(named)
    yield f'<section class="sheet"><h2>Cases</h2><p>{kept_back:,} causes of protected cases are not named.</p>'
    rows = [
        [
            each.case_id,
            DECLARATIONS[Cause(each.cause)].meaning,
            to_text(each.since)[:10],
            "critical" if each.is_critical else "",
            each.officer_id or "-",
        ]
        for each in named
    ]
    yield from table("Causes that stand", ["case", "cause", "since", "severity", "officer"], rows)
    yield "</section>"


def _limited(caption: str, names: Sequence[str], rows: Sequence[Sequence[str]], most: int = _ROWS) -> Iterator[str]:
    """A table of the first rows, and how many there are more; only the caption without a row."""
    if not rows:
        yield f"<p><strong>{escape(caption)}</strong></p>"
        return
    yield from table(caption, names, rows[:most])
    if len(rows) > most:
        yield f'<p class="note">and {len(rows) - most:,} more</p>'


def _expected(of: Appointments) -> str:
    return f"{of.expected:,.0f} ({of.low:,.0f} to {of.high:,.0f})"


def _or_none(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"
