"""The systems that run the kernel: their command, their changelog and their settings."""

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Final

from tests.load.peers.contents import FORMATS, Format
from tests.load.peers.environments import STREAMS_VERSION, Homes
from tests.load.peers.task import Task

__all__ = ["SYSTEMS", "System", "versions"]

_JVM: Final = (
    "-Xms1g",
    "-Xmx3g",
    "-XX:+UseParallelGC",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
_HUGE_PAGES: Final = "-XX:+UseTransparentHugePages"
_ROCKSDB_CACHE: Final = 64 << 20


@dataclass(frozen=True)
class System:
    """One row of the table.

    Attributes:
        name: What it is called.
        command: Its command line; creates its environment when there is none yet.
        form: How its changelog is packed.
        changelog: The name of its changelog, with {group} and {topic}; None: the benchmark passes the name.
        share: Its part of the events; slow systems get less.
        environment: Further variables.
        commit_ms: Between two commits, when it differs from the others'.
    """

    name: str
    command: Callable[[Homes], list[str]]
    form: Format = FORMATS["msgpack"]
    changelog: str | None = None
    share: float = 1.0
    environment: dict[str, str] = field(default_factory=dict)
    commit_ms: int | None = None

    def changelog_of(self, task: Task) -> str:
        """Return the topic of its state."""
        if self.changelog is None:
            return task.changelog
        return self.changelog.format(group=task.group, topic=task.topic)

    def events_of(self, events: int) -> int:
        """Return how many of the events it gets."""
        return int(events * self.share)


_VENVS: Final = {
    "confluent": ("confluent-kafka==2.16.1", "msgspec==0.22.0"),
    "faust": ("faust-streaming==0.15.3", "orjson==3.13.0"),
    "quix": ("quixstreams==3.28.1", "msgspec==0.22.0", "orjson==3.13.0"),
}


def _ours(module: str, *words: str) -> Callable[[Homes], list[str]]:
    return lambda _: [sys.executable, "-m", f"tests.load.peers.{module}", *words]


def _theirs(venv: str, module: str, *words: str) -> Callable[[Homes], list[str]]:
    return lambda homes: [str(homes.python(venv, *_VENVS[venv])), "-m", f"tests.load.peers.{module}", *words]


def _streams(
    name: str, store: str, guarantee: str, *, commit_ms: int | None = None, flags: Sequence[str] = (_HUGE_PAGES,)
) -> System:
    def command(homes: Homes) -> list[str]:
        return [shutil.which("java") or "java", *_JVM, *flags, "-cp", homes.java_class_path(), "Kernel"]

    # a cache costs the store in memory more than it saves, and RocksDB depends on it
    cache = _ROCKSDB_CACHE if store == "rocksdb" else 0
    return System(
        name,
        command,
        _JAVA_FORMAT,
        "{group}-cases-changelog",
        environment={"BENCH_STORE": store, "BENCH_GUARANTEE": guarantee, "BENCH_CACHE_BYTES": str(cache)},
        commit_ms=commit_ms,
    )


_JAVA_FORMAT: Final = FORMATS["kafka streams"]

_FAUST: Final = FORMATS["faust"], "{group}-cases-changelog"

_QUIX: Final = FORMATS["quix"], "changelog__{group}--{topic}--default"

SYSTEMS: Final = (
    System("docketwatch", _ours("docketwatch_kernel", "transactional")),
    System("docketwatch-ordered", _ours("docketwatch_kernel", "ordered")),
    _streams("kafka-streams-memory", "memory", "at_least_once"),
    _streams("kafka-streams-memory-small-pages", "memory", "at_least_once", flags=()),
    _streams("kafka-streams-rocksdb", "rocksdb", "at_least_once"),
    _streams("kafka-streams-memory-eos", "memory", "exactly_once_v2"),
    _streams("kafka-streams-memory-eos-small-pages", "memory", "exactly_once_v2", flags=()),
    _streams("kafka-streams-memory-eos-100ms", "memory", "exactly_once_v2", commit_ms=100),
    _streams("kafka-streams-rocksdb-eos", "rocksdb", "exactly_once_v2"),
    System("aiokafka-loop", _ours("aiokafka_loop")),
    System("confluent-loop", _theirs("confluent", "confluent_loop")),
    System("quix-streams", _theirs("quix", "quix_streams"), *_QUIX, share=0.2),
    System("faust-tuned", _theirs("faust", "stock_faust", "--tuned"), *_FAUST, share=0.02),
    System("faust", _theirs("faust", "stock_faust"), *_FAUST, share=0.01),
)


def versions(systems: Sequence[System], homes: Homes) -> str:
    """Return the versions of the systems; creates the environments that do not exist yet."""
    ours = [f"{name} {version(name)}" for name in ("aiokafka", "faust-streaming", "msgspec")]
    parts = [f"Python {platform.python_version()} with {', '.join(ours)}"]
    for system in systems:
        system.command(homes)
    parts += [" ".join(packages).replace("==", " ") for packages in _VENVS.values()]
    if any(system.form is _JAVA_FORMAT for system in systems):
        java = subprocess.run(["java", "--version"], capture_output=True, text=True, check=True).stdout
        parts.append(f"kafka-streams {STREAMS_VERSION} on {java.splitlines()[0]}")
    return "; ".join(parts)
