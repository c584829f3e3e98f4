"""Stories of the alerts about dockets: officers, and records that need a review."""

from typing import Final

from tests.rules.console_stories import CONSOLE, CONSOLE_JOB
from tests.rules.story import (
    ATL,
    CRITICAL,
    JOB,
    NO_OFFICER,
    O1,
    OFFICER,
    OVERLOADED,
    UTILISATION,
    W1,
    Firing,
    RuleStory,
    officer_alerts,
    standing,
)

_AHEAD: Final = f'docketwatch_deadlines_ahead{{{{{CONSOLE},office="ATL",cause="{{}}",within="7d"}}}}'
_NO_CONTACT: Final = _AHEAD.format("no_contact")

DOCKET_STORIES: Final = (
    RuleStory(
        "DocketwatchOfficerOverloaded",
        "at the threshold for as long as the engine waits",
        {UTILISATION: "1x150"},
        "2h1m",
        [Firing(OFFICER, "ATL: a docket needs 100% of its officer's time", OVERLOADED)],
    ),
    RuleStory("DocketwatchOfficerOverloaded", "below the threshold", {UTILISATION: "0.99x300"}, "5h"),
    RuleStory("DocketwatchOfficerOverloaded", "not for long enough", {UTILISATION: "1.4x150"}, "1h59m"),
    RuleStory(
        "DocketwatchOfficerOverloaded",
        "between the thresholds it continues",
        {UTILISATION: "1.2x150 0.95x150"},
        "4h",
        [Firing(OFFICER, "ATL: a docket needs 95% of its officer's time", OVERLOADED)],
    ),
    RuleStory(
        "DocketwatchOfficerOverloaded", "below the lower threshold it ends", {UTILISATION: "1.2x150 0.89x150"}, "4h"
    ),
    RuleStory(
        "DocketwatchOfficerOverloaded", "between the thresholds it never begins", {UTILISATION: "0.95x300"}, "5h"
    ),
    RuleStory(
        "DocketwatchOfficerCritical",
        "at the higher threshold",
        {UTILISATION: "12.7x150"},
        "2h1m",
        [Firing(OFFICER, "ATL: a docket needs 1270% of its officer's time", CRITICAL)],
    ),
    RuleStory("DocketwatchOfficerCritical", "below it", {UTILISATION: "1.49x300"}, "5h"),
    RuleStory(
        "DocketwatchOfficersOverloaded",
        "where some officers have no series",
        {officer_alerts("overloaded"): "3x10", f"docketwatch_officer_series_omitted{{{W1}}}": "7x10"},
        "5m",
        [
            Firing(
                ATL,
                "ATL: officers are overloaded, and some have no series of their own",
                "3 overload alerts are open in ATL; docket.officer-alerts names the officers.",
            )
        ],
    ),
    RuleStory(
        "DocketwatchOfficersOverloaded",
        "where all have series",
        {officer_alerts("overloaded"): "3x10", f"docketwatch_officer_series_omitted{{{W1}}}": "0x10"},
        "5m",
    ),
    RuleStory(
        "DocketwatchOfficerLosingTrack",
        "a large part of the docket",
        {
            f"docketwatch_officer_lost_track_cases{{{O1}}}": "4000x100",
            f"docketwatch_officer_open_cases{{{O1}}}": "10156x100",
        },
        "1h1m",
        [
            Firing(
                OFFICER,
                "ATL: 4000 records on one docket need a look",
                "More than 5% of the cases on the docket of o-1 have an open alert. This is about the docket's size "
                "and its records, not about the officer.",
            )
        ],
    ),
    RuleStory(
        "DocketwatchOfficerLosingTrack",
        "few of many",
        {
            f"docketwatch_officer_lost_track_cases{{{O1}}}": "84x100",
            f"docketwatch_officer_open_cases{{{O1}}}": "1700x100",
        },
        "1h30m",
    ),
    RuleStory(
        "DocketwatchOfficerLosingTrack",
        "a large part of a small docket",
        {
            f"docketwatch_officer_lost_track_cases{{{O1}}}": "19x100",
            f"docketwatch_officer_open_cases{{{O1}}}": "20x100",
        },
        "1h30m",
    ),
    RuleStory(
        "DocketwatchOrphanedCaseload",
        "an absent officer has cases",
        {officer_alerts("orphaned_caseload"): "2x10"},
        "1m",
        [Firing(ATL, "ATL: 2 absent officers still have open cases")],
    ),
    RuleStory(
        "DocketwatchOrphanedCaseload", "no absent officer has cases", {officer_alerts("training_lapsed"): "2x10"}, "1m"
    ),
    RuleStory(
        "DocketwatchIntakeTooFast",
        "a docket grows fast",
        {officer_alerts("intake_too_fast"): "1x10"},
        "1m",
        [Firing(ATL, "ATL: 1 dockets grow faster than the policy allows")],
    ),
    RuleStory("DocketwatchIntakeTooFast", "none does", {officer_alerts("overloaded"): "1x10"}, "1m"),
    RuleStory(
        "DocketwatchTrainingLapsed",
        "a course has lapsed",
        {officer_alerts("training_lapsed"): "5x10"},
        "1m",
        [Firing(ATL, "ATL: 5 required courses have lapsed")],
    ),
    RuleStory("DocketwatchTrainingLapsed", "none has", {officer_alerts("training_lapsed"): "0x10"}, "1m"),
    RuleStory(
        "DocketwatchPolicyReviewOverdue",
        "the engine says so",
        {officer_alerts("policy_review_overdue", "(none)"): "1x10"},
        "1m",
        [Firing(JOB, "The policy of docketwatch is overdue for review")],
    ),
    RuleStory("DocketwatchPolicyReviewOverdue", "it does not", {officer_alerts("training_lapsed"): "1x10"}, "1m"),
    RuleStory(
        "DocketwatchLostTrackEscalated",
        "alerts are escalated",
        {standing("critical"): "3x20"},
        "6m",
        [
            Firing(
                NO_OFFICER,
                "ATL: 3 records have waited too long (no_officer)",
                "Their alerts have been open for longer than the policy allows (escalate_after). The cause lies on the "
                "side of the agency. Each record needs a human look; it says nothing about a person.",
            )
        ],
    ),
    RuleStory("DocketwatchLostTrackEscalated", "none is escalated", {standing(): "300x20"}, "20m"),
    RuleStory(
        "DocketwatchLostTrackGrowing",
        "many more than yesterday",
        {standing(): "100x96 151x4"},
        "24h45m",
        [Firing(NO_OFFICER, "ATL: 151 records need a look (no_officer), many more than yesterday")],
        "15m",
    ),
    RuleStory("DocketwatchLostTrackGrowing", "not so many more", {standing(): "100x96 150x4"}, "24h45m", every="15m"),
    RuleStory("DocketwatchLostTrackGrowing", "few, though many more", {standing(): "5x96 19x4"}, "24h45m", every="15m"),
    RuleStory(
        "DocketwatchLostTrackGrowing", "no yesterday to compare with", {standing(): "1000x8"}, "75m", every="15m"
    ),
    RuleStory(
        "DocketwatchDeadlinesRising",
        "many more than in the week before",
        {_NO_CONTACT: "40x192 61x3", _NO_CONTACT.replace("c1", "c2"): "40x192 61x3"},
        "194h",
        [
            Firing(
                {**CONSOLE_JOB, "office": "ATL", "cause": "no_contact"},
                "ATL: 61 cases come due within 7 days (no_contact), many more than usual",
            )
        ],
        "1h",
    ),
    RuleStory("DocketwatchDeadlinesRising", "not so many more", {_NO_CONTACT: "40x192 60x3"}, "194h", every="1h"),
    RuleStory("DocketwatchDeadlinesRising", "few, though many more", {_NO_CONTACT: "5x192 19x3"}, "194h", every="1h"),
    RuleStory("DocketwatchDeadlinesRising", "no week to compare with", {_NO_CONTACT: "1000x12"}, "12h", every="1h"),
    RuleStory(
        "DocketwatchDeadlinesRising",
        "a console that was away for a night",
        {_NO_CONTACT: "40x180 _x12 41x3"},
        "195h",
        every="1h",
    ),
    RuleStory(
        "DocketwatchDeadlinesRising",
        "more check-ins are booked",
        {_AHEAD.format("check_in_overdue"): "400x192 4000x3"},
        "194h",
        every="1h",
    ),
)
