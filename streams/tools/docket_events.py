"""The events of a docket: an event log, or the input topics while they hold the docket from its beginning."""

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Final, Protocol

from schemas import hot
from schemas.decode import Refused, decode
from schemas.instants import AFTER_ALL_TIME, BEFORE_ALL_TIME
from schemas.topics import input_topics
from streams.errors import UsageError
from streams.kafka.client.committed_reader import CommittedReader
from streams.kafka.client.log_reader import LogReader
from streams.kafka.client.settings import Settings
from streams.sources.log_order import survey
from streams.sources.logs import read_events

__all__ = ["MOST_EVENTS", "DocketEvents", "LogFiles", "NoHistoryError", "TopicEvents", "last_instant", "read_topics"]

MOST_EVENTS: Final = 300_000
"""Events of the input topics that are held in memory: some 150 MB."""
_NAME_A_LOG: Final = "name an event log in DOCKETWATCH_CONSOLE_EVENT_LOG"

OnProgress = Callable[[int, int], None]


class NoHistoryError(UsageError):
    """The input topics cannot stand for the log of the docket."""


class DocketEvents(Protocol):
    """A log of a docket.

    Attributes:
        sentence: What is read, as the end of a sentence.
        first, last: No event is earlier or later (ms); `BEFORE_ALL_TIME` and `AFTER_ALL_TIME` where it is not known.
    """

    sentence: str
    first: int
    last: int

    def events(self, on_progress: OnProgress) -> Iterator[hot.AnyEvent]:
        """Every event, by recorded_at; may be called once."""


class LogFiles:
    """An event log in files.

    Args:
        paths: The files.

    Raises:
        InputError: One cannot be read.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        found = [survey(path) for path in paths]
        self._paths = paths
        self.sentence = f"the event log {', '.join(path.name for path in paths)}"
        self.first = min(each.first for each in found)
        self.last = max(each.last for each in found)

    def events(self, on_progress: OnProgress) -> Iterator[hot.AnyEvent]:
        """As of DocketEvents."""
        return read_events(self._paths, on_progress=on_progress, on_notice=_ignore_notice)


class TopicEvents:
    """The events of the input topics, in memory.

    Args:
        found: When each was recorded (ms), and its record.
    """

    def __init__(self, found: list[tuple[int, bytes]]) -> None:
        self._found = sorted(found, key=itemgetter(0))
        self.sentence = f"the input topics ({len(found):,} events)"
        self.first = self._found[0][0] if found else AFTER_ALL_TIME
        self.last = AFTER_ALL_TIME  # the clock goes on without events

    def events(self, on_progress: OnProgress) -> Iterator[hot.AnyEvent]:
        """As of DocketEvents."""
        for number, (_, value) in enumerate(self._found):
            on_progress(number, len(self._found))
            yield decode(value)


async def read_topics(settings: Settings, on_progress: OnProgress) -> TopicEvents:
    """Read the input topics to their present ends, committed records only.

    Records that are no events are left out; a worker refuses them, too.

    Args:
        settings: How to reach the brokers, and how many partitions the topics have.
        on_progress: Called with the offsets read so far and how many there are.

    Raises:
        BrokerError: The broker cannot be read from.
        NoHistoryError: Records were deleted from a topic, or there are more events than can be held.
    """
    names = [each.name for each in input_topics(settings.prefix)]
    places = [(name, number) for name in names for number in range(settings.partitions)]
    found: list[tuple[int, bytes]] = []
    async with CommittedReader(settings) as asked:
        begins, ends = await asked.begins(places), await asked.ends(places)
    gone = sum(begins.values())
    if gone:
        raise NoHistoryError(
            f"The input topics no longer hold the docket from its beginning; {gone:,} records were deleted after their "
            f"retention: {_NAME_A_LOG}"
        )
    total, read = sum(ends.values()), 0
    async with LogReader(settings) as reader:
        async for _, records in reader.read(places):
            read += len(records)
            on_progress(read, total)
            found += [each for record in records if (each := _event_of(record.value)) is not None]
            if len(found) > MOST_EVENTS:
                raise NoHistoryError(f"The input topics hold more than {MOST_EVENTS:,} events: {_NAME_A_LOG}")
    return TopicEvents(found)


def _event_of(value: bytes | None) -> tuple[int, bytes] | None:
    if value is None:
        return None
    try:
        event = decode(value)
    except Refused:
        return None
    return None if isinstance(event, hot.Clock) else (event.recorded_at, value)


def _ignore_notice(_: str) -> None:
    """Ignore a notice about the order of a log: the answer does not depend on it."""


def last_instant(source: DocketEvents, clock: int | None) -> int:
    """The instant (ms) as of which a source is evaluated: the clock, or the end of a log that ends before it.

    Raises:
        UsageError: Neither is known.
    """
    if clock is None:
        if source.last in (BEFORE_ALL_TIME, AFTER_ALL_TIME):
            raise UsageError("No worker has judged an event yet, so there is no instant to work from")
        return source.last
    return clock if source.last == BEFORE_ALL_TIME else min(clock, source.last)
