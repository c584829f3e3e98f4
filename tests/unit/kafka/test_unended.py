"""What is made of a broker's answers about the last transaction of an id; for real in tests/kafka/test_unended.py."""

import asyncio
from types import SimpleNamespace
from typing import Any, Final

import pytest
from aiokafka.errors import IncompatibleBrokerVersion, KafkaConnectionError

from streams.kafka.unended import LastTransaction, is_unended

PLACE: Final = ("docket.case-state", 3)


class Broker:
    """Answers in order; an exception is raised."""

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
    """As much of a producer's as is asked; its id becomes ours at the first go."""

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


def stands(code: int, state: str) -> SimpleNamespace:
    """A coordinator's answer."""
    return SimpleNamespace(transactions=[(code, "docketwatch-case-state-3", state, 0, 0, 7, 1, [], {})])


def open_at(code: int, *starts: int) -> SimpleNamespace:
    """A leader's answer: where each producer's open transaction starts, -1 for none."""
    producers = [(7, 1, 0, 0, 0, start, {}) for start in starts]
    return SimpleNamespace(topics=[(PLACE[0], [(PLACE[1], code, None, producers, {})], {})])


def ask(*answers: Any) -> tuple[bool | None, Sender, int]:
    """What is known, the sender, and how often it had to be asked."""
    sender = Sender(Broker(*answers))
    last = LastTransaction(SimpleNamespace(_sender=sender))

    async def until_ours() -> int:
        times = 1
        while not await sender._do_init_pid(1):
            assert not sender.is_ours, "it is ours before it is known how it stood"
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
    def test_states(self, state: str, is_committed: bool | None) -> None:
        known, sender, times = ask(stands(0, state))
        assert (known, times, sender.is_ours) == (is_committed, 1, True)

    def test_it_is_asked_again_until_a_coordinator_answers(self) -> None:
        """One that loads is asked again; for one that is none, another is looked for."""
        known, sender, times = ask(stands(14, ""), stands(16, ""), stands(15, ""), stands(0, "CompleteCommit"))
        assert (known, times, sender.lost) == (True, 4, 2)

    @pytest.mark.parametrize("answer", [stands(105, ""), stands(53, ""), IncompatibleBrokerVersion("too old")])
    def test_nothing_known(self, answer: Any) -> None:
        """No such id, none of ours, or a broker that cannot say: the id is taken all the same."""
        known, sender, times = ask(answer)
        assert (known, times, sender.is_ours) == (None, 1, True)


class TestIsUnended:
    @pytest.mark.parametrize(
        ("answers", "expected", "looked_up"),
        [
            ((open_at(0, -1, 12),), True, 0),
            ((open_at(0, 0),), True, 0),
            ((open_at(0, -1, -1),), False, 0),
            ((open_at(0),), False, 0),
            ((open_at(6), KafkaConnectionError("gone"), open_at(0, 12)), True, 2),
            ((open_at(29),), False, 0),
            ((IncompatibleBrokerVersion("too old"),), False, 0),
        ],
    )
    def test_answers(self, answers: tuple[Any, ...], expected: bool, looked_up: int) -> None:
        """Leaders that are none are looked for again; who may not know, or cannot, takes it for ended."""
        broker = Broker(*answers)
        assert asyncio.run(is_unended(broker, PLACE)) is expected
        assert broker.looked_up == looked_up
