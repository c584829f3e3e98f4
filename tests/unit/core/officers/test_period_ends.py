"""The judged period ends: from the first event on, up to the last instant, at multiples of the load period."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from schemas.decode import decode
from schemas.instants import to_text
from streams.core.evaluation import Evaluation
from streams.core.load.partials import Partial
from streams.core.officers.table import OfficerTable
from streams.core.partition import CasePartition
from tests.newest import newest
from tests.unit.core.officers.table import DAY, HOUR, Table, hour, rules, update, with_cases

if TYPE_CHECKING:
    from schemas import hot
    from streams.core.effects import Effects

OVERDUE = "2026-01-31"
"""A day on which the policy should have been reviewed, long before START: what is judged first says so."""


def opened(at: float, recorded: float | None = None) -> hot.CaseEvent:
    """Return a case_opened; hours after START."""
    return case_event("case_opened", at, recorded, office="HQ", level="low", protected=False)


def case_event(kind: str, at: float, recorded: float | None = None, **fields: Any) -> hot.CaseEvent:
    """Return an event of the one case."""
    record = {
        "v": 1,
        "event_id": f"{kind}-{at}",
        "type": kind,
        "occurred_at": to_text(hour(at)),
        "recorded_at": to_text(hour(at if recorded is None else recorded)),
        "source": "test",
        "case_id": "c1",
        **fields,
    }
    event: Any = decode(json.dumps(record).encode())
    return event  # type: ignore[no-any-return]


def evaluated(events: list[Any], until: float, extra: str = "", review_by: str = "2027-12-31") -> list[tuple[str, int]]:
    """Return (cause, hours after START) of every officer alert revision of a log."""
    evaluation = Evaluation(rules(extra, review_by=review_by))
    steps = evaluation.run(iter(events), hour(until))
    return [(alert.cause, alert.at) for step in steps for alert in step.officers.alerts]


def finals(effects: Effects) -> list[int]:
    """Return the period ends that a step of a case partition closed."""
    return [partial.as_of for partial in effects.partials]


class TestLastInstant:
    """`--until T` judges T."""

    def test_it_is_judged_when_an_event_is_recorded_at_it(self) -> None:
        """On Kafka the watermark passes it, too."""
        assigned = case_event("officer_assigned", 1, officer_id="o1", office="HQ")
        tiny = "[load]\ncapacity_hours_month = 1\n[officers]\noverloaded = { raise = 1, clear = 0.5, periods = 1 }"

        assert ("overloaded", hour(1)) in evaluated([opened(0.5), assigned], 1, tiny)

    def test_an_officer_event_recorded_at_it_is_judged(self) -> None:
        """The log has no case."""
        assert [("training_lapsed", hour(3))] == evaluated(
            [update("o1", 0.5, "leave"), update("o1", 3)], 3, '[officers]\nrequired_courses = ["law"]'
        )

    def test_a_partition_closes_the_period_that_ends_at_its_last_event(self) -> None:
        """The final partials are the same, wherever the batches were divided."""
        whole, cut = CasePartition(rules()), CasePartition(rules())
        begun = [opened(0.5), case_event("officer_assigned", 0.5, officer_id="o1", office="ATL")]
        closed = case_event("case_closed", 2, reason="died")

        together = finals(whole.advance([*begun, closed], hour(3)))
        apart = finals(cut.advance(begun, hour(0.5)))
        apart += finals(cut.advance([closed], hour(2)))
        apart += finals(cut.advance([], hour(3)))

        assert [hour(1), hour(2), hour(3)] == together == apart


class TestFirstEvent:
    """Judging begins with the first event of the log, of a case or an officer."""

    def test_an_officer_is_judged_before_the_first_case(self) -> None:
        """A log of officers alone is judged, too."""
        assert [("policy_review_overdue", hour(1))] == evaluated([update("o1", 0.5)], 30, review_by=OVERDUE)

    def test_a_case_can_begin_it(self) -> None:
        """Officers may come later."""
        assert [("policy_review_overdue", hour(1))] == evaluated([opened(0.5), update("o1", 4)], 30, review_by=OVERDUE)

    def test_an_event_at_a_period_end_is_in_it(self) -> None:
        """The first period end is the first multiple at or after the first event."""
        assert [("policy_review_overdue", hour(1))] == evaluated([opened(1)], 5, review_by=OVERDUE)

    def test_nothing_begins_without_an_event(self) -> None:
        """Time alone begins no judging."""
        assert [] == evaluated([], 500, review_by=OVERDUE)

    def test_a_late_officer_event_is_judged_at_the_watermark(self) -> None:
        """No alert is raised in the past, although the first event lies there."""
        table = Table(review_by=OVERDUE)
        table.board.add_partial(Partial(0, hour(9.5), False, []))
        table.board.advance(hour(9.5))
        table.apply(update("o1", 0.5))
        table.board.add_partial(Partial(0, hour(11), False, []))

        assert [hour(10)] == [alert.at for alert in table.board.advance(hour(11)).alerts]

    def test_a_late_case_event_begins_at_the_watermark(self) -> None:
        """The partition sends that, and closes no period before."""
        partition = CasePartition(rules())
        partition.advance([], hour(9.5))

        effects = partition.advance([opened(0.5)], hour(11))

        assert hour(9.5) == partition.first
        assert [(hour(10), hour(9.5)), (hour(11), hour(9.5))] == [(p.as_of, p.first) for p in effects.partials]

    def test_a_period_that_ended_at_the_watermark_is_not_closed_late(self) -> None:
        """It was judged elsewhere; a late event counts from the next one on."""
        partition = CasePartition(rules())
        partition.advance([], hour(9))

        assert [hour(10)] == finals(partition.advance([opened(0.5)], hour(10)))

    def test_a_restart_keeps_the_first_event(self) -> None:
        """The restart comes before any judging."""
        table = Table()
        table.apply(update("o1", 0.5))
        table.changelog += table.board.advance(hour(0.6)).changelog

        assert hour(0.5) == table.restart().board.first

    def test_a_changelog_without_it_has_its_oldest_period_end(self) -> None:
        """An older release wrote it: the board's own record had only its first five fields."""
        table = Table().at(3, with_cases("o1", 1)).until(5)
        kept = newest(table.changelog)
        kept["m"] = msgspec.msgpack.encode(msgspec.msgpack.decode(kept["m"])[:4])
        board = OfficerTable(rules(), 1)
        board.restore(kept)
        board.restored()

        assert hour(3) == board.first


class TestAnotherPeriod:
    """A restart under a policy with another load period continues at the multiples of that period."""

    def test_a_partition_closes_its_multiples(self) -> None:
        """They count from 1970, not from the end of the old period."""
        partition = CasePartition(rules())
        changelog = partition.advance([opened(0.5)], hour(1.25)).changelog
        half = CasePartition(rules('[load]\nperiod = "30m"'))
        half.restore(newest(changelog))
        half.restored()

        assert [hour(1.5), hour(2.5)] == finals(half.advance([], hour(2.5)))  # the first one, and the last one passed

    def test_a_longer_one_waits_for_its_multiple(self) -> None:
        """Six hours count from midnight."""
        partition = CasePartition(rules())
        changelog = partition.advance([opened(0.5)], hour(1.25)).changelog
        quarter = CasePartition(rules('[load]\nperiod = "6h"'))
        quarter.restore(newest(changelog))
        quarter.restored()

        assert [hour(6), hour(12)] == finals(quarter.advance([], hour(13)))

    def test_a_period_end_that_an_older_release_left_open_is_closed(self) -> None:
        """That release did not close the one that ended at its last event."""
        partition = CasePartition(rules())
        kept = newest(partition.advance([opened(0.5)], hour(2)).changelog)
        own = msgspec.msgpack.decode(kept["\x00partition"])
        kept["\x00partition"] = msgspec.msgpack.encode([*own[:3], hour(2)])
        again = CasePartition(rules())
        again.restore(kept)
        again.restored()

        assert [hour(2), hour(3)] == finals(again.advance([], hour(3)))

    def test_the_board_judges_its_multiples(self) -> None:
        """They count from 1970 for the board, too."""
        table = Table().at(3, with_cases("o1", 1))
        table.restart('[load]\nperiod = "6h"', version="2")
        table.board.add_partial(Partial(0, hour(3) + DAY, False, []))
        table.board.advance(hour(11))

        assert hour(6) == table.board.judged
        assert 6 * HOUR == table.rules.period
