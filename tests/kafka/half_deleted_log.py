"""A log that a test sends in two halves, and whose second half it deletes in part before a worker reads it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from schemas import hot
from schemas.decode import encode_event
from schemas.policy import load_policy
from schemas.topics import topic_of
from streams.core.evaluation import Evaluation
from streams.core.policy.rules import Rules
from streams.kafka.client.partitioning import partition_of
from tests.kafka.deployment import Deployment, clock
from tests.kafka.docket import Docket
from tests.kafka.same_outputs import without_observed_at

__all__ = ["HalfDeletedLog"]


class HalfDeletedLog:
    """A log in two halves; a part of the second is deleted unread.

    Args:
        docket: The log.
        deployment: Its topics.

    Attributes:
        middle: The last instant (ms) of the first half.
        gone: The events that are deleted.
    """

    def __init__(self, docket: Docket, deployment: Deployment) -> None:
        self.docket, self.deployment = docket, deployment
        start = docket.events[0].recorded_at
        self.middle = start + (docket.until - start) // 2
        self.gone: list[hot.Event] = []
        self._first = [event for event in docket.events if event.recorded_at <= self.middle]
        self._second = [event for event in docket.events if event.recorded_at > self.middle]
        self._clocks: defaultdict[tuple[str, int], int] = defaultdict(lambda: 1)  # between the halves, by partition

    def feed_first(self) -> None:
        """Send the first half; a clock record ends it in each partition."""
        self.deployment.feed(self._first, until=self.middle)

    def complete_the_open_fetch(self, short: str, number: int) -> None:
        """Let the broker complete the open fetch of a partition, so that its answer has none of the later records.

        A fetch leaves out partitions with records that are not processed yet, so only a record of this partition
        completes it for certain.
        """
        self.deployment.send(
            {(f"{self.deployment.prefix}.{short}", number): [(None, encode_event(clock(self.middle + 1)))]}
        )
        self._clocks[short, number] += 1

    def feed_second(self) -> None:
        """Send the second half."""
        self.deployment.feed(self._second, until=self.docket.until)

    def delete(self, short: str, *numbers: int, share: float = 0.4) -> dict[int, tuple[int, int]]:
        """Delete a share of the second half in partitions of a topic; return first and last deleted offsets."""
        gone = {}
        for number in numbers:
            first = len(self._of(self._first, short, number))  # the offset of a clock record; the events follow
            events = self._of(self._second, short, number)
            events = events[: int(len(events) * share)]
            kept = first + self._clocks[short, number] + len(events)
            self.deployment.delete_before({(short, number): kept})
            self.gone += events
            gone[number] = first, kept - 1
        return gone

    def expected(self, *, officers: bool = False) -> Any:
        """Return what the core computes from the log without the deleted events."""
        gone = {id(event) for event in self.gone}
        evaluation = Evaluation(Rules(load_policy(None)))
        left = (event for event in self.docket.events if id(event) not in gone)
        found: list[bytes] = []
        for step in evaluation.run(left, self.docket.until):
            revisions = step.officers.alerts if officers else step.effects.alerts
            found += [revision.json() for revision in revisions]
        return without_observed_at(found)

    def _of(self, events: Sequence[hot.Event], short: str, number: int) -> list[hot.Event]:
        name = f"docket.{short}"
        return [
            event
            for event in events
            if topic_of(event.type) == name and partition_of(_key(event), self.deployment.partitions) == number
        ]


def _key(event: hot.Event) -> bytes:
    key = event.case_id if isinstance(event, hot.CaseEvent) else getattr(event, "officer_id", "")
    return str(key).encode()
