"""The resources that a docket needs of workers and brokers, computed from measured figures.

    python -m tests.load.sizing     prints the tables of deploy/sizing.md; a test compares them

Each figure names its measurement, or that it is assumed; a new measurement changes it here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Final, NamedTuple

__all__ = ["FIGURES", "SizedDocket", "report"]


class Figure(NamedTuple):
    """A number that the computation uses.

    Attributes:
        value: The number.
        unit: Its unit.
        source: The command that prints it, or why it is assumed.
    """

    value: float
    unit: str
    source: str


FIGURES: Final[dict[str, Figure]] = {
    "case": Figure(830, "bytes a case, resident and as a record", "620 to 830: `tests.load.bench_evaluate`"),
    "idle": Figure(200, "MiB of a worker without a case", "70 of imports, measured; buffers are assumed"),
    "spare": Figure(1.5, "memory asked for, by memory used", "assumed: the heap's holes, a restore"),
    "cpu": Figure(25, "µs of CPU an event", "20 to 30: a worker on Apache Kafka, 2 shared cores"),
    "restore": Figure(9, "µs a record restored", "5 to 9, by machine: `tests.load.bench_recovery`, 2.3 million"),
    "load": Figure(6, "events a case when history is loaded", "`generate`: opened, officer, office, level, bookings"),
    "live": Figure(2.35, "events a case and 30 days", "`generate --cases 141000 --days 180`: 1,991,172 events"),
    "event": Figure(267, "bytes an event", "the same log: 531,179,386 bytes"),
    "kept": Figure(14, "days of events kept", "schemas/topics.py"),
    "copies": Figure(3, "copies of every partition", "`replication`; three brokers or more"),
    "uncompacted": Figure(1.43, "records kept, by records that count", "1 / (1 - min.cleanable.dirty.ratio of 0.3)"),
    "segment": Figure(64, "MiB of a changelog partition never compacted", "segment.bytes in schemas/topics.py"),
}


@dataclass(frozen=True)
class SizedDocket:
    """A docket and its partitioning.

    Attributes:
        cases: How many cases are known, closed ones too.
        partitions: Partitions of every topic keyed by case.
        workers: Processes, one core each.
    """

    cases: int
    partitions: int
    workers: int

    @property
    def memory(self) -> float:
        """Return the GiB that one worker needs while another is down: partitions are whole, so the fullest counts."""
        fullest = ceil(self.partitions / max(1, self.workers - 1))
        used = FIGURES["idle"].value / 1024 + self.cases / self.partitions * fullest * FIGURES["case"].value / 2**30
        return used * FIGURES["spare"].value

    @property
    def takeover(self) -> float:
        """Return the seconds until the other workers have restored the state of a lost one."""
        moved = self.cases / self.workers / max(1, self.workers - 1)
        return moved * FIGURES["restore"].value * FIGURES["uncompacted"].value / 1e6

    @property
    def loading(self) -> float:
        """Return the minutes of work for the whole history, with all workers."""
        return self.cases * FIGURES["load"].value * FIGURES["cpu"].value / 1e6 / self.workers / 60

    @property
    def live(self) -> float:
        """Return the events per second at an even rate."""
        return self.cases * FIGURES["live"].value / (30 * 86_400)

    @property
    def night(self) -> float:
        """Return the minutes of work for a nightly feed: a day's events at once, with all workers."""
        return self.live * 86_400 * FIGURES["cpu"].value / 1e6 / self.workers / 60

    @property
    def state_disk(self) -> float:
        """Return the GiB of changelogs on all brokers together."""
        kept = self.cases * FIGURES["case"].value * FIGURES["uncompacted"].value / 2**30
        return (kept + self.partitions * FIGURES["segment"].value / 1024) * FIGURES["copies"].value

    @property
    def event_disk(self) -> float:
        """Return the GiB of events on all brokers together, if the history was loaded within the retention."""
        a_case = FIGURES["load"].value + FIGURES["live"].value * FIGURES["kept"].value / 30
        return self.cases * a_case * FIGURES["event"].value * FIGURES["copies"].value / 2**30


DOCKETS: Final = (SizedDocket(100_000, 8, 2), SizedDocket(2_300_000, 24, 3), SizedDocket(10_000_000, 48, 5))


def report() -> Iterator[str]:
    """Return the tables, line by line."""
    yield "| cases | partitions | workers | memory each | takeover | history | live | nightly feed | state | events |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for docket in DOCKETS:
        yield (
            f"| {docket.cases:,} | {docket.partitions} | {docket.workers} | {docket.memory:.1f} GiB "
            f"| {docket.takeover:.1f} s | {docket.loading:.1f} min | {docket.live:,.1f}/s | {docket.night:.2f} min "
            f"| {docket.state_disk:.0f} GiB | {docket.event_disk:.0f} GiB |"
        )
    yield ""
    yield "| figure | of what | from |"
    yield "|---|---|---|"
    for figure in FIGURES.values():
        yield f"| {figure.value:g} | {figure.unit} | {figure.source} |"


if __name__ == "__main__":
    print("\n".join(report()))
