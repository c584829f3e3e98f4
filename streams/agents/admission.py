"""The gate of an input topic: records become events, or dead letters that say why not.

Bad input never ends a worker. What is refused is counted and published, without its payload when that may hold what
identifies a person; nothing of a refused record is ever logged.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Final, Generic, NamedTuple, TypeVar, cast

from schemas import hot
from schemas.dead_letters import DeadLetter
from schemas.decode import decode
from schemas.instants import AFTER_ALL_TIME
from schemas.refusals import FEED_SKEW, RefusalCode, Refused
from schemas.topics import topic_of
from streams.agents.reported_dead_letters import ReportedDeadLetters
from streams.kafka.batches import Batch, Record
from streams.kafka.client.partitioning import partition_of

__all__ = ["Admission", "Admitted"]


E = TypeVar("E", bound=hot.Event)


class Admitted(NamedTuple, Generic[E]):
    """The outcome of a batch.

    Attributes:
        events: The events, in the order of the log.
        instants: The recorded_at (ms) of each.
        offsets: The offset of each.
        dead_letters: (key, value) of the records refused, except those reported already.
    """

    events: list[E | hot.Clock]
    instants: list[int]
    offsets: list[int]
    dead_letters: list[tuple[bytes, bytes]]


class Admission(Generic[E]):
    """The gate of one partition number of a group of input topics; E is what the types at home there have in common.

    Args:
        prefix: Prefix of all topics.
        number: The partition number.
        partitions: How many there are.
        key_field: Which field of an event is the key: `case_id` or `officer_id`.
        is_known: Whether a key was admitted here before.
        full: Keys whose state has grown so large that nothing more is taken.
        refused: Counts refusals by topic and reason.
        reported: Which refusals are published already.
    """

    def __init__(
        self,
        *,
        prefix: str,
        number: int,
        partitions: int,
        key_field: str,
        is_known: Callable[[str], bool],
        full: Collection[str],
        refused: Counter[tuple[str, str]],
        reported: ReportedDeadLetters,
    ) -> None:
        self._number, self._partitions = number, partitions
        self._key_field, self._is_known, self._full = key_field, is_known, full
        self._refused, self._reported = refused, reported
        self._homes: Final[Mapping[str, str]] = {
            name: topic_of(name, prefix) for name in hot.EVENTS if name != hot.Clock.type
        }
        self._at_home: dict[str, set[type[hot.AnyEvent]]] = {topic: set() for topic in self._homes.values()}
        for name, topic in self._homes.items():
            self._at_home[topic].add(hot.EVENTS[name])

    def admit(
        self, batch: Batch, now: int, quota: dict[str, int] | None = None, *, follows_wall: bool = False
    ) -> Admitted[E]:
        """Split a batch into events and dead letters.

        Args:
            batch: Records of one topic.
            now: Wall clock (ms).
            quota: Of keys that come too often, how many more events may be taken; used up here.
            follows_wall: Whether what is recorded later than the wall clock, and `FEED_SKEW`, is refused. It would wait
                in the merge until then, and the committed offset before it: every restart would read all again.
        """
        events: list[hot.AnyEvent] = []
        instants: list[int] = []
        dead_letters: list[tuple[bytes, bytes]] = []
        left_out: set[int] = set()
        own, key_field = self._at_home[batch.topic], self._key_field
        is_known, full = self._is_known, self._full
        checked: set[str] = set()
        latest = now + FEED_SKEW if follows_wall else AFTER_ALL_TIME
        for record in batch.records:
            try:
                event = decode(record.value or b"")
                at = event.recorded_at
                if at > latest:
                    raise _from_the_future()
                if type(event) in own:
                    key = getattr(event, key_field)
                    sent = record.key
                    if sent is None or sent != key.encode():
                        raise _wrong_key(key_field)
                    if key not in checked and not is_known(key):
                        self._check_partition(sent)
                        checked.add(key)
                    elif full and key in full:
                        raise _too_much(key_field)
                    if quota and key in quota:
                        if not quota[key]:
                            raise _too_many(key_field)
                        quota[key] -= 1
                elif type(event) is not hot.Clock:
                    raise _wrong_topic(event.type, self._homes[event.type])
            except Refused as refused:
                dead_letters += self.refuse(refused, record, batch, now)
                left_out.add(record.offset)
                continue
            events.append(event)
            instants.append(at)
        offsets = [record.offset for record in batch.records]
        if left_out:
            offsets = [offset for offset in offsets if offset not in left_out]
        # their types are at home on this topic
        return Admitted(cast(list[E | hot.Clock], events), instants, offsets, dead_letters)

    def _check_partition(self, key: bytes) -> None:
        at = partition_of(key, self._partitions)
        if at != self._number:
            raise Refused(
                RefusalCode.WRONG_KEY,
                self._key_field,
                f"{self._key_field}: the key belongs in partition {at} of {self._partitions}, the record lies in "
                f"{self._number}; producers must cut topics as Kafka's default partitioner (murmur2) does",
            )

    def refuse(self, refused: Refused, record: Record, batch: Batch, now: int) -> list[tuple[bytes, bytes]]:
        """Count a record as refused.

        Returns:
            Key and value of its dead letter; nothing when it is published, and so counted, already.
        """
        if not self._reported.report(batch.topic, record.offset):
            return []
        self._refused[batch.topic, refused.code.value] += 1
        letter = DeadLetter.of(refused, record.value or b"", batch.topic, batch.partition, record.offset, now)
        return [(letter.key.encode(), letter.model_dump_json().encode())]


def _from_the_future() -> Refused:
    return Refused(
        RefusalCode.FROM_THE_FUTURE,
        "recorded_at",
        f"recorded_at: is more than {FEED_SKEW // 1000} s ahead of the worker's clock: one of the two clocks is wrong",
    )


def _wrong_topic(kind: str, home: str) -> Refused:
    return Refused(RefusalCode.WRONG_TOPIC, "type", f"type: {kind} belongs on {home}")


def _wrong_key(key_field: str) -> Refused:
    return Refused(RefusalCode.WRONG_KEY, key_field, f"{key_field}: the record's key must be the event's {key_field}")


def _too_much(key_field: str) -> Refused:
    return Refused(
        RefusalCode.OVERSIZED, key_field, f"{key_field}: so much is kept of it already that no more can be taken"
    )


def _too_many(key_field: str) -> Refused:
    return Refused(
        RefusalCode.OVERSIZED, key_field, f"{key_field}: so many of its events came at once that no more can be taken"
    )
