"""The first dashboard: are we losing track of cases?"""

from schemas.policy import Policy
from streams.monitoring.boards.panels import (
    GOOD,
    HERE,
    NEUTRAL,
    OFFICE,
    POOR,
    SERIOUS,
    DashboardSpec,
    Panel,
    PanelQuery,
    marks,
)

__all__ = ["overview"]

_ENDED = 'sum(cause_happened:docketwatch_alerts:rate1h{%s, happened=~"resolved|retracted"}) * 3600'


def overview(policy: Policy) -> DashboardSpec:
    """Docket overview."""
    return DashboardSpec(
        uid="docketwatch-overview",
        file="overview",
        title="Docket overview",
        question="Are we losing track of cases?",
        panels=[*_numbers(policy), *_course(), *_places(policy)],
    )


def _numbers(policy: Policy) -> list[Panel]:
    minutes = policy.load.minutes_per_month
    return [
        Panel(
            "How many records need a human look?",
            "Cases with any open alert, as in the office record and in the console. Each alert is about a record, none "
            "about a person.",
            "stat",
            [PanelQuery(f"sum(office:docketwatch_lost_track_cases:sum{{{OFFICE}}}) or vector(0)", "cases")],
            width=4,
            height=5,
            decimals=0,
            marks=((None, NEUTRAL),),
            runbook="DocketwatchLostTrackGrowing",
        ),
        Panel(
            "How many have waited too long?",
            "Escalated: alerts that were open for escalate_after of their cause.",
            "stat",
            [
                PanelQuery(
                    f'sum(docketwatch_alerts_standing{{{OFFICE}, severity="critical"}}) or vector(0)', "escalated"
                )
            ],
            width=4,
            height=5,
            decimals=0,
            marks=((None, GOOD), (1, SERIOUS)),
            runbook="DocketwatchLostTrackEscalated",
        ),
        Panel(
            "How much time per case and month?",
            "Capacity of the officers at work divided by open cases; it uses no weight. The colors change at the "
            "policy's minutes for a case of level annual and of level low.",
            "stat",
            [
                PanelQuery(
                    f"sum(office:docketwatch_capacity_seconds:sum{{{OFFICE}}})"
                    f" / sum(office:docketwatch_open_cases:sum{{{OFFICE}}})",
                    "time",
                )
            ],
            unit="s",
            width=4,
            height=5,
            decimals=1,
            marks=((None, SERIOUS), (minutes.annual * 60, POOR), (minutes.low * 60, GOOD)),
        ),
        Panel(
            "How many officers are needed per officer at work?",
            f"Workload of every open case under the weights of {policy.id}, divided by the capacity of the officers at "
            "work.",
            "stat",
            [
                PanelQuery(
                    f"sum(office:docketwatch_workload_seconds:sum{{{OFFICE}}})"
                    f" / sum(office:docketwatch_capacity_seconds:sum{{{OFFICE}}})",
                    "needed per officer",
                )
            ],
            width=4,
            height=5,
            decimals=2,
            marks=marks(policy.officers.overloaded.raise_, policy.officers.critical.raise_),
        ),
        Panel(
            "How many feeds are silent?",
            "Feeds that declared a heartbeat and send none. While one is silent, the absence of alerts means nothing.",
            "stat",
            [PanelQuery(f"sum(max by (topic) (docketwatch_feed_blind{{{HERE}}})) or vector(0)", "silent")],
            width=4,
            height=5,
            decimals=0,
            marks=((None, GOOD), (1, SERIOUS)),
            runbook="DocketwatchFeedBlind",
        ),
        Panel(
            "How late would an alert be?",
            "How far the slowest partition's clock is behind the wall clock.",
            "stat",
            [PanelQuery(f"max(docketwatch:clock_lag_seconds:max{{{HERE}}})", "lag")],
            unit="s",
            width=4,
            height=5,
            decimals=0,
            marks=marks(1_800, 14_400),
            runbook="DocketwatchClockLagging",
        ),
    ]


def _course() -> list[Panel]:
    return [
        Panel(
            "Is it getting better or worse?",
            "Open alerts, by the side on which the cause lies.",
            "lines",
            [PanelQuery(f"sum by (cause_class) (docketwatch_alerts_standing{{{OFFICE}}})", "{{cause_class}}")],
            decimals=0,
        ),
        Panel(
            "Do we resolve more than we raise?",
            "Per hour: alerts raised, and alerts ended because something happened or became known.",
            "lines",
            [
                PanelQuery(
                    f'sum(cause_happened:docketwatch_alerts:rate1h{{{HERE}, happened="raised"}}) * 3600', "raised"
                ),
                PanelQuery(_ENDED % HERE, "ended"),
            ],
        ),
    ]


def _places(policy: Policy) -> list[Panel]:
    overloaded = marks(policy.officers.overloaded.raise_, policy.officers.critical.raise_)
    return [
        Panel(
            "Why are cases lost track of?",
            "Cases with an open alert of each cause, as in the office record and in the console; a case may be in "
            "several.",
            "bars",
            [PanelQuery(f"sum by (cause) (docketwatch_office_lost_track_cause_cases{{{OFFICE}}})", "{{cause}}")],
            height=9,
            width=10,
            decimals=0,
            marks=((None, NEUTRAL),),
        ),
        Panel(
            "How loaded is each office?",
            "Open cases with or without an officer; load is workload divided by capacity at work. Time per case is on "
            "the dashboard of officers.",
            "table",
            [
                PanelQuery(f"sum by (office) (office:docketwatch_open_cases:sum{{{OFFICE}}})", "open cases"),
                PanelQuery(f"sum by (office) (office:docketwatch_unassigned_cases:sum{{{OFFICE}}})", "unassigned"),
                PanelQuery(f"sum by (office) (office:docketwatch_with_absent_cases:sum{{{OFFICE}}})", "officer absent"),
                PanelQuery(f"sum by (office) (office:docketwatch_officers_at_work:sum{{{OFFICE}}})", "at work"),
                PanelQuery(
                    f"avg by (office) (office:docketwatch_utilisation:ratio{{{OFFICE}}})", "load", "percentunit"
                ),
                PanelQuery(f"sum by (office) (office:docketwatch_lost_track_cases:sum{{{OFFICE}}})", "lost track"),
            ],
            height=9,
            width=14,
            row_label="office",
            marks=overloaded,
            decimals=1,
        ),
    ]
