"""The office record: every open case, with or without an officer; by hand, and exact in decimal."""

from decimal import Decimal
from pathlib import Path

import pytest

from schemas.instants import to_ms
from schemas.loads import Load
from schemas.office_loads import OfficeLoad
from schemas.policy import load_policy, parse_policy
from streams.core.evaluation import Evaluation
from streams.core.load.office_record import needed, office_loads, office_totals
from streams.core.load.office_rows import OTHER_OFFICES, OfficeRow, StaffRow, bounded, staff_rows
from streams.core.load.partials import PartialRow
from streams.core.officers.load_record import load_of
from streams.core.officers.state.registers import OfficerUpdate
from streams.core.officers.state.rules import OfficerRules
from streams.core.policy.exact import minutes
from streams.core.policy.rules import Rules
from streams.sources.logs import read_events
from tests.unit.core.officers.table import hour, rules

RULES = rules()
UNASSIGNED = Path(__file__).parents[3] / "data" / "dockets" / "unassigned-cases.jsonl"


def load(officer: str, cases: int, status: str = "active", office: str = "ATL", hours: float | None = None) -> Load:
    updated = OfficerUpdate((0, 4, 0, "u", 0), office, status, hours)  # type: ignore[arg-type]
    row = PartialRow(officer, open_cases=cases, by_level=(0, cases, 0, 0))
    return load_of(officer, row, updated, OfficerRules(RULES), hour(1))


def records(cases: list[OfficeRow], staff: list[StaffRow]) -> dict[str, OfficeLoad]:
    return {record.office: record for record in office_loads(cases, staff, RULES, hour(1))}


class TestUnassignedCases:
    def test_they_are_in_every_number_of_their_office(self) -> None:
        """110 are open, 100 of them unassigned, 10 with an officer who departed: 13,200 minutes for one officer."""
        policy = Rules(load_policy(None))
        evaluation, until = Evaluation(policy), to_ms("2026-03-01T00:00:00Z")
        for _ in evaluation.run(read_events([UNASSIGNED]), until):
            pass
        loads = evaluation.loads()
        whole, atlanta = (totals.record(policy, until) for totals in evaluation.office_totals(loads))
        assert ("*", "ATL") == (whole.office, atlanta.office)
        for record in (whole, atlanta):
            assert (110, 100, 10, 0) == (
                record.open_cases,
                record.unassigned,
                record.with_absent,
                record.in_transit,
            )
            assert (13_200, 1, 7_200) == (
                record.workload_minutes_month,
                record.officers_at_work,
                record.capacity_minutes_month,
            )
            assert record.officers_needed == pytest.approx(13_200 / 7_200)
            assert record.minutes_per_case_month == pytest.approx(7_200 / 110)
            assert (120, 60) == (record.mean_minutes_per_case, record.achievable_caseload)
        assert {"o-1": 7_200, "o-2": 0} == {each.officer_id: each.capacity_minutes_month for each in loads}


class TestQuotients:
    def test_without_cases_and_officers_they_are_null(self) -> None:
        """No quotient divides by zero; an officer's capacity is the policy's if no officer is at work."""
        whole = records([], [])["*"]
        assert (None, None, None, None) == (
            whole.minutes_per_case_month,
            whole.utilisation,
            whole.mean_minutes_per_case,
            whole.achievable_caseload,
        )
        assert whole.officers_needed == 0

    def test_without_officers_at_work_the_policy_sets_the_capacity(self) -> None:
        """60 cases of 120 minutes are one officer of 120 hours; there is no capacity and so no utilisation."""
        office = records([OfficeRow("ATL", 60, by_level=(0, 60, 0, 0))], [])["ATL"]
        assert (1, 60, 0, None) == (
            office.officers_needed,
            office.achievable_caseload,
            office.minutes_per_case_month,
            office.utilisation,
        )

    def test_officers_at_work_without_capacity_need_is_null(self) -> None:
        """Officers without time never suffice."""
        office = records([OfficeRow("ATL", 1, by_level=(0, 1, 0, 0))], [StaffRow("ATL", 1)])["ATL"]
        assert (None, 0) == (office.officers_needed, office.achievable_caseload)

    def test_an_officer_has_the_average_capacity_of_those_at_work(self) -> None:
        """80 and 40 hours are 60 each: 60 cases of 120 minutes need two officers."""
        staff = staff_rows([load("a", 30, hours=80), load("b", 30, hours=40)], {}.get)
        office = records([OfficeRow("ATL", 60, by_level=(0, 60, 0, 0))], staff)["ATL"]
        assert (2, 30, 7_200) == (office.officers_needed, office.achievable_caseload, office.capacity_minutes_month)

    def test_sums_are_exact_in_decimal(self) -> None:
        """Three officers of 4.15 hours have 747 minutes, in any order and any portions."""
        assert minutes(4.15) == 249
        staff = [staff_rows([load(name, 0, hours=4.15)], {}.get)[0] for name in "abc"]
        assert records([], staff)["*"].capacity_minutes_month == 747


class TestIntervals:
    @pytest.mark.parametrize(("interval", "check_ins"), [("30d", 60), ("7d", 60 * 30 / 7), ("20bd", 60 * 30 / 28)])
    def test_each_case_has_a_check_in_an_interval(self, interval: str, check_ins: float) -> None:
        """Business days are five of seven; the check-ins that are booked do not count."""
        head = 'name = "p"\nversion = "1"\nreview_by = 2030-01-01\n'
        policy = Rules(parse_policy(f'{head}[contact.interval]\nstandard = "{interval}"\n', "p"))
        row = OfficeRow("ATL", 60, by_level=(0, 60, 0, 0), bookings_30d=3, hearings_30d=2)
        totals = office_totals([row], [])[1]
        assert check_ins == pytest.approx(float(totals.check_ins_by_interval(policy)))
        assert 60 * 120 + 2 * 60 + 15 * check_ins == pytest.approx(float(totals.workload_by_interval(policy)))


class TestStaff:
    def test_absent_officers_are_counted_apart(self) -> None:
        """They have no capacity; an absent officer without cases is not counted."""
        rows = {"b": PartialRow("b", 3, office="SEA", by_office=(("ATL", 1), ("SEA", 2)))}
        loads = [load("a", 5), load("b", 3, "departed"), load("c", 0, "leave")]
        at_atlanta, at_seattle = staff_rows(loads, rows.get)
        assert StaffRow("ATL", 1, Decimal(7_200), 1, 1) == at_atlanta
        assert StaffRow("SEA", with_absent=2) == at_seattle

    def test_an_officer_without_an_office_counts_in_none(self) -> None:
        """The sum of all does not count him either."""
        unknown = load_of("a", None, None, OfficerRules(RULES), hour(1))
        assert [] == staff_rows([unknown], {}.get)


class TestOffices:
    def test_the_first_record_is_that_of_all_together(self) -> None:
        """Every office follows by name, including one that has officers and no case."""
        totals = office_totals([OfficeRow("SEA", 2)], [StaffRow("ATL", 1)])
        assert ["*", "ATL", "SEA"] == [each.office for each in totals]

    def test_a_feed_that_invents_offices_stays_within_the_message_limit(self) -> None:
        """Beyond a number of offices they share a row, and the sum is unchanged."""
        rows = [OfficeRow(f"office-{number}", number) for number in range(10)]
        cut = bounded(rows, 4)
        assert [*(row.office for row in rows[:3]), OTHER_OFFICES] == [row.office for row in cut]
        assert 45 == office_totals(cut, [])[0].cases.open_cases
        assert rows == bounded(rows, 10)


class TestDeadlines:
    @pytest.mark.parametrize(
        ("rows", "total"),
        [
            ([OfficeRow("ATL", 1, deadlines_7d=1), OfficeRow("ATL", 0, 2, deadlines_7d=2)], 3),
            ([OfficeRow("ATL", 1, deadlines_7d=1), OfficeRow("ATL", 1)], None),
            ([OfficeRow("ATL", 1, deadlines_7d=1), OfficeRow("ATL")], 1),
            ([], 0),
        ],
    )
    def test_they_are_summed_as_far_as_they_are_known(self, rows: list[OfficeRow], total: int | None) -> None:
        """One partition of an older release with cases leaves the number unknown, also for all offices together."""
        whole, atlanta = (records(rows, [StaffRow("ATL", 1)])[name] for name in ("*", "ATL"))
        assert total == whole.deadlines_7d == atlanta.deadlines_7d


class TestNeeded:
    def test_officers_needed(self) -> None:
        """The fraction and whole officers, in the console and the report alike."""
        assert ["1.83 (2)", "12,345.00 (12,345)", "-"] == [needed(each) for each in (1.8291, 12_345.0, None)]
