"""The Faust application of a worker: its settings, and the parts that are not used.

Used: group membership, the co-partitioning assignor, rebalancing, agents. Not used: tables, the web server, the
producer, the leader, topic declaration and files.
"""

import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import faust
from faust.app import BootStrategy
from faust.tables.manager import TableManager
from yarl import URL

from streams.kafka.client.connection import faust_credentials
from streams.kafka.client.settings import Settings
from streams.kafka.client.topic_watch import TopicIdentity
from streams.kafka.consumer.transport import BatchTransport

__all__ = ["add_agent", "add_task", "has_consumer", "make_app"]

_FETCH_BYTES: Final = 2 << 20
"""Most bytes of a topic-partition per fetch. Half of it costs the kernel benchmark a tenth of its rate."""

_POLL_RECORDS: Final = 20_000
_QUEUED_BATCHES: Final = 2
"""Batches of all partitions that wait while one is processed: longer queues fall out of the CPU cache."""

_METADATA_MS: Final = 10_000
"""Most age of the consumer's topic metadata; aiokafka's five minutes are too long after a leader has moved."""

_COMMIT_SECONDS: Final = 1.0
_HEARTBEAT_SECONDS: Final = 1.0
"""A member learns of a rebalance with its next heartbeat."""


class _WorkerBootStrategy(BootStrategy):
    """Services of a worker.

    Stock: starts a producer that only logs failed deliveries (streams/ARCHITECTURE.md); ours are in
    `streams.kafka.producer`.
    """

    enable_kafka_producer = False
    enable_web = False


class _NoTableManager(TableManager):
    """Starts the recovery service at once, which resumes the streams."""

    mundane_level = "debug"

    async def on_start(self) -> None:
        """Stock: sleeps a second in case a table is still being declared; there is none here."""
        if not self.should_stop:
            await self._update_channels()
            await self.recovery.start()


class _WorkerApp(faust.App):
    BootStrategy = _WorkerBootStrategy
    mundane_level = "debug"  # "Starting...", "Stopping..." at every service
    logger = logging.getLogger("faust.app")

    def _create_directories(self) -> None:
        """Stock: makes three directories for tables, which are not used here, and fails on a read-only disk."""


def make_app(
    settings: Settings,
    groups: Sequence[Sequence[str]],
    on_response: Callable[[], None] = lambda: None,
    started_with: Mapping[str, TopicIdentity] | None = None,
) -> faust.App:
    """An app without agents.

    Args:
        settings: The settings of the Kafka edge.
        groups: The co-partitioned topics of each agent.
        on_response: Called after every response of a broker to the consumer, from any thread.
        started_with: The topics that must stay unchanged while it runs.

    Raises:
        UsageError: A file with a secret or a certificate cannot be read.
    """
    session = settings.session_timeout.total_seconds()
    broker = [URL(f"kafka://{server}") for server in settings.servers]
    app = _WorkerApp(
        settings.group,
        broker=broker,
        broker_credentials=faust_credentials(settings),
        broker_session_timeout=session,
        broker_heartbeat_interval=_HEARTBEAT_SECONDS,
        broker_rebalance_timeout=settings.rebalance_timeout.total_seconds(),
        # Faust requires a request timeout of at least the session timeout
        broker_request_timeout=max(session, settings.request_timeout.total_seconds()),
        broker_commit_interval=_COMMIT_SECONDS,
        broker_max_poll_records=_POLL_RECORDS,
        consumer_max_fetch_size=_FETCH_BYTES,
        consumer_auto_offset_reset="none",  # missing records are a gap: see `BatchConsumerThread`
        consumer_metadata_max_age_ms=_METADATA_MS,
        consumer_group_instance_id=settings.instance_id,
        # the assignor tells members apart by their address, and a static member must keep its address
        canonical_url=f"http://{settings.instance_id or f'{socket.gethostname()}-{os.getpid()}'}",
        stream_buffer_maxsize=_QUEUED_BATCHES,  # batches: one message is a whole poll
        stream_recovery_delay=0.0,
        TableManager=_NoTableManager,
        table_standby_replicas=1,  # with 0 and no table, Faust assigns round robin and breaks the co-partitioning
        topic_allow_declare=False,
        topic_disable_leader=True,
        worker_redirect_stdouts=False,
        web_enabled=False,
        datadir=settings.data_dir,
    )
    app.transport = BatchTransport(
        broker,
        app,
        groups,
        commits=settings.delivery == "ordered",
        on_response=on_response,
        started_with=started_with,
    )
    return app


def has_consumer(app: faust.App) -> bool:
    """Whether the app has its consumer: `app.consumer` creates one on first access, and a second one in another thread.

    Shown by tests/kafka/test_history.py, which reads the workers' metrics from their start on.
    """
    return app._consumer is not None  # noqa: SLF001  # the public name creates it


def add_agent(app: faust.App, name: str, topics: Sequence[str], run: Callable[[Any], Awaitable[None]]) -> None:
    """Read topics with one agent: one actor for all partitions, so that a partition's batches stay in order.

    Stock: `app.agent` also looks for the line of the source that declares an agent, among the files of all modules:
    40 ms of CPU an agent. Shown by tests/unit/kafka/consumer/test_faust_app.py.

    Args:
        app: The app.
        name: Name of the agent.
        topics: Co-partitioned topics.
        run: Reads the stream until it ends.
    """
    channel = app.topic(*topics, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    agent = faust.Agent(run, name=name, app=app, channel=channel, on_error=app._on_agent_error)  # noqa: SLF001  # as there
    app.agents[agent.name] = agent
    app.topics.beacon.add(agent)


def add_task(app: faust.App, run: Callable[[], Awaitable[None]]) -> None:
    """Start a task when the app has started, and end it with the app.

    Stock: `app.task` looks for the line of the source as `app.agent` does.

    Args:
        app: The app.
        run: The task.
    """
    app._app_tasks.append(run)  # noqa: SLF001  # as there
