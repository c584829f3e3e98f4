"""The first judging when several officer partitions share a log: it begins at the first event of the whole log."""

from __future__ import annotations

import msgspec
import pytest

from streams.core.load.partials import OfficerProgress, Partial, PartialRow
from streams.core.officers.table import OfficerTable
from tests.newest import newest
from tests.unit.core.officers.table import hour, rules, update, with_cases

OVERDUE = rules(review_by="2026-01-31")
"""A policy that should have been reviewed: number 0 says so at the first period end judged."""


def boards(count: int) -> list[OfficerTable]:
    """Return so many officer partitions without any state."""
    return [OfficerTable(OVERDUE, 1, number=number, partitions=count) for number in range(count)]


def turn(shared: list[OfficerTable], number: float) -> list[tuple[int, int]]:
    """Advance the watermark of all to so many hours after START; return (partition, instant) of their alerts."""
    alerts = []
    for _ in range(2):  # another partition may have waited for this one's progress
        for index, board in enumerate(shared):
            board.add_partial(Partial(0, hour(number), False, [], hour(4.5) if number >= 4.5 else None))
            alerts += [(index, alert.at) for alert in board.advance(hour(number)).alerts]
        for board in shared:
            for other in shared:
                other.add_partial(board.progress().carried())
    return alerts


class TestFirstEvent:
    def test_an_officer_of_another_partition_can_be_the_first(self) -> None:
        """The review is raised at 1:00, although number 0 has no event before the first case of 4:30."""
        shared = boards(3)
        shared[2].apply(update("o7", 0.5), shared[2].watermark)

        assert [(0, hour(1))] == turn(shared, 6)
        assert [hour(0.5)] * 3 == [board.first for board in shared]

    def test_a_silent_partition_delays_the_first_judging(self) -> None:
        """It may know an earlier event; after the first judging no partition waits for it."""
        early, late = boards(2)
        early.add_partial(Partial(0, hour(6), True, [with_cases("o1", 1)], hour(4.5)))
        assert [] == early.advance(hour(6)).alerts
        assert early.can_judge_until is None

        early.add_partial(OfficerProgress(1, hour(5), hour(0.5), None).carried())
        assert [hour(1)] == [alert.at for alert in early.advance(hour(6)).alerts]
        assert (hour(6), None) == (early.can_judge_until, late.can_judge_until)

    def test_the_first_judging_takes_all_complete_period_ends(self) -> None:
        """The others delay only the first period end: no later one waits for the next batch."""
        early, _ = boards(2)
        early.add_partial(Partial(0, hour(6), True, [with_cases("o1", 1)], hour(4.5)))
        early.add_partial(OfficerProgress(1, hour(1), hour(0.5), None).carried())
        early.advance(hour(6))

        assert hour(6) == early.judged

    def test_the_progress_of_others_survives_a_restart(self) -> None:
        """They send it once and then seldom."""
        board = boards(2)[0]
        board.apply(update("o1", 2), board.watermark)
        board.add_partial(OfficerProgress(1, hour(9), hour(0.5), None).carried())
        kept = newest(board.advance(hour(0.75)).changelog)
        again = OfficerTable(OVERDUE, 1, number=0, partitions=2)
        again.restore(kept)
        again.restored()
        again.add_partial(Partial(0, hour(6), False, []))

        assert [hour(1)] == [alert.at for alert in again.advance(hour(6)).alerts]

    def test_an_officer_that_waits_for_the_first_judging_survives_a_restart(self) -> None:
        """An officer without any case is judged at the first period end, whichever worker owns the partition then."""
        law = rules('[officers]\nrequired_courses = ["law"]')
        board = OfficerTable(law, 1)
        board.apply(update("o1", 0.5), board.watermark)
        kept = newest(board.advance(hour(0.75)).changelog)
        again = OfficerTable(law, 1)
        again.restore(kept)
        again.restored()
        again.add_partial(Partial(0, hour(6), False, []))

        assert [hour(1)] == [alert.at for alert in again.advance(hour(6)).alerts]

    def test_a_partition_that_does_not_exist_is_refused(self) -> None:
        """A case partition that does not exist is refused, too."""
        with pytest.raises(ValueError, match="progress of officer partition 2, but there are 2"):
            boards(2)[0].add_partial(OfficerProgress(2, hour(1), None, None).carried())

    def test_an_older_release_ignores_it(self) -> None:
        """It reads the first four fields: a live partial of no officer that is older than every other."""
        partition, as_of, final, rows, *_ = msgspec.json.decode(
            msgspec.json.encode(OfficerProgress(0, hour(9), hour(0.5), hour(9)).carried())
        )
        board = OfficerTable(OVERDUE, 1)
        board.add_partial(Partial(0, hour(2), True, [PartialRow("o1", 1)]))
        board.add_partial(Partial(partition, as_of, final, rows))

        assert hour(2) == board.loads_watermark
