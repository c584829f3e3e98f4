"""Stories of the alerts about dockets: officers, and records that need a review."""

from typing import Final

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
    Story,
    officer_alerts,
    standing,
)

DOCKET_STORIES: Final = (
    Story(
        "DocketwatchOfficerOverloaded",
        "at the threshold for as long as the engine waits",
        {UTILISATION: "1x150"},
        "2h1m",
        [Firing(OFFICER, "ATL: a docket needs 100% of its officer's time", OVERLOADED)],
    ),
    Story("DocketwatchOfficerOverloaded", "below the threshold", {UTILISATION: "0.99x300"}, "5h"),
    Story("DocketwatchOfficerOverloaded", "not for long enough", {UTILISATION: "1.4x150"}, "1h59m"),
    Story(
        "DocketwatchOfficerOverloaded",
        "between the thresholds it continues",
        {UTILISATION: "1.2x150 0.95x150"},
        "4h",
        [Firing(OFFICER, "ATL: a docket needs 95% of its officer's time", OVERLOADED)],
    ),
    Story("DocketwatchOfficerOverloaded", "below the lower threshold it ends", {UTILISATION: "1.2x150 0.89x150"}, "4h"),
    Story("DocketwatchOfficerOverloaded", "between the thresholds it never begins", {UTILISATION: "0.95x300"}, "5h"),
    Story(
        "DocketwatchOfficerCritical",
        "at the higher threshold",
        {UTILISATION: "12.7x150"},
        "2h1m",
        [Firing(OFFICER, "ATL: a docket needs 1270% of its officer's time", CRITICAL)],
    ),
    Story("DocketwatchOfficerCritical", "below it", {UTILISATION: "1.49x300"}, "5h"),
    Story(
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
    Story(
        "DocketwatchOfficersOverloaded",
        "where all have series",
        {officer_alerts("overloaded"): "3x10", f"docketwatch_officer_series_omitted{{{W1}}}": "0x10"},
        "5m",
    ),
    Story(
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
        "a large part of a small docket",
        {
            f"docketwatch_officer_lost_track_cases{{{O1}}}": "19x100",
            f"docketwatch_officer_open_cases{{{O1}}}": "20x100",
        },
        "1h30m",
    ),
    Story(
        "DocketwatchOrphanedCaseload",
        "an absent officer has cases",
        {officer_alerts("orphaned_caseload"): "2x10"},
        "1m",
        [Firing(ATL, "ATL: 2 absent officers still have open cases")],
    ),
    Story(
        "DocketwatchOrphanedCaseload", "no absent officer has cases", {officer_alerts("training_lapsed"): "2x10"}, "1m"
    ),
    Story(
        "DocketwatchIntakeTooFast",
        "a docket grows fast",
        {officer_alerts("intake_too_fast"): "1x10"},
        "1m",
        [Firing(ATL, "ATL: 1 dockets grow faster than the policy allows")],
    ),
    Story("DocketwatchIntakeTooFast", "none does", {officer_alerts("overloaded"): "1x10"}, "1m"),
    Story(
        "DocketwatchTrainingLapsed",
        "a course has lapsed",
        {officer_alerts("training_lapsed"): "5x10"},
        "1m",
        [Firing(ATL, "ATL: 5 required courses have lapsed")],
    ),
    Story("DocketwatchTrainingLapsed", "none has", {officer_alerts("training_lapsed"): "0x10"}, "1m"),
    Story(
        "DocketwatchPolicyReviewOverdue",
        "the engine says so",
        {officer_alerts("policy_review_overdue", "(none)"): "1x10"},
        "1m",
        [Firing(JOB, "The policy of docketwatch is overdue for review")],
    ),
    Story("DocketwatchPolicyReviewOverdue", "it does not", {officer_alerts("training_lapsed"): "1x10"}, "1m"),
    Story(
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
    Story("DocketwatchLostTrackEscalated", "none is escalated", {standing(): "300x20"}, "20m"),
    Story(
        "DocketwatchLostTrackGrowing",
        "many more than yesterday",
        {standing(): "100x96 151x4"},
        "24h45m",
        [Firing(NO_OFFICER, "ATL: 151 records need a look (no_officer), many more than yesterday")],
        "15m",
    ),
    Story("DocketwatchLostTrackGrowing", "not so many more", {standing(): "100x96 150x4"}, "24h45m", every="15m"),
    Story("DocketwatchLostTrackGrowing", "few, though many more", {standing(): "5x96 19x4"}, "24h45m", every="15m"),
    Story("DocketwatchLostTrackGrowing", "no yesterday to compare with", {standing(): "1000x8"}, "75m", every="15m"),
)
