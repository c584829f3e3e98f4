"""For every alert, what makes it fire, and what comes close and does not; series are promtool's, a value a minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

__all__ = ["STORIES", "Firing", "Story"]


@dataclass(frozen=True)
class Firing:
    """An alert that fires.

    Attributes:
        labels: Beside those of the rule.
        summary, description: What it says; without a description, what the rule says literally.
    """

    labels: Mapping[str, str]
    summary: str
    description: str = ""


@dataclass(frozen=True)
class Story:
    """What is seen until an instant, and what fires then.

    Attributes:
        alert: Its name.
        claim: What the story shows.
        series: Values a minute, by series.
        at: When it is looked at.
        every: How long lies between two values, and between two looks at the rules.
        fires: What fires then; empty: nothing.
    """

    alert: str
    claim: str
    series: Mapping[str, str]
    at: str
    fires: Sequence[Firing] = field(default_factory=tuple)
    every: str = "1m"


JOB: Final = {"job": "docketwatch"}
W1: Final = 'job="docketwatch",instance="w1"'
W2: Final = 'job="docketwatch",instance="w2"'
O1: Final = f'{W1},officer="o-1",office="ATL"'
ATL: Final = {**JOB, "office": "ATL"}
OFFICER: Final = {**ATL, "officer": "o-1"}
OVERLOADED: Final = (
    "The docket of o-1 was at 100% or more of its capacity under the weights of default@1; this ends below 90%."
)
CRITICAL: Final = (
    "The docket of o-1 was at 150% or more of its capacity under the weights of default@1; this ends below 130%."
)
INFO: Final = f'docketwatch_worker_info{{{W1},clock="wall",delivery="ordered",policy="default@1"}}'
LOG_INFO: Final = INFO.replace("wall", "log")


def _officer_alerts(cause: str, office: str = "ATL") -> str:
    return f'docketwatch_officer_alerts_standing{{{W1},cause="{cause}",office="{office}",severity="warning"}}'


def _standing(severity: str = "warning") -> str:
    labels = f'{W1},cause="no_officer",cause_class="agency",office="ATL",severity="{severity}"'
    return f"docketwatch_alerts_standing{{{labels}}}"


UTILISATION: Final = f"docketwatch_officer_utilisation_ratio{{{O1}}}"
NO_OFFICER: Final = {**ATL, "cause": "no_officer", "cause_class": "agency"}

STORIES: Final = (
    Story(
        "DocketwatchOfficerOverloaded",
        "at the mark for as long as the engine waits for",
        {UTILISATION: "1x150"},
        "2h1m",
        [Firing(OFFICER, "ATL: a docket takes 100% of the time there is for it", OVERLOADED)],
    ),
    Story("DocketwatchOfficerOverloaded", "below the mark", {UTILISATION: "0.99x300"}, "5h"),
    Story("DocketwatchOfficerOverloaded", "not for long enough", {UTILISATION: "1.4x150"}, "1h59m"),
    Story(
        "DocketwatchOfficerOverloaded",
        "between the marks it goes on",
        {UTILISATION: "1.2x150 0.95x150"},
        "4h",
        [Firing(OFFICER, "ATL: a docket takes 95% of the time there is for it", OVERLOADED)],
    ),
    Story("DocketwatchOfficerOverloaded", "below the lower mark it ends", {UTILISATION: "1.2x150 0.89x150"}, "4h"),
    Story("DocketwatchOfficerOverloaded", "between the marks it never begins", {UTILISATION: "0.95x300"}, "5h"),
    Story(
        "DocketwatchOfficerCritical",
        "at the higher mark",
        {UTILISATION: "12.7x150"},
        "2h1m",
        [Firing(OFFICER, "ATL: a docket takes 1270% of the time there is for it", CRITICAL)],
    ),
    Story("DocketwatchOfficerCritical", "below it", {UTILISATION: "1.49x300"}, "5h"),
    Story(
        "DocketwatchOfficersOverloaded",
        "where some officers have no series",
        {_officer_alerts("overloaded"): "3x10", f"docketwatch_officer_series_omitted{{{W1}}}": "7x10"},
        "5m",
        [
            Firing(
                ATL,
                "ATL: officers are overloaded, some of whom have no series of their own",
                "3 alerts of overload stand in ATL; docket.officer-alerts names the officers.",
            )
        ],
    ),
    Story(
        "DocketwatchOfficersOverloaded",
        "where all have, each is told",
        {_officer_alerts("overloaded"): "3x10", f"docketwatch_officer_series_omitted{{{W1}}}": "0x10"},
        "5m",
    ),
    Story(
        "DocketwatchOfficerLosingTrack",
        "a part of the docket that is no chance",
        {
            f"docketwatch_officer_lost_track_cases{{{O1}}}": "4000x100",
            f"docketwatch_officer_open_cases{{{O1}}}": "10156x100",
        },
        "1h1m",
        [
            Firing(
                OFFICER,
                "ATL: 4000 records of one docket need a look",
                "More than 5% of the docket of o-1 are lost track of. That is a fact about the docket's size "
                "and its records, not about the officer.",
            )
        ],
    ),
    Story(
        "DocketwatchOfficerLosingTrack",
        "few of many",
        {
            f"docketwatch_officer_lost_track_cases{{{O1}}}": "84x100",
            f"docketwatch_officer_open_cases{{{O1}}}": "1700x100",
        },
        "1h30m",
    ),
    Story(
        "DocketwatchOfficerLosingTrack",
        "a large part of next to nothing",
        {
            f"docketwatch_officer_lost_track_cases{{{O1}}}": "19x100",
            f"docketwatch_officer_open_cases{{{O1}}}": "20x100",
        },
        "1h30m",
    ),
    Story(
        "DocketwatchOrphanedCaseload",
        "somebody who is away carries cases",
        {_officer_alerts("orphaned_caseload"): "2x10"},
        "1m",
        [Firing(ATL, "ATL: 2 officers who are away still carry open cases")],
    ),
    Story("DocketwatchOrphanedCaseload", "nobody does", {_officer_alerts("training_lapsed"): "2x10"}, "1m"),
    Story(
        "DocketwatchIntakeTooFast",
        "a docket grows fast",
        {_officer_alerts("intake_too_fast"): "1x10"},
        "1m",
        [Firing(ATL, "ATL: 1 dockets grow faster than the policy allows")],
    ),
    Story("DocketwatchIntakeTooFast", "none does", {_officer_alerts("overloaded"): "1x10"}, "1m"),
    Story(
        "DocketwatchTrainingLapsed",
        "a course has lapsed",
        {_officer_alerts("training_lapsed"): "5x10"},
        "1m",
        [Firing(ATL, "ATL: 5 required courses have lapsed")],
    ),
    Story("DocketwatchTrainingLapsed", "none has", {_officer_alerts("training_lapsed"): "0x10"}, "1m"),
    Story(
        "DocketwatchPolicyReviewOverdue",
        "the engine says so",
        {_officer_alerts("policy_review_overdue", "(none)"): "1x10"},
        "1m",
        [Firing(JOB, "The policy docketwatch runs on has not been reviewed in time")],
    ),
    Story("DocketwatchPolicyReviewOverdue", "it does not", {_officer_alerts("training_lapsed"): "1x10"}, "1m"),
    Story(
        "DocketwatchLostTrackEscalated",
        "alerts stood for as long as the policy allows",
        {_standing("critical"): "3x20"},
        "6m",
        [
            Firing(
                NO_OFFICER,
                "ATL: 3 records have waited too long (no_officer)",
                "Their alerts stood for as long as the policy allows (escalate_after) and nothing happened. "
                "The cause lies on the side of the agency; a record needs a human look, and says nothing of a person.",
            )
        ],
    ),
    Story("DocketwatchLostTrackEscalated", "they have not stood so long", {_standing(): "300x20"}, "20m"),
    Story(
        "DocketwatchLostTrackGrowing",
        "many more than yesterday",
        {_standing(): "100x96 151x4"},
        "24h45m",
        [Firing(NO_OFFICER, "ATL: 151 records need a look (no_officer), many more than yesterday")],
        "15m",
    ),
    Story("DocketwatchLostTrackGrowing", "not so many more", {_standing(): "100x96 150x4"}, "24h45m", every="15m"),
    Story("DocketwatchLostTrackGrowing", "few, though many more", {_standing(): "5x96 19x4"}, "24h45m", every="15m"),
    Story("DocketwatchLostTrackGrowing", "no yesterday to compare with", {_standing(): "1000x8"}, "75m", every="15m"),
    Story(
        "DocketwatchWatchdog",
        "always",
        {},
        "0m",
        [Firing({}, "Always fires: whoever no longer receives it has lost the way alerts take")],
    ),
    Story(
        "DocketwatchDown",
        "a worker does not answer",
        {f"up{{{W1}}}": "1x5 0x10"},
        "9m",
        [Firing({**JOB, "instance": "w1"}, "w1 does not answer")],
    ),
    Story("DocketwatchDown", "it missed a scrape", {f"up{{{W1}}}": "1x5 0 1x10"}, "9m"),
    Story("DocketwatchDown", "another program is down", {'up{job="node",instance="n1"}': "0x10"}, "9m"),
    Story("DocketwatchAbsent", "no worker at all", {}, "6m", [Firing({}, "No worker of docketwatch is scraped")]),
    Story("DocketwatchAbsent", "one is there", {INFO: "1x10"}, "6m"),
    Story(
        "DocketwatchRestarting",
        "again and again",
        {f"process_start_time_seconds{{{W1}}}": "0x5 300x5 600x5 900x30"},
        "30m",
        [Firing({**JOB, "instance": "w1"}, "w1 restarted 3 times within an hour")],
    ),
    Story("DocketwatchRestarting", "a release", {f"process_start_time_seconds{{{W1}}}": "0x5 300x5 600x40"}, "30m"),
    Story(
        "DocketwatchFeedBlind",
        "a feed that promised to speak is silent",
        {f'docketwatch_feed_blind{{{W1},topic="docket.check-ins"}}': "0x5 1x10"},
        "8m",
        [Firing({**JOB, "topic": "docket.check-ins"}, "The feed of docket.check-ins is silent")],
    ),
    Story(
        "DocketwatchFeedBlind",
        "it is blind for a gap, which has an alert of its own",
        {
            f'docketwatch_feed_blind{{{W1},topic="docket.check-ins"}}': "1x10",
            f'docketwatch_input_gap_records{{{W1},topic="docket.check-ins",partition="3"}}': "120x10",
        },
        "8m",
    ),
    Story(
        "DocketwatchInputGap",
        "from when it is known, by partition",
        {f'docketwatch_input_gap_records{{{W1},topic="docket.check-ins",partition="3"}}': "_x5 120x10"},
        "6m",
        [
            Firing(
                {**JOB, "topic": "docket.check-ins", "partition": "3"},
                "docket.check-ins 3: 120 records were deleted unread",
            )
        ],
    ),
    Story(
        "DocketwatchInputGap",
        "load partials say everything again",
        {f'docketwatch_input_gap_records{{{W1},topic="docket.load-partials",partition="3"}}': "120x10"},
        "8m",
    ),
    Story(
        "DocketwatchFeedBlind", "it speaks", {f'docketwatch_feed_blind{{{W1},topic="docket.check-ins"}}': "0x10"}, "8m"
    ),
    Story(
        "DocketwatchClockLagging",
        "half an hour behind",
        {f'docketwatch_clock_lag_seconds{{{W1},partition="0"}}': "1860x20", INFO: "1x20"},
        "15m",
        [Firing(JOB, "The clock is 31m 0s behind")],
    ),
    Story(
        "DocketwatchClockLagging",
        "as far as a heartbeat lets it be",
        {f'docketwatch_clock_lag_seconds{{{W1},partition="0"}}': "1200x20", INFO: "1x20"},
        "15m",
    ),
    Story(
        "DocketwatchClockLagging",
        "a replayed log lies behind the wall",
        {f'docketwatch_clock_lag_seconds{{{W1},partition="0"}}': "90000x20", LOG_INFO: "1x20"},
        "15m",
    ),
    Story(
        "DocketwatchClockFarBehind",
        "more than half a working day behind",
        {f'docketwatch_clock_lag_seconds{{{W1},partition="0"}}': "15000x20", INFO: "1x20"},
        "15m",
        [Firing(JOB, "The clock is 4h 10m 0s behind")],
    ),
    Story(
        "DocketwatchClockFarBehind",
        "behind, but not so far",
        {f'docketwatch_clock_lag_seconds{{{W1},partition="0"}}': "1860x20", INFO: "1x20"},
        "15m",
    ),
    Story(
        "DocketwatchOfficerPartialsMissing",
        "rows never came, and no case partition has sent all of them again",
        {f'docketwatch_officer_partials_missing{{{W1},partition="1"}}': "0x5 2x20"},
        "22m",
        [
            Firing(
                {**JOB, "partition": "1"},
                "Officer partition 1 misses partials of 2 case partitions",
            )
        ],
    ),
    Story(
        "DocketwatchOfficerPartialsMissing",
        "a rebalance soon brought them",
        {f'docketwatch_officer_partials_missing{{{W1},partition="1"}}': "0x5 2x10 0x20"},
        "30m",
    ),
    Story(
        "DocketwatchOfficerPartialsMissing",
        "none is missing",
        {f'docketwatch_officer_partials_missing{{{W1},partition="1"}}': "0x60"},
        "50m",
    ),
    Story(
        "DocketwatchAlertsSlow",
        "some take minutes",
        {
            f'docketwatch_alert_delay_seconds_bucket{{{W1},le="60.0"}}': "0+9x60",
            f'docketwatch_alert_delay_seconds_bucket{{{W1},le="300.0"}}': "0+10x60",
            f'docketwatch_alert_delay_seconds_bucket{{{W1},le="+Inf"}}': "0+10x60",
        },
        "50m",
        [Firing(JOB, "One alert in a hundred takes more than 4m 35s")],
    ),
    Story(
        "DocketwatchAlertsSlow",
        "all are told within a minute",
        {
            f'docketwatch_alert_delay_seconds_bucket{{{W1},le="3.0"}}': "0+10x60",
            f'docketwatch_alert_delay_seconds_bucket{{{W1},le="+Inf"}}': "0+10x60",
        },
        "50m",
    ),
    Story(
        "DocketwatchNotCommitting",
        "what was begun waits",
        {f'docketwatch_commit_wait_seconds{{{W1},agent="cases"}}': "0x2 70+60x10"},
        "9m",
        [Firing({**JOB, "instance": "w1", "agent": "cases"}, "w1: nothing of its cases becomes durable")],
    ),
    Story(
        "DocketwatchNotCommitting",
        "nothing is begun, though there is something to do",
        {
            f'docketwatch_commits_total{{{W1},agent="cases"}}': "7x60",
            f'docketwatch_unread_records{{{W1},topic="docket.cases"}}': "100x60",
            INFO: "1x60",
        },
        "30m",
        [Firing({**JOB, "instance": "w1", "agent": "cases"}, "w1: nothing of its cases becomes durable")],
    ),
    Story(
        "DocketwatchNotCommitting",
        "there is nothing to do",
        {
            f'docketwatch_commits_total{{{W1},agent="cases"}}': "7x60",
            f'docketwatch_unread_records{{{W1},topic="docket.cases"}}': "0x60",
            f'docketwatch_commit_wait_seconds{{{W1},agent="cases"}}': "0x60",
            INFO: "1x60",
        },
        "30m",
    ),
    Story(
        "DocketwatchRestoring",
        "state is read and read",
        {f'docketwatch_restore_remaining_records{{{W1},agent="cases"}}': "5000000-100000x30"},
        "20m",
        [
            Firing(
                {**JOB, "instance": "w1"},
                "w1 has been reading its state for a quarter of an hour",
                "3000000 records are left; its partitions wait for it.",
            )
        ],
    ),
    Story(
        "DocketwatchRestoring",
        "it was read soon",
        {f'docketwatch_restore_remaining_records{{{W1},agent="cases"}}': "5000000x10 0x20"},
        "20m",
    ),
    Story(
        "DocketwatchStateRefused",
        "a changelog was emptied: seen at the one scrape between a start and the end, every few minutes",
        {f'docketwatch_state_refused_partitions{{{W1},agent="cases"}}': "0 4 _x8 4 _x3"},
        "13m",
        [
            Firing(
                {**JOB, "agent": "cases"},
                "A worker refuses the state of 4 partitions of its cases",
            )
        ],
    ),
    Story(
        "DocketwatchStateRefused",
        "it ends a quarter of an hour after the state was mended",
        {f'docketwatch_state_refused_partitions{{{W1},agent="cases"}}': "0 4 _x8 0x20"},
        "20m",
    ),
    Story(
        "DocketwatchAlertTopicLost",
        "an alert topic was made anew: the next workers remember another one; no other topic is named",
        {
            f'docketwatch_alert_topic_lost_partitions{{{W1},topic="docket.lost-track-alerts"}}': "0x2 8x4",
            f'docketwatch_alert_topic_lost_partitions{{{W2},topic="docket.lost-track-alerts"}}': "0x2 4x4",
            f'docketwatch_alert_topic_lost_partitions{{{W1},topic="docket.officer-alerts"}}': "0x6",
        },
        "5m",
        [
            Firing(
                {**JOB, "topic": "docket.lost-track-alerts"},
                "docket.lost-track-alerts lacks alerts that stand, of up to 12 partitions",
            )
        ],
    ),
    Story(
        "DocketwatchAlertTopicLost",
        "it ends when they were published again",
        {f'docketwatch_alert_topic_lost_partitions{{{W1},topic="docket.lost-track-alerts"}}': "8x4 0x4"},
        "7m",
    ),
    Story(
        "DocketwatchCheckpointsFailing",
        "the disk is full",
        {f'docketwatch_checkpoint_failures_total{{{W1},agent="cases"}}': "0x10 1+1x20"},
        "20m",
        [
            Firing(
                {**JOB, "instance": "w1"},
                "w1 could not write 10 checkpoints in half an hour",
            )
        ],
    ),
    Story(
        "DocketwatchCheckpointsFailing",
        "one that was refused and then written is no news",
        {f'docketwatch_checkpoint_failures_total{{{W1},agent="cases"}}': "0x10 1x30"},
        "20m",
    ),
    Story(
        "DocketwatchCheckpointsFailing",
        "it ends when they were written for half an hour",
        {f'docketwatch_checkpoint_failures_total{{{W1},agent="cases"}}': "0x10 1+1x20 21x40"},
        "1h5m",
    ),
    Story(
        "DocketwatchDeadLettersGrowing",
        "a producer sends what cannot be read",
        {f'docketwatch_events_refused_total{{{W1},topic="docket.cases",reason="not_json"}}': "0+10x30"},
        "20m",
        [
            Firing(
                {**JOB, "topic": "docket.cases", "reason": "not_json"},
                "docket.cases: 150 records refused in 15 minutes (not_json)",
            )
        ],
    ),
    Story(
        "DocketwatchDeadLettersGrowing",
        "one now and then",
        {f'docketwatch_events_refused_total{{{W1},topic="docket.cases",reason="not_json"}}': "0x5 1x10 2x15"},
        "20m",
    ),
    Story(
        "DocketwatchEventsLate",
        "a part of them",
        {
            f"docketwatch_events_late_total{{{W1}}}": "0+2x90",
            f'docketwatch_events_read_total{{{W1},topic="a"}}': "0+100x90",
        },
        "70m",
        [
            Firing(
                JOB,
                "More than one event in a hundred came after the hold-back",
                "60 within half an hour. They count, from when they were read; alerts may have been raised and "
                "retracted for it.",
            )
        ],
    ),
    Story(
        "DocketwatchEventsLate",
        "hardly any",
        {
            f"docketwatch_events_late_total{{{W1}}}": "0+1x90",
            f'docketwatch_events_read_total{{{W1},topic="a"}}': "0+200x90",
        },
        "70m",
    ),
    Story(
        "DocketwatchEventsFromTheFuture",
        "a clock is wrong",
        {f'docketwatch_events_refused_total{{{W1},topic="docket.cases",reason="from_the_future"}}': "0x5 4x10"},
        "10m",
        [Firing({**JOB, "topic": "docket.cases"}, "docket.cases: records claim to be recorded later than it is")],
    ),
    Story(
        "DocketwatchEventsFromTheFuture",
        "it was, long ago",
        {f'docketwatch_events_refused_total{{{W1},topic="docket.cases",reason="from_the_future"}}': "0x5 4x100"},
        "100m",
    ),
    Story(
        "DocketwatchCasesUnregistered",
        "a part of them",
        {f"docketwatch_cases_unregistered{{{W1}}}": "30x90", f"docketwatch_cases{{{W1}}}": "2000x90"},
        "61m",
        [Firing(JOB, "30 cases were never opened")],
    ),
    Story(
        "DocketwatchCasesUnregistered",
        "hardly any",
        {f"docketwatch_cases_unregistered{{{W1}}}": "20x90", f"docketwatch_cases{{{W1}}}": "2000x90"},
        "61m",
    ),
    Story(
        "DocketwatchOtherPolicy",
        "a worker runs another one",
        {INFO.replace("default@1", "mine@3"): "1x60"},
        "31m",
        [
            Firing(
                {**JOB, "instance": "w1", "clock": "wall", "delivery": "ordered", "policy": "mine@3"},
                "w1 judges by mine@3, these rules are made for another policy",
            )
        ],
    ),
    Story("DocketwatchOtherPolicy", "it runs this one", {INFO: "1x60"}, "31m"),
)
