"""The dashboard of the pipeline: whether docketwatch itself receives input, keeps up, and saves its state."""

from schemas.policy import Policy
from streams.monitoring.boards.panels import (
    GOOD,
    HERE,
    NEUTRAL,
    SERIOUS,
    DashboardSpec,
    Marks,
    Panel,
    PanelQuery,
    marks,
)
from streams.monitoring.rules.recordings import ON_THE_WALL

__all__ = ["pipeline"]


def pipeline(policy: Policy) -> DashboardSpec:
    """Pipeline health."""
    return DashboardSpec(
        uid="docketwatch-pipeline",
        file="pipeline",
        title="Pipeline health",
        question="Does docketwatch receive its input, keep up, and save its state?",
        panels=[*_now(policy), *_time(), *_input(), *_work()],
        by_office=False,
    )


def _now(policy: Policy) -> list[Panel]:
    def stat(
        question: str,
        about: str,
        expr: str,
        *,
        colours: Marks,
        unit: str = "short",
        decimals: int = 0,
        runbook: str = "",
    ) -> Panel:
        query = PanelQuery(expr, "now")
        return Panel(question, about, "stat", [query], unit, 4, 5, colours, decimals, runbook)

    return [
        stat(
            "How many workers run?",
            "Workers that Prometheus can scrape.",
            f"count(docketwatch_worker_info{{{HERE}}})",
            colours=((None, SERIOUS), (1, GOOD)),
            runbook="DocketwatchAbsent",
        ),
        stat(
            "How many workers use another policy?",
            f"A policy other than {policy.id}, for which these dashboards and rules are made.",
            f'count(docketwatch_worker_info{{{HERE}, policy!="{policy.id}"}}) or vector(0)',
            colours=((None, GOOD), (1, SERIOUS)),
            runbook="DocketwatchOtherPolicy",
        ),
        stat(
            "How many cases are known?",
            "Open and closed.",
            f"sum(docketwatch_cases{{{HERE}}})",
            colours=((None, NEUTRAL),),
            runbook="DocketwatchCasesUnregistered",
        ),
        stat(
            "How large is the state?",
            "Packed, in memory and in the changelog.",
            f"sum(docketwatch_state_bytes{{{HERE}}})",
            unit="bytes",
            decimals=1,
            colours=((None, NEUTRAL),),
        ),
        stat(
            "How much state is left to restore?",
            "Changelog records; their partitions wait for the restore.",
            f"sum(docketwatch_restore_remaining_records{{{HERE}}})",
            colours=((None, GOOD), (1, SERIOUS)),
            runbook="DocketwatchRestoring",
        ),
        stat(
            "How long has work been uncommitted?",
            "Time since a worker began work of which it has committed nothing.",
            f"max(docketwatch_commit_wait_seconds{{{HERE}}})",
            unit="s",
            decimals=1,
            colours=marks(10, 60),
            runbook="DocketwatchNotCommitting",
        ),
    ]


def _time() -> list[Panel]:
    return [
        Panel(
            "How far behind is each feed?",
            "Wall clock minus the watermark of the topic's slowest partition; workers under the wall clock only.",
            "lines",
            [PanelQuery(f"max by (topic) (docketwatch_feed_lag_seconds{{{HERE}}} {ON_THE_WALL})", "{{topic}}")],
            unit="s",
            runbook="DocketwatchClockLagging",
        ),
        Panel(
            "How late are alerts?",
            "From when an alert was due until it was published; workers under the wall clock only.",
            "lines",
            [
                PanelQuery(
                    f"histogram_quantile({quantile}, sum by (le)"
                    f" (rate(docketwatch_alert_delay_seconds_bucket{{{HERE}}}[$__rate_interval])))",
                    name,
                )
                for name, quantile in (("p50", 0.5), ("p99", 0.99))
            ],
            unit="s",
            runbook="DocketwatchAlertsSlow",
        ),
    ]


def _input() -> list[Panel]:
    return [
        Panel(
            "How many records arrive?",
            "Records read per second, by topic.",
            "lines",
            [
                PanelQuery(
                    f"sum by (topic) (rate(docketwatch_events_read_total{{{HERE}}}[$__rate_interval]))", "{{topic}}"
                )
            ],
            unit="ops",
            width=8,
        ),
        Panel(
            "What is refused, and why?",
            "Records per second that went to the dead letters.",
            "lines",
            [
                PanelQuery(
                    f"sum by (reason) (rate(docketwatch_events_refused_total{{{HERE}}}[$__rate_interval]))",
                    "{{reason}}",
                )
            ],
            unit="ops",
            width=8,
            runbook="DocketwatchDeadLettersGrowing",
        ),
        Panel(
            "Which events are late, repeated, or from the future?",
            "Events per second: after the hold-back; without new information; with a recorded_at in the future.",
            "lines",
            [
                PanelQuery(f"sum(rate(docketwatch_events_{series}[$__rate_interval]))", legend)
                for series, legend in (
                    (f"late_total{{{HERE}}}", "late"),
                    (f"repeated_total{{{HERE}}}", "repeated"),
                    (f'refused_total{{{HERE},reason="from_the_future"}}', "from the future, refused"),
                )
            ],
            unit="ops",
            width=8,
            runbook="DocketwatchEventsLate",
        ),
    ]


def _work() -> list[Panel]:
    return [
        Panel(
            "How large is the backlog?",
            "Records not read yet, and events held back until every topic is read as far.",
            "lines",
            [
                PanelQuery(f"sum(docketwatch_unread_records{{{HERE}}})", "unread"),
                PanelQuery(f"sum(docketwatch_events_held_back{{{HERE}}})", "held back"),
            ],
            decimals=0,
            width=8,
        ),
        Panel(
            "How long ago was the last commit?",
            "By agent and worker. An idle worker commits nothing.",
            "lines",
            [PanelQuery(f"time() - docketwatch_commit_timestamp_seconds{{{HERE}}}", "{{agent}} {{instance}}")],
            unit="s",
            width=8,
            runbook="DocketwatchNotCommitting",
        ),
        Panel(
            "How many records does a batch hold?",
            "Few when idle, many during catch-up.",
            "lines",
            [
                PanelQuery(
                    f"histogram_quantile({quantile}, sum by (le)"
                    f" (rate(docketwatch_batch_records_bucket{{{HERE}}}[$__rate_interval])))",
                    name,
                )
                for name, quantile in (("p50", 0.5), ("p90", 0.9))
            ],
            decimals=0,
            width=8,
        ),
        Panel(
            "How much memory does a worker use?",
            "Resident memory.",
            "lines",
            [PanelQuery(f"process_resident_memory_bytes{{{HERE}}}", "{{instance}}")],
            unit="bytes",
        ),
        Panel(
            "How much CPU does a worker use?",
            "CPU seconds per second; a worker uses one core.",
            "lines",
            [PanelQuery(f"rate(process_cpu_seconds_total{{{HERE}}}[$__rate_interval])", "{{instance}}")],
            unit="percentunit",
            runbook="DocketwatchRestarting",
        ),
    ]
