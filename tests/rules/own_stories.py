"""Stories of the alerts about docketwatch itself."""

from typing import Final

from tests.rules.console_stories import CONSOLE
from tests.rules.story import INFO, JOB, LOG_INFO, W1, W2, Firing, RuleStory

OWN_STORIES: Final = (
    RuleStory(
        "DocketwatchWatchdog",
        "always",
        {},
        "0m",
        [Firing({}, "Always fires; if you stop receiving it, alert delivery is broken")],
    ),
    RuleStory(
        "DocketwatchDown",
        "a worker does not answer",
        {f"up{{{W1}}}": "1x5 0x10"},
        "9m",
        [Firing({**JOB, "instance": "w1"}, "w1 does not answer")],
    ),
    RuleStory(
        "DocketwatchDown",
        "a console that does not answer has an alert of its own",
        {f"up{{{CONSOLE}}}": "_x5 1x5 0x10"},
        "18m",
    ),
    RuleStory("DocketwatchDown", "it missed a scrape", {f"up{{{W1}}}": "1x5 0 1x10"}, "9m"),
    RuleStory("DocketwatchDown", "another program is down", {'up{job="node",instance="n1"}': "0x10"}, "9m"),
    RuleStory("DocketwatchAbsent", "no worker at all", {}, "6m", [Firing({}, "No docketwatch worker is scraped")]),
    RuleStory("DocketwatchAbsent", "one is there", {INFO: "1x10"}, "6m"),
    RuleStory(
        "DocketwatchRestarting",
        "again and again",
        {f"process_start_time_seconds{{{W1}}}": "0x5 300x5 600x5 900x30"},
        "30m",
        [Firing({**JOB, "instance": "w1"}, "w1 restarted 3 times within an hour")],
    ),
    RuleStory("DocketwatchRestarting", "a release", {f"process_start_time_seconds{{{W1}}}": "0x5 300x5 600x40"}, "30m"),
    RuleStory(
        "DocketwatchFeedBlind",
        "a feed with a heartbeat is silent",
        {f'docketwatch_feed_blind{{{W1},topic="docket.check-ins"}}': "0x5 1x10"},
        "8m",
        [Firing({**JOB, "topic": "docket.check-ins"}, "The feed of docket.check-ins is silent")],
    ),
    RuleStory(
        "DocketwatchFeedBlind",
        "a gap makes it blind, which has its own alert",
        {
            f'docketwatch_feed_blind{{{W1},topic="docket.check-ins"}}': "1x10",
            f'docketwatch_input_gap_records{{{W1},topic="docket.check-ins",partition="3"}}': "120x10",
        },
        "8m",
    ),
    RuleStory(
        "DocketwatchInputGap",
        "from when it is known, by partition",
        {f'docketwatch_input_gap_records{{{W1},topic="docket.check-ins",partition="3"}}': "_x5 120x10"},
        "6m",
        [
            Firing(
                {**JOB, "topic": "docket.check-ins", "partition": "3"},
                "docket.check-ins 3: 120 records are lost",
            )
        ],
    ),
    RuleStory(
        "DocketwatchInputGap",
        "a gap in load partials heals by itself",
        {f'docketwatch_input_gap_records{{{W1},topic="docket.load-partials",partition="3"}}': "120x10"},
        "8m",
    ),
    RuleStory(
        "DocketwatchFeedBlind",
        "it is not silent",
        {f'docketwatch_feed_blind{{{W1},topic="docket.check-ins"}}': "0x10"},
        "8m",
    ),
    RuleStory(
        "DocketwatchClockLagging",
        "half an hour behind",
        {f'docketwatch_clock_lag_seconds{{{W1},partition="0"}}': "1860x20", INFO: "1x20"},
        "15m",
        [Firing(JOB, "The clock is 31m 0s behind")],
    ),
    RuleStory(
        "DocketwatchClockLagging",
        "within a heartbeat",
        {f'docketwatch_clock_lag_seconds{{{W1},partition="0"}}': "1200x20", INFO: "1x20"},
        "15m",
    ),
    RuleStory(
        "DocketwatchClockLagging",
        "a replayed log lies behind the wall",
        {f'docketwatch_clock_lag_seconds{{{W1},partition="0"}}': "90000x20", LOG_INFO: "1x20"},
        "15m",
    ),
    RuleStory(
        "DocketwatchClockFarBehind",
        "more than half a working day behind",
        {f'docketwatch_clock_lag_seconds{{{W1},partition="0"}}': "15000x20", INFO: "1x20"},
        "15m",
        [Firing(JOB, "The clock is 4h 10m 0s behind")],
    ),
    RuleStory(
        "DocketwatchClockFarBehind",
        "behind, but not so far",
        {f'docketwatch_clock_lag_seconds{{{W1},partition="0"}}': "1860x20", INFO: "1x20"},
        "15m",
    ),
    RuleStory(
        "DocketwatchOfficerPartialsMissing",
        "rows never came, and no case partition has sent all of them again",
        {f'docketwatch_officer_partials_missing{{{W1},partition="1"}}': "0x5 2x20"},
        "22m",
        [
            Firing(
                {**JOB, "partition": "1"},
                "Officer partition 1 lacks partials of 2 case partitions",
            )
        ],
    ),
    RuleStory(
        "DocketwatchOfficerPartialsMissing",
        "a rebalance soon brought them",
        {f'docketwatch_officer_partials_missing{{{W1},partition="1"}}': "0x5 2x10 0x20"},
        "30m",
    ),
    RuleStory(
        "DocketwatchOfficerPartialsMissing",
        "none is missing",
        {f'docketwatch_officer_partials_missing{{{W1},partition="1"}}': "0x60"},
        "50m",
    ),
    RuleStory(
        "DocketwatchAlertsSlow",
        "some take minutes",
        {
            f'docketwatch_alert_delay_seconds_bucket{{{W1},le="60.0"}}': "0+9x60",
            f'docketwatch_alert_delay_seconds_bucket{{{W1},le="300.0"}}': "0+10x60",
            f'docketwatch_alert_delay_seconds_bucket{{{W1},le="+Inf"}}': "0+10x60",
        },
        "50m",
        [Firing(JOB, "1% of alerts take more than 4m 35s")],
    ),
    RuleStory(
        "DocketwatchAlertsSlow",
        "all are published within a minute",
        {
            f'docketwatch_alert_delay_seconds_bucket{{{W1},le="3.0"}}': "0+10x60",
            f'docketwatch_alert_delay_seconds_bucket{{{W1},le="+Inf"}}': "0+10x60",
        },
        "50m",
    ),
    RuleStory(
        "DocketwatchNotCommitting",
        "work that was begun is not committed",
        {f'docketwatch_commit_wait_seconds{{{W1},agent="cases"}}': "0x2 70+60x10"},
        "9m",
        [Firing({**JOB, "instance": "w1", "agent": "cases"}, "w1: the cases agent commits nothing")],
    ),
    RuleStory(
        "DocketwatchNotCommitting",
        "no work is begun, though records are unread",
        {
            f'docketwatch_commits_total{{{W1},agent="cases"}}': "0x2 7x60",
            f'docketwatch_unread_records{{{W1},topic="docket.cases"}}': "100x60",
            INFO: "1x60",
        },
        "30m",
        [Firing({**JOB, "instance": "w1", "agent": "cases"}, "w1: the cases agent commits nothing")],
    ),
    RuleStory(
        "DocketwatchNotCommitting",
        "there is no work",
        {
            f'docketwatch_commits_total{{{W1},agent="cases"}}': "0x2 7x60",
            f'docketwatch_unread_records{{{W1},topic="docket.cases"}}': "0x60",
            f'docketwatch_commit_wait_seconds{{{W1},agent="cases"}}': "0x60",
            INFO: "1x60",
        },
        "30m",
    ),
    RuleStory(
        "DocketwatchRestoring",
        "a restore takes long",
        {f'docketwatch_restore_remaining_records{{{W1},agent="cases"}}': "5000000-100000x30"},
        "20m",
        [
            Firing(
                {**JOB, "instance": "w1"},
                "w1 has been restoring state for 15 minutes",
                "3000000 records are left. Its partitions wait until the restore ends.",
            )
        ],
    ),
    RuleStory(
        "DocketwatchRestoring",
        "the restore was short",
        {f'docketwatch_restore_remaining_records{{{W1},agent="cases"}}': "5000000x10 0x20"},
        "20m",
    ),
    RuleStory(
        "DocketwatchStateRefused",
        "a changelog was emptied: seen at the one scrape between a start and the end, every few minutes",
        {f'docketwatch_state_refused_partitions{{{W1},agent="cases"}}': "0 4 _x8 4 _x3"},
        "13m",
        [
            Firing(
                {**JOB, "agent": "cases"},
                "A worker refuses the cases state of 4 partitions",
            )
        ],
    ),
    RuleStory(
        "DocketwatchStateRefused",
        "it ends a quarter of an hour after the state was mended",
        {f'docketwatch_state_refused_partitions{{{W1},agent="cases"}}': "0 4 _x8 0x20"},
        "20m",
    ),
    RuleStory(
        "DocketwatchAlertTopicLost",
        "an alert topic was recreated: the next workers remember the old one; other topics do not fire",
        {
            f'docketwatch_alert_topic_lost_partitions{{{W1},topic="docket.lost-track-alerts"}}': "0x2 8x4",
            f'docketwatch_alert_topic_lost_partitions{{{W2},topic="docket.lost-track-alerts"}}': "0x2 4x4",
            f'docketwatch_alert_topic_lost_partitions{{{W1},topic="docket.officer-alerts"}}': "0x6",
        },
        "5m",
        [
            Firing(
                {**JOB, "topic": "docket.lost-track-alerts"},
                "docket.lost-track-alerts lacks open alerts of up to 12 partitions",
            )
        ],
    ),
    RuleStory(
        "DocketwatchAlertTopicLost",
        "it ends after the alerts were republished",
        {f'docketwatch_alert_topic_lost_partitions{{{W1},topic="docket.lost-track-alerts"}}': "8x4 0x4"},
        "7m",
    ),
    RuleStory(
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
    RuleStory(
        "DocketwatchCheckpointsFailing",
        "one failure, then success",
        {f'docketwatch_checkpoint_failures_total{{{W1},agent="cases"}}': "0x10 1x30"},
        "20m",
    ),
    RuleStory(
        "DocketwatchCheckpointsFailing",
        "it ends after half an hour without failure",
        {f'docketwatch_checkpoint_failures_total{{{W1},agent="cases"}}': "0x10 1+1x20 21x40"},
        "1h5m",
    ),
    RuleStory(
        "DocketwatchDeadLettersGrowing",
        "a producer sends invalid records",
        {f'docketwatch_events_refused_total{{{W1},topic="docket.cases",reason="not_json"}}': "0+10x30"},
        "20m",
        [
            Firing(
                {**JOB, "topic": "docket.cases", "reason": "not_json"},
                "docket.cases: 150 records refused in 15 minutes (not_json)",
            )
        ],
    ),
    RuleStory(
        "DocketwatchDeadLettersGrowing",
        "200 records refused between two scrapes, and none after them",
        {f'docketwatch_events_refused_total{{{W1},topic="docket.cases",reason="not_json"}}': "0x3 200x30"},
        "5m",
        [
            Firing(
                {**JOB, "topic": "docket.cases", "reason": "not_json"},
                "docket.cases: 200 records refused in 15 minutes (not_json)",
            )
        ],
    ),
    RuleStory(
        "DocketwatchDeadLettersGrowing",
        "a quarter of an hour after 200 records were refused",
        {f'docketwatch_events_refused_total{{{W1},topic="docket.cases",reason="not_json"}}': "0x3 200x30"},
        "20m",
    ),
    RuleStory(
        "DocketwatchDeadLettersGrowing",
        "one now and then",
        {f'docketwatch_events_refused_total{{{W1},topic="docket.cases",reason="not_json"}}': "0x5 1x10 2x15"},
        "20m",
    ),
    RuleStory(
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
                "More than 1% of events arrived after the hold-back",
                "60 within half an hour. They count from when they were read; alerts may have been raised and "
                "then retracted because of them.",
            )
        ],
    ),
    RuleStory(
        "DocketwatchEventsLate",
        "hardly any",
        {
            f"docketwatch_events_late_total{{{W1}}}": "0+1x90",
            f'docketwatch_events_read_total{{{W1},topic="a"}}': "0+200x90",
        },
        "70m",
    ),
    RuleStory(
        "DocketwatchEventsFromTheFuture",
        "a clock is wrong",
        {f'docketwatch_events_refused_total{{{W1},topic="docket.cases",reason="from_the_future"}}': "0x5 4x10"},
        "10m",
        [Firing({**JOB, "topic": "docket.cases"}, "docket.cases: records have a recorded_at in the future")],
    ),
    RuleStory(
        "DocketwatchEventsFromTheFuture",
        "it was, long ago",
        {f'docketwatch_events_refused_total{{{W1},topic="docket.cases",reason="from_the_future"}}': "0x5 4x100"},
        "100m",
    ),
    RuleStory(
        "DocketwatchCasesUnregistered",
        "a part of them",
        {f"docketwatch_cases_unregistered{{{W1}}}": "30x90", f"docketwatch_cases{{{W1}}}": "2000x90"},
        "61m",
        [Firing(JOB, "30 cases have events but no case_opened")],
    ),
    RuleStory(
        "DocketwatchCasesUnregistered",
        "hardly any",
        {f"docketwatch_cases_unregistered{{{W1}}}": "20x90", f"docketwatch_cases{{{W1}}}": "2000x90"},
        "61m",
    ),
    RuleStory(
        "DocketwatchOtherPolicy",
        "a worker runs another one",
        {INFO.replace("default@1", "mine@3"): "1x60"},
        "31m",
        [
            Firing(
                {**JOB, "instance": "w1", "clock": "wall", "delivery": "ordered", "policy": "mine@3"},
                "w1 uses mine@3; these rules are for another policy",
            )
        ],
    ),
    RuleStory("DocketwatchOtherPolicy", "it runs this one", {INFO: "1x60"}, "31m"),
)
