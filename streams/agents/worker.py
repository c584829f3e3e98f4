"""One worker: both agents on one Faust app, their state, their delivery and their metrics."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from platform import python_version
from time import monotonic
from typing import Final, Literal, cast

from schemas.policy import Policy
from schemas.topics import case_topics, input_topics, topic
from streams.agents.alert_topic_watch import AlertTopicWatch
from streams.agents.cases import CaseProcessor
from streams.agents.clock import wall_ms
from streams.agents.feeds import FeedWatch
from streams.agents.gap_watch import GapWatch
from streams.agents.health import Health
from streams.agents.office_zones import OfficeZones
from streams.agents.officers import OfficerProcessor
from streams.agents.owned_partitions import owned_partitions
from streams.agents.state_origins import histories
from streams.core.policy.rules import Rules
from streams.kafka.client.connection import client_options
from streams.kafka.client.settings import Settings
from streams.kafka.client.topic_watch import TopicIdentity
from streams.kafka.consumer.app_runner import run_app
from streams.kafka.consumer.faust_app import add_agent, add_task, has_consumer, make_app
from streams.kafka.consumer.transport import BatchConsumer
from streams.kafka.input_gaps import OpenGap, gap_sentence
from streams.kafka.producer.delivery import Delivery
from streams.kafka.producer.delivery_factory import make_delivery
from streams.kafka.state.checkpoint_scheduler import CheckpointScheduler
from streams.kafka.state.checkpoint_store import CheckpointDirectory
from streams.kafka.state.data_directory import DataDirectory
from streams.kafka.state.joint_takeover import JointTakeover
from streams.kafka.state.partition_store import PartitionStore
from streams.metrics.collector import OwnedPartitions, WorkerCollector
from streams.metrics.server import MetricsServer
from streams.metrics.stats import WorkerStats
from streams.process import huge_pages
from streams.process.event_loop_probe import EventLoopProbe
from streams.process.interpreter_tuning import tune_interpreter
from streams.process.watchdog import TimeLimit, Watchdog

__all__ = ["CASE_OUTPUTS", "OFFICER_OUTPUTS", "Clock", "Worker", "topics_of"]

Clock = Literal["wall", "log"]

_log: Final = logging.getLogger(__name__)

_SEEN_SECONDS: Final = 30.0
"""Two scrapes: a worker that refuses its state would end, again and again, before its metrics are read."""

_LOOK_SECONDS: Final = 0.2

CASE_OUTPUTS: Final = (
    "lost-track-alerts",
    "restricted-alerts",
    "load-partials",
    "office-partials",
    "dead-letters",
    "audit",
)
OFFICER_OUTPUTS: Final = ("officer-load", "office-partials", "officer-alerts", "dead-letters", "audit")


class Worker:
    """A worker that is not running yet.

    Args:
        settings: Everything the edge needs to know.
        policy: What to judge by.
        clock: `wall`: a topic that is read to its end follows the wall clock; `log`: only records move time.
        topics: The topics of `topics_of`, as they are at the start; of a changelog without an id, no checkpoints are
            kept.

    Raises:
        UsageError: The metrics port is taken, or a file with a secret cannot be read or is empty.
    """

    def __init__(self, settings: Settings, policy: Policy, clock: Clock, topics: Mapping[str, TopicIdentity]) -> None:
        self._settings, self._clock = settings, clock
        self._rules = Rules(policy)
        case_group = [entry.name for entry in case_topics(settings.prefix)]
        officer_group = [topic(short, settings.prefix).name for short in ("officers", "load-partials")]
        self._stats = WorkerStats.of_topics((*case_group, *officer_group))
        self._zones = OfficeZones(policy)
        self._is_refusal_seen = False
        self._watchdog = Watchdog()
        self._patience = settings.broker_timeout.total_seconds()
        # a broker does not answer while the group waits for a member that is at work
        silence = self._patience + settings.rebalance_timeout.total_seconds()
        self._silence = TimeLimit(silence, f"no broker of {settings.brokers} has answered for {silence:g} s")
        self._app = make_app(settings, [case_group, officer_group], self._silence.renew, topics)
        client = client_options(settings)
        self._directory = DataDirectory(settings.data_dir)
        self._data, self._started_with = self._directory.acquire(), topics
        self._case_feeds = FeedWatch(settings, case_group, lambda: self._cases.processors)
        self._officer_feeds = FeedWatch(settings, officer_group, lambda: self._officers.processors)
        states = histories(settings, topics)
        self._cases = PartitionStore[CaseProcessor](
            self._app,
            topics=case_group,
            changelog=topic("case-state", settings.prefix).name,
            history=states["cases"],
            client=client,
            delivery=self._delivery("case-state", CASE_OUTPUTS),
            watchdog=self._watchdog,
            patience=self._patience,
            checkpoints=self._checkpoints("case-state"),
            make=self._make_case_processor,
            on_refused=self._await_scrape,
        )
        self._officers = PartitionStore[OfficerProcessor](
            self._app,
            topics=officer_group,
            changelog=topic("officer-state", settings.prefix).name,
            history=states["officers"],
            client=client,
            delivery=self._delivery("officer-state", (*OFFICER_OUTPUTS, "load-partials")),
            watchdog=self._watchdog,
            patience=self._patience,
            checkpoints=self._checkpoints("officer-state"),
            make=self._make_officer_processor,
            on_refused=self._await_scrape,
        )
        stores = (self._cases, self._officers)
        JointTakeover(self._app, stores)
        add_agent(self._app, "cases", case_group, self._cases.run)
        add_agent(self._app, "officers", officer_group, self._officers.run)
        add_task(self._app, GapWatch(settings, self._consumer, lambda: [each.gap for each in self._gaps]).run)
        add_task(self._app, AlertTopicWatch(settings, list(zip(states.values(), stores, strict=True))).run)
        collector = WorkerCollector(
            self._stats,
            self._view,
            wall_ms,
            rules=self._rules,
            most_officers=settings.metrics_officers,
            worker={"delivery": settings.delivery, "clock": clock, "policy": policy.id, "policy_hash": policy.hash},
            build={"version": version("docketwatch"), "python": python_version()},
        )
        self._probe = EventLoopProbe()
        self._health = Health(self._probe, self._is_rebalancing, stores, lambda: list(self._cases.processors.values()))
        self._metrics = MetricsServer(
            collector,
            settings.metrics_bind,
            settings.metrics_port,
            token=settings.metrics_token,
            why_dead=self._health.why_dead,
            why_not_ready=self._health.why_not_ready,
            notes=lambda: [gap_sentence(each) for each in self._gaps],
        )

    @property
    def metrics_url(self) -> str:
        """Address of the metrics."""
        return f"http://{self._settings.metrics_bind}:{self._metrics.port}/metrics"

    def run(self, on_ready: Callable[[], None]) -> int:
        """Work until SIGINT or SIGTERM.

        Args:
            on_ready: Called when the first partitions are restored and read.

        Returns:
            The exit code of a clean stop. Anything unexpected ends the process with 70.
        """

        def ready() -> None:
            self._health.has_joined = True
            on_ready()

        tune_interpreter()
        huge_pages.start_advising()
        self._watchdog.start()
        try:
            with self._watchdog.enforce(self._silence):
                return run_app(self._app, is_working=self._is_working, on_ready=ready, probe=self._probe)
        finally:
            self._watchdog.end()
            self._metrics.stop()
            self._directory.release()

    def _delivery(self, short: str, outputs: Sequence[str]) -> Delivery:
        changelog, *names = (topic(each, self._settings.prefix).name for each in (short, *outputs))
        return make_delivery(
            self._settings, changelog, outputs=names, mark_processed=self._mark_processed, watchdog=self._watchdog
        )

    def _checkpoints(self, changelog: str) -> CheckpointScheduler:
        name = topic(changelog, self._settings.prefix).name
        topic_id = self._started_with[name].id
        directory = None
        if self._data is not None and topic_id is not None:
            directory = CheckpointDirectory(self._data, name, topic_id)
        return CheckpointScheduler(directory, self._settings.checkpoint_every.total_seconds())

    async def _await_scrape(self) -> None:
        """Give Prometheus the time to see that partitions were refused, before the process ends."""
        given_up_at = monotonic() + _SEEN_SECONDS
        while not self._is_refusal_seen and not self._app.should_stop and monotonic() < given_up_at:
            await asyncio.sleep(_LOOK_SECONDS)
        await asyncio.sleep(_LOOK_SECONDS)  # until the answer is out

    def _mark_processed(self, name: str, number: int, offset: int) -> None:
        self._consumer().mark_processed(name, number, offset)

    def _make_case_processor(self, number: int) -> CaseProcessor:
        follows_wall = self._clock == "wall"
        return CaseProcessor(
            number, self._settings, self._rules, self._stats, self._case_feeds, self._zones,
            follows_wall=follows_wall, now=wall_ms,
        )  # fmt: skip

    def _make_officer_processor(self, number: int) -> OfficerProcessor:
        follows_wall = self._clock == "wall"
        return OfficerProcessor(
            number, self._settings, self._rules, self._stats, self._officer_feeds, follows_wall=follows_wall,
            now=wall_ms,
        )  # fmt: skip

    def _consumer(self) -> BatchConsumer:
        return cast(BatchConsumer, self._app.consumer)

    @property
    def _gaps(self) -> list[OpenGap]:
        return [*self._case_feeds.gaps, *self._officer_feeds.gaps]

    def _is_rebalancing(self) -> bool:
        return self._app.rebalancing

    def _is_working(self) -> bool:
        return self._cases.is_working or self._officers.is_working

    def _view(self) -> OwnedPartitions:
        self._is_refusal_seen = bool(self._cases.stats.refused or self._officers.stats.refused)
        if not has_consumer(self._app):
            return owned_partitions(self._cases, self._officers, {}, {}, ())
        gaps, partials = self._gaps, topic("load-partials", self._settings.prefix).name
        blind = dict.fromkeys((each.gap.topic for each in gaps if each.gap.topic != partials), True)
        if self._clock == "wall":
            blind = {**self._case_feeds.blind, **self._officer_feeds.blind, **blind}
        return owned_partitions(self._cases, self._officers, self._consumer().unread(), blind, gaps)


def topics_of(settings: Settings) -> list[str]:
    """The topics that a worker reads and writes."""
    inputs = [entry.short for entry in input_topics(settings.prefix)]
    shorts = (*inputs, *CASE_OUTPUTS, *OFFICER_OUTPUTS, "case-state", "officer-state")
    return [topic(short, settings.prefix).name for short in dict.fromkeys(shorts)]
