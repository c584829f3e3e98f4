"""Everything the pages need, made once for the process."""

import asyncio
import time
from collections.abc import Callable
from typing import Self

from schemas.policy import Policy
from streams.core.policy.rules import Rules
from streams.errors import BrokerError
from streams.kafka.client.settings import Settings
from streams.web.audit import Audit
from streams.web.authentication import Authentication
from streams.web.case import CaseStory, case_story
from streams.web.feeds import FeedMonitor
from streams.web.identity import Identity
from streams.web.limits import RateLimiter
from streams.web.lost_track import LostTrack
from streams.web.settings import ConsoleSettings
from streams.web.topic_follower import TopicFollower
from streams.web.totals import CachedTotals

__all__ = ["Console", "wall_ms"]

_SILENCE_SECONDS = 30.0


def wall_ms() -> int:
    """The wall clock (ms)."""
    return time.time_ns() // 1_000_000


class Console:
    """What is shared by all who look.

    Args:
        settings: How to reach the brokers, and how the topics are cut.
        own: The console's settings.
        policy: What cases are explained by.
        now: The wall clock (ms).

    Attributes:
        rules: The policy, compiled.
        gate: Who is let in.
        following: The board, kept up to date.
        totals: Counts of it.
        feeds: Health of the feeds.
        audit: Writes who looked at what.

    Raises:
        InputError: A file of tokens cannot be used.
    """

    def __init__(
        self, settings: Settings, own: ConsoleSettings, policy: Policy, now: Callable[[], int] = wall_ms
    ) -> None:
        self._settings, self._now = settings, now
        self.own = own
        self.rules = Rules(policy)
        self.gate = Authentication(own, time.monotonic)
        self.following = TopicFollower(settings)
        self.totals = CachedTotals(self.following.now, self.rules)
        self.feeds = FeedMonitor(settings, now)
        self.audit = Audit(settings, now)
        self._openings = RateLimiter(burst=60, per_second=1.0, now=time.monotonic)
        self._work: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self.audit.start()
        self._work = [asyncio.create_task(self.following.run()), asyncio.create_task(self.feeds.run())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self.audit.stop()

    @property
    def unready(self) -> str | None:
        """Why what is shown may not be what is; None when all is well."""
        if self.following.fault is not None:
            return self.following.fault
        if not self.following.is_caught_up:
            return "the topics are being read: what is shown is not all there is"
        if self.feeds.silent_seconds > _SILENCE_SECONDS:
            return f"the broker has not answered for {self.feeds.silent_seconds:.0f} s: what is shown is as of then"
        return None

    def clock(self) -> int | None:
        """How far the workers are (ms): the clock of the case partition that is furthest behind."""
        return min(self.feeds.clocks.values(), default=None) or self.following.board.as_of

    def lost_track(self, identity: Identity) -> LostTrack:
        """The list as a role may see it."""
        return LostTrack(self.following.now, with_protected=identity.may("restricted"))

    async def open_case(self, identity: Identity, case_id: str) -> CaseStory | None:
        """A case for who asks, after it was recorded; None when there is none, or none that is open to the role.

        Raises:
            BrokerError: It cannot be read, or the view not be recorded, or he opened too many of late.
        """
        if wait := self._openings.take(identity.actor):
            raise BrokerError(f"too many cases were opened in a short time: wait {wait:.0f} s")
        told = await case_story(self._settings, self.rules, case_id)
        if told is None or (told.state.protected and not identity.may("restricted")):
            # the same for both: whether a case is protected is not for everybody either
            await self.audit.record(identity, "opened", [case_id], outcome="refused")
            return None
        await self.audit.record(identity, "opened", [case_id])
        return told
