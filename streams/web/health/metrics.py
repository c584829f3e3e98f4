"""The metrics of the console: its health as a process, the pipeline's as it shows it, and the deadlines ahead."""

from collections.abc import Callable, Collection, Iterator, Sequence
from importlib.metadata import version
from platform import python_version
from typing import Final

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from schemas.causes import Cause
from streams.metrics.exposition import Scrape, scrape
from streams.metrics.families import PREFIX, gauge
from streams.metrics.offices import OfficeLabels
from streams.web.due_soon.reading import DUE_DAYS, Counts, DueSoonReading
from streams.web.health.pipeline import FeedStatus, PipelineHealth, PipelineState

__all__ = ["ConsoleCollector", "ConsoleMetrics"]

_MS: Final = 1000


class ConsoleCollector(Collector):
    """Turns the health of the pipeline into metric families.

    Args:
        health: Works out the health.
        feeds: The input topics as last seen.
        answered_at: When the broker last answered (ms); None before the first answer.
        due_soon: The last reading of the deadlines ahead; None before the first.
        offices: Offices that the policy names.
    """

    def __init__(
        self,
        health: Callable[[], PipelineHealth],
        feeds: Callable[[], Sequence[FeedStatus]],
        answered_at: Callable[[], int | None],
        due_soon: Callable[[], DueSoonReading | None] = lambda: None,
        offices: Collection[str] = (),
    ) -> None:
        self._health, self._feeds, self._answered_at = health, feeds, answered_at
        self._due_soon, self._offices = due_soon, offices

    def collect(self) -> Iterator[Metric]:
        """Every family, once a scrape."""
        health, answered_at = self._health(), self._answered_at()
        build = {"version": version("docketwatch"), "python": python_version()}
        yield InfoMetricFamily(f"{PREFIX}console_build", "The program.", value=build)
        yield gauge(
            "console_state",
            "1 for what the console can say of the pipeline now, 0 for the other states: the broker does not answer, "
            "the console still reads, not judged, held, judging.",
            ("state",),
            [((state.value,), float(state is health.state)) for state in PipelineState],
        )
        yield gauge(
            "console_since_timestamp_seconds",
            "Since when the state is not `judging`, where that is known.",
            (),
            [] if health.since is None else [((), health.since / _MS)],
        )
        yield gauge(
            "console_answer_timestamp_seconds",
            "When the broker last answered the console.",
            (),
            [] if answered_at is None else [((), answered_at / _MS)],
        )
        yield gauge(
            "console_workers",
            "Members of the workers' consumer group, where the broker says.",
            (),
            [] if health.workers is None else [((), health.workers)],
        )
        # none while it is not known: a waiting of 0 would look calm
        feeds = self._feeds() if health.waiting is not None else ()
        yield gauge(
            "console_waiting_events",
            "Events that no worker has judged; none while the broker does not answer.",
            ("topic",),
            [((feed.name,), feed.waiting) for feed in feeds],
        )
        yield from self._deadlines()

    def _deadlines(self) -> Iterator[Metric]:
        reading = self._due_soon()
        yield gauge(
            "deadlines_ahead",
            "Deadlines within a time from the workers' clock, the earliest of each case and cause: the alert is raised "
            "unless something happens. None before the console has read the workers' state.",
            ("office", "cause", "within"),
            [] if reading is None else _by_label(reading, self._offices),
        )
        yield gauge(
            "deadlines_ahead_as_of_timestamp_seconds",
            "The workers' clock from which the deadlines ahead are counted.",
            (),
            [] if reading is None else [((), reading.as_of / _MS)],
        )


def _by_label(reading: DueSoonReading, named: Collection[str]) -> Iterator[tuple[tuple[str, str, str], int]]:
    """Deadlines by label of the office, cause and time; of each office every cause, also with none."""
    labels = OfficeLabels(named, (office for office, _ in reading.by_office if office))
    shown = {*named, *(labels[office] for office, _ in reading.by_office)}
    counts = {(label, cause.value): Counts(0, 0) for label in sorted(shown) for cause in Cause}
    for (office, cause), more in reading.by_office.items():
        held = counts.get((labels[office], cause), Counts(0, 0))
        counts[labels[office], cause] = Counts(held.week + more.week, held.whole + more.whole)
    for (label, cause), each in counts.items():
        yield (label, cause, "7d"), each.week
        yield (label, cause, f"{DUE_DAYS}d"), each.whole


class ConsoleMetrics:
    """Answers a scrape.

    Args:
        collector: The pipeline's health.
    """

    def __init__(self, collector: ConsoleCollector) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(collector)
        for of_the_process in (ProcessCollector, PlatformCollector, GCCollector):
            of_the_process(registry=self._registry)

    def scrape(self, accept: str, accept_encoding: str = "") -> Scrape:
        """The answer in the format and the compression that these headers ask for."""
        return scrape(self._registry, accept, accept_encoding)
