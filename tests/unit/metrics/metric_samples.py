"""Loads, alerts and a collector for the tests of metrics."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from schemas.loads import Load, LoadByCause, LoadByLevel
from schemas.policy import load_policy
from streams.core.policy.rules import Rules
from streams.metrics.collector import AgentStoreView, OwnedPartitions, WorkerCollector
from streams.metrics.stats import CaseStats, OfficerStats, WorkerStats

RULES = Rules(load_policy(None))

Sample = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class FakeRevision:
    """The fields of a revision that metrics read."""

    alert_id: str
    cause: str
    status: str
    severity: str = "warning"
    office: str | None = "ATL"


def load(officer_id: str = "o-1", **changes: Any) -> Load:
    """Return a load like those of the audit."""
    known: dict[str, Any] = {
        "open_cases": 1_700, "in_custody": 0, "by_level": LoadByLevel(low=150), "bookings_7d": 0, "hearings_7d": 0,
        "hearings_30d": 0, "overdue": 1, "lost_track": 3, "by_cause": LoadByCause(), "assigned_30d": 0,
        "unassigned_30d": 0, "workload_minutes_month": 9_000.0, "capacity_minutes_month": 7_200.0,
        "utilisation": 1.25, "minutes_per_case_month": 4.2, "status": None, "office": "ATL", "as_of": 0,
    }  # fmt: skip
    return Load(officer_id=officer_id, **{**known, **changes})


def case_stats(standing: Sequence[FakeRevision] = (), **changes: Any) -> CaseStats:
    """Return a case partition with its open alerts."""
    stats = CaseStats(**changes)
    for alert in standing:
        stats.standing.publish(alert)
    return stats


def officer_stats(*loads: Load, **changes: Any) -> OfficerStats:
    """Return an officer partition with its loads."""
    return OfficerStats(loads={one.officer_id: one for one in loads}, **changes)


def worker_stats() -> WorkerStats:
    """Return the statistics of a worker with every kind of event."""
    stats = WorkerStats(
        read=Counter({"docket.cases": 7}),
        refused=Counter({("docket.cases", "not_json"): 2}),
        decisions=Counter({"applied": 5, "late": 1, "unchanged": 3}),
        alerts=Counter({("no_officer", "raised"): 4}),
        officer_alerts=Counter({("overloaded", "raised"): 1}),
    )
    for size in (1, 1, 500):
        stats.batch_sizes.add(size)
    stats.delays.add(2.1)
    return stats


def view(
    cases: Mapping[int, CaseStats] | None = None, officers: Mapping[int, OfficerStats] | None = None
) -> OwnedPartitions:
    """Return what a worker owns."""
    return OwnedPartitions(
        cases=cases or {},
        officers=officers or {},
        state_bytes=700,
        unread={"docket.cases": 9},
        blind={"docket.check-ins": True, "docket.officers": False},
        stores={
            "cases": AgentStoreView(
                6,
                4.5,
                0.25,
                restored_records=11,
                to_restore=2,
                restore_seconds=0.5,
                checkpoints={0: (3_500, 40), 1: (None, 7)},
                checkpoint_failures=3,
                refused=2,
                lost_alert_topics={"docket.lost-track-alerts": 3, "docket.restricted-alerts": 0},
            ),
            "officers": AgentStoreView(0, None, 0.0, restored_records=0, to_restore=0, restore_seconds=0.0),
        },
    )


def collector(
    seen: OwnedPartitions, stats: WorkerStats | None = None, *, most_officers: int = 2_000
) -> WorkerCollector:
    """Return a collector at 5 s past the epoch."""
    return WorkerCollector(
        stats or WorkerStats(),
        lambda: seen,
        lambda: 5_000,
        rules=RULES,
        most_officers=most_officers,
        worker={"clock": "log", "delivery": "ordered", "policy": "p@1", "policy_hash": "0123456789ab"},
        build={"version": "1.2.3", "python": "3.11.7"},
    )


def exposition(made: WorkerCollector) -> str:
    """Return a scrape as text."""
    registry = CollectorRegistry()
    registry.register(made)
    return generate_latest(registry).decode()


def samples(made: WorkerCollector) -> dict[Sample, float]:
    """Return every sample of a scrape, without the prefix."""
    return {
        (sample.name.removeprefix("docketwatch_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(exposition(made))
        for sample in family.samples
    }


def key(name: str, **labels: str) -> Sample:
    """Return a sample's key in `samples`."""
    return name, tuple(sorted(labels.items()))
