"""Puts together what a report says of one office and week."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from msgspec import Struct

from schemas import hot
from schemas.causes import Cause
from schemas.loads import Load
from schemas.office_loads import OfficeLoad
from streams.core.alerting.deadline_counts import DUE_DAYS, DeadlineCounts, count_by
from streams.core.alerting.due_soon import DueSoon, due_soon
from streams.core.load.need_range import NeedRange, need_range
from streams.core.load.office_record import OfficeTotals
from streams.core.load.office_rows import ABSENT
from streams.core.policy.rules import Rules
from streams.core.time.business_days import DAY_MS
from streams.errors import NothingRecordedError, UsageError
from streams.tools.forecast.forecasting import forecast_of
from streams.tools.forecast.notes import notes_of
from streams.tools.forecast.records import ScopeForecast
from streams.tools.forecast.weekly import WeeklyForecasts
from streams.tools.report.basis import Feed, LogBasis
from streams.tools.report.iso_week import IsoWeek
from streams.tools.report.lost_track import CauseOfCase, LostTrackWeek, LostTrackWeeks

__all__ = ["COURSE_DAYS", "SHOWN_AHEAD", "Course", "Handoffs", "OfficerDeadlines", "Report", "report_of", "zone_of"]

SHOWN_AHEAD: Final = 4
"""Weeks ahead in a report."""
COURSE_DAYS: Final = 60
"""A course that lapses within so many days is named."""
_HORIZON: Final = SHOWN_AHEAD + 1  # 30 days reach into a fifth week
_WEEKS_BACK: Final = 8
_HANDOFF_DAYS: Final = 60


class Course(NamedTuple):
    """A course of an officer that lapses soon or has lapsed.

    Attributes:
        valid_until: The instant (ms).
        officer: Who completed it.
        course: Its name.
        is_required: By the policy.
    """

    valid_until: int
    officer: str
    course: str
    is_required: bool


class Handoffs(NamedTuple):
    """Cases that an officer was given and neither acknowledged nor saw.

    Attributes:
        officer: Who was given them.
        overdue: Those whose alert stands.
        waiting: Those whose deadline is ahead.
    """

    officer: str
    overdue: int
    waiting: int


class OfficerDeadlines(NamedTuple):
    """Deadlines ahead of an officer's cases in the office.

    Attributes:
        officer: The officer of record; None: of cases without one.
        counts: Within seven days and within DUE_DAYS.
        by_cause: The same by cause.
    """

    officer: str | None
    counts: DeadlineCounts
    by_cause: dict[str, DeadlineCounts]


class Report(Struct, frozen=True):
    """All that the page says.

    Attributes:
        office: The office.
        week: The week.
        zone: Time zone of the office, IANA.
        begins: The week begins with this instant (ms).
        until: Its last instant (ms), as of which all numbers are.
        rules: The policy.
        record: The office record.
        needed_range: Officers needed when all weights move together; None when one officer has no capacity.
        lost_track: Of the week.
        weeks: The last weeks up to this one, by the Monday with which they begin.
        standing: What stands now.
        due: Deadlines within seven days and within DUE_DAYS, by cause; a case may have several.
        due_by_officer: The same by officer, the most first.
        ahead: The weeks ahead.
        history_weeks: Of how many weeks the expected numbers take their rates.
        notes: What the log cannot tell of the weeks ahead, in sentences.
        officers: Loads of the office's officers at work.
        over: Those at or above `officers.overloaded.raise`, the most loaded first.
        away: Officers who are not at work and have cases, the most cases first.
        lapsing: Courses that lapse within 60 days, the next first; of officers at work.
        lapsed: Courses of these that have lapsed.
        handoffs: By officer, the most overdue first.
        log: Names of the log's files.
        feeds: Sources of events, by name.
    """

    office: str
    week: IsoWeek
    zone: str
    begins: int
    until: int
    rules: Rules
    record: OfficeLoad
    needed_range: NeedRange | None
    lost_track: LostTrackWeek
    weeks: list[tuple[date, LostTrackWeek]]
    standing: list[CauseOfCase]
    due: dict[str, DeadlineCounts]
    due_by_officer: list[OfficerDeadlines]
    ahead: ScopeForecast
    history_weeks: int
    notes: Sequence[str]
    officers: list[Load]
    over: list[Load]
    away: list[Load]
    lapsing: list[Course]
    lapsed: list[Course]
    handoffs: list[Handoffs]
    log: list[str]
    feeds: list[Feed]


def zone_of(rules: Rules, office: str) -> str:
    """The time zone (IANA) of an office; UTC when the policy names none."""
    known = rules.policy.offices.get(office)
    return "UTC" if known is None else known.tz


def report_of(events: Iterable[hot.AnyEvent], rules: Rules, office: str, week: IsoWeek, log: Sequence[str]) -> Report:
    """Evaluate a log up to the end of a week, and put together what it says of an office.

    Args:
        events: Sorted by recorded_at.
        rules: The policy.
        office: The office.
        week: The week, in the office's time zone.
        log: Names of the log's files.

    Raises:
        NothingRecordedError: No event is recorded up to the end of the week.
        UsageError: The log does not know the office.
    """
    zone = zone_of(rules, office)
    bounds = [week.begins(zone, back) for back in range(1 - _WEEKS_BACK, 2)]
    begins, until = bounds[-2], bounds[-1] - 1
    basis, lost = LogBasis(begins, until), LostTrackWeeks(office, bounds)
    weekly = WeeklyForecasts(rules, until, _HORIZON)
    origin = weekly.run(basis.passing(events), on_step=lambda step: lost.add(step.effects.alerts))
    if origin is None:
        raise NothingRecordedError(until)
    lost.finish()
    evaluation = weekly.evaluation
    loads = evaluation.loads()
    totals = _of_office(evaluation.office_totals(loads), office)
    forecast, _ = forecast_of(weekly, origin, rules)
    ahead = next(each for each in forecast.offices if each.office == office)
    officers = [load for load in loads if load.office == office]
    at_work = [load for load in officers if load.status not in ABSENT]
    standing = sorted(lost.standing())
    later = [
        each
        for each in due_soon(evaluation.cases.records(), rules, until, until + _HANDOFF_DAYS * DAY_MS)
        if each.office == office
    ]
    due = [each for each in later if each.deadline <= until + DUE_DAYS * DAY_MS]
    lapsing, lapsed = _courses(basis, rules, {load.officer_id for load in at_work}, until)
    mark = rules.policy.officers.overloaded.raise_
    return Report(
        office=office,
        week=week,
        zone=zone,
        begins=begins,
        until=until,
        rules=rules,
        record=totals.record(rules, until),
        needed_range=need_range(totals, rules),
        lost_track=lost.weeks[-1],
        weeks=[
            (week.monday + timedelta(weeks=place + 1 - _WEEKS_BACK), counts) for place, counts in enumerate(lost.weeks)
        ],
        standing=standing,
        due=count_by(due, lambda each: each.cause),
        due_by_officer=_by_officer(due),
        ahead=ahead,
        history_weeks=forecast.history_weeks,
        notes=list(notes_of(forecast, [ahead])),
        officers=at_work,
        over=sorted(
            (load for load in at_work if load.utilisation is not None and load.utilisation >= mark),
            key=lambda load: -(load.utilisation or 0),
        ),
        away=sorted(
            (load for load in officers if load.status in ABSENT and load.open_cases + load.in_custody),
            key=lambda load: -(load.open_cases + load.in_custody),
        ),
        lapsing=lapsing,
        lapsed=lapsed,
        handoffs=_handoffs(standing, [each.officer_id or "" for each in later if each.cause == Cause.HANDOFF_STALLED]),
        log=list(log),
        feeds=sorted(basis.feeds.values(), key=lambda feed: feed.name),
    )


def _by_officer(due: Sequence[DueSoon]) -> list[OfficerDeadlines]:
    of_officer: dict[str | None, list[DueSoon]] = {}
    for each in due:
        of_officer.setdefault(each.officer_id, []).append(each)
    found = [
        OfficerDeadlines(officer, counts, count_by(of_officer[officer], lambda each: each.cause))
        for officer, counts in count_by(due, lambda each: each.officer_id).items()
    ]
    return sorted(found, key=lambda each: (-each.counts.whole, -each.counts.week, each.officer or ""))


def _of_office(totals: Iterable[OfficeTotals], office: str) -> OfficeTotals:
    found = next((each for each in totals if each.office == office), None)
    if found is None:
        raise UsageError(f"--office: no case and no officer of the log is at the office {office}")
    return found


def _courses(basis: LogBasis, rules: Rules, at_work: set[str], until: int) -> tuple[list[Course], list[Course]]:
    required = set(rules.policy.officers.required_courses)
    held = sorted(
        Course(valid_until, officer, course, course in required)
        for officer, course, valid_until in basis.courses()
        if officer in at_work
    )
    lapsing = [each for each in held if until < each.valid_until <= until + COURSE_DAYS * DAY_MS]
    return lapsing, [each for each in held if each.valid_until <= until]


def _handoffs(standing: Iterable[CauseOfCase], waiting: Iterable[str]) -> list[Handoffs]:
    overdue = Counter(each.officer_id for each in standing if each.cause == Cause.HANDOFF_STALLED)
    ahead = Counter(waiting)
    found = [Handoffs(officer, overdue[officer], ahead[officer]) for officer in overdue.keys() | ahead.keys()]
    return sorted(found, key=lambda each: (-each.overdue, -each.waiting, each.officer))
