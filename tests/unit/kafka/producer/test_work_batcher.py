"""Batched work has the same records as the pieces one after the other."""

import asyncio
from collections.abc import Callable

import pytest

from streams.kafka.producer.work_batcher import PendingBatch, batched
from streams.kafka.work import ProcessedOffset, TopicOutput, Work
from tests.packed import unpacked

MARK = b"mark"


def numbering(*works: Work) -> tuple[int, list[ProcessedOffset]]:
    """Return the flush number of a batch, and the offsets that carry it."""
    together = batched(*works)
    return together.flush_number, together.numbered


class TestWorkBatch:
    def test_states_are_written_in_order_with_a_marker_each(self) -> None:
        """Each piece keeps its own flush marker: a log truncated behind a marker is complete."""
        first = Work(changelog=[(b"x", b"1"), (b"y", b"1"), (MARK, b"1")])
        second = Work(changelog=[(b"y", None), (b"z", b"2"), (MARK, b"2")])
        together = batched(first, second)
        assert (2, 6) == (together.pieces, len(together.changelog))
        assert [*first.changelog, *second.changelog] == unpacked(together.changelog)

    def test_every_output_is_written_in_order(self) -> None:
        """A consumer sees every revision of each topic-partition."""
        first = Work([TopicOutput("t", 0, [(b"a", b"1")]), TopicOutput("t", 1, [(b"b", b"1")])])
        second = Work([TopicOutput("t", 0, [(b"a", b"2"), (b"c", None)])])
        together = {tp: unpacked(records) for tp, records in batched(first, second).outputs.items()}
        assert {("t", 0): [(b"a", b"1"), (b"a", b"2"), (b"c", None)], ("t", 1): [(b"b", b"1")]} == together

    def test_the_last_offsets_are_processed(self) -> None:
        """A topic of only one piece keeps its offset."""
        first = Work(processed=[ProcessedOffset("a", 5), ProcessedOffset("b", 2)])
        second = Work(processed=[ProcessedOffset("a", 9)])
        assert [ProcessedOffset("a", 9), ProcessedOffset("b", 2)] == batched(first, second).processed

    def test_the_last_flush_numbers_the_offsets(self) -> None:
        """A known offset is committed again only if no piece has a new one."""
        of_time = Work(changelog=[(MARK, b"8")], repeated=ProcessedOffset("a", 5), flush_number=8)
        of_events = Work(changelog=[(MARK, b"9")], processed=[ProcessedOffset("b", 2)], flush_number=9)
        assert (8, [ProcessedOffset("a", 5)]) == numbering(of_time)
        assert (9, [ProcessedOffset("b", 2)]) == numbering(of_time, of_events)
        later = Work(changelog=[(MARK, b"10")], repeated=ProcessedOffset("a", 5), flush_number=10)
        assert (10, [ProcessedOffset("b", 2)]) == numbering(of_events, later, Work())
        assert [] == batched(of_time).processed

    def test_no_marker_is_added_where_no_state_changed(self) -> None:
        """Offsets alone are work all the same."""
        together = batched(Work(processed=[ProcessedOffset("a", 5)]), Work(processed=[ProcessedOffset("a", 6)]))
        assert (0, False) == (len(together.changelog), together.is_empty)
        assert batched(Work()).is_empty

    def test_handed_over_work_may_change_afterwards(self) -> None:
        """Its records are packed already."""
        work = Work([TopicOutput("t", 0, published := [(b"a", b"1")])], changelog=[(b"x", b"1")])
        together = batched(work)
        published.clear()
        work.changelog.clear()
        assert [(b"x", b"1")] == unpacked(together.changelog)
        assert [(b"a", b"1")] == unpacked(together.outputs["t", 0])


def of_a_backlog(records: int = 1_000) -> Work:
    return Work(changelog=[(b"x", b"1")] * (records - 1) + [(MARK, b"1")])


class TestWaiting:
    """A test moves the clock, so no test here sleeps."""

    @pytest.fixture
    def waits(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[float]]:
        """Return how long (s) a pending batch of some pieces would wait for more; nothing when it may go."""

        def run(works: list[Work], *, is_urged: bool = False, seconds_later: float = 0.0) -> list[float]:
            asked: list[float] = []
            now = 5.0

            async def wait(waiters: list[asyncio.Future[None]], *, timeout: float) -> None:
                asked.extend([] if waiters[0].done() else [timeout])

            async def gather() -> None:
                nonlocal now
                pending = PendingBatch()
                for work in works:
                    pending.add(work)
                for _ in range(2 if is_urged else 0):
                    pending.flush_now()
                now += seconds_later
                await pending.wait_until_due()

            monkeypatch.setattr(asyncio, "wait", wait)
            monkeypatch.setattr("streams.kafka.producer.work_batcher.monotonic", lambda: now)
            asyncio.run(gather())
            return asked

        return run

    def test_single_events_wait_for_nothing(self, waits: Callable[..., list[float]]) -> None:
        """A batch that they join does not wait either."""
        assert [] == waits([Work(changelog=[(MARK, b"1")])])
        assert [] == waits([Work(processed=[ProcessedOffset("a", 5)])])
        assert [] == waits([of_a_backlog(), of_a_backlog(999)])

    def test_a_backlog_waits_for_a_short_time_or_until_it_is_full(self, waits: Callable[..., list[float]]) -> None:
        """The limits are a quarter of a second and 20,000 records."""
        assert [0.25] == waits([of_a_backlog()])
        assert [0.25] == waits([of_a_backlog(9_999), of_a_backlog(10_000)])
        assert [] == waits([of_a_backlog(10_000), of_a_backlog(10_000)])

    def test_its_time_counts_from_its_first_piece(self, waits: Callable[..., list[float]]) -> None:
        """It passes while earlier work becomes durable, too."""
        assert [0.125] == waits([of_a_backlog()], seconds_later=0.125)
        assert [] == waits([of_a_backlog()], seconds_later=0.25)

    def test_a_waiter_makes_it_due(self, waits: Callable[..., list[float]]) -> None:
        """More than one may wait."""
        assert [] == waits([of_a_backlog()], is_urged=True)
