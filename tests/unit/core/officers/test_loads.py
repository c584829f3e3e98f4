"""Load records: sums over partitions by hand, capacity, and null values."""

import json

import msgspec
import pytest

from schemas.loads import Load, LoadByCause, LoadByLevel
from streams.core.load.partials import Partial, PartialRow, sum_rows, sum_what_judging_reads
from streams.core.officers.table import OfficerTable, load_json
from tests.unit.core.officers.table import hour, rules, training, update

FIRST = PartialRow(
    "o1",
    open_cases=10,
    in_custody=2,
    by_level=(1, 2, 3, 4),
    bookings_7d=5,
    bookings_30d=8,
    hearings_7d=1,
    hearings_30d=3,
    overdue=2,
    lost_track=4,
    by_cause=(1, 0, 0, 1, 0, 0, 2, 0, 1),
    assigned_30d=6,
    unassigned_30d=1,
    office="ATL",
    office_since=(100, 3, 100, "a", 0),
)
SECOND = PartialRow(
    "o1",
    open_cases=4,
    in_custody=1,
    by_level=(0, 1, 1, 2),
    bookings_7d=1,
    bookings_30d=2,
    hearings_7d=0,
    hearings_30d=1,
    overdue=0,
    lost_track=1,
    by_cause=(0, 0, 1, 0, 0, 0, 0, 0, 0),
    assigned_30d=0,
    unassigned_30d=5,
    office="SEA",
    office_since=(200, 3, 90, "b", 0),
)


def board_with(*partials: Partial) -> OfficerTable:
    board = OfficerTable(rules(), sources=2)
    for partial in partials:
        board.add_partial(partial)
    return board


class TestSum:
    def test_two_partitions_by_hand(self) -> None:
        """The workload is 240 + 3 x 120 + 4 x 60 + 6 x 10 + 4 hearings x 60 + 10 check-ins x 15 = 1290."""
        (load,) = board_with(
            Partial(0, hour(1), True, [FIRST]),
            Partial(1, hour(1), True, [SECOND]),
        ).rows()

        assert load == Load(
            officer_id="o1",
            open_cases=14,
            in_custody=3,
            by_level=LoadByLevel(1, 3, 4, 6),
            bookings_7d=6,
            hearings_7d=1,
            hearings_30d=4,
            overdue=2,
            lost_track=5,
            by_cause=LoadByCause(1, 0, 1, 1, 0, 0, 2, 0, 1),
            assigned_30d=6,
            unassigned_30d=6,
            workload_minutes_month=1290,
            capacity_minutes_month=7200,
            utilisation=1290 / 7200,
            minutes_per_case_month=7200 / 14,
            status=None,
            office="SEA",
            as_of=hour(1),
        )

    def test_the_office_is_that_of_the_greatest_since(self) -> None:
        """The order of the partitions does not matter; a partition without a case does not count."""
        none = PartialRow("o1", assigned_30d=1)
        for rows in ([FIRST, SECOND, none], [none, SECOND, FIRST]):
            assert sum_rows("o1", rows).office == "SEA"
            assert sum_what_judging_reads("o1", rows).office == "SEA"

    def test_of_two_offices_since_the_same_key_the_greater_name_counts(self) -> None:
        """The order of the partitions does not matter then either."""
        twin = PartialRow("o1", open_cases=1, office="WAS", office_since=SECOND.office_since)

        assert sum_rows("o1", [SECOND, twin]).office == sum_rows("o1", [twin, SECOND]).office == "WAS"

    def test_judging_reads_the_same_counts(self) -> None:
        """The quick sum equals the full one in each of its fields."""
        full, quick = sum_rows("o1", [FIRST, SECOND]), sum_what_judging_reads("o1", [FIRST, SECOND])

        for name in (
            "open_cases",
            "by_level",
            "hearings_30d",
            "bookings_30d",
            "assigned_30d",
            "office",
            "office_since",
        ):
            assert getattr(full, name) == getattr(quick, name)

    @pytest.mark.parametrize(
        ("counts", "summed"), [((2, 3), 5), ((2, None), None), ((None, None), None), ((0, 3), 3), ((None, 3), None)]
    )
    def test_deadlines_that_an_older_release_did_not_count(
        self, counts: tuple[int | None, int | None], summed: int | None
    ) -> None:
        """If one partition does not have its part, the sum is unknown."""
        rows = [PartialRow("o1", 1, deadlines_7d=count) for count in counts]
        board = board_with(*(Partial(index, hour(1), True, [row]) for index, row in enumerate(rows)))

        assert summed == sum_rows("o1", rows).deadlines_7d == board.rows()[0].deadlines_7d

    def test_a_row_without_cases_has_no_deadline(self) -> None:
        """This holds for a row of any release."""
        rows = [PartialRow("o1", assigned_30d=1), PartialRow("o1", 1, deadlines_7d=1)]
        assert 1 == sum_rows("o1", rows).deadlines_7d
        assert 0 == board_with(Partial(0, hour(1), True, rows[:1])).rows()[0].deadlines_7d

    def test_a_row_of_an_older_release(self) -> None:
        """It ends before the field, and an older release reads a row that has it."""
        older = msgspec.json.encode(PartialRow("o1", 1, deadlines_7d=4))
        members = msgspec.json.decode(older)
        assert 4 == members.pop()
        row = msgspec.json.decode(msgspec.json.encode(members), type=PartialRow)
        assert (1, None) == (row.open_cases, row.deadlines_7d)

    def test_one_row_is_its_own_sum(self) -> None:
        """The row is not copied."""
        assert sum_rows("o1", [FIRST]) is sum_what_judging_reads("o1", [FIRST]) is FIRST


class TestCapacity:
    @pytest.mark.parametrize("status", ["leave", "departed"])
    def test_an_absent_officer_has_none(self, status: str) -> None:
        """His hours do not matter: they give the cases no minute."""
        board = board_with(Partial(0, hour(1), True, [FIRST]))
        board.apply(update("o1", 0, status, capacity=100, office="WAS"), 0)
        (load,) = board.rows()
        assert (0, None, 0) == (load.capacity_minutes_month, load.utilisation, load.minutes_per_case_month)

    @pytest.mark.parametrize(
        ("hours", "capacity", "utilisation", "per_case"),
        [(None, 7200, 1290 / 7200, 7200 / 14), (60, 3600, 1290 / 3600, 3600 / 14), (0, 0, None, 0)],
    )
    def test_the_officers_own_or_the_policys(
        self, hours: float | None, capacity: float, utilisation: float | None, per_case: float
    ) -> None:
        """Null hours mean the policy's; without capacity the utilisation is null."""
        board = board_with(Partial(0, hour(1), True, [FIRST]), Partial(1, hour(1), True, [SECOND]))
        board.apply(update("o1", 0, capacity=hours, office="WAS"), 0)
        (load,) = board.rows()

        assert (load.capacity_minutes_month, load.utilisation) == (capacity, utilisation)
        assert (load.minutes_per_case_month, load.status, load.office) == (per_case, "active", "WAS")

    @pytest.mark.parametrize("status", ["leave", "departed"])
    def test_absent_officers_have_none(self, status: str) -> None:
        """Their hours do not matter: no time is spent on their cases."""
        board = board_with(Partial(0, hour(1), True, [FIRST]))
        board.apply(update("o1", 0, status, capacity=60), 0)
        (load,) = board.rows()

        assert (0, None, 0) == (load.capacity_minutes_month, load.utilisation, load.minutes_per_case_month)

    def test_no_open_case_has_no_minutes(self) -> None:
        """minutes_per_case_month is null; the officer still has a row."""
        board = board_with()
        board.apply(update("o1", 0), 0)
        (load,) = board.rows(hour(1))

        assert (load.open_cases, load.utilisation, load.minutes_per_case_month) == (0, 0, None)


class TestRows:
    def test_every_officer_with_an_event_or_a_case(self) -> None:
        """The rows are ordered by officer id; a training alone is an officer event."""
        board = board_with(Partial(0, hour(1), True, [PartialRow("o3", 1)]))
        board.apply(training("o1", 0, "law", 9), 0)
        board.apply(update("o2", 0), 0)

        assert [load.officer_id for load in board.rows()] == ["o1", "o2", "o3"]

    def test_the_newest_update_counts_before_the_next_judging(self) -> None:
        """A load has the current state, an alert that of the period end; older facts change neither."""
        board = board_with(Partial(0, hour(1), True, [FIRST]), Partial(1, hour(1), True, []))
        board.apply(update("o1", 0, capacity=10), 0)
        board.advance(hour(1))
        board.apply(update("o1", 1.5, capacity=20), 0)
        board.apply(update("o1", 1.2, capacity=30, recorded=1.6), 0)

        assert board.rows()[0].capacity_minutes_month == 20 * 60

    def test_live_rows_replace_those_of_the_last_final_partial(self) -> None:
        """An officer whom the live partial does not name keeps his row."""
        board = board_with(
            Partial(0, hour(1), True, [FIRST, PartialRow("o2", 3)]),
            Partial(0, hour(1.5), False, [PartialRow("o1", 11)]),
        )
        assert [(load.officer_id, load.open_cases) for load in board.rows()] == [("o1", 11), ("o2", 3)]

        board.add_partial(Partial(0, hour(2), True, [PartialRow("o2", 4)]))
        assert [(load.officer_id, load.open_cases) for load in board.rows()] == [("o2", 4)]

    def test_an_older_partial_changes_nothing(self) -> None:
        """This holds for an older live row and for a live row as old as the final partial."""
        board = board_with(
            Partial(0, hour(2), True, [PartialRow("o1", 5)]),
            Partial(0, hour(2.5), False, [PartialRow("o1", 6)]),
            Partial(0, hour(2.2), False, [PartialRow("o1", 7)]),
            Partial(0, hour(2), False, [PartialRow("o1", 8)]),
            Partial(0, hour(1), True, [PartialRow("o1", 9)]),
        )

        assert [load.open_cases for load in board.rows()] == [6]

    def test_they_have_the_instant_of_the_slowest_partition(self) -> None:
        """Everything up to it is in the sum; the caller may give another instant."""
        board = board_with(Partial(0, hour(2), True, [FIRST]), Partial(1, hour(1), True, [SECOND]))

        assert board.rows()[0].as_of == hour(1)
        assert board.rows(hour(3))[0].as_of == hour(3)


class TestChangedRows:
    def test_only_officers_whose_load_may_have_changed(self) -> None:
        """Each comes once: after a partial, an event, or a fall to zero."""
        board = board_with(Partial(0, hour(1), True, [FIRST, PartialRow("o2", 3)]))
        assert [load.officer_id for load in board.changed_rows()] == ["o1", "o2"]
        assert board.changed_rows() == []

        board.add_partial(Partial(0, hour(2), True, [FIRST, PartialRow("o2", 4)]))
        assert [load.officer_id for load in board.changed_rows()] == ["o2"]

        board.apply(update("o3", 0), 0)
        board.add_partial(Partial(0, hour(3), True, [FIRST]))
        assert [(load.officer_id, load.open_cases) for load in board.changed_rows()] == [("o2", 0), ("o3", 0)]

    def test_a_live_row_that_the_final_partial_undoes(self) -> None:
        """The row published from the live one must be published again."""
        board = board_with(Partial(0, hour(1), True, [FIRST]), Partial(0, hour(1.5), False, [PartialRow("o1", 11)]))
        board.changed_rows()
        board.add_partial(Partial(0, hour(2), True, [FIRST]))

        assert [load.open_cases for load in board.changed_rows()] == [10]


class TestJson:
    def test_the_instant_is_text(self) -> None:
        """The record reads back unchanged."""
        (load,) = board_with(Partial(0, hour(1), True, [FIRST])).rows()

        assert json.loads(load_json(load))["as_of"] == "2026-03-02T01:00:00.000Z"
        assert Load.from_json(load_json(load)) == load
