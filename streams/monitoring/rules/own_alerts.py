"""Alerts on docketwatch itself."""

from typing import Final

from schemas.policy import Policy
from streams.monitoring.rules.recordings import ON_THE_WALL
from streams.monitoring.rules.rule_files import AlertingRule, Group

__all__ = ["own_group"]

_LAGGING_SECONDS: Final = 1_800
"""Longer than a feed's heartbeat: between heartbeats the clock stands still and nothing is wrong."""

_FAR_BEHIND_SECONDS: Final = 14_400

_GAPS: Final = 'max by (job, topic, partition) (docketwatch_input_gap_records{topic!~".+[.]load-partials"}) > 0'
"""Gaps that an operator must accept; a gap in the load partials heals by itself."""


def own_group(policy: Policy) -> Group:
    """The alerts on docketwatch itself."""
    return Group("docketwatch-itself", [*_presence(), *_console(), *_time(), *_work(), *_input(), *_rules(policy)])


def _presence() -> list[AlertingRule]:
    return [
        AlertingRule(
            "DocketwatchWatchdog",
            "vector(1)",
            "",
            "none",
            "watchdog",
            "Always fires; if you stop receiving it, alert delivery is broken",
            "Send it to a service that notifies you when it stops arriving.",
        ),
        AlertingRule(
            "DocketwatchDown",
            'up{job=~"docketwatch.*",job!="docketwatch-console"} == 0',
            "2m",
            "critical",
            "pipeline",
            "{{ $labels.instance }} does not answer",
            "Another worker takes over its partitions, if there is one. Until then their clocks stand still.",
        ),
        AlertingRule(
            "DocketwatchAbsent",
            "absent(docketwatch_worker_info)",
            "5m",
            "critical",
            "pipeline",
            "No docketwatch worker is scraped",
            "No case is monitored, and no other docketwatch alert can fire.",
        ),
        AlertingRule(
            "DocketwatchRestarting",
            'changes(process_start_time_seconds{job=~"docketwatch.*"}[1h]) > 2',
            "",
            "warning",
            "pipeline",
            "{{ $labels.instance }} restarted {{ printf `%.0f` $value }} times within an hour",
            "A worker exits (code 70) rather than continue in a state it cannot trust. Its log says why.",
        ),
    ]


def _console() -> list[AlertingRule]:
    return [
        AlertingRule(
            "DocketwatchNotJudged",
            "sum by (job) (max by (job, topic) (docketwatch_console_waiting_events))"
            ' and on (job) max by (job) (docketwatch_console_state{state="not_judging"}) == 1',
            "2m",
            "critical",
            "pipeline",
            "Nothing is judged; {{ printf `%.0f` $value }} events wait",
            "The console sees no worker at work, or partitions whose events no worker judges. No alert is raised or "
            "ended meanwhile. Nothing is lost: a worker judges what waits once it runs.",
        ),
        AlertingRule(
            "DocketwatchConsoleBlind",
            'max by (job, instance) (docketwatch_console_state{state=~"unreachable|reading"}) == 1',
            "5m",
            "warning",
            "pipeline",
            "{{ $labels.instance }}: the console does not know what is judged",
            "The broker does not answer it, or it has not read its topics to their end. Its pages say so. Workers may "
            "be at work all the same.",
        ),
        AlertingRule(
            "DocketwatchConsoleDown",
            'up{job="docketwatch-console"} == 0',
            "5m",
            "warning",
            "pipeline",
            "{{ $labels.instance }}: the console does not answer",
            "No user can look at records that need it. Workers, alerts and notifications go on without it.",
        ),
    ]


def _time() -> list[AlertingRule]:
    lag = "docketwatch:clock_lag_seconds:max"
    return [
        AlertingRule(
            "DocketwatchFeedBlind",
            f"max by (job, topic) (docketwatch_feed_blind) == 1 unless on (job, topic) ({_GAPS})",
            "1m",
            "critical",
            "blind",
            "The feed of {{ $labels.topic }} is silent",
            "It declared a heartbeat and sends none. The clocks that depend on it stand still and alerts are held. "
            "Until it returns, the absence of alerts means nothing.",
        ),
        AlertingRule(
            "DocketwatchInputGap",
            _GAPS,
            "",
            "critical",
            "blind",
            "{{ $labels.topic }} {{ $labels.partition }}: {{ $value | humanize }} records are lost",
            "The clocks that depend on it stand still and alerts are held until an operator accepts the loss. Until "
            "then, the absence of alerts means nothing.",
        ),
        AlertingRule(
            "DocketwatchClockLagging",
            f"{lag} > {_LAGGING_SECONDS}",
            "10m",
            "warning",
            "pipeline",
            "The clock is {{ $value | humanizeDuration }} behind",
            "Alerts are late by this much. None is lost, and none is raised in error.",
            "clock",
        ),
        AlertingRule(
            "DocketwatchClockFarBehind",
            f"{lag} > {_FAR_BEHIND_SECONDS}",
            "10m",
            "critical",
            "pipeline",
            "The clock is {{ $value | humanizeDuration }} behind",
            "Today's alerts are not raised yet. Either events arrive faster than the workers process them, or "
            "processing has stopped.",
            "clock",
        ),
        AlertingRule(
            "DocketwatchOfficerPartialsMissing",
            "max by (job, partition) (docketwatch_officer_partials_missing) > 0",
            "15m",
            "warning",
            "pipeline",
            "Officer partition {{ $labels.partition }} lacks partials of {{ printf `%.0f` $value }} case partitions",
            "It judges no load period until each of them has sent all of its rows again, after a rebalance or within "
            "6 hours. Until then it neither raises nor resolves officer alerts. Case alerts continue.",
        ),
        AlertingRule(
            "DocketwatchAlertsSlow",
            "docketwatch:alert_delay_seconds:p99 > 60",
            "15m",
            "warning",
            "pipeline",
            "1% of alerts take more than {{ $value | humanizeDuration }}",
            "Measured from when an alert was due until it was published.",
        ),
    ]


def _work() -> list[AlertingRule]:
    return [
        AlertingRule(
            "DocketwatchNotCommitting",
            "docketwatch_commit_wait_seconds > 60"
            " or (increase(docketwatch_commits_total[15m]) == 0 and on (job, instance)"
            f" sum by (job, instance) (docketwatch_unread_records) > 0 {ON_THE_WALL})",
            "5m",
            "critical",
            "pipeline",
            "{{ $labels.instance }}: the {{ $labels.agent }} agent commits nothing",
            "It has work and commits none of it. The broker does not accept it, or the worker hangs.",
        ),
        AlertingRule(
            "DocketwatchRestoring",
            "sum by (job, instance) (docketwatch_restore_remaining_records) > 0",
            "15m",
            "warning",
            "pipeline",
            "{{ $labels.instance }} has been restoring state for 15 minutes",
            "{{ printf `%.0f` $value }} records are left. Its partitions wait until the restore ends.",
        ),
        AlertingRule(
            "DocketwatchStateRefused",
            "max by (job, agent) (max_over_time(docketwatch_state_refused_partitions[15m])) > 0",
            "",
            "critical",
            "pipeline",
            "A worker refuses the {{ $labels.agent }} state of {{ printf `%.0f` $value }} partitions",
            "The state does not match the group's committed offsets, or belongs to another group. Nothing is published "
            "from it, and workers exit (code 70) until an operator decides what to do with it.",
        ),
        AlertingRule(
            "DocketwatchAlertTopicLost",
            "sum by (job, topic) (docketwatch_alert_topic_lost_partitions) > 0",
            "",
            "critical",
            "pipeline",
            "{{ $labels.topic }} lacks open alerts of up to {{ printf `%.0f` $value }} partitions",
            "The topic was deleted and recreated, or its records were deleted. Its readers miss open alerts until "
            "`docketwatch alerts republish` publishes them again.",
        ),
        AlertingRule(
            "DocketwatchCheckpointsFailing",
            "sum by (job, instance) (increase(docketwatch_checkpoint_failures_total[30m])) > 1",
            "",
            "warning",
            "pipeline",
            "{{ $labels.instance }} could not write {{ $value | humanize }} checkpoints in half an hour",
            "It keeps working. After a restart, its partitions would wait until it has read more of the changelog.",
        ),
    ]


def _input() -> list[AlertingRule]:
    return [
        AlertingRule(
            "DocketwatchDeadLettersGrowing",
            "sum by (job, topic, reason) (increase(docketwatch_events_refused_total[15m])) > 10",
            "",
            "warning",
            "input",
            "{{ $labels.topic }}: {{ $value | humanize }} records refused in 15 minutes ({{ $labels.reason }})",
            "A refused record has no effect: alerts may be raised for cases whose check-in is in the dead letters.",
        ),
        AlertingRule(
            "DocketwatchEventsLate",
            "sum by (job) (increase(docketwatch_events_late_total[30m]))"
            " > 0.01 * sum by (job) (increase(docketwatch_events_read_total[30m]))",
            "30m",
            "warning",
            "input",
            "More than 1% of events arrived after the hold-back",
            "{{ $value | humanize }} within half an hour. They count from when they were read; alerts may have been "
            "raised and then retracted because of them.",
        ),
        AlertingRule(
            "DocketwatchEventsFromTheFuture",
            'sum by (job, topic) (increase(docketwatch_events_refused_total{reason="from_the_future"}[1h])) > 0',
            "",
            "warning",
            "input",
            "{{ $labels.topic }}: records have a recorded_at in the future",
            "The clock of the feed or of the worker is wrong. These records are refused: alerts may be raised for "
            "cases whose check-in is in the dead letters.",
        ),
        AlertingRule(
            "DocketwatchCasesUnregistered",
            "sum by (job) (docketwatch_cases_unregistered) > 0.01 * sum by (job) (docketwatch_cases)",
            "1h",
            "warning",
            "input",
            "{{ printf `%.0f` $value }} cases have events but no case_opened",
            "These are more than 1% of all cases. They raise no alert and count in no load.",
        ),
    ]


def _rules(policy: Policy) -> list[AlertingRule]:
    return [
        AlertingRule(
            "DocketwatchOtherPolicy",
            f'docketwatch_worker_info{{policy!="{policy.id}"}} == 1',
            "30m",
            "warning",
            "policy",
            "{{ $labels.instance }} uses {{ $labels.policy }}; these rules are for another policy",
            f"These rules are for {policy.id}. Run `docketwatch monitoring export` with the policy of the workers.",
        )
    ]
