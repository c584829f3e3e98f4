"""The decisions that a week asks for, as sentences; each number in them stands in the report, too."""

from collections.abc import Iterator
from datetime import UTC, datetime

from schemas.causes import Cause
from streams.core.load.office_record import needed
from streams.tools.report.figures import COURSE_DAYS, SHOWN_AHEAD, Report

__all__ = ["decisions"]


def decisions(report: Report) -> Iterator[str]:
    """What a supervisor has to decide, what is lost already first."""
    stand = report.lost_track.stand
    yield from _cases(stand[Cause.NO_OFFICER], "Assign", "that has no officer", "that have no officer")
    yield from _away(report)
    yield from _cases(stand[Cause.IN_TRANSIT], "Settle with the other office who has", "in transit", "in transit")
    overdue = sum(each.overdue for each in report.handoffs)
    waiting = sum(each.waiting for each in report.handoffs)
    if overdue or waiting:
        yield f"Have {_count(overdue + waiting, 'handoff')} acknowledged; {overdue:,} overdue."
    nothing = "with nothing scheduled"
    yield from _cases(stand[Cause.NOTHING_SCHEDULED], "Book a date for", nothing, nothing)
    yield from _cases(
        stand[Cause.HEARING_UNRESOLVED],
        "Record what came of hearings of",
        "whose date has passed",
        "whose dates have passed",
    )
    yield from _staff(report)
    if report.record.deadlines_7d:
        yield f"Look at {_count(report.record.deadlines_7d, 'case')} with a deadline within 7 days (docketwatch due)."
    yield from _collisions(report)
    yield from _training(report)
    review = report.rules.policy.review_by
    if review < datetime.fromtimestamp(report.until / 1000, UTC).date():
        yield f"Review the policy: it was to be reviewed by {review}."


def _cases(count: int, begins: str, one: str, several: str) -> Iterator[str]:
    if count:
        yield f"{begins} {_count(count, 'case')} {one if count == 1 else several}."


def _away(report: Report) -> Iterator[str]:
    cases = sum(load.open_cases + load.in_custody for load in report.away)
    if cases:
        officers = _count(len(report.away), "officer")
        yield f"Reassign or cover {_count(cases, 'case')} of {officers} on leave or departed."


def _staff(report: Report) -> Iterator[str]:
    record = report.record
    mark = report.rules.policy.officers.overloaded.raise_
    if report.over:
        yield (
            f"Relieve {len(report.over):,} of {_count(len(report.officers), 'officer')} at work with a utilization of "
            f"{mark:g} or more."
        )
    if record.officers_needed is not None and record.officers_needed > record.officers_at_work:
        yield (
            f"Ask for officers, or accept the load: the weights of the policy need {needed(record.officers_needed)}, "
            f"{record.officers_at_work:,} {'is' if record.officers_at_work == 1 else 'are'} at work."
        )


def _collisions(report: Report) -> Iterator[str]:
    counts = [week.collisions for week in report.ahead.weeks[:SHOWN_AHEAD]]
    away, holiday, two = (
        sum(getattr(each, kind) for each in counts) for kind in ("officer_away", "holiday", "two_places")
    )
    if away or holiday or two:
        yield (
            f"Move {_count(away + holiday + two, 'booked date')} of the next {SHOWN_AHEAD} weeks: "
            f"officer away {away:,}, holiday {holiday:,}, person in two places {two:,}."
        )


def _training(report: Report) -> Iterator[str]:
    lapsed = sum(course.is_required for course in report.lapsed)
    if lapsed:
        yield f"Have officers renew {_count(lapsed, 'required course')} that {'has' if lapsed == 1 else 'have'} lapsed."
    if report.lapsing:
        ends = "lapses" if len(report.lapsing) == 1 else "lapse"
        yield f"Have officers renew {_count(len(report.lapsing), 'course')} that {ends} within {COURSE_DAYS} days."


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
