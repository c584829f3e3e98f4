"""Totals: a case counts once, protected cases count, and one count serves all users."""

from decimal import Decimal

import msgspec

from schemas.policy import load_policy
from streams.core.load.office_rows import OfficePartial, OfficeRow, StaffRow
from streams.core.policy.rules import Rules
from streams.web.pages.policy import zone_note
from streams.web.totals import CachedTotals, count
from tests.fake_clock import FakeClock
from tests.unit.web.alerts import alert, load, tables_of

encode = msgspec.json.Encoder().encode
RULES = Rules(load_policy(None))


class TestCount:
    def test_a_case_is_counted_once(self) -> None:
        """A case may have two alerts of one cause, or one of each of two causes about its officer."""
        totals = count(
            tables_of(
                alert("1", case_id="c-1"),
                alert("2", case_id="c-1", cause="in_transit", severity="critical"),
                alert("3", case_id="c-2", cause="hearing_missed", raised_at="2025-11-01T00:00:00.000Z"),
                alert("4", case_id="c-2", cause="hearing_missed"),
            ),
            RULES,
        ).counts
        assert (2, 1, 1) == (totals.cases, totals.without_officer, totals.critical)
        assert {"in_transit": 1} == {cause: cases for cause, cases in totals.critical_by_cause.items() if cases}
        assert {"agency": 1, "record": 0, "person": 1} == totals.by_side
        assert totals.oldest == totals.oldest_by_cause["hearing_missed"]

    def test_a_cause_of_a_later_release_is_counted(self) -> None:
        """A worker may be newer than its console (CONTRACT.md §12)."""
        totals = count(tables_of(alert("1", cause="docket_unread", severity="critical")), RULES).counts
        assert (1, 1, 1) == (totals.cases, totals.critical, totals.critical_by_cause["docket_unread"])

    def test_protected_cases_are_in_totals(self) -> None:
        """They are in those of their office, too."""
        totals = count(tables_of(alert("1", office="ATL"), restricted=(alert("2", office="SEA"),)), RULES)
        assert totals.counts.cases == 2
        assert {"ATL": 1, "SEA": 1} == {office: each.cases for office, each in totals.by_office.items()}

    def test_offices_without_a_time_zone_are_named(self) -> None:
        """The page Policy says so below its table; an office that the policy names is not in the sentence."""
        tables = tables_of()
        assert "" == zone_note(RULES.policy, count(tables, RULES))
        tables.update_offices(b"cases:0", encode(OfficePartial(0, 2, [OfficeRow("ATL", 10), OfficeRow("X1", 2)])))
        assert zone_note(RULES.policy, count(tables, RULES)) == (
            "1 office without a time zone in the policy, whose business days are of UTC, with the holidays of the "
            "United States: X1."
        )

    def test_an_office_counts_every_open_case(self) -> None:
        """The records of case and officer partitions are added; the newest of each replaces the one before."""
        tables = tables_of(loads=(load("o-1", open_cases=10),))
        for key, partial in (
            (b"cases:0", OfficePartial(0, 1, [OfficeRow("ATL", 3)])),
            (b"cases:0", OfficePartial(0, 2, [OfficeRow("ATL", 10, unassigned=4), OfficeRow("SEA", 2)])),
            (b"cases:1", OfficePartial(1, 5, [OfficeRow("ATL", 1, in_transit=1)])),
            (b"officers:0", OfficePartial(0, 4, staff=[StaffRow("ATL", 1, Decimal(7_200), 1, with_absent=6)])),
        ):
            tables.update_offices(key, encode(partial))
        totals = count(tables, RULES)
        atlanta, seattle = (office.record for office in totals.offices)
        assert ("ATL", 11, 4, 1, 6) == (
            atlanta.office,
            atlanta.open_cases,
            atlanta.unassigned,
            atlanta.in_transit,
            atlanta.with_absent,
        )
        assert (1, 7_200) == (atlanta.officers_at_work, atlanta.capacity_minutes_month)
        assert ("SEA", 2, 0) == (seattle.office, seattle.open_cases, seattle.officers_at_work)
        assert ("*", 13, 5) == (totals.whole.office, totals.whole.record.open_cases, totals.whole.record.as_of)

    def test_policies_are_counted(self) -> None:
        """The number is that of their alerts."""
        totals = count(tables_of(alert("1"), alert("2"), alert("3", policy="mine@2")), RULES)
        assert {"default@1": 2, "mine@2": 1} == totals.policies


class TestTotalsKept:
    def test_it_counts_when_a_table_changes(self) -> None:
        """Otherwise it returns the same counts."""
        tables = tables_of(alert("1"))
        kept = CachedTotals(lambda: tables, RULES, FakeClock())
        first = kept.now()
        assert kept.now() is first
        tables.update_alert(b"2", alert("2"), is_restricted=False)
        assert kept.now().counts.cases == 2

    def test_a_slow_count_is_kept_longer(self) -> None:
        """A count that took a second is kept for twenty."""
        tables = tables_of(alert("1"))
        at = iter([0.0, 1.0, 15.0, 20.0, 20.0, 20.5])
        kept = CachedTotals(lambda: tables, RULES, lambda: next(at))
        first = kept.now()
        tables.update_alert(b"2", alert("2"), is_restricted=False)
        assert kept.now() is first, "at 15 s"
        assert kept.now().counts.cases == 2, "at 20 s"
