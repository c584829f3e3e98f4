"""The office record of past days: from the topics' records, and only for days whose every part is known."""

from decimal import Decimal

from schemas.policy import load_policy
from streams.core.load.office_rows import OfficePartial, OfficeRow, StaffRow
from streams.core.policy.rules import Rules
from streams.web.tables.record_history import RecordHistory
from tests.unit.web.alerts import DAY, NOW, load

RULES = Rules(load_policy(None))
TODAY = NOW // DAY


def cases(history: RecordHistory, partition: int, days_ago: float, unassigned: int) -> None:
    """Note the counts of a case partition as of so many days ago."""
    row = OfficeRow("ATL", open_cases=10, by_level=(0, 10, 0, 0), unassigned=unassigned)
    history.add_partial(b"cases:%d" % partition, OfficePartial(partition, NOW - int(days_ago * DAY), [row]))


def staff(history: RecordHistory, days_ago: float) -> None:
    """Note the officers of a partition as of so many days ago."""
    row = StaffRow("ATL", officers_at_work=2, capacity_minutes_month=Decimal(14_400))
    history.add_partial(b"officers:0", OfficePartial(0, NOW - int(days_ago * DAY), staff=[row]))


def unassigned(history: RecordHistory, days: int) -> list[int | None]:
    return [None if each is None else each.unassigned for each in history.records(RULES, TODAY, days)]


class TestRecords:
    def test_the_sum_of_the_partitions_at_the_end_of_each_day(self) -> None:
        """The last record of a day counts; officers who do not change are carried on."""
        history = RecordHistory()
        history.add_partial(b"officers:1", OfficePartial(1, 0))  # no officer is in this partition
        staff(history, 300)
        for days_ago, first, second in ((3.5, 1, 1), (2.9, 9, 9), (2.5, 2, 3), (1.5, 4, 4), (0.5, 5, 6)):
            cases(history, 0, days_ago, first)
            cases(history, 1, days_ago, second)
        assert [2, 5, 8, 11] == unassigned(history, 4)
        record = history.records(RULES, TODAY, 1)[0]
        assert record is not None
        assert (record.open_cases, record.officers_at_work, record.minutes_per_case_month) == (20, 2, 720.0)

    def test_a_day_of_which_a_part_is_unknown_has_no_record(self) -> None:
        """One partition is not a docket."""
        history = RecordHistory()
        staff(history, 30)
        cases(history, 0, 3.5, 1)
        cases(history, 0, 1.5, 1)
        cases(history, 1, 1.5, 1)
        assert [None, None, 2, 2] == unassigned(history, 4)

    def test_days_that_a_replay_passed_by_have_no_record(self) -> None:
        """Records that were published weeks before do not count for a day."""
        history = RecordHistory()
        staff(history, 60)
        cases(history, 0, 20.5, 1)
        cases(history, 0, -0.5, 7)
        assert [None, None, None] == unassigned(history, 3)
        assert [1] == [each.unassigned for each in history.records(RULES, TODAY - 20, 1) if each]

    def test_a_later_record_of_a_past_day_is_not_missed(self) -> None:
        """A computed day is computed again when it gets a record."""
        history = RecordHistory()
        staff(history, 30)
        cases(history, 0, 1.9, 1)
        assert [1, 1] == unassigned(history, 2)
        cases(history, 0, 0.5, 5)
        cases(history, 0, -0.5, 6)
        assert [1, 5] == unassigned(history, 2)

    def test_it_is_bounded(self) -> None:
        """Some three months are kept."""
        history = RecordHistory()
        for days_ago in range(400, -1, -1):
            cases(history, 0, days_ago + 0.5, days_ago)
        assert [None, None] == unassigned(history, 200)[:2]
        assert len(history._partials[b"cases:0"]._values) <= 91


class TestOfficersOver:
    def test_officers_at_or_over_the_mark_by_day(self) -> None:
        """They are officers at work, from the day on which nearly all were known."""
        history = RecordHistory(overloaded_at=1.15)
        for officer, days_ago, used, status in (
            ("o-1", 3.5, 1.2, "active"), ("o-2", 2.5, 1.1, "active"), ("o-2", 1.5, 1.15, "active"),
            ("o-3", 2.5, 2.0, "leave"), ("o-1", 0.5, 0.9, "active"),
        ):  # fmt: skip
            history.add_load(load(officer, as_of=NOW - int(days_ago * DAY), utilisation=used, status=status))
        assert [None, 1, 2, 1] == history.officers_over(TODAY, 4)
        assert [] == RecordHistory().officers_over(TODAY, 0)
        assert [None] == RecordHistory().officers_over(TODAY, 1)
