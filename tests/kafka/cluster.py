"""Several brokers that form one cluster: each a KRaft controller too, or beside a separate controller."""

from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import confluent_kafka
from confluent_kafka import ElectionType, KafkaException
from confluent_kafka.admin import AdminClient
from kafka import KafkaAdminClient, TopicPartition

from tests.kafka.brokers import KafkaBroker, NodeRole
from tests.kafka.metadata import Metadata, ask
from tests.kafka.waiting import free_port, wait_until

__all__ = ["KafkaCluster"]

_HEAP_MB: Final = 384  # three of them share two cores with their clients


class KafkaCluster:
    """A cluster.

    Args:
        directory: For the nodes' files.
        brokers: How many; each partition has as many replicas, three at most.
        apart: Whether the controller is a separate node; else every broker is one, too.

    Attributes:
        brokers: Its brokers, by node from 1.
        controller: The separate controller, if there is one.
    """

    def __init__(self, directory: Path, brokers: int = 3, *, apart: bool = False) -> None:
        nodes = range(1, brokers + 1)
        voters = {brokers + 1: free_port()} if apart else {node: free_port() for node in nodes}

        def part(node: int, *roles: str) -> NodeRole:
            copies = min(3, brokers)
            return NodeRole(node, roles, voters.get(node, 0), voters, copies, _HEAP_MB)

        both = ("broker",) if apart else ("broker", "controller")
        self.brokers = tuple(KafkaBroker(directory / f"broker-{node}", part=part(node, *both)) for node in nodes)
        self.controller = KafkaBroker(directory / "controller", part=part(brokers + 1, "controller")) if apart else None
        self._nodes = (*self.brokers, self.controller) if self.controller is not None else self.brokers

    @property
    def bootstrap(self) -> str:
        """The addresses of all brokers, separated by commas."""
        return ",".join(broker.bootstrap for broker in self.brokers)

    def start(self) -> None:
        """Start all nodes that do not run, and wait until the cluster has all its brokers."""
        with ExitStack() as undo:
            undo.callback(self.end)
            started = [node for node in self._nodes if not node.is_running]
            for node in started:  # a single node would wait for the others
                node.launch()
            for node in started:
                node.await_service()
            wait_until(self._is_complete, "all brokers of a cluster")
            undo.pop_all()

    def _is_complete(self) -> bool:
        for node in self._nodes:
            node.check()
        return len(self.alive()) == len(self.brokers)

    def end(self) -> None:
        """End all nodes at once: with SIGTERM the last ones would wait half a minute for a quorum."""
        for node in self._nodes:
            if node.is_running:
                node.kill()

    def alive(self) -> frozenset[int]:
        """Return the registered brokers; none while no node answers."""
        return self._metadata().brokers

    def leader(self, topic: str, partition: int) -> KafkaBroker:
        """Return the leader of a partition as soon as a running broker leads it."""

        def leads() -> KafkaBroker | None:
            node = self._metadata(topic).leaders.get((topic, partition), -1)
            return self.brokers[node - 1] if node > 0 and self.brokers[node - 1].is_running else None

        return wait_until(leads, f"a leader of {topic} {partition}")

    def move_leaders(self, topic: str) -> None:
        """Move the leadership of every partition of a topic by reassignment; return when it has moved."""
        now = self._metadata(topic)
        wanted = {
            tp: (*(node for node in nodes if node != now.leaders[tp]), now.leaders[tp])
            for tp, nodes in now.replicas.items()
        }
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            admin.alter_partition_reassignments({TopicPartition(*tp): nodes for tp, nodes in wanted.items()})
            wait_until(lambda: self._metadata(topic).replicas == wanted, "replicas in that order")
            admin.elect_leaders(0, {topic: [number for _, number in wanted]})
        finally:
            admin.close()
        leaders = {tp: nodes[0] for tp, nodes in wanted.items()}
        wait_until(lambda: self._metadata(topic).leaders == leaders, f"other leaders of {topic}")

    def keep_two_replicas(self, topic: str) -> tuple[KafkaBroker, KafkaBroker]:
        """Reduce partition 0 of a topic to two replicas; return its leader and its follower."""
        leader = self._metadata(topic).leaders[topic, 0]
        follower = leader % len(self.brokers) + 1
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            admin.alter_partition_reassignments({TopicPartition(topic, 0): (leader, follower)})
        finally:
            admin.close()
        wait_until(lambda: self._metadata(topic).replicas[topic, 0] == (leader, follower), f"two replicas of {topic}")
        return self.brokers[leader - 1], self.brokers[follower - 1]

    def elect_uncleanly(self, topic: str, broker: KafkaBroker) -> None:
        """Let a broker that is out of sync lead partition 0 of a topic, as an operator would; return when it leads."""

        alive = ",".join(broker.bootstrap for broker in self.brokers if broker.is_running)
        admin = AdminClient({"bootstrap.servers": alive, "log_level": 0})

        def leads() -> bool:
            wanted = admin.elect_leaders(ElectionType.UNCLEAN, [confluent_kafka.TopicPartition(topic, 0)])
            with suppress(KafkaException):  # the controller is elected itself
                wanted.result()
            # at first the controller may not know that the former leader is gone, or that this one is back
            return self._metadata(topic).leaders.get((topic, 0)) == broker.part.node

        wait_until(leads, f"a leader of {topic} that is out of sync")

    def _metadata(self, *topics: str) -> Metadata:
        return ask(next(broker.bootstrap for broker in self.brokers if broker.is_running), topics)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
