"""What a report says of officers: who is away with cases, whose training lapses, who has not acknowledged a handoff."""

import json
import re
from collections.abc import Iterable
from html import unescape
from typing import Any

from schemas.decode import decode
from schemas.policy import Policy
from streams.core.policy.rules import Rules
from streams.tools.report.decisions import decisions
from streams.tools.report.figures import Handoffs, Report, report_of
from streams.tools.report.iso_week import IsoWeek
from streams.tools.report.page import page_of
from tests.builders import acknowledged, assigned, checked_in, custody, ms, officer, only, opened, trained
from tests.oracle.facts import text

OFFICE, WEEK = "UTC-1", "2026-W10"
BEGINS, UNTIL = ms("2026-03-02T00:00:00Z"), ms("2026-03-08T23:59:59.999Z")
START = "2026-01-05T00:00:00Z"
DAY = 86_400_000
COURSES = only("no_officer", after="1000d", officers={"required_courses": ["safety", "law"]})
HANDOFFS = only("handoff_stalled", after="10d")


def report(events: Iterable[dict[str, Any]], policy: Policy = COURSES) -> Report:
    """Return the report of the week that ends with UNTIL."""
    decoded = sorted((decode(json.dumps(each).encode()) for each in events), key=lambda event: event.recorded_at)
    return report_of(decoded, Rules(policy), OFFICE, IsoWeek.parse(WEEK), ["log.jsonl"])


def table(of: Report, caption: str) -> list[list[str]]:
    """Return the rows of the page's table with a caption."""
    page = page_of(of)
    assert f"<caption>{caption}</caption>" in page
    body = page[page.index(f"<caption>{caption}</caption>") :]
    body = body[body.index("<tbody>") : body.index("</tbody>")]
    return [
        [unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", body)
    ]


def asked(of: Report, begins: str) -> list[str]:
    """Return the decisions that begin so."""
    return [sentence for sentence in decisions(of) if sentence.startswith(begins)]


class TestAway:
    def test_officers_with_cases(self) -> None:
        """On leave or departed, the most cases first, those in custody counted; without cases they are left out."""
        events = [officer(START, name, status=status) for name, status in (
            ("o-leave", "leave"), ("o-gone", "departed"), ("o-idle", "leave"), ("o-here", "active"),
        )]  # fmt: skip
        for number, name in enumerate(("o-gone", "o-leave", "o-leave", "o-leave", "o-here")):
            events += [opened(START, case_id=f"c-{number}"), assigned(START, name, case_id=f"c-{number}")]
        events += [custody(START, "detained", case_id=name) for name in ("c-0", "c-3")]
        events += [officer(START, "o-far", status="leave", office="UTC-2"), opened(START, case_id="c-9")]
        events.append(assigned(START, "o-far", office="UTC-2", case_id="c-9"))
        found = report(events)
        assert [["o-leave", "leave", "2", "1"], ["o-gone", "departed", "0", "1"]] == table(
            found, "Officers away who have cases: 2"
        )
        assert ["Reassign or cover 4 cases of 2 officers on leave or departed."] == asked(found, "Reassign")

    def test_one_officer_with_one_case(self) -> None:
        """The sentence has the singular."""
        events = [officer(START, "o-1", status="leave"), opened(START), assigned(START, "o-1")]
        assert ["Reassign or cover 1 case of 1 officer on leave or departed."] == asked(report(events), "Reassign")

    def test_no_officer_is_away(self) -> None:
        """The page has the caption alone, and asks for no decision."""
        found = report([officer(START, "o-1"), opened(START), assigned(START, "o-1")])
        assert "<p><strong>Officers away who have cases: 0</strong></p>" in page_of(found)
        assert [] == asked(found, "Reassign")


class TestTraining:
    def test_the_window(self) -> None:
        """From the instant after the end up to 60 days later; what is valid up to the end has lapsed."""
        ends = {
            "at-end": UNTIL, "next": UNTIL + 1, "last": UNTIL + 60 * DAY, "later": UNTIL + 60 * DAY + 1,
        }  # fmt: skip
        events = [officer(START, "o-1"), *(trained(START, "o-1", end, course=name) for name, end in ends.items())]
        found = report(events)
        assert ["next", "last"] == [each.course for each in found.lapsing]
        assert ["at-end"] == [each.course for each in found.lapsed]
        assert [
            ["o-1", "next", "no", "2026-03-09"],
            ["o-1", "last", "no", "2026-05-07"],
        ] == table(found, "Training that lapses within 60 days: 2; lapsed: 1")
        assert ["Have officers renew 2 courses that lapse within 60 days."] == asked(found, "Have officers")

    def test_a_renewal(self) -> None:
        """The completion that occurred last counts, whatever was recorded last; one after the week does not count."""
        soon, far = UNTIL + 10 * DAY, UNTIL + 400 * DAY
        january, february = "2026-01-10T00:00:00Z", "2026-02-10T00:00:00Z"
        events = [
            officer(START, "o-renewed"), officer(START, "o-recorded-late"), officer(START, "o-after"),
            trained(january, "o-renewed", soon), trained(february, "o-renewed", far),
            trained(february, "o-recorded-late", far),
            trained(january, "o-recorded-late", soon, known="2026-02-20T00:00:00Z"),
            trained(january, "o-after", soon), trained(text(UNTIL + 1), "o-after", far),
        ]  # fmt: skip
        found = report(events)
        assert ["o-after"] == [each.officer for each in found.lapsing]
        assert [] == found.lapsed
        assert ["Have officers renew 1 course that lapses within 60 days."] == asked(found, "Have officers")

    def test_required_courses(self) -> None:
        """The table says which are; of the lapsed ones only these ask for a decision."""
        lapsed, soon = UNTIL - DAY, UNTIL + DAY
        events = [
            officer(START, "o-1"), officer(START, "o-2"),
            trained(START, "o-1", lapsed, course="safety"), trained(START, "o-1", lapsed, course="first-aid"),
            trained(START, "o-1", soon, course="law"), trained(START, "o-2", lapsed, course="law"),
        ]  # fmt: skip
        found = report(events)
        assert [["o-1", "law", "yes", "2026-03-09"]] == table(
            found, "Training that lapses within 60 days: 1; lapsed: 3"
        )
        assert [
            "Have officers renew 2 required courses that have lapsed.",
            "Have officers renew 1 course that lapses within 60 days.",
        ] == asked(found, "Have officers")
        one = report([each for each in events if each.get("officer_id") != "o-2"])
        assert "Have officers renew 1 required course that has lapsed." in asked(one, "Have officers")

    def test_officers_at_work_only(self) -> None:
        """An absent officer and one of another office are left out."""
        soon = UNTIL + DAY
        events = [opened(START), officer(START, "o-leave", status="leave"), officer(START, "o-far", office="UTC-2")]
        events += [trained(START, name, soon) for name in ("o-leave", "o-far")]
        found = report(events)
        assert ([], []) == (found.lapsing, found.lapsed)
        caption = "Training that lapses within 60 days: 0; lapsed: 0"
        assert f"<p><strong>{caption}</strong></p>" in page_of(found)


def handed(case_id: str, at: str, to: str) -> list[dict[str, Any]]:
    """Return the events of a case of o-1 that another officer gets."""
    return [
        opened(START, case_id=case_id),
        assigned(START, "o-1", case_id=case_id),
        assigned(at, to, case_id=case_id),
    ]


class TestHandoffs:
    def test_overdue_and_waiting(self) -> None:
        """By officer: those of more than ten days are overdue; acknowledged and seen cases are left out."""
        before, lately = "2026-02-20T00:00:00Z", "2026-03-05T00:00:00Z"
        events = [officer(START, name) for name in ("o-1", "o-2", "o-3")]
        for case_id, at, to in (
            ("c-1", before, "o-2"), ("c-2", before, "o-2"), ("c-3", lately, "o-2"), ("c-4", lately, "o-3"),
            ("c-5", lately, "o-3"), ("c-6", before, "o-3"), ("c-7", before, "o-3"),
        ):  # fmt: skip
            events += handed(case_id, at, to)
        events += [opened(START, case_id="c-8"), assigned(before, "o-3", case_id="c-8")]  # the first assignment is none
        events += [
            acknowledged("2026-02-21T00:00:00Z", "o-3", case_id="c-6"),
            checked_in("2026-02-22T00:00:00Z", case_id="c-7"),
        ]
        found = report(events, HANDOFFS)
        assert [Handoffs("o-2", 2, 1), Handoffs("o-3", 0, 2)] == found.handoffs
        assert [["o-2", "2", "1"], ["o-3", "0", "2"]] == table(found, "Handoffs not acknowledged: 5")
        assert ["Have 5 handoffs acknowledged; 2 overdue."] == asked(found, "Have")

    def test_the_deadline_is_the_bound(self) -> None:
        """A deadline at the last instant of the week is overdue, one after it waits."""
        for past, expected in ((0, Handoffs("o-2", 1, 0)), (1, Handoffs("o-2", 0, 1))):
            found = report(handed("c-1", text(UNTIL + past - 10 * DAY), "o-2"), HANDOFFS)
            assert [expected] == found.handoffs
        assert ["Have 1 handoff acknowledged; 0 overdue."] == asked(found, "Have")
