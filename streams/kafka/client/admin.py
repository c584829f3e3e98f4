"""Reads the cluster's metadata and creates topics: the one module that uses kafka-python."""

import asyncio
import logging
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from streams.errors import BrokerError
from streams.kafka.client.connection import client_options
from streams.kafka.client.preflight import check_connection
from streams.kafka.client.settings import Settings
from streams.kafka.client.topic_watch import TopicIdentity
from streams.kafka.work import CommittedOffset, PartitionId

with warnings.catch_warnings():
    # at import it reads its own files by a function that is deprecated in Python 3.11
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import KafkaAdminClient  # type: ignore[import-untyped]  # ships no type information
    from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec  # type: ignore[import-untyped]  # the same
    from kafka.errors import (  # type: ignore[import-untyped]  # the same
        CoordinatorLoadInProgressError,
        CoordinatorNotAvailableError,
        KafkaError,
        NotCoordinatorError,
        UnknownBrokerIdError,
        UnstableOffsetCommitError,
        for_code,
    )
    from kafka.net.compat import KafkaNetClient  # type: ignore[import-untyped]  # the same
    from kafka.protocol.consumer import OffsetFetchRequest  # type: ignore[import-untyped]  # the same
    from kafka.structs import OffsetAndMetadata, TopicPartition  # type: ignore[import-untyped]  # the same

__all__ = ["AdminClient", "ExistingTopic", "NewTopic"]

_EMBEDDED_CLUSTER: Final = "tansu_cluster"
_CONNECT_MS: Final = 5_000
_REQUEST_MS: Final = 15_000
_ASK_AGAIN_SECONDS: Final = 0.1
_UNSTABLE_SECONDS: Final = 2.0
"""How long to wait for the end of transactions that commit offsets: those of a working worker take milliseconds, and a
killed one leaves one open for its transaction timeout."""

_MOVING: Final = (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError)
_STABLE_SINCE: Final = 7
"""The version of OffsetFetch since which it can require stable offsets."""

# errors are raised as one sentence; kafka-python's own log would repeat them for every attempt
logging.getLogger("kafka").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class NewTopic:
    """A topic to create.

    Attributes:
        name: Its name.
        partitions: How many.
        replication: Copies of each.
        settings: Its topic configuration.
    """

    name: str
    partitions: int
    replication: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ExistingTopic:
    """A topic as the cluster has it.

    Attributes:
        partitions: How many.
        replication: Copies of the partition that has the fewest.
        settings: Its topic configuration: on Apache Kafka with defaults, on the embedded broker only what was set.
    """

    partitions: int
    replication: int
    settings: Mapping[str, str]


class _GroupAdminClient(KafkaAdminClient):  # type: ignore[misc]  # kafka-python has no types
    """An admin client that can ask a coordinator for offsets by all that it has read of its log.

    Stock: the coordinator of Apache Kafka 4 answers by what it knows to be replicated. For seconds after its election
    it may not know that of any record, and says "nothing committed", without an error. An OffsetFetch that requires
    stable offsets (KIP-447) is answered by all records. Shown by tests/kafka/test_coordinator.py::TestAdminClient.

    Attributes:
        needs_stable_offsets: Whether to require them; while a transaction commits some, the answer is then an error.
    """

    needs_stable_offsets = False

    def forget_coordinators(self) -> None:
        """Look up the coordinator of each group again. Stock: it asks the first one, however often that refuses."""
        self._manager.cluster._coordinators.clear()  # noqa: SLF001  # no public way

    def _list_group_offsets_requests(self, group_specs: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401  # the same
        version = self._manager.broker_version_data.api_version(OffsetFetchRequest)
        for group, question in super()._list_group_offsets_requests(group_specs):
            question.require_stable = self.needs_stable_offsets and version >= _STABLE_SINCE
            yield group, question


class AdminClient:
    """A connection for administration.

    Args:
        settings: How to reach the cluster.

    Attributes:
        brokers: How many there are.
        is_embedded: Whether it is the embedded broker.

    Raises:
        BrokerError: No broker answers, or they refuse the connection.
        UsageError: A file with a secret or a certificate cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        self._address = settings.brokers
        options = {
            **client_options(settings),
            # kafka-python retries a refused connection without giving the reason, and leaks a socket each time
            "bootstrap_servers": [asyncio.run(check_connection(settings))],
            "bootstrap_timeout_ms": _CONNECT_MS,
            "request_timeout_ms": _REQUEST_MS,
        }
        try:
            self._client = _connect(options)
        except (KafkaError, OSError) as error:
            raise BrokerError(f"the brokers at {self._address} cannot be asked about the cluster: {error}") from error
        try:
            with self._asking("about itself"):
                cluster = self._client.describe_cluster()
        except BaseException:
            self.close()
            raise
        self._nodes = [broker["broker_id"] for broker in cluster["brokers"]]
        self.brokers = len(self._nodes)
        self.is_embedded = cluster["cluster_id"] == _EMBEDDED_CLUSTER

    def close(self) -> None:
        """Disconnect."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def names(self) -> set[str]:
        """The names of all topics.

        Raises:
            BrokerError: The cluster does not say.
        """
        with self._asking("for its topics"):
            return set(self._client.list_topics())

    def partitions(self, names: Sequence[str]) -> dict[str, int]:
        """How many partitions each of these topics has; one that does not exist is left out.

        Raises:
            BrokerError: The cluster does not say.
        """
        return {topic["name"]: len(topic["partitions"]) for topic in self._described(names)}

    def identities(self, names: Sequence[str]) -> dict[str, TopicIdentity]:
        """The identity of each of these topics; one that does not exist is left out.

        Raises:
            BrokerError: The cluster does not say.
        """
        described = self._described(names)
        tps = [
            TopicPartition(topic["name"], each["partition_index"])
            for topic in described
            for each in topic["partitions"]
        ]
        begins: Counter[str] = Counter()
        if tps:
            for tp, found in self._beginnings(tps).items():
                begins[tp.topic] += found.offset
        identities = {}
        for topic in described:
            id_ = str(topic.get("topic_id") or _NO_ID)
            known = None if id_ == _NO_ID else id_
            identities[topic["name"]] = TopicIdentity(len(topic["partitions"]), known, begins[topic["name"]])
        return identities

    def _beginnings(self, tps: Sequence[Any]) -> Mapping[Any, Any]:
        """The first offset of each; asked again while a partition has no leader, which an election takes moments for.

        Stock: kafka-python raises UnknownBrokerIdError(-1) then, at once.
        Shown by tests/unit/kafka/client/test_admin.py.
        """
        with self._asking("where topics begin"):
            deadline = time.monotonic() + _REQUEST_MS / 1000
            while True:
                try:
                    offsets: Mapping[Any, Any] = self._client.list_partition_offsets(
                        dict.fromkeys(tps, OffsetSpec.EARLIEST)
                    )
                except UnknownBrokerIdError as error:
                    if time.monotonic() > deadline:
                        raise BrokerError(
                            f"the broker at {self._address}, asked where topics begin: a partition has no leader"
                        ) from error
                    time.sleep(_ASK_AGAIN_SECONDS)
                else:
                    return offsets

    def topics(self, names: Sequence[str]) -> dict[str, ExistingTopic]:
        """These topics as the cluster has them; one that does not exist is left out.

        Raises:
            BrokerError: The cluster does not say.
        """
        described = self._described(names)
        if not described:
            return {}
        with self._asking("for the settings of topics"):
            resources = [ConfigResource(ConfigResourceType.TOPIC, topic["name"]) for topic in described]
            settings = self._client.describe_configs(resources, config_filter="all")["topic"]
        return {
            topic["name"]: ExistingTopic(
                partitions=len(topic["partitions"]),
                replication=min((len(each["replica_nodes"]) for each in topic["partitions"]), default=0),
                settings={name: str(value["value"]) for name, value in settings[topic["name"]].items()},
            )
            for topic in described
        }

    def broker_settings(self) -> dict[str, str]:
        """The settings of one of the brokers; empty without the right to describe them.

        Raises:
            BrokerError: The cluster does not say.
        """
        node = str(self._nodes[0])
        with self._asking("for the settings of a broker"):
            found = self._client.describe_configs(
                [ConfigResource(ConfigResourceType.BROKER, node)], config_filter="all"
            )
        return {name: str(value["value"]) for name, value in found["broker"][node].items()}

    def members(self, group: str) -> int:
        """How many members a consumer group has now.

        Raises:
            BrokerError: The cluster does not say.
        """
        with self._asking(f"for group {group}"):
            return len(self._client.describe_groups([group])[group]["members"])

    def committed(self, group: str, tps: Sequence[PartitionId]) -> dict[PartitionId, CommittedOffset]:
        """The committed offsets of a consumer group; a topic-partition without one is left out.

        Raises:
            BrokerError: The cluster does not say.
        """
        return {
            (tp.topic, tp.partition): CommittedOffset(kept.offset, kept.metadata or "")
            for tp, kept in self._offsets(group, tps).items()
            if kept.offset >= 0
        }

    def _offsets(self, group: str, tps: Sequence[PartitionId]) -> Mapping[Any, Any]:
        """What a group has committed; asked again while it has no coordinator, or the coordinator loads.

        Shown by tests/kafka/test_coordinator.py::TestAdminClient.
        """
        wanted = {group: [TopicPartition(*tp) for tp in tps]}
        began = time.monotonic()
        self._client.needs_stable_offsets = True
        with self._asking(f"for the offsets of group {group}"):
            while True:
                try:
                    found: Mapping[Any, Any] = self._client.list_group_offsets(wanted)[group]
                except UnstableOffsetCommitError:
                    self._client.needs_stable_offsets = time.monotonic() < began + _UNSTABLE_SECONDS
                except _MOVING:
                    self._client.forget_coordinators()
                    if time.monotonic() > began + _REQUEST_MS / 1000:
                        raise
                else:
                    return found
                time.sleep(_ASK_AGAIN_SECONDS)

    def commit(self, group: str, offsets: Mapping[PartitionId, int]) -> None:
        """Set the committed offsets of a consumer group without members.

        Raises:
            BrokerError: The cluster refuses; the text says why.
        """
        wanted = {TopicPartition(*tp): OffsetAndMetadata(offset, "", -1) for tp, offset in offsets.items()}
        with self._asking(f"to set the offsets of group {group}"):
            answers = self._client.alter_group_offsets(group, wanted)
        refused = [f"{tp.topic} {tp.partition}: {error.__name__}" for tp, error in answers.items() if error.errno]
        if refused:
            raise BrokerError(f"the broker at {self._address} does not set the offsets of group {group}: {refused[0]}")

    def create(self, topics: Sequence[NewTopic]) -> None:
        """Create topics, and wait until they can be used.

        Raises:
            BrokerError: The cluster refuses; the text says which topic and why.
        """
        if not topics:
            return
        wanted = {
            topic.name: {
                "num_partitions": topic.partitions,
                "replication_factor": topic.replication,
                "configs": dict(topic.settings),
            }
            for topic in topics
        }
        with self._asking("for new topics"):
            made = self._client.create_topics(wanted, raise_errors=False)["topics"]
        refused = [f"{topic['name']}: {_reason(topic)}" for topic in made if topic["error_code"]]
        if refused:
            raise BrokerError(f"the broker at {self._address} does not make {'; '.join(refused)}")
        with self._asking("for new topics"):
            self._client.wait_for_topics(list(wanted))

    def _described(self, names: Sequence[str]) -> list[dict[str, Any]]:
        if not names:
            return []
        with self._asking("for topics"):
            topics: list[dict[str, Any]] = self._client.describe_topics(list(names))
        unknown = [topic for topic in topics if topic["error_code"] not in (0, _UNKNOWN_TOPIC)]
        if unknown:
            raise BrokerError(
                f"the broker at {self._address} does not say what {unknown[0]['name']} is: {_reason(unknown[0])}"
            )
        return [topic for topic in topics if not topic["error_code"]]

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        try:
            yield
        except KafkaError as error:
            raise BrokerError(f"the broker at {self._address}, asked {what}, does not answer well: {error}") from error


_UNKNOWN_TOPIC: Final = 3
_NO_ID: Final = "00000000-0000-0000-0000-000000000000"
"""The answer of a broker without topic ids."""


def _connect(options: Mapping[str, Any]) -> Any:  # noqa: ANN401  # kafka-python has no types
    opened: list[Any] = []

    def connections(**configs: Any) -> Any:  # noqa: ANN401  # the same
        opened.append(KafkaNetClient(**configs))
        return opened[0]

    try:
        return _GroupAdminClient(**options, kafka_client=connections)
    except BaseException:
        for connection in opened:
            connection.close()  # the failed client leaks its thread and its sockets
        raise


def _reason(topic: Mapping[str, Any]) -> str:
    return str(topic.get("error_message") or for_code(topic["error_code"]).__name__)
