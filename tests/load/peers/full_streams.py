"""The full work on Kafka Streams 4.3.1: CONTRACT.md §2 to §7, from events to alert revisions, with live loads.

The program in kafka_streams_full does less than a worker: no officer alerts, no load and office records, no dead
letters (a bad event ends it), no protected cases, no actions, no second policy, no wall clock. Its settings:

KS_BROKER, KS_PREFIX, KS_GROUP, KS_ALERTS, KS_DIRECTORY: its broker, topics, group, output topic and directory.
KS_POLICY, KS_POLICY_HASH: the policy as JSON (the default policy when empty), and the hash that alerts carry.
KS_GUARANTEE, KS_COMMIT_MS: exactly_once_v2 every 100 ms, or at_least_once every 1,000.
KS_STORE: memory or rocksdb, of packed states, with a changelog.
KS_OBJECTS: how many decoded states a task keeps, the last ones used; changed ones are packed once per commit.
KS_CACHE_BYTES: Kafka Streams' own record cache over the stores, for KS_OBJECTS=0.
"""

import os
import shutil
import uuid
from dataclasses import dataclass
from typing import Final

from schemas.topics import case_topics, topic
from streams.cli.options import read_policy
from streams.kafka.client.settings import Settings
from streams.process.child_process import ChildProcess
from tests.load.peers.full_work import (
    PREFIX,
    FullRun,
    GeneratedLog,
    ReferenceRun,
    check_alerts,
    clear_outputs,
    full_run,
)
from tests.load.peers.meter import peak_mib
from tests.load.peers.run import Bench, has_committed, watch

__all__ = ["STREAMS", "StreamsVariant", "run_streams"]

_JVM: Final = ("-Xms1g", "-Xmx3g", "-XX:+UseParallelGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
_C1_ONLY: Final = "-XX:TieredStopAtLevel=1"
_KEEP_COMPILERS: Final = "-XX:-UseDynamicNumberOfCompilerThreads"
"""Otherwise compiler threads end, and their CPU time cannot be separated from the rest."""
_ROCKSDB_OBJECTS: Final = 8_000
_MEMORY_OBJECTS: Final = 50_000


@dataclass(frozen=True)
class StreamsVariant:
    """A configuration of the program.

    Attributes:
        store: `memory` or `rocksdb`.
        guarantee: `exactly_once_v2` or `at_least_once`.
        flags: Further options of its JVM.
    """

    store: str
    guarantee: str
    flags: tuple[str, ...]

    @property
    def environment(self) -> dict[str, str]:
        """Return its settings, as variables."""
        objects = _ROCKSDB_OBJECTS if self.store == "rocksdb" else _MEMORY_OBJECTS
        return {"KS_STORE": self.store, "KS_GUARANTEE": self.guarantee, "KS_OBJECTS": str(objects)}


STREAMS: Final = {
    f"full kafka-streams {store} {name} {compiler}": StreamsVariant(store, guarantee, (_KEEP_COMPILERS, *flags))
    for store in ("memory", "rocksdb")
    for name, guarantee in (("eos", "exactly_once_v2"), ("alo", "at_least_once"))
    for compiler, flags in (("c1", (_C1_ONLY,)), ("c2", ()))
}


async def run_streams(log: GeneratedLog, bench: Bench, variant: StreamsVariant, reference: ReferenceRun) -> FullRun:
    """Run the program with a new group and new topics for its state and its alerts.

    Raises:
        AssertionError: It ended, hung, or computed other alerts than `evaluate`.
    """
    group = f"streams-{uuid.uuid4().hex[:8]}"
    scratch = bench.directory / group
    scratch.mkdir(parents=True)
    await clear_outputs(log, bench, group)
    environment = {
        **os.environ,
        **variant.environment,
        "KS_BROKER": bench.view.address,
        "KS_PREFIX": PREFIX,
        "KS_GROUP": group,
        "KS_ALERTS": topic("lost-track-alerts", PREFIX).name,
        "KS_DIRECTORY": str(scratch / "state"),
        "KS_POLICY_HASH": read_policy(None).hash,
    }
    java = shutil.which("java") or "java"
    class_path = bench.homes.java_class_path("kafka_streams_full")
    command = [java, *_JVM, *variant.flags, "-cp", class_path, "ksfull.App"]
    topics = [entry.name for entry in case_topics(PREFIX, log.partitions)]
    until = has_committed(await bench.view.length(topics))
    child = ChildProcess(command, scratch / "program.log", environment=environment)
    try:
        samples = await watch([child], bench, group, topics, until=until)
        peak = peak_mib(child.pid)
    finally:
        child.stop()
    settings = Settings.load(brokers=bench.view.address, partitions=log.partitions, group=group)
    alerts = await check_alerts(log, settings, reference)
    await bench.view.drop([name for name in await bench.view.topics() if group in name])
    shutil.rmtree(scratch)
    return full_run(log, samples, peak, alerts)
