"""The shared state of all pages, made once per process."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Self
from zoneinfo import ZoneInfo

from schemas.policy import Policy
from streams.core.alerting.deadline_counts import DUE_DAYS
from streams.core.policy.rules import Rules
from streams.errors import BrokerError
from streams.kafka.client.settings import Settings
from streams.web.audit import Audit
from streams.web.authentication import Authentication
from streams.web.case import CaseStory, case_story
from streams.web.due_soon.reader import DueSoonReader
from streams.web.health.feed_monitor import FeedMonitor
from streams.web.health.pipeline import PipelineHealth, PipelineView, assess
from streams.web.identity import Identity
from streams.web.labels import number
from streams.web.limits import RateLimiter
from streams.web.lost_track import LostTrack
from streams.web.own_command import run_command
from streams.web.reports import Reports
from streams.web.settings import ConsoleSettings
from streams.web.studies.questions import Question, StudyOrder
from streams.web.studies.runner import Studies
from streams.web.topic_follower import TopicFollower
from streams.web.totals import CachedTotals

__all__ = ["Console", "wall_ms"]


def wall_ms() -> int:
    """The wall clock (ms)."""
    return time.time_ns() // 1_000_000


class Console:
    """The shared state of all pages.

    Args:
        settings: Connection settings; names and partitions of the topics.
        own: The console's settings.
        policy: The policy that explanations use.
        study_command: The program that works out what takes minutes; see `Studies`.
        now: The wall clock (ms).

    Attributes:
        wall: The wall clock (ms).
        rules: The policy, compiled.
        case_url: The template of a case's address in the case system; None for none.
        metrics_token: What `/metrics` requires; None for nothing.
        most_officers: So many officers get series of their own in `/metrics`; none without a token of its own, since a
            viewer sees no officer.
        gate: Authentication of requests.
        following: Follows the output topics and keeps their tables up to date.
        totals: Counts over these tables.
        feeds: Health of the feeds.
        audit: Records who viewed what.
        due_soon: Reads the deadlines ahead.
        reports: Makes reports.
        studies: What takes minutes to compute.

    Raises:
        InputError: A file of tokens cannot be used.
        UsageError: The file of the metrics token cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        own: ConsoleSettings,
        policy: Policy,
        study_command: Sequence[str],
        now: Callable[[], int] = wall_ms,
    ) -> None:
        self._settings, self.wall = settings, now
        self.own = own
        self.rules = Rules(policy)
        self.case_url = settings.case_url
        self.metrics_token = settings.metrics_token
        self.most_officers = 0 if self.metrics_token is None else settings.metrics_officers
        self.gate = Authentication(own, time.monotonic)
        self.following = TopicFollower(settings, policy.officers.overloaded.raise_)
        self.totals = CachedTotals(self.following.now, self.rules)
        self.feeds = FeedMonitor(settings, now)
        self.audit = Audit(settings, now)
        self.due_soon = DueSoonReader(self._read_due_soon, self._has_cases, own.due_every, now)
        self.reports = Reports(own.event_log_files, self._places(), run_command, now)
        self.studies = Studies(study_command, self._study_order)
        self._openings = RateLimiter(burst=60, per_second=1.0, now=time.monotonic)
        self._work: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self.audit.start()
        running = (self.following.run(), self.feeds.run(), self.due_soon.run())
        self._work = [asyncio.create_task(each) for each in running]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self.studies.stop()
        await self.audit.stop()

    def health(self) -> PipelineHealth:
        """Whether anything is judged, and what the pages can know."""
        unread = self.following.fault
        if unread is None and not self.following.is_caught_up:
            unread = "the console is still reading the topics"
        feeds = self.feeds
        return assess(
            PipelineView(
                now=self.wall(),
                answered_at=feeds.answered_at,
                unread=unread,
                members=feeds.members,
                partitions=feeds.partitions,
                feeds=feeds.feeds,
                gaps=feeds.gaps,
            )
        )

    def clock(self) -> int | None:
        """The clock (ms) of the case partition that is furthest behind."""
        return min(self.feeds.clocks.values(), default=None) or self.following.tables.as_of

    def zone(self, office: str | None) -> ZoneInfo | None:
        """The zone of an office under the policy; None when it has none."""
        known = self.rules.policy.offices.get(office) if office is not None else None
        return None if known is None else ZoneInfo(known.tz)

    def lost_track(self, identity: Identity) -> LostTrack:
        """The list of lost-track cases that a role may see."""
        return LostTrack(self.following.now, with_protected=identity.may("restricted"))

    def _has_cases(self) -> bool:
        return any(each.cases for each in self.following.tables.offices.values())

    async def _read_due_soon(self) -> bytes:
        return await run_command(["due", "--json", "--days", str(DUE_DAYS), *self._places()])

    def _places(self) -> tuple[str, ...]:
        settings, file = self._settings, self._settings.policy_file
        policy = () if file is None else ("--policy", str(file))
        return "--brokers", settings.brokers, "--prefix", settings.prefix, *policy

    async def open_case(self, identity: Identity, case_id: str) -> CaseStory | None:
        """Read a case and record the view; None when there is no such case, or the role may not see it.

        Raises:
            BrokerError: The case cannot be read, the view cannot be recorded, or the user opened too many cases.
        """
        if wait := self._openings.acquire(identity.actor):
            raise BrokerError(f"too many cases opened in a short time: wait {number(wait, 0)} s")
        story = await case_story(self._settings, self.rules, case_id)
        if story is None or (story.state.protected and not identity.may("restricted")):
            # the same answer for both, so that it does not reveal that a case is protected
            await self.audit.record(identity, "opened", [case_id], outcome="refused")
            return None
        await self.audit.record(identity, "opened", [case_id])
        return story

    def _study_order(self, question: Question) -> StudyOrder:
        policy, settings = self.rules.policy, self._settings
        return StudyOrder(
            question=question,
            policy=policy.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"review_by"}),
            review_by=policy.review_by,
            brokers=settings.brokers,
            prefix=settings.prefix,
            partitions=settings.partitions,
            log=tuple(map(str, self.own.event_log_files)),
            until=self.clock(),
        )
