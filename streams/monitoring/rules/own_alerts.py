"""Alerts on docketwatch itself: a monitor of silence must not fall silent unnoticed."""

from typing import Final

from schemas.policy import Policy
from streams.monitoring.rules.recordings import ON_THE_WALL
from streams.monitoring.rules.rule_files import AlertingRule, Group

__all__ = ["own_group"]

_LAGGING_SECONDS: Final = 1_800
"""More than the heartbeat of a feed, during which its clock stands still and nothing is wrong."""

_FAR_BEHIND_SECONDS: Final = 14_400

_GAPS: Final = 'max by (job, topic, partition) (docketwatch_input_gap_records{topic!~".+[.]load-partials"}) > 0'
"""Gaps that an operator must accept; one among load partials heals."""


def own_group(policy: Policy) -> Group:
    """The alerts on docketwatch itself."""
    return Group("docketwatch-itself", [*_presence(), *_time(), *_work(), *_input(), *_rules(policy)])


def _presence() -> list[AlertingRule]:
    return [
        AlertingRule(
            "DocketwatchWatchdog",
            "vector(1)",
            "",
            "none",
            "watchdog",
            "Always fires: whoever no longer receives it has lost the way alerts take",
            "Send it to a service that calls when it stops coming.",
        ),
        AlertingRule(
            "DocketwatchDown",
            'up{job=~"docketwatch.*"} == 0',
            "2m",
            "critical",
            "pipeline",
            "{{ $labels.instance }} does not answer",
            "Its partitions go to another worker, if there is one; until then their clocks stand still.",
        ),
        AlertingRule(
            "DocketwatchAbsent",
            "absent(docketwatch_worker_info)",
            "5m",
            "critical",
            "pipeline",
            "No worker of docketwatch is scraped",
            "Nobody notices that nothing happens: no alert of any other kind can fire.",
        ),
        AlertingRule(
            "DocketwatchRestarting",
            'changes(process_start_time_seconds{job=~"docketwatch.*"}[1h]) > 2',
            "",
            "warning",
            "pipeline",
            "{{ $labels.instance }} restarted {{ printf `%.0f` $value }} times within an hour",
            "A worker ends itself (exit 70) rather than go on with what it cannot vouch for; its log says why.",
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
            "It declared a heartbeat and sends none. The clock of what depends on it stands still and alerts are held: "
            "that no case is reported says nothing now.",
        ),
        AlertingRule(
            "DocketwatchInputGap",
            _GAPS,
            "",
            "critical",
            "blind",
            "{{ $labels.topic }} {{ $labels.partition }}: {{ $value | humanize }} records were deleted unread",
            "The clock of what depends on it stands still and alerts are held until an operator accepts the loss: that "
            "no case is reported says nothing now.",
        ),
        AlertingRule(
            "DocketwatchClockLagging",
            f"{lag} > {_LAGGING_SECONDS}",
            "10m",
            "warning",
            "pipeline",
            "The clock is {{ $value | humanizeDuration }} behind",
            "Alerts come later by so much; none is lost, and none is raised in error.",
            "clock",
        ),
        AlertingRule(
            "DocketwatchClockFarBehind",
            f"{lag} > {_FAR_BEHIND_SECONDS}",
            "10m",
            "critical",
            "pipeline",
            "The clock is {{ $value | humanizeDuration }} behind",
            "What should have been noticed today is not. Either events come faster than they are worked on, or nothing "
            "is being worked on.",
            "clock",
        ),
        AlertingRule(
            "DocketwatchOfficerPartialsMissing",
            "max by (job, partition) (docketwatch_officer_partials_missing) > 0",
            "15m",
            "warning",
            "pipeline",
            "Officer partition {{ $labels.partition }} misses partials of {{ printf `%.0f` $value }} case partitions",
            "It judges no load period until each of them has sent all of its rows again, after a rebalance or within "
            "6 hours: its officer alerts are neither raised nor resolved. Alerts of cases go on.",
        ),
        AlertingRule(
            "DocketwatchAlertsSlow",
            "docketwatch:alert_delay_seconds:p99 > 60",
            "15m",
            "warning",
            "pipeline",
            "One alert in a hundred takes more than {{ $value | humanizeDuration }}",
            "From the instant at which it was due until it was handed on.",
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
            "{{ $labels.instance }}: nothing of its {{ $labels.agent }} becomes durable",
            "There is work, and none of it is kept: the broker does not take it, or the worker hangs.",
        ),
        AlertingRule(
            "DocketwatchRestoring",
            "sum by (job, instance) (docketwatch_restore_remaining_records) > 0",
            "15m",
            "warning",
            "pipeline",
            "{{ $labels.instance }} has been reading its state for a quarter of an hour",
            "{{ printf `%.0f` $value }} records are left; its partitions wait for it.",
        ),
        AlertingRule(
            "DocketwatchStateRefused",
            "max by (job, agent) (max_over_time(docketwatch_state_refused_partitions[15m])) > 0",
            "",
            "critical",
            "pipeline",
            "A worker refuses the state of {{ printf `%.0f` $value }} partitions of its {{ $labels.agent }}",
            "It does not belong to what the group has committed, or to the group: nothing is published on it, and "
            "workers end (exit 70) until an operator decides what becomes of it.",
        ),
        AlertingRule(
            "DocketwatchAlertTopicLost",
            "sum by (job, topic) (docketwatch_alert_topic_lost_partitions) > 0",
            "",
            "critical",
            "pipeline",
            "{{ $labels.topic }} lacks alerts that stand, of up to {{ printf `%.0f` $value }} partitions",
            "It was deleted and made anew, or its records were deleted. Whoever reads it sees less than there is until "
            "`docketwatch alerts republish` publishes them again.",
        ),
        AlertingRule(
            "DocketwatchCheckpointsFailing",
            "sum by (job, instance) (increase(docketwatch_checkpoint_failures_total[30m])) > 1",
            "",
            "warning",
            "pipeline",
            "{{ $labels.instance }} could not write {{ $value | humanize }} checkpoints in half an hour",
            "It works on; a restart would read more of the changelog, and its partitions would wait for that.",
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
            "What is refused is not known: cases may be reported whose check-in lies in the dead letters.",
        ),
        AlertingRule(
            "DocketwatchEventsLate",
            "sum by (job) (increase(docketwatch_events_late_total[30m]))"
            " > 0.01 * sum by (job) (increase(docketwatch_events_read_total[30m]))",
            "30m",
            "warning",
            "input",
            "More than one event in a hundred came after the hold-back",
            "{{ $value | humanize }} within half an hour. They count, from when they were read; alerts may have been "
            "raised and retracted for it.",
        ),
        AlertingRule(
            "DocketwatchEventsFromTheFuture",
            'sum by (job, topic) (increase(docketwatch_events_refused_total{reason="from_the_future"}[1h])) > 0',
            "",
            "warning",
            "input",
            "{{ $labels.topic }}: records claim to be recorded later than it is",
            "The clock of their feed is wrong, or the worker's. They are refused: cases may be reported whose check-in "
            "lies in the dead letters.",
        ),
        AlertingRule(
            "DocketwatchCasesUnregistered",
            "sum by (job) (docketwatch_cases_unregistered) > 0.01 * sum by (job) (docketwatch_cases)",
            "1h",
            "warning",
            "input",
            "{{ printf `%.0f` $value }} cases were never opened",
            "Of more than one case in a hundred other events came but no case_opened: they raise nothing and are in no "
            "load.",
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
            "{{ $labels.instance }} judges by {{ $labels.policy }}, these rules are made for another policy",
            f"The rules are those of {policy.id}: run `docketwatch monitoring export` with the policy of the workers.",
        )
    ]
