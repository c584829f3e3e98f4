"""Takes partitions over for all stores of a worker: every state is checked before one store writes.

Faust awaits `on_rebalance_complete` after the group has joined and before any stream resumes, outside the rebalance
callback, so that no timeout interrupts a long restore. It calls the receivers of that signal in no fixed order. A store
that received it alone could publish what a new policy changes, and another store would refuse its state afterwards.
"""

import gc
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NoReturn, Protocol, cast

from faust import App
from faust.tables.recovery import RebalanceAgain
from msgspec import Struct

from streams.core.state.origin import StateOrigin
from streams.kafka.consumer.transport import BatchConsumer
from streams.kafka.state.changelog import AssignmentRevoked
from streams.kafka.state.takeover import is_asked_to_end
from streams.process.exits import exit_at_once
from streams.process.interpreter_tuning import garbage_collector_off

__all__ = ["CheckedStates", "JointTakeover", "StateStore"]


class CheckedStates(Struct, frozen=True):
    """States that a store has read and checked, and does not process yet.

    Attributes:
        origins: The origin of each, by partition number.
        records: How many records of the changelog were read for them.
        seconds: How long that took.
    """

    origins: Mapping[int, StateOrigin]
    records: int
    seconds: float


class StateStore(Protocol):
    """The part of a store that takes partitions over."""

    @property
    def topics(self) -> Sequence[str]:
        """Its co-partitioned input topics."""

    async def release(self, assigned: Collection[int]) -> None:
        """Drop the partitions that are assigned to other workers."""

    async def check(self, assigned: Collection[int], is_superseded: Callable[[], bool]) -> CheckedStates:
        """Fence the former owners, read the states, and check them."""

    async def open(self, states: CheckedStates, is_superseded: Callable[[], bool]) -> None:
        """Begin to process checked states."""


class JointTakeover:
    """Takes the assigned partitions over after every rebalance.

    Shown by tests/kafka/test_joint_takeover.py.

    Args:
        app: The Faust app.
        stores: All stores of the process.
        stop: Ends the process; never returns.
    """

    def __init__(self, app: App, stores: Sequence[StateStore], stop: Callable[[str], NoReturn] = exit_at_once) -> None:
        self._app, self._stores, self._stop = app, stores, stop
        app.on_rebalance_complete.connect(self._on_rebalance_complete)

    async def _on_rebalance_complete(self, *_: object, **__: object) -> None:
        app, count = self._app, self._app.rebalancing_count
        consumer, assignment = cast(BatchConsumer, app.consumer), app.consumer.assignment()
        shares = [(each, {tp.partition for tp in assignment if tp.topic in each.topics}) for each in self._stores]
        for store, numbers in shares:
            await store.release(numbers)

        def is_superseded() -> bool:
            return app.should_stop or consumer.is_revoking or app.rebalancing_count != count

        try:
            with garbage_collector_off():  # a restore is 1.7 times as fast without full collections
                checked = [(store, await store.check(numbers, is_superseded)) for store, numbers in shares]
                for store, states in checked:
                    await store.open(states, is_superseded)
                gc.freeze()  # else the next collection traverses every case: a third of a second for a million
        except AssignmentRevoked as error:
            raise RebalanceAgain from error
        except BaseException as error:  # after any error the state is unknown
            if is_asked_to_end(app, error):
                raise
            self._stop("its state could not be restored")
