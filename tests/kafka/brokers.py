"""Apache Kafka 4.3.1 from Maven for tests: one KRaft node on loopback that can be stopped, killed and started again.

A test takes a fixture of `tests/kafka/conftest.py` and gets an address; names of topics and groups must be its own:

    @pytest.mark.kafka
    def test_something(apache_kafka: str, namespace: str) -> None:
        settings = Settings.load(brokers=apache_kafka, prefix=namespace, group=namespace)

A test that ends the broker needs one of its own, or a cluster (`tests/kafka/cluster.py`):

    with KafkaBroker(tmp_path) as broker:
        broker.kill()       # SIGKILL, as a crash
        broker.start()      # same address, same data

`with_options` adds lines to server.properties, `listeners` adds ports that want a password or a certificate. Maven
fetches the jars once, into DOCKETWATCH_KAFKA_LIB or ~/.cache/docketwatch/kafka-4.3.1. Without java or mvn a
test skips and says so; with DOCKETWATCH_REQUIRE_KAFKA=1, as in CI, it fails instead.

`python -m tests.kafka.brokers [DIR]` runs a broker until Ctrl-C and prints its address.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from streams.process.child_process import ChildProcess
from streams.tools.embedded_broker import speaks_kafka
from tests.kafka.jars import jars, java
from tests.kafka.listeners import Listeners
from tests.kafka.waiting import LIMIT, free_port, wait_until

__all__ = ["KafkaBroker", "NodeRole"]

_CLUSTER_ID: Final = "ZG9ja2V0d2F0Y2gtdGVzdA"  # any 16 bytes in base64url: no test cluster meets another

_OPTIONS: Final = {
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",
    "log.cleaner.backoff.ms": "500",
    "log.segment.delete.delay.ms": "1000",
    "broker.session.timeout.ms": "3000",  # the next start waits for the killed broker's registration to expire
    "broker.heartbeat.interval.ms": "500",
    "num.network.threads": "2",
    "num.io.threads": "4",
}
_BROKER_ONLY: Final = {"inter.broker.listener.name": "PLAINTEXT"}


@dataclass(frozen=True)
class NodeRole:
    """The role of a node in its cluster.

    Attributes:
        node: Its number, from 1.
        roles: `broker`, `controller`, or both.
        controller_port: The port for other controllers, if it is one.
        voters: Controller ports by node; this node alone when left out.
        copies: Replicas of the cluster's internal topics.
        heap_mb: Heap of its process.
    """

    node: int = 1
    roles: tuple[str, ...] = ("broker", "controller")
    controller_port: int = field(default_factory=free_port)
    voters: Mapping[int, int] = field(default_factory=dict)
    copies: int = 1
    heap_mb: int = 768

    def options(self, listeners: Listeners) -> dict[str, str]:
        """Return its lines of server.properties."""
        addresses, protocols = [], ["CONTROLLER:PLAINTEXT"]
        options = {}
        if "broker" in self.roles:
            addresses.append(listeners.addresses())
            protocols.append(listeners.protocols())
            options = {**_BROKER_ONLY, "advertised.listeners": listeners.addresses(), **listeners.options()}
        if "controller" in self.roles:
            addresses.append(f"CONTROLLER://127.0.0.1:{self.controller_port}")
        voters = self.voters or {self.node: self.controller_port}
        return {
            **options,
            "node.id": str(self.node),
            "process.roles": ",".join(self.roles),
            "listeners": ",".join(addresses),
            "listener.security.protocol.map": ",".join(protocols),
            "controller.quorum.voters": ",".join(f"{node}@127.0.0.1:{port}" for node, port in voters.items()),
            "offsets.topic.replication.factor": str(self.copies),
            "transaction.state.log.replication.factor": str(self.copies),
            "transaction.state.log.min.isr": str(max(1, self.copies - 1)),
            "share.coordinator.state.topic.replication.factor": str(self.copies),
            "share.coordinator.state.topic.min.isr": str(max(1, self.copies - 1)),
        }


class KafkaBroker:
    """A node: its data, its ports and, while it runs, its process.

    Args:
        directory: For its data, its settings and its log.
        with_options: Lines of server.properties; they override the defaults.
        listeners: Its ports; only PLAINTEXT when left out.
        part: Its role in the cluster; every role when left out.
        for_long: Whether it runs for hours or for figures; a test wants a quick start.
    """

    def __init__(
        self,
        directory: Path,
        *,
        with_options: Mapping[str, str] | None = None,
        listeners: Listeners | None = None,
        part: NodeRole | None = None,
        for_long: bool = False,
    ) -> None:
        self._for_long = for_long
        self._library = jars()
        self._directory = directory
        self._listeners = listeners or Listeners()
        self.part = part or NodeRole()
        self._child: ChildProcess | None = None
        options = {
            **_OPTIONS,
            **self.part.options(self._listeners),
            "log.dirs": str(self.data),
            **(with_options or {}),
        }
        directory.mkdir(parents=True, exist_ok=True)
        self._options = directory / "server.properties"
        self._options.write_text("".join(f"{name}={value}\n" for name, value in options.items()))
        words = ("format", "-t", _CLUSTER_ID, "-c", str(self._options), *self._listeners.format_options())
        formatting = self._java("kafka.tools.StorageTool", *words)
        done = subprocess.run(formatting, capture_output=True, text=True, timeout=LIMIT, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def bootstrap(self) -> str:
        """Its address, host:port, of the listener without authentication."""
        return self.address("PLAINTEXT")

    def address(self, protocol: str) -> str:
        """Its address, host:port, for a security protocol."""
        return f"127.0.0.1:{self._listeners.ports[protocol]}"

    @property
    def data(self) -> Path:
        """The directory of its logs."""
        return self._directory / "data"

    @property
    def log(self) -> Path:
        """The log of all its runs."""
        return self._directory / "broker.log"

    @property
    def pid(self) -> int:
        """Its process id, while it runs."""
        assert self._child is not None
        return self._child.pid

    @property
    def is_running(self) -> bool:
        """Return whether it was started and has not ended."""
        return self._child is not None

    def launch(self) -> None:
        """Start it without waiting."""
        assert self._child is None, "it runs already"
        self._child = ChildProcess(self._java("kafka.Kafka", str(self._options), for_long=self._for_long), self.log)

    def await_service(self) -> None:
        """Wait until it serves."""
        try:
            wait_until(self._serves, f"a node that serves; see {self.log}")
        except BaseException:
            self.stop()
            raise

    def start(self) -> None:
        """Start it and wait until it serves."""
        self.launch()
        self.await_service()

    def stop(self) -> None:
        """Stop it with SIGTERM, as an operator would."""
        child, self._child = self._child, None
        if child is not None:
            child.stop(grace=30)  # limit: a node without a quorum does not end, and a killed one recovers

    def yield_to_others(self) -> None:
        """Lower its priority, so that a kill follows right after its answer."""
        for thread in Path(f"/proc/{self.pid}/task").iterdir():
            with suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, int(thread.name), 19)

    def kill(self) -> None:
        """Kill it, as a crash would."""
        child, self._child = self._child, None
        assert child is not None, "it does not run"
        child.kill()

    def restart(self) -> None:
        """Stop it with SIGTERM and start it again."""
        self.stop()
        self.start()

    def wait(self) -> None:
        """Wait until its process has ended."""
        assert self._child is not None
        self._child.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _java(self, main: str, *arguments: str, for_long: bool = False) -> list[str]:
        return java(self._library, self.part.heap_mb, main, *arguments, for_long=for_long)

    def check(self) -> None:
        """Fail with the end of its log if its process has ended by itself."""
        assert self._child is not None
        assert self._child.exit_code is None, f"the node ended:\n{self._child.output()[-3000:]}"

    def _serves(self) -> bool:
        self.check()
        is_broker = "broker" in self.part.roles
        return speaks_kafka("127.0.0.1", self._listeners.ports["PLAINTEXT"] if is_broker else self.part.controller_port)


def _main() -> None:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="docketwatch-kafka-"))
    with KafkaBroker(directory, for_long=True) as broker:
        print(broker.bootstrap, flush=True)  # noqa: T201  # run by hand, this is its answer
        try:
            broker.wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    _main()
