"""What is said while an officer partition judges no period end: for a partial that it missed, or another's word."""

import logging

import msgspec
import pytest

from streams.core.load.partials import CHANGES, LIVE_SINCE, Partial, PartialRow
from tests.unit.agents.officer_flow import HOUR, OFFICER, START, Flow, left
from tests.unit.agents.test_officer_flow import PARTIALS

LOGGER = "streams.agents.missed_partials"
MISSED = (
    "docket.load-partials: officer partition 0 missed a final partial of case partition 1 and judges no period end{} "
    "until case partition 1 sends a whole one: at its first period end after a rebalance, or within 6 hours"
)
MADE_UP = (
    "docket.load-partials: officer partition 0 has a whole partial of case partition 1 again; period ends are judged on"
)


def partial(source: int, hour: float, since: int | None = None, *, is_live: bool = False) -> bytes:
    """A whole partial of a case partition, or one that builds on another."""
    kind: bool | int = not is_live if since is None else LIVE_SINCE if is_live else CHANGES
    previous = None if since is None else START + since * HOUR
    rows = [PartialRow(OFFICER, open_cases=2)]
    return msgspec.json.encode(Partial(source, START + round(hour * HOUR), kind, rows, START, previous))


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What the flow logs of the partials that it misses."""
    caplog.set_level(logging.INFO, LOGGER)
    return caplog


def lines(said: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Level and text of each line since the last call."""
    found = [(each.levelname, each.getMessage()) for each in said.records if each.name == LOGGER]
    said.clear()
    return found


def started() -> Flow:
    """A flow that has the whole partials of both case partitions, and one that builds on the second."""
    flow = Flow()
    flow.read(PARTIALS, partial(0, 1), partial(1, 1))
    flow.read(PARTIALS, partial(1, 2, since=1))
    return flow


class TestMissedPartials:
    def test_one_that_read_every_partial_says_nothing(self, said: pytest.LogCaptureFixture) -> None:
        """Nor one that reads some of them twice."""
        flow = started()
        flow.read(PARTIALS, partial(1, 1), partial(1, 2, since=1), partial(1, 3, since=1))

        assert lines(said) == []
        assert flow.flow.stats.partials_missing == 0

    def test_the_beginning_is_said_once(self, said: pytest.LogCaptureFixture) -> None:
        """With the period end that judging stands at, though more and more comes that builds on what is missing."""
        flow = started()
        flow.read(PARTIALS, partial(1, 4, since=3))
        flow.read(PARTIALS, partial(1, 5, since=4), partial(1, 5.5, since=5, is_live=True))
        flow.read(PARTIALS, partial(0, 2, since=1))

        assert lines(said) == [("WARNING", MISSED.format(" after 2026-01-05T02:00:00.000Z"))]
        assert flow.flow.stats.partials_missing == 1

    def test_a_live_one_tells_it_too(self, said: pytest.LogCaptureFixture) -> None:
        """It comes hours before the next final one where nothing changes."""
        flow = started()
        flow.read(PARTIALS, partial(1, 2.5, since=2, is_live=True))
        assert lines(said) == []
        flow.read(PARTIALS, partial(1, 3.5, since=3, is_live=True))

        assert lines(said) == [("WARNING", MISSED.format(" after 2026-01-05T02:00:00.000Z"))]

    def test_one_that_never_read_any_stands_at_no_period_end(self, said: pytest.LogCaptureFixture) -> None:
        """It reads on in the middle."""
        flow = Flow()
        flow.read(PARTIALS, partial(1, 4, since=3))

        assert lines(said) == [("WARNING", MISSED.format(""))]

    def test_the_end_is_said(self, said: pytest.LogCaptureFixture) -> None:
        """With the whole one, and then it can begin anew."""
        flow = started()
        flow.read(PARTIALS, partial(1, 4, since=3))
        lines(said)
        flow.read(PARTIALS, partial(1, 6))

        assert lines(said) == [("INFO", MADE_UP)]
        assert flow.flow.stats.partials_missing == 0
        flow.read(PARTIALS, partial(1, 7, since=6), partial(1, 9, since=8))
        assert lines(said) == [("WARNING", MISSED.format(" after 2026-01-05T07:00:00.000Z"))]

    def test_an_older_one_that_names_changes_is_no_end(self, said: pytest.LogCaptureFixture) -> None:
        """It was late, and what builds on the missing one came before it."""
        flow = started()
        flow.read(PARTIALS, partial(1, 5, since=4))
        lines(said)
        flow.read(PARTIALS, partial(1, 3, since=2))

        assert lines(said) == []
        assert flow.flow.stats.partials_missing == 1

    def test_each_case_partition_is_named(self, said: pytest.LogCaptureFixture) -> None:
        """A line each, and both are counted."""
        flow = started()
        flow.read(PARTIALS, partial(1, 4, since=3), partial(0, 4, since=3))

        assert [text.split(" and ")[0][-16:] for _, text in lines(said)] == ["case partition 0", "case partition 1"]
        assert flow.flow.stats.partials_missing == 2

    def test_what_was_made_up_for_within_a_batch_held_nothing_up(self, said: pytest.LogCaptureFixture) -> None:
        """As when a worker reads on in a long log."""
        flow = started()
        flow.read(PARTIALS, partial(1, 4, since=3), partial(1, 6))

        assert lines(said) == []
        assert flow.flow.stats.partials_missing == 0

    def test_whoever_takes_the_partition_over_says_it_again(self, said: pytest.LogCaptureFixture) -> None:
        """At the next partial, for the log of another worker is read by another person."""
        flow = started()
        flow.read(PARTIALS, partial(1, 4, since=3))
        after = Flow().restored_from(flow)
        lines(said)
        after.read(PARTIALS, partial(1, 4.5, since=4, is_live=True))

        assert lines(said) == [("WARNING", MISSED.format(" after 2026-01-05T02:00:00.000Z"))]
        assert after.flow.stats.partials_missing == 1


class TestAwaited:
    def test_another_that_has_not_spoken_is_counted_until_it_does(self) -> None:
        """From the start; 0 once it can know no earlier event any more."""
        flow = Flow()
        assert flow.flow.stats.awaited == 1
        flow.other(HOUR // 2, first=HOUR // 2)
        assert flow.flow.stats.awaited == 1

        flow.other(HOUR)
        assert flow.flow.stats.awaited == 0

    def test_once_a_period_end_is_judged_nobody_is_awaited(self) -> None:
        """Also after a restart."""
        flow = Flow()
        flow.other(HOUR)
        flow.partial(0, 3 * HOUR)
        flow.partial(1, 3 * HOUR)
        flow.read("docket.officers", left(HOUR // 2), left(4 * HOUR))
        assert flow.flow.stats.awaited == 0

        assert Flow().restored_from(flow).flow.stats.awaited == 0
