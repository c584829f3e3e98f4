"""Work that goes together leaves behind what it would have left one piece after the other."""

import asyncio
from collections.abc import Callable

import pytest

from streams.kafka.producer.work_batcher import PendingBatch, batched
from streams.kafka.work import ProcessedOffset, TopicOutput, Work
from tests.packed import unpacked

MARK = b"mark"


class TestGathered:
    def test_states_are_written_in_order_and_a_mark_ends_them(self) -> None:
        """Each piece keeps its own: cut off anywhere behind a mark, what is there is whole."""
        first = Work(changelog=[(b"x", b"1"), (b"y", b"1"), (MARK, b"1")])
        second = Work(changelog=[(b"y", None), (b"z", b"2"), (MARK, b"2")])
        together = batched(first, second)
        assert (2, 6) == (together.pieces, len(together.changelog))
        assert [*first.changelog, *second.changelog] == unpacked(together.changelog)

    def test_every_output_is_written_in_order(self) -> None:
        """Of each topic-partition; a consumer sees every revision."""
        first = Work([TopicOutput("t", 0, [(b"a", b"1")]), TopicOutput("t", 1, [(b"b", b"1")])])
        second = Work([TopicOutput("t", 0, [(b"a", b"2"), (b"c", None)])])
        together = {place: unpacked(records) for place, records in batched(first, second).outputs.items()}
        assert {("t", 0): [(b"a", b"1"), (b"a", b"2"), (b"c", None)], ("t", 1): [(b"b", b"1")]} == together

    def test_the_last_offsets_are_settled(self) -> None:
        """A topic that only one piece speaks of keeps what it said."""
        first = Work(processed=[ProcessedOffset("a", 5), ProcessedOffset("b", 2)])
        second = Work(processed=[ProcessedOffset("a", 9)])
        assert [ProcessedOffset("a", 9), ProcessedOffset("b", 2)] == batched(first, second).processed

    def test_no_mark_is_made_up_where_nothing_is_kept(self) -> None:
        """Offsets alone are work all the same."""
        together = batched(Work(processed=[ProcessedOffset("a", 5)]), Work(processed=[ProcessedOffset("a", 6)]))
        assert (0, False) == (len(together.changelog), together.is_empty)
        assert batched(Work()).is_empty

    def test_what_is_handed_over_may_change_afterwards(self) -> None:
        """It is packed by then."""
        work = Work([TopicOutput("t", 0, published := [(b"a", b"1")])], changelog=[(b"x", b"1")])
        together = batched(work)
        published.clear()
        work.changelog.clear()
        assert [(b"x", b"1")] == unpacked(together.changelog)
        assert [(b"a", b"1")] == unpacked(together.outputs["t", 0])


def of_a_backlog(records: int = 1_000) -> Work:
    return Work(changelog=[(b"x", b"1")] * (records - 1) + [(MARK, b"1")])


class TestWaiting:
    """Asked of a clock that the test moves: nothing here sleeps."""

    @pytest.fixture
    def waits(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[float]]:
        """For how long (s) a pending of some pieces would wait for more; nothing when it may go."""

        def run(works: list[Work], *, is_urged: bool = False, seconds_later: float = 0.0) -> list[float]:
            asked: list[float] = []
            now = 5.0

            async def told(waiters: list[asyncio.Future[None]], *, timeout: float) -> None:
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

            monkeypatch.setattr(asyncio, "wait", told)
            monkeypatch.setattr("streams.kafka.producer.work_batcher.monotonic", lambda: now)
            asyncio.run(gather())
            return asked

        return run

    def test_what_comes_as_it_happens_waits_for_nothing(self, waits: Callable[..., list[float]]) -> None:
        """Nor does what it meets there."""
        assert [] == waits([Work(changelog=[(MARK, b"1")])])
        assert [] == waits([Work(processed=[ProcessedOffset("a", 5)])])
        assert [] == waits([of_a_backlog(), of_a_backlog(999)])

    def test_a_backlog_waits_a_moment_and_no_longer_than_it_takes_to_fill(
        self, waits: Callable[..., list[float]]
    ) -> None:
        """A quarter of a second, or 20,000 records."""
        assert [0.25] == waits([of_a_backlog()])
        assert [0.25] == waits([of_a_backlog(9_999), of_a_backlog(10_000)])
        assert [] == waits([of_a_backlog(10_000), of_a_backlog(10_000)])

    def test_its_moment_is_counted_from_its_first_piece(self, waits: Callable[..., list[float]]) -> None:
        """It passes while what was before it is made durable, too."""
        assert [0.125] == waits([of_a_backlog()], seconds_later=0.125)
        assert [] == waits([of_a_backlog()], seconds_later=0.25)

    def test_whoever_waits_for_it_urges_it(self, waits: Callable[..., list[float]]) -> None:
        """And more than one may."""
        assert [] == waits([of_a_backlog()], is_urged=True)
