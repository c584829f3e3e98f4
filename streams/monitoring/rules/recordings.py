"""Recording rules: the load of each office over all workers, its sensitivity to weights, and the event flow."""

from typing import Final

from schemas.policy import Policy
from streams.core.load.office_record import SWING
from streams.core.policy.exact import minutes
from streams.metrics.offices import NO_OFFICE
from streams.monitoring.rules.rule_files import Group, RecordingRule

__all__ = ["ON_THE_WALL", "recording_groups"]

ON_THE_WALL: Final = 'and on (job, instance) docketwatch_worker_info{clock="wall"}'
"""Only workers under the wall clock: a replayed log always lies behind it."""

_QUANTILES: Final = (("p10", 0.1), ("p50", 0.5), ("p90", 0.9))
_SPREAD: Final = (
    ("caseload_cases", "docketwatch_officer_open_cases"),
    ("workload_seconds", "docketwatch_officer_workload_seconds"),
    ("utilisation_ratio", "docketwatch_officer_utilisation_ratio"),
    ("time_per_case_seconds", "docketwatch_officer_time_per_case_seconds"),
)
_SUMMED: Final = (
    *("open_cases", "in_custody_cases", "unassigned_cases", "in_transit_cases", "with_absent_cases"),
    *("lost_track_cases", "bookings_7d", "hearings_7d", "hearings_30d", "deadlines_7d"),
    *("officers_at_work", "officers_absent", "workload_seconds", "capacity_seconds"),
)


def recording_groups(policy: Policy) -> list[Group]:
    """The queries that dashboards and alerts share."""
    return [
        Group("docketwatch-offices", [*_totals(), *_achievable(policy), *_spreads(), *_beyond()]),
        Group("docketwatch-lost-track", _lost_track()),
        Group("docketwatch-flow", _flow()),
    ]


def _totals() -> list[RecordingRule]:
    return [
        RecordingRule(f"office:docketwatch_{figure}:sum", f"sum by (job, office) (docketwatch_office_{figure})")
        for figure in _SUMMED
    ]


def _achievable(policy: Policy) -> list[RecordingRule]:
    """The quotients of the office record, for each office and for all together, each over sums."""
    return [
        record
        for of, labels in (("office:", "job, office"), ("", "job"))
        for record in _quotients(of, labels, minutes(policy.load.capacity_hours_month) * 60)
    ]


def _quotients(of: str, labels: str, one_officer: float) -> list[RecordingRule]:
    def summed(figure: str) -> str:
        return f"sum by ({labels}) (office:docketwatch_{figure}:sum)"

    workload, capacity, cases = summed("workload_seconds"), summed("capacity_seconds"), summed("open_cases")
    at_work = summed("officers_at_work")
    name = f"{of or 'job:'}docketwatch_"
    part = f"sum by ({labels}, weight) (docketwatch_office_workload_seconds)"
    one = f"{name}one_officer_seconds:ratio"
    return [
        RecordingRule(f"{name}utilisation:ratio", f"{workload} / ({capacity} > 0)"),
        RecordingRule(f"{name}time_per_case_seconds:ratio", f"{capacity} / ({cases} > 0)"),
        RecordingRule(f"{name}mean_time_per_case_seconds:ratio", f"{workload} / ({cases} > 0)"),
        RecordingRule(one, f"{capacity} / ({at_work} > 0) or 0 * {at_work} + {one_officer:g}"),
        RecordingRule(f"{name}achievable_caseload:ratio", f"{one} / ({name}mean_time_per_case_seconds:ratio > 0)"),
        RecordingRule(f"{name}officers_needed:ratio", f"{workload} / ({one} > 0)"),
        *(
            RecordingRule(
                f"{of.replace(':', '_') or 'job_'}weight:docketwatch_officers_needed_{change}:ratio",
                f"({sign}{SWING:g} * {part} + on ({labels}) group_left () {workload})"
                f" / on ({labels}) group_left () ({one} > 0)",
            )
            for change, sign in (("less", "-"), ("more", "+"))
        ),
    ]


def _spreads() -> list[RecordingRule]:
    """Quantiles over officers at work: exact where each officer has series, else from histogram buckets.

    The maximum over officers caps a quantile from buckets, because a bucket's bound may lie above it. An officer
    without an office counts in none, as in the office record and in the buckets.
    """
    records = []
    for figure, own in _SPREAD:
        at_work = f'max by (job, office, officer) (docketwatch_officer_at_work{{office!="{NO_OFFICE}"}}) == 1'
        each = f"max by (job, office, officer) ({own}) and on (job, office, officer) ({at_work})"
        is_complete = "and on (job) (sum by (job) (docketwatch_officer_series_omitted) == 0)"
        largest = f"office:docketwatch_{figure}:max"
        records.append(RecordingRule(largest, f"max by (job, office) (docketwatch_{figure}_max)"))
        for name, quantile in _QUANTILES:
            buckets = f"histogram_quantile({quantile:g}, sum by (job, office, le) (docketwatch_{figure}_bucket))"
            records.append(
                RecordingRule(
                    f"office:docketwatch_{figure}:{name}",
                    f"(quantile by (job, office) ({quantile:g}, {each}) {is_complete})"
                    f" or ({buckets} <= {largest}) or {largest}",
                )
            )
    return records


def _beyond() -> list[RecordingRule]:
    """Officers at work at or above a threshold of the policy now."""
    return [
        RecordingRule(
            f"office:docketwatch_officers_{name}:sum",
            f'sum by (job, office) (docketwatch_office_officers_beyond{{mark="{name}"}})',
        )
        for name in ("overloaded", "critical")
    ]


def _lost_track() -> list[RecordingRule]:
    standing = "docketwatch_alerts_standing"
    return [
        RecordingRule("docketwatch:alerts_standing:sum", f"sum by (job) ({standing})"),
        RecordingRule(f"cause:{standing}:sum", f"sum by (job, cause, cause_class) ({standing})"),
        RecordingRule(f"office_cause:{standing}:sum", f"sum by (job, office, cause, cause_class) ({standing})"),
        RecordingRule(
            "cause_happened:docketwatch_alerts:rate1h",
            "sum by (job, cause, cause_class, happened) (rate(docketwatch_alerts_total[1h]))",
        ),
        # every console exports them, and they are of one docket
        RecordingRule(
            "office_cause:docketwatch_deadlines_ahead_7d:max",
            'max by (job, office, cause) (docketwatch_deadlines_ahead{within="7d"})',
        ),
    ]


def _flow() -> list[RecordingRule]:
    return [
        RecordingRule(
            "topic:docketwatch_events_read:rate5m", "sum by (job, topic) (rate(docketwatch_events_read_total[5m]))"
        ),
        RecordingRule(
            "topic_reason:docketwatch_events_refused:rate5m",
            "sum by (job, topic, reason) (rate(docketwatch_events_refused_total[5m]))",
        ),
        RecordingRule(
            "docketwatch:clock_lag_seconds:max", f"max by (job) (docketwatch_clock_lag_seconds {ON_THE_WALL})"
        ),
        RecordingRule(
            "docketwatch:alert_delay_seconds:p99",
            "histogram_quantile(0.99, sum by (job, le) (rate(docketwatch_alert_delay_seconds_bucket[30m])))",
        ),
    ]
