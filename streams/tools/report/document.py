"""A report as one JSON document: the numbers of its page by stable names."""

from typing import Any, Final

import msgspec

from schemas.causes import Cause
from schemas.instants import to_text
from schemas.loads import Load
from streams.core.alerting.deadline_counts import DUE_DAYS, DeadlineCounts
from streams.tools.report.decisions import decisions
from streams.tools.report.figures import SHOWN_AHEAD, Course, Report

__all__ = ["document_of"]

_NO_DEADLINE: Final = DeadlineCounts(0, 0)


def document_of(report: Report, *, with_ids: bool = False) -> bytes:
    """The document.

    Args:
        report: What it says.
        with_ids: Whether it names the cases that are lost track of; protected cases are never named.
    """
    week = report.lost_track
    critical = [each.cause for each in report.standing if each.is_critical]
    document: dict[str, Any] = {
        "office": report.office,
        "week": str(report.week),
        "zone": report.zone,
        "begins": to_text(report.begins),
        "until": to_text(report.until),
        "policy": report.rules.policy_name,
        "record": msgspec.Raw(report.record.json()),
        "needed_range": report.needed_range,
        "decisions": list(decisions(report)),
        "causes": {
            cause.value: {
                "before": week.before[cause],
                "new": week.new[cause],
                "ended": week.ended[cause],
                "stand": week.stand[cause],
                "critical": critical.count(cause),
                "due_7d": report.due.get(cause, _NO_DEADLINE).week,
                f"due_{DUE_DAYS}d": report.due.get(cause, _NO_DEADLINE).whole,
            }
            for cause in Cause
        },
        "weeks": [
            {"monday": str(monday), "new": counts.new.total(), "ended": counts.ended.total()}
            for monday, counts in report.weeks
        ],
        "ahead": report.ahead.weeks[:SHOWN_AHEAD],
        "officers_at_work": len(report.officers),
        "over": [_load(each) for each in report.over],
        "away": [_load(each) for each in report.away],
        "lapsing": [_course(each) for each in report.lapsing],
        "lapsed": [_course(each) for each in report.lapsed],
        "deadlines": [
            {
                "officer_id": each.officer,
                **_deadlines(each.counts),
                "by_cause": {cause: _deadlines(counts) for cause, counts in sorted(each.by_cause.items())},
            }
            for each in report.due_by_officer
        ],
        "handoffs": [each._asdict() for each in report.handoffs],
        "log": report.log,
        "feeds": [{**msgspec.structs.asdict(each), "last": to_text(each.last)} for each in report.feeds],
    }
    if with_ids:
        named = [each for each in report.standing if not each.is_protected]
        document["not_named"] = len(report.standing) - len(named)
        document["cases"] = [
            {
                "case_id": each.case_id,
                "cause": each.cause,
                "since": to_text(each.since),
                "critical": each.is_critical,
                "officer_id": each.officer_id or None,
            }
            for each in named
        ]
    return msgspec.json.encode(document)


def _deadlines(counts: DeadlineCounts) -> dict[str, int]:
    return {"within_7d": counts.week, f"within_{DUE_DAYS}d": counts.whole}


def _load(load: Load) -> msgspec.Raw:
    return msgspec.Raw(load.json())


def _course(course: Course) -> dict[str, Any]:
    return {
        "officer_id": course.officer,
        "course": course.course,
        "is_required": course.is_required,
        "valid_until": to_text(course.valid_until),
    }
