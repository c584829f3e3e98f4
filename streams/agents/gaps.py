"""The gaps of one partition number: kept in its changelog, on record in the audit topic, shown with the feeds.

What a gap is and what it holds is said in `streams.kafka.input_gaps`.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Final

from schemas.input_gaps import InputGapRecord
from streams.agents.feeds import FeedWatch
from streams.kafka.input_gaps import GAPS, InputGap, OpenGap, decode_gaps, encode_gaps

__all__ = ["AUDITED_BY", "PartitionGaps"]

AUDITED_BY: Final = "docketwatch"
"""Who is on record as the one that found a gap."""

_GAPS_KEY: Final = GAPS.encode()


class PartitionGaps:
    """The open gaps of one partition number, by topic.

    Args:
        number: The partition number.
        feeds: Receives every gap, for the views of feeds.
        heals: Topics whose gaps hold nothing up: the processor closes them.
    """

    def __init__(self, number: int, feeds: FeedWatch, heals: Collection[str] = ()) -> None:
        self._number, self._feeds, self._heals = number, feeds, heals
        self._open: dict[str, OpenGap] = {}
        self._kept: bytes | None = None
        self._is_changed = False

    def __contains__(self, topic: str) -> bool:
        return topic in self._open

    def restore(self, records: dict[str, bytes]) -> None:
        """Remove and restore the gaps from the newest changelog records by key."""
        self._feeds.forget_gaps(self._number)
        self._kept = records.pop(GAPS, None)
        self._open = {each.gap.topic: each for each in decode_gaps(self._kept)}
        for topic, gap in self._open.items():
            self._feeds.find_gap(gap, heals=topic in self._heals)

    def of(self, topic: str) -> InputGap | None:
        """The open gap of a topic."""
        found = self._open.get(topic)
        return None if found is None else found.gap

    def all(self) -> list[InputGap]:
        """Every open gap."""
        return [each.gap for each in self._open.values()]

    def update(
        self, gaps: Sequence[InputGap], known: Callable[[str], int], now: int
    ) -> tuple[list[InputGapRecord], list[InputGap]]:
        """Compare with the gaps at which reading stands.

        Args:
            gaps: Those of this partition number.
            known: Everything of a topic recorded up to this instant (ms) was read.
            now: The wall clock (ms).

        Returns:
            The audit record of every gap that is new, or larger than before; and the gaps that were passed.
        """
        if not gaps and not self._open:
            return [], []
        records = []
        for gap in gaps:
            before = self._open.get(gap.topic)
            if before is None or before.gap != gap:
                found = self._open[gap.topic] = OpenGap(gap, known(gap.topic))
                self._is_changed = True
                self._feeds.find_gap(found, heals=gap.topic in self._heals)
                if gap.topic not in self._heals:
                    records.append(_record(found, now))
        stands = {gap.topic for gap in gaps}
        passed = [each.gap for topic, each in self._open.items() if topic not in stands and topic not in self._heals]
        for gap in passed:
            self.close(gap.topic)
        return records, passed

    def read(self, topic: str) -> InputGap | None:
        """Mark the gap of a topic as passed, and return it: records after it were read."""
        gap = None if topic in self._heals else self.of(topic)
        if gap is not None:
            self.close(topic)
        return gap

    def close(self, topic: str) -> None:
        """Forget the gap of a topic."""
        self._feeds.pass_gap(self._open.pop(topic).gap)
        self._is_changed = True

    def drain(self) -> list[tuple[bytes, bytes | None]]:
        """The changelog records to write, if anything has changed since the last call."""
        if not self._is_changed:
            return []
        self._is_changed = False
        self._kept = encode_gaps(list(self._open.values()))
        return [(_GAPS_KEY, self._kept)]

    def records(self) -> list[tuple[str, bytes]]:
        """All current changelog records."""
        return [] if self._kept is None else [(GAPS, self._kept)]


def _record(found: OpenGap, now: int) -> InputGapRecord:
    gap = found.gap
    return InputGapRecord(
        topic=gap.topic,
        partition=gap.partition,
        offset=gap.first,
        last_offset=gap.last,
        resumes_at=gap.resumes_at,
        action="gap_found",
        actor=AUDITED_BY,
        known=found.known if found.known > 0 else None,
        observed_at=now,
    )
