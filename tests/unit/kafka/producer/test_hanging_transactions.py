"""The conclusions from a broker's answers about the last transaction of an id.

The tests on a broker are in tests/kafka/test_hanging_transactions.py.
"""

import asyncio
from types import SimpleNamespace
from typing import Any, Final

import pytest
from aiokafka.errors import IncompatibleBrokerVersion, KafkaConnectionError

from streams.errors import BrokerError
from streams.kafka.producer.hanging_transactions import LastTransaction, opened_at, wait_until_ended

PLACE: Final = ("docket.case-state", 3)


class Broker:
    """A broker that gives answers in order, or raises them."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.looked_up = 0
        self.cluster = SimpleNamespace(leader_for_partition=lambda _: 1)

    async def send(self, *_: object, **__: object) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def force_metadata_update(self) -> None:
        self.looked_up += 1

    async def _wait_on_metadata(self, topic: str) -> None:
        assert topic == PLACE[0]


class Sender:
    """The used part of a producer's sender; it gets its id at the first attempt."""

    def __init__(self, client: Broker) -> None:
        self.client = client
        self._retry_backoff = 0.0
        self._txn_manager = SimpleNamespace(transactional_id="docketwatch-case-state-3")
        self.lost = 0
        self.is_ours = False

    def _coordinator_dead(self, _: object) -> None:
        self.lost += 1

    async def _do_init_pid(self, _: int) -> bool:
        self.is_ours = True
        return True


OURS: Final = (7, 2)
"""Number and epoch of the producer that the coordinator knows by our id."""


def stands(code: int, state: str) -> SimpleNamespace:
    """Return a coordinator's answer."""
    return SimpleNamespace(transactions=[(code, "docketwatch-case-state-3", state, 0, 0, *OURS, [], {})])


def open_at(code: int, *starts: int, by: tuple[int, int] = OURS) -> SimpleNamespace:
    """Return a leader's answer: the start of each producer's open transaction, -1 for none."""
    producers = [(*by, 0, 0, 0, start, {}) for start in starts]
    return SimpleNamespace(topics=[(PLACE[0], [(PLACE[1], code, None, producers, {})], {})])


def ask(*answers: Any) -> tuple[bool | None, Sender, int]:
    """Return the conclusion, the sender, and the number of requests."""
    sender = Sender(Broker(*answers))
    last = LastTransaction(SimpleNamespace(_sender=sender), PLACE, 0.0)

    async def until_ours() -> int:
        times = 1
        while not await sender._do_init_pid(1):
            assert not sender.is_ours, "the id is taken before the last outcome is known"
            times += 1
        return times

    times = asyncio.run(until_ours())
    return last.is_committed, sender, times


class TestLastTransaction:
    @pytest.mark.parametrize(
        ("state", "is_committed"),
        [
            ("CompleteCommit", True),
            ("PrepareCommit", True),
            ("CompleteAbort", False),
            ("PrepareAbort", False),
            ("Ongoing", None),
            ("Empty", None),
        ],
    )
    def test_each_state(self, state: str, is_committed: bool | None) -> None:
        """Other open transactions are asked for only where the coordinator has no decided one."""
        known, sender, times = ask(stands(0, state), *([] if is_committed is not None else [open_at(0)]))
        assert (known, times, sender.is_ours) == (is_committed, 1, True)
        assert not sender.client.answers

    def test_it_is_asked_again_until_a_coordinator_answers(self) -> None:
        """A coordinator that loads is asked again; another broker leads to a new lookup."""
        known, sender, times = ask(stands(14, ""), stands(16, ""), stands(15, ""), stands(0, "CompleteCommit"))
        assert (known, times, sender.lost) == (True, 4, 2)

    @pytest.mark.parametrize("answer", [stands(105, ""), stands(53, ""), IncompatibleBrokerVersion("too old")])
    def test_nothing_known(self, answer: Any) -> None:
        """The id is unknown or foreign, or the broker cannot tell: the id is used all the same."""
        known, sender, times = ask(answer, open_at(0))
        assert (known, times, sender.is_ours) == (None, 1, True)

    def test_an_open_transaction_is_left_to_the_coordinator(self) -> None:
        """The coordinator aborts it when the id gets a new owner."""
        known, sender, _ = ask(stands(0, "Ongoing"), open_at(0, 12))
        assert (known, sender.is_ours) == (None, True)

    @pytest.mark.parametrize("by", [(7, 1), (8, 2)])
    @pytest.mark.parametrize("state", ["Empty", "Ongoing"])
    def test_a_transaction_unknown_to_the_coordinator_is_not_aborted(self, state: str, by: tuple[int, int]) -> None:
        """It is a former owner's or a stranger's: the id is not used, and the coordinator keeps its state."""
        sender = Sender(Broker(stands(0, state), *[open_at(0, 12, by=by)] * 2))
        LastTransaction(SimpleNamespace(_sender=sender), PLACE, 0.05)
        with pytest.raises(
            BrokerError,
            match=r"partition 3 of docket\.case-state: a transaction that this worker cannot end is open from offset",
        ):
            asyncio.run(sender._do_init_pid(1))
        assert not sender.is_ours


class TestAwaitEnded:
    def test_it_waits_for_the_end(self) -> None:
        asyncio.run(wait_until_ended(broker := Broker(open_at(0, 12), open_at(0, -1)), PLACE, 10.0))
        assert not broker.answers

    def test_others_are_not_waited_for_without_end(self) -> None:
        with pytest.raises(BrokerError, match=r"abort --topic docket\.case-state --partition 3 --start-offset 12`"):
            asyncio.run(wait_until_ended(Broker(*[open_at(0, 12, by=(8, 0))] * 2), PLACE, 0.05, except_for=OURS))


class TestOpenedAt:
    @pytest.mark.parametrize(
        ("answers", "expected", "looked_up"),
        [
            ((open_at(0, -1, 12),), [(*OURS, 12)], 0),
            ((open_at(0, 0),), [(*OURS, 0)], 0),
            ((open_at(0, -1, -1),), [], 0),
            ((open_at(0),), [], 0),
            ((open_at(6), KafkaConnectionError("gone"), open_at(0, 12)), [(*OURS, 12)], 2),
            ((open_at(29, 12),), [], 0),
            ((IncompatibleBrokerVersion("too old"),), [], 0),
        ],
    )
    def test_answers(self, answers: tuple[Any, ...], expected: list[tuple[int, int, int]], looked_up: int) -> None:
        """Wrong leaders are looked up again; a leader that may not or cannot tell counts as ended."""
        broker = Broker(*answers)
        assert list(asyncio.run(opened_at(broker, PLACE))) == expected
        assert broker.looked_up == looked_up
