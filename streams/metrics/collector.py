"""The metrics of a worker, made at scrape out of what it counted; no series bears a case id.

What stands in a partition is read of the partitions owned at that moment, so a partition that went to another worker
takes its series with it. Counters are the process's own and begin at 0 with it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct, field
from prometheus_client.core import InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from schemas.causes import CLASS_OF, Cause
from streams.core.officers.state.rules import OfficerRules
from streams.core.policy.rules import Rules
from streams.metrics.families import PREFIX, Labelled, counter, gauge, histogram, single
from streams.metrics.office_records import office_families
from streams.metrics.offices import OfficeLabels, load_families
from streams.metrics.standing import StandingAlertCounts, StandingCounts
from streams.metrics.stats import CaseStats, OfficerStats, WorkerStats

__all__ = ["AgentStoreView", "OwnedPartitions", "WorkerCollector"]

_MS: Final = 1000


class AgentStoreView(Struct):
    """The counters and waits of an agent's store.

    Attributes:
        commits: Pieces of work made durable.
        committed_at: When the last one was (s since the epoch); None before the first.
        waited: For how long (s) work that was begun has waited without any of it becoming durable.
        restored_records: Changelog records read.
        to_restore: Changelog records still to be read.
        restore_seconds: Seconds that the last restore took.
        checkpoints: By owned partition: when its checkpoint was begun (ms; None while it has none), and how many
            changelog records a restart would read beside it.
        checkpoint_failures: How often one could not be written.
        refused: Partitions whose state does not belong to what the group committed.
        lost_alert_topics: By alert topic: in how many owned partitions alerts stand that it may lack.
    """

    commits: int
    committed_at: float | None
    waited: float
    restored_records: int
    to_restore: int
    restore_seconds: float
    checkpoints: Mapping[int, tuple[int | None, int]] = field(default_factory=dict)
    checkpoint_failures: int = 0
    refused: int = 0
    lost_alert_topics: Mapping[str, int] = field(default_factory=dict)


class OwnedPartitions(Struct):
    """The owned partitions at the moment of a scrape.

    Attributes:
        cases: By case partition.
        officers: By officer partition.
        state_bytes: What the packed cases take.
        unread: Records behind the position, by topic.
        blind: Whether a feed is blind: it declared a heartbeat and is silent, or records of it are missing.
        stores: By agent.
        gaps: How many records are missing, by topic and partition; while the gap is open.
    """

    cases: Mapping[int, CaseStats]
    officers: Mapping[int, OfficerStats]
    state_bytes: int
    unread: Mapping[str, int]
    blind: Mapping[str, bool]
    stores: Mapping[str, AgentStoreView]
    gaps: Mapping[tuple[str, int], int] = field(default_factory=dict)


class WorkerCollector(Collector):
    """Turns counts into metric families.

    Args:
        stats: What the worker counts.
        view: What it owns now.
        now: The wall clock (ms).
        rules: The policy.
        most_officers: So many officers get series of their own.
        worker: Fixed labels of the worker.
        build: Fixed labels of the program.
    """

    def __init__(
        self,
        stats: WorkerStats,
        view: Callable[[], OwnedPartitions],
        now: Callable[[], int],
        *,
        rules: Rules,
        most_officers: int,
        worker: Mapping[str, str],
        build: Mapping[str, str],
    ) -> None:
        self._stats, self._view, self._now = stats, view, now
        self._rules, self._most_officers, self._worker, self._build = rules, most_officers, worker, build

    def collect(self) -> Iterator[Metric]:
        """Every family, once a scrape."""
        view = self._view()
        yield InfoMetricFamily(f"{PREFIX}build", "The program.", value=dict(self._build))
        yield InfoMetricFamily(
            f"{PREFIX}worker", "Settings of the worker; the value is always 1.", value=dict(self._worker)
        )
        yield gauge(
            "policy_review_due_timestamp_seconds",
            "Unix time from which the review of the policy is overdue.",
            (),
            [((), OfficerRules(self._rules).review_passed_at / _MS)],
        )
        yield from self._of_events()
        yield from self._of_alerts()
        yield from self._of_cases(view)
        yield from self._of_clocks(view)
        yield from _of_stores(view)
        yield from self._of_offices(view)

    def _of_events(self) -> Iterator[Metric]:
        stats = self._stats
        decisions = stats.decisions
        yield counter("events_read", "Records read.", ("topic",), single(stats.read))
        yield counter("events_refused", "Records refused.", ("topic", "reason"), list(stats.refused.items()))
        yield counter(
            "events_late",
            "Late events: recorded before the clock of their partition.",
            (),
            [((), decisions.get("late", 0))],
        )
        yield counter(
            "events_repeated",
            "Events without effect: duplicates, redeliveries, repetitions.",
            (),
            [((), decisions.get("unchanged", 0))],
        )
        yield counter("decisions", "Decisions of the case core.", ("reason",), single(decisions))
        yield histogram("batch_records", "Records in a batch.", stats.batch_sizes)

    def _of_alerts(self) -> Iterator[Metric]:
        stats = self._stats
        yield counter(
            "alerts",
            "Alert revisions by kind: raised, escalated, republished, resolved, retracted.",
            ("cause", "cause_class", "happened"),
            [((cause, _class_of(cause), what), count) for (cause, what), count in list(stats.alerts.items())],
        )
        yield counter(
            "officer_alerts",
            "Officer alert revisions by kind: raised, escalated, republished, resolved, retracted.",
            ("cause", "happened"),
            list(stats.officer_alerts.items()),
        )
        yield histogram(
            "alert_delay_seconds",
            "Seconds from the instant when an alert was due to be raised or escalated to its hand-over.",
            stats.delays,
        )

    def _of_cases(self, view: OwnedPartitions) -> Iterator[Metric]:
        partitions = view.cases.values()
        yield gauge("cases", "Cases known.", (), [((), sum(stats.cases for stats in partitions))])
        yield gauge(
            "cases_unregistered",
            "Unregistered cases: those with events but without case_opened.",
            (),
            [((), sum(stats.unregistered for stats in partitions))],
        )
        yield gauge("state_bytes", "Bytes of the packed state of all cases.", (), [((), view.state_bytes)])
        yield gauge(
            "events_held_back",
            "Events in the hold-back buffer.",
            (),
            [((), sum(stats.held_back for stats in partitions))],
        )

    def _of_clocks(self, view: OwnedPartitions) -> Iterator[Metric]:
        now = self._now()
        clocks = [((str(number),), stats.clock) for number, stats in view.cases.items() if stats.clock is not None]
        yield gauge(
            "clock_timestamp_seconds",
            "Watermark of a case partition: all events recorded up to this instant are applied.",
            ("partition",),
            [(labels, clock / _MS) for labels, clock in clocks],
        )
        yield gauge(
            "clock_lag_seconds",
            "Wall clock minus the watermark, by case partition.",
            ("partition",),
            [(labels, (now - clock) / _MS) for labels, clock in clocks],
        )
        known: dict[str, int] = {}
        partitions: list[CaseStats | OfficerStats] = [*view.cases.values(), *view.officers.values()]
        for stats in partitions:
            for name, at in stats.known.items():
                known[name] = min(at, known.get(name, at))
        reached = [((name,), at) for name, at in known.items() if at > 0]
        yield gauge(
            "feed_timestamp_seconds",
            "Read watermark of a topic's slowest partition: all events recorded up to this instant are read.",
            ("topic",),
            [(labels, at / _MS) for labels, at in reached],
        )
        yield gauge(
            "feed_lag_seconds",
            "Wall clock less that instant.",
            ("topic",),
            [(labels, (now - at) / _MS) for labels, at in reached],
        )
        yield gauge(
            "feed_blind",
            "1 while a feed with a heartbeat is silent or a feed has a gap: dependent watermarks stand still.",
            ("topic",),
            [((name,), float(is_blind)) for name, is_blind in view.blind.items()],
        )
        yield gauge(
            "input_gap_records",
            "Missing input records: deleted unread or lost with the end of a log. Until the gap is accepted or closed.",
            ("topic", "partition"),
            [((name, str(number)), records) for (name, number), records in view.gaps.items()],
        )
        yield gauge("unread_records", "Records not yet read.", ("topic",), single(view.unread))
        yield gauge(
            "officer_clock_timestamp_seconds",
            "Watermark of an officer partition: all officer events recorded up to this instant are applied.",
            ("partition",),
            [((str(number),), stats.clock / _MS) for number, stats in view.officers.items() if stats.clock is not None],
        )
        yield gauge(
            "loads_timestamp_seconds",
            "Instant of the published officer loads, by officer partition.",
            ("partition",),
            [((str(number),), stats.as_of / _MS) for number, stats in view.officers.items() if stats.as_of is not None],
        )
        yield gauge(
            "officer_partials_missing",
            "Case partitions whose final load partial an officer partition missed: it judges no period end.",
            ("partition",),
            [((str(number),), stats.partials_missing) for number, stats in view.officers.items()],
        )
        yield gauge(
            "officer_partitions_awaited",
            "Officer partitions whose first event an officer partition still waits for: it judges no period end.",
            ("partition",),
            [((str(number),), stats.awaited) for number, stats in view.officers.items()],
        )

    def _of_offices(self, view: OwnedPartitions) -> Iterator[Metric]:
        loads = [load for stats in view.officers.values() for load in list(stats.loads.values())]
        cases = _together(stats.standing for stats in view.cases.values())
        officers = _together(stats.standing for stats in view.officers.values())
        rows = [row for stats in view.cases.values() for row in stats.offices]
        staff = [row for stats in view.officers.values() for row in stats.staff]
        seen = {load.office or "" for load in loads} | {standing.office for standing in (*cases, *officers)}
        seen |= {row.office for row in rows} | {row.office for row in staff}
        names = OfficeLabels(self._rules.policy.offices, seen)
        yield gauge(
            "alerts_standing",
            "Alerts that stand.",
            ("cause", "cause_class", "office", "severity"),
            _by_label(
                ((one.cause, _class_of(one.cause), names[one.office], one.severity), count)
                for one, count in cases.items()
            ),
        )
        yield gauge(
            "officer_alerts_standing",
            "Officer alerts that stand.",
            ("cause", "office", "severity"),
            _by_label(((one.cause, names[one.office], one.severity), count) for one, count in officers.items()),
        )
        yield from load_families(loads, names, self._rules, self._most_officers)
        yield from office_families(rows, staff, names, self._rules)


def _of_stores(view: OwnedPartitions) -> Iterator[Metric]:
    def labelled(value: Callable[[AgentStoreView], float]) -> list[tuple[tuple[str, ...], float]]:
        return [((agent,), value(store)) for agent, store in view.stores.items()]

    labels = ("agent",)
    yield counter("commits", "Pieces of work made durable.", labels, labelled(lambda store: store.commits))
    yield gauge(
        "commit_timestamp_seconds",
        "Unix time at which work last became durable.",
        labels,
        [((agent,), store.committed_at) for agent, store in view.stores.items() if store.committed_at is not None],
    )
    yield gauge(
        "commit_wait_seconds",
        "Seconds that started work has waited while none of it became durable.",
        labels,
        labelled(lambda store: store.waited),
    )
    yield gauge(
        "state_refused_partitions",
        "Partitions whose state does not match the group or its committed offsets: the worker ends.",
        labels,
        labelled(lambda store: store.refused),
    )
    yield gauge(
        "alert_topic_lost_partitions",
        "Partitions with open alerts that an alert topic may lack: it was recreated, or its records were deleted.",
        ("topic",),
        [((name,), count) for store in view.stores.values() for name, count in store.lost_alert_topics.items()],
    )
    yield counter("restored_records", "Changelog records read.", labels, labelled(lambda store: store.restored_records))
    yield gauge(
        "restore_remaining_records",
        "Changelog records still to restore before the owned partitions can be processed.",
        labels,
        labelled(lambda store: store.to_restore),
    )
    yield gauge(
        "restore_seconds", "Seconds that the last restore took.", labels, labelled(lambda store: store.restore_seconds)
    )
    places = [
        ((agent, str(number)), *found)
        for agent, store in view.stores.items()
        for number, found in store.checkpoints.items()
    ]
    yield gauge(
        "checkpoint_timestamp_seconds",
        "Unix time of a partition's local checkpoint; no series while it has none.",
        ("agent", "partition"),
        [(place, written_at / _MS) for place, written_at, _ in places if written_at is not None],
    )
    yield gauge(
        "checkpoint_behind_records",
        "Changelog records that a restart would read after the checkpoint.",
        ("agent", "partition"),
        [(place, behind) for place, _, behind in places],
    )
    yield counter(
        "checkpoint_failures",
        "Failed checkpoint writes.",
        labels,
        labelled(lambda store: store.checkpoint_failures),
    )


def _together(partitions: Iterable[StandingAlertCounts]) -> Counter[StandingCounts]:
    standing: Counter[StandingCounts] = Counter()
    for alerts in partitions:
        for one, count in list(alerts.counts.items()):
            standing[one] += count
    return standing


def _by_label(samples: Iterable[tuple[tuple[str, ...], int]]) -> Labelled:
    """Samples, those of offices that share a label added up."""
    sums: Counter[tuple[str, ...]] = Counter()
    for labels, count in samples:
        sums[labels] += count
    return list(sums.items())


def _class_of(cause: str) -> str:
    return CLASS_OF[Cause(cause)].value
