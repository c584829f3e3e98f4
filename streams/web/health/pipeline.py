"""Whether anything is judged: the one answer that the header, the feeds page, /readyz, /api/health and metrics show.

It is worked out of what the console sees at the broker: when the broker last answered, what the workers' group has
committed, how far the clocks of the case partitions are, whether feeds are silent, and where input was deleted unread.
A list that is empty means "nothing" only while the state is `judging`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct, field

from schemas.input_gaps import InputGapRecord
from schemas.instants import to_text
from streams.web.labels import count

__all__ = [
    "FeedStatus",
    "PartitionProgress",
    "PipelineHealth",
    "PipelineState",
    "PipelineView",
    "assess",
    "health_json",
    "when_empty",
]

_ANSWER_MS: Final = 8_000
"""The console asks the broker at least every three seconds."""

_PROGRESS_MS: Final = 15_000
"""A worker that has events to judge commits several times a second; a rebalance or a restart takes some seconds."""

_DAY_MS: Final = 86_400_000
_encode: Final = msgspec.json.Encoder().encode


class PipelineState(StrEnum):
    """What can be said; the first that holds."""

    UNREACHABLE = "unreachable"
    READING = "reading"
    NOT_JUDGING = "not_judging"
    HELD = "held"
    JUDGING = "judging"


class FeedStatus(Struct, frozen=True):
    """One input topic.

    Attributes:
        name: Without its prefix.
        records: The sum of its partitions' end offsets.
        per_second: Records per second over the last minute; None before two answers.
        arrived_at: When the newest record came (ms), as far as known.
        heartbeat: The longest silence (ms) that is normal, where its feed declares one.
        waiting: Events that no worker has judged; `clock` records do not count.
    """

    name: str
    records: int
    per_second: float | None
    arrived_at: int | None
    heartbeat: int | None
    waiting: int

    def is_silent(self, now: int) -> bool:
        """Whether its feed has sent nothing for longer than it declared (now in ms), or has never sent a record."""
        if self.heartbeat is None:
            return False
        return self.arrived_at is None or now - self.arrived_at > self.heartbeat


class PartitionProgress(Struct):
    """What is known of one partition number.

    Attributes:
        waiting: Events that no worker has judged.
        held: Those of them that wait for a later record of another topic, as every worker would let them.
        waiting_since: Since when (ms) events wait that are not held, as far as the console has seen; None when none do.
        progressed_at: When a worker last committed offsets or moved the clock (ms); None when that was never seen.
        clock: The clock (ms) of the case partition; None before the first.
    """

    waiting: int = 0
    held: int = 0
    waiting_since: int | None = None
    progressed_at: int | None = None
    clock: int | None = None


class PipelineView(Struct, frozen=True):
    """What the console sees.

    Attributes:
        now: The wall clock (ms).
        answered_at: When the broker last answered (ms); None before the first answer.
        unread: Why the console's own tables are not whole; None when they are.
        members: Workers in the group; None when the broker does not say.
        partitions: By partition number; empty before the first answer.
        feeds: One for each input topic.
        gaps: Missing input that no operator has accepted as lost.
    """

    now: int
    answered_at: int | None
    unread: str | None
    members: int | None
    partitions: Mapping[int, PartitionProgress] = field(default_factory=dict)
    feeds: Sequence[FeedStatus] = ()
    gaps: Sequence[InputGapRecord] = ()


class PipelineHealth(Struct, frozen=True):
    """The answer.

    Attributes:
        state: What can be said.
        sentence: The same in one line, for people.
        since: Since when (ms) the state is not `judging`, as far as known.
        waiting: Events that wait; None while that is not known.
        workers: Members of the workers' group; None while that is not known.
        silent_feeds: Input topics, without prefix, that are silent for longer than they declared.
        cut_feeds: Input topics, without prefix, of which records were deleted unread.
    """

    state: PipelineState
    sentence: str
    since: int | None
    waiting: int | None
    workers: int | None
    silent_feeds: tuple[str, ...] = ()
    cut_feeds: tuple[str, ...] = ()

    @property
    def is_calm(self) -> bool:
        """Whether an empty list means that there is nothing."""
        return self.state is PipelineState.JUDGING


def assess(view: PipelineView) -> PipelineHealth:
    """Work out whether anything is judged."""
    now = view.now
    if view.answered_at is None:
        sentence = "not known: the broker has not answered yet"
        return PipelineHealth(PipelineState.UNREACHABLE, sentence, None, None, None)
    if now - view.answered_at > _ANSWER_MS:
        sentence = f"not known since {_time_of(view.answered_at, now)}: the broker does not answer"
        return PipelineHealth(PipelineState.UNREACHABLE, sentence, view.answered_at, None, None)
    waiting = sum(each.waiting for each in view.partitions.values())
    silent = tuple(feed.name for feed in view.feeds if feed.is_silent(now))
    cut = tuple(dict.fromkeys(gap.topic.rpartition(".")[2] for gap in view.gaps))

    def health(state: PipelineState, sentence: str, since: int | None = None) -> PipelineHealth:
        return PipelineHealth(state, sentence, since, waiting, view.members, silent, cut)

    if view.unread is not None:
        return health(PipelineState.READING, f"not known yet: {view.unread}")
    stopped = _stopped(view, silent)
    if stopped:
        since = min(
            (at for number in stopped if (at := view.partitions[number].progressed_at) is not None), default=None
        )
        return health(PipelineState.NOT_JUDGING, _stopped_sentence(view, stopped, since), since)
    if why := _why_held(view, silent, cut):
        sentence = f"alerts are held: {'; '.join(why)}; {_waiting(waiting)}"
        return health(PipelineState.HELD, sentence, _silent_since(view, silent))
    later = " for later records" if 0 < waiting == sum(each.held for each in view.partitions.values()) else ""
    return health(PipelineState.JUDGING, f"judging; {_waiting(waiting)}{later}")


def when_empty(nothing: str, health: PipelineHealth) -> str:
    """What an empty list says: that there is nothing, or that this cannot be known.

    Args:
        nothing: The sentence for a list that is known to be empty.
        health: Whether it is known.
    """
    return nothing if health.is_calm else f"Not known: {health.sentence}."


def _stopped(view: PipelineView, silent: Sequence[str]) -> list[int]:
    """The partition numbers that no worker judges."""
    if view.members == 0:
        return sorted(view.partitions)
    gaps = {gap.partition for gap in view.gaps}
    return [
        number
        for number, each in sorted(view.partitions.items())
        if each.waiting_since is not None
        and view.now - max(each.waiting_since, each.progressed_at or 0) > _PROGRESS_MS
        and not (number in gaps or silent)  # then it is held
    ]


def _stopped_sentence(view: PipelineView, stopped: Sequence[int], since: int | None) -> str:
    waiting = sum(view.partitions[number].waiting for number in stopped)
    begin = "nothing has been judged yet" if since is None else f"not judged since {_time_of(since, view.now)}"
    if len(stopped) < len(view.partitions):
        begin = f"{count(len(stopped))} of {count(len(view.partitions))} partitions: {begin}"
    worker = "; no worker runs" if view.members == 0 else ""
    return f"{begin}; {_waiting(waiting)}{worker}"


def _why_held(view: PipelineView, silent: Sequence[str], cut: Sequence[str]) -> list[str]:
    why = [f"input of {', '.join(cut)} was deleted unread"] if cut else []
    if silent:
        at = _silent_since(view, silent)
        since = "" if at is None else f" since {_time_of(at, view.now)}"
        why.append(f"{', '.join(silent)} {'is' if len(silent) == 1 else 'are'} silent{since}")
    unstarted = sum(each.held > 0 and each.clock is None for each in view.partitions.values())
    if unstarted:
        why.append(f"{count(unstarted)} of {count(len(view.partitions))} clocks have not started")
    return why


def _silent_since(view: PipelineView, silent: Sequence[str]) -> int | None:
    return min((feed.arrived_at for feed in view.feeds if feed.name in silent and feed.arrived_at), default=None)


def _waiting(events: int) -> str:
    if not events:
        return "nothing waits"
    return f"{count(events)} {'event waits' if events == 1 else 'events wait'}"


class _FeedView(Struct):
    name: str
    waiting: int
    records: int
    arrived_at: str | None


class _HealthView(Struct):
    state: PipelineState
    sentence: str
    since: str | None
    waiting: int | None
    workers: int | None
    silent_feeds: tuple[str, ...]
    cut_feeds: tuple[str, ...]
    feeds: list[_FeedView]


def health_json(health: PipelineHealth, feeds: Sequence[FeedStatus]) -> bytes:
    """The answer of /api/health; `feeds` are left out while the broker does not answer.

    Args:
        health: The health.
        feeds: The input topics as last seen.
    """
    known = feeds if health.waiting is not None else ()
    return _encode(
        _HealthView(
            health.state,
            health.sentence,
            _text(health.since),
            health.waiting,
            health.workers,
            health.silent_feeds,
            health.cut_feeds,
            [_FeedView(feed.name, feed.waiting, feed.records, _text(feed.arrived_at)) for feed in known],
        )
    )


def _time_of(ms: int, now: int) -> str:
    """An instant of the last 24 hours by its time alone: 15:00 UTC; an earlier one with its date."""
    instant = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{instant:%H:%M} UTC" if abs(now - ms) < _DAY_MS else f"{instant:%Y-%m-%d %H:%M} UTC"


def _text(ms: int | None) -> str | None:
    return None if ms is None else to_text(ms)
