"""Takeovers by several stores: all check their states before one writes; errors and cancellations."""

import asyncio
import gc
from collections.abc import Callable, Collection, Coroutine
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pytest
from faust import App
from faust.tables.recovery import RebalanceAgain
from faust.types import TP
from mode.signals import Signal

from streams.kafka.state.changelog import AssignmentRevoked
from streams.kafka.state.joint_takeover import CheckedStates, JointTakeover

Step = Callable[[str], Coroutine[Any, Any, None]]


class StepNotes:
    """A store that notes its steps of a takeover.

    Args:
        topic: Its topic.
        done: The steps of all stores: what, topic, partition numbers.
        step: Awaited in each step, with its name; None: nothing.
    """

    def __init__(self, topic: str, done: list[tuple[str, str, list[int]]], step: Step | None = None) -> None:
        self.topics = [topic]
        self._done, self._step = done, step

    async def _note(self, what: str, numbers: Collection[int]) -> None:
        self._done.append((what, self.topics[0], sorted(numbers)))
        if self._step is not None:
            await self._step(what)

    async def release(self, assigned: Collection[int]) -> None:
        await self._note("release", assigned)

    async def check(self, assigned: Collection[int], is_superseded: Callable[[], bool]) -> CheckedStates:
        await self._note("check", assigned)
        if is_superseded():
            raise AssignmentRevoked
        return CheckedStates(dict.fromkeys(assigned, cast(Any, None)), 0, 0)

    async def open(self, states: CheckedStates, is_superseded: Callable[[], bool]) -> None:
        await self._note("open", states.origins)
        if is_superseded():
            raise AssignmentRevoked


class StoppedWorkerError(Exception):
    """Stands for the end of the process."""


def stop(why: str) -> NoReturn:
    raise StoppedWorkerError(why)


def make_app() -> Any:
    """Return an app that owns two partitions of topic a, and one of topic b."""
    consumer = SimpleNamespace(is_revoking=False, assignment=lambda: {TP("a", 0), TP("a", 1), TP("b", 1)})
    return SimpleNamespace(consumer=consumer, rebalancing_count=1, should_stop=False, on_rebalance_complete=Signal())


async def take_over(app: Any, *stores: StepNotes) -> None:
    """Complete a rebalance, as Faust does."""
    JointTakeover(cast(App, app), stores, stop)
    await app.on_rebalance_complete.send("app")


@pytest.fixture(autouse=True)
def _unfrozen() -> Any:
    """Leave no frozen objects."""
    gc.unfreeze()
    yield
    gc.unfreeze()


class TestJointTakeover:
    def test_every_store_has_checked_its_states_before_one_opens_them(self) -> None:
        """A store takes only the partitions of its own topics over."""
        done: list[tuple[str, str, list[int]]] = []
        asyncio.run(take_over(make_app(), StepNotes("a", done), StepNotes("b", done)))

        assert [
            (what, *share) for what in ("release", "check", "open") for share in (("a", [0, 1]), ("b", [1]))
        ] == done

    @pytest.mark.parametrize("refuses", [0, 1])
    def test_a_refusal_by_one_store_opens_none(self, refuses: int) -> None:
        """Whichever store refuses."""

        async def refuse(what: str) -> None:
            if what == "check":
                raise ValueError("of other offsets")

        done: list[tuple[str, str, list[int]]] = []
        stores = [StepNotes(topic, done, refuse if number == refuses else None) for number, topic in enumerate("ab")]
        with pytest.raises(StoppedWorkerError, match="its state could not be restored"):
            asyncio.run(take_over(make_app(), *stores))

        assert "open" not in {what for what, _, _ in done}

    @pytest.mark.parametrize("during", ["check", "open"])
    def test_a_rebalance_interrupts_it(self, during: str) -> None:
        """Faust starts it again when the group has joined."""
        app = make_app()

        async def rebalance(what: str) -> None:
            if what == during:
                app.rebalancing_count += 1

        done: list[tuple[str, str, list[int]]] = []
        with pytest.raises(RebalanceAgain):
            asyncio.run(take_over(app, StepNotes("a", done, rebalance), StepNotes("b", done)))

        assert (during, "a", [0, 1]) == done[-1]


class TestCollector:
    @pytest.mark.parametrize("is_through", [True, False])
    def test_only_a_completed_takeover_is_frozen(self, *, is_through: bool) -> None:
        """An interrupted one leaves reference cycles: frozen, their megabytes would never be freed."""
        app = make_app()
        was_enabled: dict[str, bool] = {}

        async def read(what: str) -> None:
            was_enabled[what] = gc.isenabled()
            app.consumer.is_revoking = what != "release" and not is_through

        taking_over = take_over(app, StepNotes("a", [], read))
        if is_through:
            asyncio.run(taking_over)
        else:
            with pytest.raises(RebalanceAgain):
                asyncio.run(taking_over)

        assert was_enabled["check"] is False
        assert ("open" in was_enabled) == is_through
        assert (gc.get_freeze_count() > 0) == is_through
        assert gc.isenabled()


class TestCancelled:
    @staticmethod
    async def cancelled(what: str) -> None:
        """Raise what a library lets out."""
        await asyncio.sleep(0)
        if what == "check":
            raise asyncio.CancelledError

    def test_an_unrequested_cancellation_ends_the_worker(self) -> None:
        """A library raises it; it would end the only task that takes partitions over."""
        with pytest.raises(StoppedWorkerError, match="its state could not be restored"):
            asyncio.run(take_over(make_app(), StepNotes("a", [], self.cancelled)))

    def test_a_requested_cancellation_does_not(self) -> None:
        """The caller of cancel() wants it."""

        async def body() -> None:
            reached = asyncio.Event()

            async def hang(what: str) -> None:
                if what == "check":
                    reached.set()
                    await asyncio.Event().wait()

            task = asyncio.create_task(take_over(make_app(), StepNotes("a", [], hang)))
            await reached.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(body())

    def test_one_of_a_stopping_worker_does_not(self) -> None:
        """Every task is cancelled then."""
        app = make_app()
        app.should_stop = True
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(take_over(app, StepNotes("a", [], self.cancelled)))
