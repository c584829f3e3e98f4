"""Gaps of the input: records that a topic-partition no longer holds and that the group has not read.

The rule, for every input topic:

- A broker reports an offset that it does not keep. Stock aiokafka then restarts at the earliest record without a
  message. Here the topic-partition is paused instead: nothing behind the gap is read. The same happens where the log
  lost its end and has grown again past that offset (`streams.kafka.consumer.leader_epochs`).
- So the watermark of the partition stops at the gap, since it is the least of its topics: no deadline, no escalation
  and no load period after it is judged. Events of the other topics are read up to the read-ahead limit and wait; none
  is lost, because none is committed.
- An operator accepts the gap (`docketwatch gaps accept`). The acceptance is a record of the audit topic, and the worker
  that holds the gap reads it there. Reading then goes on behind the gap, and everything is judged as if the records
  that are gone had never been written.
- The changelog of the partition keeps the gap, in the same transaction as its record in the audit topic. So it
  survives a restart and a move, also when the log has grown past the next offset to read.

Load partials repeat: a gap among them is logged and counted, and reading goes on at once. Until a case partition has
sent its next whole final partial (at a takeover, after a rebalance, within 6 hours of its clock), its last known rows
count, and no period end is judged by the partials behind the gap.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from schemas.instants import to_text

__all__ = ["GAPS", "InputGap", "OpenGap", "decode_gaps", "encode_gaps", "find_gaps", "gap_sentence", "held_sentence"]

GAPS: Final = "\x00gaps"
"""Changelog key of the open gaps; no case id and no key of the officer changelog begins like this."""


class InputGap(Struct, frozen=True, array_like=True):
    """A gap of one topic-partition.

    Attributes:
        topic: Its topic.
        partition: Its partition number.
        first: Offset of the first missing record.
        last: Offset of the last one.
        resumes_at: Where reading goes on: behind the gap; or, where the log was truncated or the topic recreated, at
            the truncation, or at the start of the log where it is not known what is left of the old one.
    """

    topic: str
    partition: int
    first: int
    last: int
    resumes_at: int

    @property
    def is_cut(self) -> bool:
        """Whether the end of the log is missing: it was truncated, or the topic was recreated."""
        return self.resumes_at <= self.first

    @property
    def records(self) -> int:
        """How many offsets are missing; a few of them may have held transaction markers."""
        return self.last - self.first + 1

    def since(self, offset: int) -> "InputGap":
        """The gap as seen from an earlier offset, since which nothing is applied.

        Records before a deletion are missing, too; those before a truncation are read.
        """
        if self.is_cut:
            return InputGap(self.topic, self.partition, self.first, self.last, min(offset, self.resumes_at))
        if offset >= self.first:
            return self
        return InputGap(self.topic, self.partition, offset, self.last, self.resumes_at)


class OpenGap(Struct, frozen=True, array_like=True):
    """A gap that no operator has accepted.

    Attributes:
        gap: The gap.
        known: The topic's watermark (ms) before the gap; not above 0 when nothing was read.
    """

    gap: InputGap
    known: int


_decode: Final = msgspec.msgpack.Decoder(list[OpenGap]).decode
_encode: Final = msgspec.msgpack.Encoder().encode


def decode_gaps(value: bytes | None) -> list[OpenGap]:
    """The open gaps in a changelog record; none without a record."""
    return [] if value is None else _decode(value)


def encode_gaps(gaps: Sequence[OpenGap]) -> bytes | None:
    """The changelog record of open gaps; None, which deletes it, where there is none."""
    return _encode(gaps) if gaps else None


async def find_gaps(consumer: Any, positions: Mapping[Any, int]) -> list[InputGap]:  # noqa: ANN401  # aiokafka has no types
    """Ask the broker which records are missing where it does not keep the next offset to read.

    Args:
        consumer: aiokafka's.
        positions: The next offset to read of each topic-partition.

    Returns:
        A gap for each, except where the log holds the offset by now.

    Raises:
        KafkaError: The broker answers with an error.
    """
    starts = await consumer.beginning_offsets(list(positions))
    ends = await consumer.end_offsets(list(positions))
    found = []
    for place, offset in positions.items():
        start, end = starts[place], ends[place]
        if offset < start:
            found.append(InputGap(place.topic, place.partition, offset, start - 1, start))
        elif offset > end:
            found.append(InputGap(place.topic, place.partition, end, offset - 1, start))
    return found


def gap_sentence(found: OpenGap) -> str:
    """The missing records, and the watermark before them."""
    gap = found.gap
    what = (
        f"{gap.topic}: partition {gap.partition} was read up to offset {gap.last + 1}, and its log was cut off at "
        f"offset {gap.first} (by an unclean leader election, the loss of a disk, or a new topic of its name): what was "
        f"read of offsets {gap.first} to {gap.last} is gone, and records that have them now were not read"
        if gap.is_cut
        else f"{gap.topic}: partition {gap.partition} lost offsets {gap.first} to {gap.last} ({gap.records} records) "
        "before they were read"
    )
    since = (
        f"everything recorded up to {to_text(found.known)} was read" if found.known > 0 else "nothing was read of it"
    )
    return f"{what}; {since}"


def held_sentence(found: OpenGap) -> str:
    """The same, with its effect and the command that accepts the loss."""
    gap = found.gap
    return (
        f"{gap_sentence(found)}; the clock of what depends on it stands still, and alerts are held, until "
        f"`docketwatch gaps accept {gap.topic} --partition {gap.partition}` accepts the loss"
    )
