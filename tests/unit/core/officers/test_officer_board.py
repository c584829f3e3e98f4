"""The officers' table: what it waits for, repeated input, and restarts."""

import pytest

from schemas import hot
from streams.core.alerting.reasons import Reason
from streams.core.load.partials import Partial
from streams.core.officers.table import OfficerEffects, OfficerTable
from tests.newest import newest
from tests.unit.core.officers.table import Table, hour, rules, training, update, with_cases

ONE = "[officers.overloaded]\nperiods = 1\n[officers.critical]\nraise = 99\n"


def final(partition: int, number: float, *rows: object) -> Partial:
    return Partial(partition, hour(number), True, list(rows))  # type: ignore[arg-type]


def live(partition: int, number: float, *rows: object) -> Partial:
    return Partial(partition, hour(number), False, list(rows))  # type: ignore[arg-type]


def at_all(board: OfficerTable) -> list[tuple[str, str, int]]:
    """Return everything that the board publishes when the officer events do not delay it."""
    return [(a.officer_id or "", a.status, a.at) for a in board.advance(hour(1000)).alerts]


class Counting(OfficerTable):
    """A board that counts the period ends that it judges."""

    looked_at = 0

    def _judge(self, at: int, effects: OfficerEffects) -> None:
        self.looked_at += 1
        super()._judge(at, effects)


class TestQuiet:
    def test_a_period_end_without_a_change_is_skipped(self) -> None:
        """A hundred years pass as fast as a day, and still count as period ends."""
        board = Counting(rules(ONE), sources=1)
        board.add_partial(final(0, 1, with_cases("o1", 60)))
        board.add_partial(final(0, 876_000, with_cases("o1", 60)))
        effects = board.advance(hour(876_000))

        assert effects.period_ends == 876_000
        assert board.looked_at < 10


class TestWaiting:
    def test_it_waits_for_every_case_partition(self) -> None:
        """Half of the cases are in each partition; a period end is judged when both have closed it."""
        board = OfficerTable(rules(ONE), sources=2)
        board.add_partial(final(0, 1, with_cases("o1", 60)))
        assert at_all(board) == []

        board.add_partial(final(1, 1, with_cases("o1", 60)))
        assert at_all(board) == [("o1", "raised", hour(1))]

    def test_it_waits_for_the_officer_events(self) -> None:
        """Events recorded up to the period end are applied before the judging."""
        board = OfficerTable(rules(ONE), sources=1)
        board.add_partial(final(0, 1, with_cases("o1", 120)))
        assert board.advance(hour(1) - 1).period_ends == 0

        board.apply(update("o1", 1, capacity=744), board.watermark)
        effects = board.advance(hour(1))
        assert (effects.period_ends, effects.alerts) == (1, [])

    def test_an_event_after_the_period_end_waits_for_the_next(self) -> None:
        """It is known already, but recorded later, so this judging ignores it."""
        board = OfficerTable(rules(ONE), sources=1)
        board.apply(update("o1", 1.5, capacity=744), board.watermark)
        board.add_partial(final(0, 1, with_cases("o1", 120)))
        board.add_partial(final(0, 2, with_cases("o1", 120)))

        assert at_all(board) == [("o1", "raised", hour(1)), ("o1", "resolved", hour(2))]

    def test_it_does_not_wait_for_a_partition_without_cases(self) -> None:
        """A live partial has its partition's watermark; the partition has sent every earlier final one, here none."""
        board = OfficerTable(rules(ONE), sources=2)
        board.add_partial(final(0, 1, with_cases("o1", 120)))
        board.add_partial(live(1, 1.5))

        assert at_all(board) == [("o1", "raised", hour(1))]

    def test_a_partition_whose_first_case_came_later_had_none_before(self) -> None:
        """Its first final partial is of hour 3: at hours 1 and 2 it had no case."""
        board = OfficerTable(rules(ONE), sources=2)
        for number in (1, 2, 3):
            board.add_partial(final(0, number, with_cases("o1", 60)))
        board.add_partial(final(1, 3, with_cases("o1", 60)))

        assert at_all(board) == [("o1", "raised", hour(3))]

    def test_a_partition_far_ahead_is_kept_hour_by_hour(self) -> None:
        """Each period end is judged with the partition's rows of that hour and not with its last ones."""
        board = OfficerTable(rules(ONE), sources=2)
        for number, cases in enumerate([100, 120, 100, 120], 1):
            board.add_partial(final(0, number, with_cases("o1", cases)))
        for number in (1, 2, 3, 4):
            board.add_partial(final(1, number))

        assert at_all(board) == [
            ("o1", "raised", hour(2)),
            ("o1", "resolved", hour(3)),
            ("o1", "raised", hour(4)),
        ]

    def test_a_partition_that_does_not_exist_is_refused(self) -> None:
        """Partitions are numbered from 0."""
        with pytest.raises(ValueError, match="partial of partition 1, but there are 1"):
            OfficerTable(rules(), sources=1).add_partial(final(1, 1))

    def test_an_event_of_an_unknown_type_is_refused(self) -> None:
        """Only events that change the registers of an officer belong on the board."""
        event = hot.OfficerEvent(v=1, event_id="e", occurred_at=1, recorded_at=1, source="s", officer_id="o1")
        with pytest.raises(TypeError, match="OfficerEvent is no event that writes the registers of an officer"):
            OfficerTable(rules(), sources=1).apply(event, 0)


class TestLate:
    def test_a_late_event_counts_from_the_watermark_on(self) -> None:
        """It was recorded before a judged period end: the next one applies it and counts it."""
        table = Table(ONE).at(1, with_cases("o1", 120)).until(3)
        table.apply(update("o1", 1.5, capacity=744)).until(4)

        assert table.story("overloaded") == [("raised", 1), ("resolved", 4)]
        assert table.reasons[Reason.LATE] == 1

    def test_events_that_become_known_together_apply_by_key(self) -> None:
        """The later fact wins, whichever was read first."""
        table = Table(ONE).apply(update("o1", 0.9, capacity=10), update("o1", 0.5, capacity=744))

        assert table.at(1, with_cases("o1", 120)).story("overloaded") == [("raised", 1)]

    @pytest.mark.parametrize("first", [0, 1])
    def test_facts_with_one_key_and_id_apply_by_their_content(self, first: int) -> None:
        """Of two events with one id the greater canonical JSON wins, in any order."""
        twins = [update("o1", 0.5, capacity=600, event_id="x"), update("o1", 0.5, capacity=70, event_id="x")]
        table = Table(ONE).apply(twins[first], twins[1 - first]).at(1, with_cases("o1", 120))

        assert table.board.rows()[0].capacity_minutes_month == 70 * 60
        assert table.story("overloaded") == [("raised", 1)]


class TestRepeated:
    def test_partials_and_events_read_again_change_nothing(self) -> None:
        """A redelivery publishes nothing and writes no state."""
        table = Table(ONE).apply(update("o1", 0)).at(1, with_cases("o1", 120)).until(4)
        board = table.board
        for number in (1, 2, 3, 4):
            board.add_partial(final(0, number, with_cases("o1", 1)))
        board.apply(update("o1", 0), board.watermark)

        assert board.advance(hour(4)).alerts == []
        assert [row.open_cases for row in board.rows()] == [120]


class TestRestart:
    def test_one_partition_is_ahead(self) -> None:
        """A board that takes over then judges as if there were no restart."""
        board = OfficerTable(rules(ONE), sources=2)
        for number, cases in enumerate([60, 50, 70], 1):
            board.add_partial(final(0, number, with_cases("o1", cases)))
        board.add_partial(final(1, 1, with_cases("o1", 60)))
        kept = board.advance(hour(9))
        again = OfficerTable(rules(ONE), sources=2)
        again.restore(newest(kept.changelog))
        assert again.restored().alerts == []

        again.add_partial(final(1, 2, with_cases("o1", 60)))
        again.add_partial(final(1, 3, with_cases("o1", 60)))
        assert [(a.status, a.at) for a in kept.alerts] == [("raised", hour(1))]
        assert [(a.officer_id, a.status, a.at) for a in again.advance(hour(9)).alerts] == []

        again.add_partial(final(0, 4))
        again.add_partial(final(1, 4, with_cases("o1", 60)))
        assert [(a.status, a.at) for a in again.advance(hour(9)).alerts] == [("resolved", hour(4))]

    def test_waiting_events_are_kept(self) -> None:
        """An event read before the restart is judged after it."""
        table = Table(ONE).at(1, with_cases("o1", 120))
        table.apply(update("o1", 1.5, capacity=744), training("o1", 1.5, "law", 99))
        table.changelog += table.board.advance(hour(1)).changelog
        table.restart().until(2)

        assert table.story("overloaded") == [("raised", 1), ("resolved", 2)]

    def test_live_rows_are_kept(self) -> None:
        """The load table of the new board equals that of the old one."""
        board = OfficerTable(rules(ONE), sources=2)
        board.add_partial(final(0, 1, with_cases("o1", 60)))
        board.add_partial(final(1, 1, with_cases("o1", 5), with_cases("o2", 7)))
        board.add_partial(live(1, 1.5, with_cases("o1", 6), with_cases("o2", 0)))
        again = OfficerTable(rules(ONE), sources=2)
        again.restore(newest(board.advance(hour(1)).changelog))
        again.restored()

        assert [(row.officer_id, row.open_cases) for row in again.rows()] == [("o1", 66), ("o2", 0)]
        assert again.rows() == board.rows()

    def test_the_watermark_of_a_partition_without_cases_is_kept(self) -> None:
        """The partition sent it before the restart, and does not delay the board after it."""
        board = OfficerTable(rules(ONE), sources=2)
        board.add_partial(final(0, 1, with_cases("o1", 60)))
        board.add_partial(live(1, 5.5))
        again = OfficerTable(rules(ONE), sources=2)
        again.restore(newest(board.advance(hour(1)).changelog))
        again.restored()

        again.add_partial(final(0, 2, with_cases("o1", 120)))
        assert at_all(again) == [("o1", "raised", hour(2))]

    def test_an_empty_changelog_is_a_new_board(self) -> None:
        """There is no state to restore."""
        board = OfficerTable(rules(ONE), sources=1)
        board.restore({})

        assert board.restored().alerts == []
        assert (len(board), board.judged) == (0, None)

    def test_the_changelog_deletes_unneeded_records(self) -> None:
        """After 70 days it has a month of open cases and one final partial of each partition."""
        table = Table(ONE).at(1, with_cases("o1", 120))
        for number in range(2, 70 * 24):
            table.at(number, with_cases("o1", number % 100 + 1))
        kept = dict(table.changelog)
        standing = [key.decode() for key, value in kept.items() if value is not None]

        assert sum(key.startswith("f:") for key in standing) == 1
        assert 30 * 24 <= sum(key.startswith("h:") for key in standing) <= 32 * 24

    def test_a_watermark_alone_writes_nothing(self) -> None:
        """Between period ends, without input, there is no record to write."""
        table = Table(ONE).at(1, with_cases("o1", 120))

        assert table.board.advance(hour(1.2)).changelog == []
        assert [key for key, _ in table.apply(update("o1", 1.3)).board.advance(hour(1.4)).changelog] == [b"o:o1", b"m"]

    def test_without_a_changelog_nothing_is_written(self) -> None:
        """`evaluate` needs no changelog."""
        board = OfficerTable(rules(ONE), sources=1, keeps_changelog=False)
        board.add_partial(final(0, 1, with_cases("o1", 120)))

        assert board.advance(hour(1)).changelog == []


class TestPolicyChanged:
    def test_an_alert_that_no_longer_holds_ends_at_the_watermark(self) -> None:
        """Under a policy that allows more it is resolved by policy_changed, with the new policy."""
        table = Table(ONE).at(1, with_cases("o1", 120)).until(3).restart("[load]\ncapacity_hours_month = 744", "2")

        ended = table.last("overloaded")
        assert (ended.status, ended.ended_by, ended.ended_at, ended.policy, ended.revision) == (
            "resolved",
            "policy_changed",
            hour(3),
            "test@2",
            2,
        )

    def test_another_of_the_same_name_and_version(self) -> None:
        """Its hash distinguishes it."""
        table = Table(ONE).at(1, with_cases("o1", 120)).until(3)
        raised = table.last("overloaded")
        ended = table.restart("[load]\ncapacity_hours_month = 744").last("overloaded")

        assert (ended.status, ended.ended_by, ended.policy) == ("resolved", "policy_changed", raised.policy)
        assert raised.policy_hash != ended.policy_hash

    def test_an_alert_that_still_holds_is_unchanged(self) -> None:
        """Under a policy with equal terms nothing is published, then or later."""
        table = Table(ONE).at(1, with_cases("o1", 120)).until(3).restart(ONE, "2").until(6)

        assert table.story("overloaded") == [("raised", 1)]

    def test_an_alert_that_newly_holds_is_raised_at_the_watermark(self) -> None:
        """A course that the new policy requires was never completed."""
        table = Table(ONE).apply(update("o1", 0)).at(1).until(3).restart('[officers]\nrequired_courses = ["law"]', "2")

        assert table.story("training_lapsed") == [("raised", 3)]

    def test_the_same_policy_judges_nothing_anew(self) -> None:
        """A restart alone publishes nothing."""
        table = Table(ONE).at(1, with_cases("o1", 120)).until(3).restart().until(4)

        assert table.story("overloaded") == [("raised", 1)]
