"""The metrics of the console: its health as a process, the pipeline's as it shows it, and the deadlines ahead."""

from collections.abc import Callable, Collection, Iterator, Sequence
from importlib.metadata import version
from platform import python_version
from typing import Final

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from streams.metrics.exposition import Scrape, scrape
from streams.metrics.families import PREFIX, gauge
from streams.web.due_soon.families import deadline_families
from streams.web.due_soon.reading import DueSoonReading
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
        most_officers: So many officers get series of their own.
    """

    def __init__(
        self,
        health: Callable[[], PipelineHealth],
        feeds: Callable[[], Sequence[FeedStatus]],
        answered_at: Callable[[], int | None],
        due_soon: Callable[[], DueSoonReading | None] = lambda: None,
        offices: Collection[str] = (),
        most_officers: int = 0,
    ) -> None:
        self._health, self._feeds, self._answered_at = health, feeds, answered_at
        self._due_soon, self._offices, self._most_officers = due_soon, offices, most_officers

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
        yield from deadline_families(self._due_soon(), self._offices, self._most_officers)


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
