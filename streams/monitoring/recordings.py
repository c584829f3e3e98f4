"""Recording rules: the loads of each office over all workers, with what they rest on, and the flow of events."""

from typing import Final

from schemas.policy import Policy
from streams.core.offices import SWING
from streams.monitoring.rules import Group, Record

__all__ = ["ON_THE_WALL", "recording_groups"]

ON_THE_WALL: Final = 'and on (job, instance) docketwatch_worker_info{clock="wall"}'
"""Only where the wall clock moves time: how far a replayed log lies behind the wall says nothing."""

_QUANTILES: Final = (("p10", 0.1), ("p50", 0.5), ("p90", 0.9))


def recording_groups(policy: Policy) -> list[Group]:
    """Everything that dashboards and alerts ask for more than once."""
    return [
        Group("docketwatch-offices", [*_totals(), *_achievable(policy), *_spreads(), *_beyond(policy)]),
        Group("docketwatch-lost-track", _lost_track()),
        Group("docketwatch-flow", _flow()),
    ]


def _totals() -> list[Record]:
    figures = ("officers", "officers_at_work", "lost_track_cases", "open_cases", "workload_seconds", "capacity_seconds")
    return [
        Record(f"office:docketwatch_{figure}:sum", f"sum by (job, office) (docketwatch_office_{figure})")
        for figure in figures
    ]


def _achievable(policy: Policy) -> list[Record]:
    records = [
        Record(
            "office:docketwatch_utilisation:ratio",
            "office:docketwatch_workload_seconds:sum / (office:docketwatch_capacity_seconds:sum > 0)",
        ),
        Record(
            "office:docketwatch_time_per_case_seconds:ratio",
            "office:docketwatch_capacity_seconds:sum / (office:docketwatch_open_cases:sum > 0)",
        ),
        Record(
            "docketwatch:time_per_case_seconds:ratio",
            "sum by (job) (office:docketwatch_capacity_seconds:sum)"
            " / (sum by (job) (office:docketwatch_open_cases:sum) > 0)",
        ),
    ]
    one_officer = policy.load.capacity_hours_month * 3600
    if not one_officer:
        return records
    total = "office:docketwatch_workload_seconds:sum"
    part = "sum by (job, office, weight) (docketwatch_office_workload_seconds)"
    records.append(Record("office:docketwatch_officers_needed:ratio", f"{total} / {one_officer:g}"))
    for name, sign in (("less", "-"), ("more", "+")):
        records.append(
            Record(
                f"office_weight:docketwatch_officers_needed_{name}:ratio",
                f"({sign}{SWING:g} * {part} + on (job, office) group_left () {total}) / {one_officer:g}",
            )
        )
    return records


def _spreads() -> list[Record]:
    figures = ("caseload_cases", "workload_seconds", "utilisation_ratio", "time_per_case_seconds")
    return [
        Record(
            f"office:docketwatch_{figure}:{name}",
            f"histogram_quantile({quantile:g}, sum by (job, office, le) (docketwatch_{figure}_bucket))",
        )
        for figure in figures
        for name, quantile in _QUANTILES
    ]


def _beyond(policy: Policy) -> list[Record]:
    """Officers beyond a mark of the policy now; the marks are bounds of buckets, so this is exact."""
    marks = (("overloaded", policy.officers.overloaded.raise_), ("critical", policy.officers.critical.raise_))
    return [
        Record(
            f"office:docketwatch_officers_beyond_{name}:sum",
            "sum by (job, office) (docketwatch_utilisation_ratio_gcount)"
            f' - sum by (job, office) (docketwatch_utilisation_ratio_bucket{{le="{float(mark)}"}})',
        )
        for name, mark in marks
    ]


def _lost_track() -> list[Record]:
    standing = "docketwatch_alerts_standing"
    return [
        Record("docketwatch:alerts_standing:sum", f"sum by (job) ({standing})"),
        Record(f"cause:{standing}:sum", f"sum by (job, cause, cause_class) ({standing})"),
        Record(f"office_cause:{standing}:sum", f"sum by (job, office, cause, cause_class) ({standing})"),
        Record(
            "cause_happened:docketwatch_alerts:rate1h",
            "sum by (job, cause, cause_class, happened) (rate(docketwatch_alerts_total[1h]))",
        ),
    ]


def _flow() -> list[Record]:
    return [
        Record("topic:docketwatch_events_read:rate5m", "sum by (job, topic) (rate(docketwatch_events_read_total[5m]))"),
        Record(
            "topic_reason:docketwatch_events_refused:rate5m",
            "sum by (job, topic, reason) (rate(docketwatch_events_refused_total[5m]))",
        ),
        Record("docketwatch:clock_lag_seconds:max", f"max by (job) (docketwatch_clock_lag_seconds {ON_THE_WALL})"),
        Record(
            "docketwatch:alert_delay_seconds:p99",
            "histogram_quantile(0.99, sum by (job, le) (rate(docketwatch_alert_delay_seconds_bucket[30m])))",
        ),
    ]
