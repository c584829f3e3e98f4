"""Feeds that declared a heartbeat, and which of them send nothing.

Without a heartbeat, a topic that is read to its end follows the wall clock: nothing came, so nothing happened. A feed
with one sends `clock` records when it has no event, so it is down when it sends nothing. Its topic never follows the
wall clock: when the records stop, the clocks that depend on it stop too, and alerts are held until the feed returns. A
feed that sends nothing is reported as blind, and docketwatch concludes nothing from that.

A feed is blind, too, from a gap on: records of it are missing (`streams.kafka.input_gaps`).
"""

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Final

from schemas.instants import to_text
from schemas.topics import topic
from streams.agents.clock import in_ms
from streams.kafka.client.settings import Settings
from streams.kafka.input_gaps import InputGap, OpenGap, gap_sentence, held_sentence
from streams.logs import LogPosition, at

__all__ = ["FeedWatch"]

_log: Final = logging.getLogger(__name__)
_HEALS: Final = "loads stay as last received until every case partition has sent its next whole partial"


class FeedWatch:
    """The feeds of one group of co-partitioned topics; the clocks that depend on them stop together.

    Args:
        settings: Which feeds declared a heartbeat, and how late a record may be.
        topics: Names of the topics of the group.
        owned: The partition numbers that this worker has now.
    """

    def __init__(self, settings: Settings, topics: Collection[str], owned: Callable[[], Collection[int]]) -> None:
        declared = {topic(short, settings.prefix).name: every for short, every in settings.heartbeats.items()}
        self._every = {name: every for name, every in declared.items() if name in topics}
        self._patience = {name: in_ms(every + settings.hold_back) for name, every in self._every.items()}
        self._owned = owned
        self._blind: dict[str, set[int]] = {name: set() for name in self._every}
        self._reported: set[str] = set()
        self._gaps: dict[tuple[str, int], OpenGap] = {}

    @property
    def declared(self) -> Collection[str]:
        """Names of the topics with a heartbeat."""
        return self._every.keys()

    @property
    def blind(self) -> Mapping[str, bool]:
        """Whether the feed of a topic with a heartbeat is silent in any partition that is ours; from any thread."""
        owned = set(self._owned())
        return {name: not owned.isdisjoint(numbers.copy()) for name, numbers in self._blind.items()}

    @property
    def gaps(self) -> list[OpenGap]:
        """Gaps of our partitions that are open; from any thread."""
        if not self._gaps:
            return []
        owned = set(self._owned())
        return [each for each in list(self._gaps.values()) if each.gap.partition in owned]

    def find_gap(self, found: OpenGap, *, heals: bool) -> None:
        """Record a gap: missing records.

        Args:
            found: Which.
            heals: Whether what comes next makes up for it; alerts are held otherwise.
        """
        gap = found.gap
        self._gaps[gap.topic, gap.partition] = found
        with at(LogPosition(gap.topic, gap.partition, gap.first, gap.last)):
            _log.error("%s", f"{gap_sentence(found)}; {_HEALS}" if heals else held_sentence(found))

    def forget_gaps(self, number: int) -> None:
        """Forget the gaps found during an earlier ownership of a partition number."""
        for place in [each for each in self._gaps if each[1] == number]:
            del self._gaps[place]

    def pass_gap(self, gap: InputGap) -> None:
        """Record that reading continued after a gap."""
        self._gaps.pop((gap.topic, gap.partition), None)
        with at(LogPosition(gap.topic, gap.partition, gap.first, gap.last)):
            _log.warning(
                "%s: partition %d: its gap is closed; offset %d was read next", gap.topic, gap.partition, gap.resumes_at
            )

    def check(self, name: str, number: int, known: int, wall: int | None) -> None:
        """See whether a feed still sends records.

        Args:
            name: Its topic.
            number: The partition number.
            known: Everything recorded up to this instant (ms) was read.
            wall: When the broker said that there is nothing more (ms); None while there is: late, but not blind.
        """
        is_blind = wall is not None and wall - known > self._patience[name]
        if is_blind == (number in self._blind[name]):
            return
        if is_blind:
            self._blind[name].add(number)
        else:
            self._blind[name].discard(number)
        self._log_change(name, known)

    def _log_change(self, name: str, known: int) -> None:
        """One line when a topic becomes blind, however many partitions it has, and one when its feed is back."""
        if self.blind[name] == (name in self._reported):
            return
        if name in self._reported:
            self._reported.discard(name)
            _log.warning("%s: its feed is back; the clock continues from where it stood", name)
        else:
            self._reported.add(name)
            since = f"nothing recorded after {to_text(known)} has come" if known > 0 else "nothing has ever come"
            _log.warning(
                "%s: its feed is silent: %s, and it declared a heartbeat of %s; the clock of what depends on it stands "
                "still, and alerts are held",
                name, since, self._every[name],
            )  # fmt: skip
