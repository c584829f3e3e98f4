"""Alerts that are raised for want of events: the report names their cause, their cases and the key to set."""

from pathlib import Path

import pytest

from schemas.causes import Cause
from streams.sources.missing_events import events_that_end
from tests.unit.sources.mappings import ASSIGNED, HEAD, event, from_csv, from_xes, trace, xes

HEADER = "case,activity,time,desk,clerk,note\n"
ROWS = HEADER + "".join(f"{case},work,2024-03-0{day},front,ann,x\n" for case in (1, 2) for day in (4, 5))
OPEN_ONLY = HEAD.replace('[officer]\nfrom = "clerk"\nnobody = ["system"]\n', "")
DONE = '[[events]]\nemit = "check_in_completed"\nset = { channel = "office" }\n'
CLOSED = '[[events]]\nemit = "case_closed"\non = "last"\nset = { reason = "other" }\n'
WOULD = 'a rule with emit = "{}" would read them'
NO_OFFICER = "no_officer in every open case: no record gives officer_assigned; "


def rule(emit: str, more: str) -> str:
    """Return one more rule of a mapping."""
    return f'[[events]]\nemit = "{emit}"\n{more}\n'


class TestWholeMappings:
    def test_one_that_reads_officers_contacts_and_closings(self, tmp_path: Path) -> None:
        """The report has no such note."""
        assert {} == from_csv(tmp_path, HEAD + ASSIGNED + DONE + CLOSED, ROWS).unending()

    def test_one_that_only_opens_cases(self, tmp_path: Path) -> None:
        """Each note has the number of cases, and the rule that the mapping lacks."""
        assert {
            f'{NO_OFFICER}an [officer] table and a rule with emit = "officer_assigned" would read them': 2,
            "no_contact in every open case without a booking: no record gives check_in_completed or hearing_held "
            '(appeared = "yes"); a rule with emit = "check_in_completed" would read them': 2,
            "nothing_scheduled in every open case: no record gives check_in_completed, check_in_scheduled or "
            'hearing_scheduled; a rule with emit = "check_in_completed" would read them': 2,
            "alerts of cases that stay open for ever: no record gives case_closed; "
            'a rule with emit = "case_closed" would read them': 2,
        } == from_csv(tmp_path, OPEN_ONLY, ROWS).unending()

    def test_the_report_counts_the_cases(self, tmp_path: Path) -> None:
        """A terminal shows the number before the cause."""
        text = from_csv(tmp_path, OPEN_ONLY + DONE + CLOSED, ROWS).text
        assert f"           2 alerts: {NO_OFFICER}an [officer] table" in text


class TestOfficers:
    def test_a_log_without_resources(self, tmp_path: Path) -> None:
        """The mapping reads them; the column is empty, or names accounts of the system only."""
        for clerk in ("", "system"):
            rows = ROWS.replace("ann", clerk)
            assert {f"{NO_OFFICER}look at officer.from (clerk), rule 2 (officer_assigned)": 2} == from_csv(
                tmp_path, HEAD + ASSIGNED + DONE + CLOSED, rows
            ).unending()

    def test_an_officer_table_without_a_rule(self, tmp_path: Path) -> None:
        """The note names the rule."""
        assert {f'{NO_OFFICER}a rule with emit = "officer_assigned" would read them': 2} == from_csv(
            tmp_path, HEAD + DONE + CLOSED, ROWS
        ).unending()

    def test_a_single_case_with_an_officer_is_enough(self, tmp_path: Path) -> None:
        """Then the log records officers, and that the other case has none is true."""
        rows = ROWS.replace("1,work,2024-03-04,front,ann", "1,work,2024-03-04,front,system")
        rows = rows.replace("1,work,2024-03-05,front,ann", "1,work,2024-03-05,front,system")
        assert {} == from_csv(tmp_path, HEAD + ASSIGNED + DONE + CLOSED, rows).unending()

    def test_a_case_in_two_traces_counts_once(self, tmp_path: Path) -> None:
        """An XES log may divide a case."""
        mapping = (OPEN_ONLY + DONE + CLOSED).replace('"case"', '"trace:concept:name"')
        mapping = mapping.replace('"activity"', '"concept:name"').replace('"time"', '"time:timestamp"')
        parts = [trace("7", event("work", f"2024-03-0{day}", desk="front")) for day in (4, 5)]
        assert [1] == list(from_xes(tmp_path, mapping, xes(*parts)).unending().values())


class TestOtherCauses:
    @pytest.mark.parametrize(
        ("rules", "found"),
        [
            (
                rule("check_in_scheduled", 'due_after = "7d"\nset = { channel = "office" }'),
                "check_in_overdue for every booking: no record gives check_in_completed or check_in_cancelled; "
                + WOULD.format("check_in_completed"),
            ),
            (
                rule("hearing_scheduled", 'due_after = "7d"\nset = { kind = "other" }'),
                (
                    "hearing_unresolved for every hearing: no record gives hearing_held, hearing_missed, "
                    f"hearing_adjourned or hearing_cancelled; {WOULD.format('hearing_held')}"
                ),
            ),
            (
                rule("hearing_missed", 'id = "h"'),
                (
                    "hearing_missed for every missed hearing, without end: no record gives check_in_completed or "
                    f"order_rescinded; {WOULD.format('check_in_completed')}"
                ),
            ),
            (
                rule("address_changed", 'set = { status = "missing" }'),
                (
                    "notice_undeliverable after every bad address, without end: no record gives address_changed "
                    '(status = "valid"); look at rule 2 (address_changed)'
                ),
            ),
        ],
    )
    def test_what_nothing_ends(self, tmp_path: Path, rules: str, found: str) -> None:
        """The note names the events that would end the alerts."""
        assert 2 == from_csv(tmp_path, HEAD + rules, ROWS).unending().get(found)

    def test_a_transfer(self, tmp_path: Path) -> None:
        """The office that a case is sent to never says that it came."""
        rules = rule("transferred_out", 'set = { from_office = "A", to_office = "B" }')
        found = "in_transit after every transfer: no record gives transferred_in or officer_assigned; "
        assert found + WOULD.format("transferred_in") in from_csv(tmp_path, HEAD + rules, ROWS).unending()

    def test_another_officer(self, tmp_path: Path) -> None:
        """Without contacts only an acknowledgement shows that the next officer has begun."""
        rows = ROWS.replace("1,work,2024-03-05,front,ann", "1,work,2024-03-05,front,bob")
        found = (
            "handoff_stalled after every change of officer: no record gives assignment_acknowledged or "
            'check_in_completed; a rule with emit = "assignment_acknowledged" would read them'
        )
        assert 1 == from_csv(tmp_path, HEAD + ASSIGNED, rows).unending()[found]
        assert found not in from_csv(tmp_path, HEAD + ASSIGNED + DONE, rows).unending()

    def test_a_hearing_that_says_who_appeared(self, tmp_path: Path) -> None:
        """It is a contact only when the person was there."""
        for appeared, is_contact in (("yes", True), ("unknown", False)):
            held = rule("hearing_held", f'id = "h"\nset = {{ appeared = "{appeared}" }}')
            causes = {reason.split()[0] for reason in from_csv(tmp_path, HEAD + held, ROWS).unending()}
            assert is_contact == ("no_contact" not in causes)


class TestSkippedRecords:
    def test_the_reason_names_the_key(self, tmp_path: Path) -> None:
        """A record without an office or an officer gives no event of them."""
        mapping = HEAD + '[[events]]\nemit = "officer_assigned"\n'
        rows = HEADER + "1,work,2024-03-04,front,system,x\n2,work,2024-03-04,,ann,x\n"
        gap = "no office: office.from has no value, and there is no office.default"
        assert {
            f"rule 1 (case_opened): {gap}": 1,
            f"rule 2 (officer_assigned): {gap}": 1,
            "rule 2 (officer_assigned): no officer: officer.from has no value, or one of officer.nobody": 1,
        } == from_csv(tmp_path, mapping, rows).skipped()


class TestEventsThatEnd:
    def test_a_cause_of_cases(self) -> None:
        """They are listed in words; each cause has some."""
        assert "transferred_in or officer_assigned" == events_that_end("in_transit")
        assert all(map(events_that_end, Cause))

    def test_a_cause_of_officers(self) -> None:
        """No event of a case ends it."""
        assert "" == events_that_end("overloaded")
