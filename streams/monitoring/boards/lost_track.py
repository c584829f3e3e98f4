"""The dashboard of causes: why cases are lost track of, where, and on whose side the cause lies."""

from schemas.causes import CLASS_OF, Cause, CauseClass
from schemas.policy import Policy
from streams.monitoring.boards.panels import HERE, NEUTRAL, OFFICE, SERIOUS, DashboardSpec, Panel, PanelQuery

__all__ = ["lost_track"]

_SIDES = {
    CauseClass.AGENCY: "What has the agency not done?",
    CauseClass.RECORD: "Which records are incorrect?",
    CauseClass.PERSON: "Which appointments have no outcome?",
}


def lost_track(policy: Policy) -> DashboardSpec:
    """Lost track by cause."""
    return DashboardSpec(
        uid="docketwatch-lost-track",
        file="lost-track",
        title="Lost track by cause",
        question="Why are cases lost track of, where, and on whose side?",
        panels=[*_sides(), *_courses(), *_places(policy), *_ahead(), *_dockets()],
    )


def _sides() -> list[Panel]:
    return [
        Panel(
            question,
            f"Open alerts: {', '.join(cause.value for cause in Cause if CLASS_OF[cause] is side)}.",
            "lines",
            [
                PanelQuery(
                    f'sum by (cause) (docketwatch_alerts_standing{{{OFFICE}, cause_class="{side.value}"}})', "{{cause}}"
                )
            ],
            width=8,
            decimals=0,
        )
        for side, question in _SIDES.items()
    ]


def _courses() -> list[Panel]:
    happened = f"sum by (cause) (cause_happened:docketwatch_alerts:rate1h{{{HERE}, happened=%s}}) * 86400"
    return [
        Panel(
            "How many alerts are raised per day?",
            "At the rate of the last hour.",
            "lines",
            [PanelQuery(happened % '"raised"', "{{cause}}")],
            decimals=0,
        ),
        Panel(
            "How many alerts are retracted per day?",
            "At the rate of the last hour. An event that was recorded late ended them; recorded in time, it would "
            "have prevented them.",
            "lines",
            [PanelQuery(happened % '"retracted"', "{{cause}}")],
            decimals=0,
            runbook="DocketwatchEventsLate",
        ),
    ]


def _places(policy: Policy) -> list[Panel]:
    causes = [cause for cause in Cause if policy.causes[cause].enabled]
    return [
        Panel(
            "Which causes are open in which office?",
            "Open alerts by office; the agency's side first.",
            "table",
            [
                PanelQuery(
                    f'sum by (office) (docketwatch_alerts_standing{{{OFFICE}, cause="{cause.value}"}})', cause.value
                )
                for cause in causes
            ],
            width=24,
            height=6,
            row_label="office",
            decimals=0,
            marks=((None, NEUTRAL),),
        )
    ]


def _ahead() -> list[Panel]:
    # every console exports them, and they are of one docket
    ahead = 'sum by ({}) (max by (office, cause) (docketwatch_deadlines_ahead{{office=~"$office", within="{}"}}))'
    about = (
        "Deadlines within seven and 14 days of the workers' clock: the alert is raised unless something happens. A "
        "case may have several. The console counts them; `docketwatch due` lists them."
    )
    recorded = 'office_cause:docketwatch_deadlines_ahead_7d:max{office=~"$office"}'
    windows = (("7d", "7 days"), ("14d", "14 days"))
    return [
        Panel(
            f"What comes due soon, by {label}?",
            about,
            "table",
            [PanelQuery(ahead.format(label, within), title) for within, title in windows],
            height=9,
            row_label=label,
            decimals=0,
            marks=((None, NEUTRAL),),
        )
        for label in ("cause", "office")
    ] + [
        Panel(
            "Do more deadlines lie ahead than usual?",
            "Deadlines within seven days, beside the mean of the week before yesterday.",
            "lines",
            [
                PanelQuery(f"sum by (cause) ({recorded})", "{{cause}}"),
                PanelQuery(f"sum by (cause) (avg_over_time({recorded}[7d] offset 1d))", "{{cause}}, usual"),
            ],
            width=24,
            decimals=0,
            runbook="DocketwatchDeadlinesRising",
        )
    ]


def _dockets() -> list[Panel]:
    return [
        Panel(
            "Which causes have waited too long?",
            "Escalated: alerts that were open for escalate_after of their cause.",
            "bars",
            [PanelQuery(f'sum by (cause) (docketwatch_alerts_standing{{{OFFICE}, severity="critical"}})', "{{cause}}")],
            decimals=0,
            height=9,
            marks=((None, SERIOUS),),
            runbook="DocketwatchLostTrackEscalated",
        ),
        Panel(
            "Which dockets have the most lost-track cases?",
            "Top 10, by pseudonym. This is about a docket's size and records, not about the officer's work.",
            "bars",
            [
                PanelQuery(
                    f"topk(10, max by (officer) (docketwatch_officer_lost_track_cases{{{OFFICE}}}))", "{{officer}}"
                )
            ],
            decimals=0,
            height=9,
            marks=((None, NEUTRAL),),
            runbook="DocketwatchOfficerLosingTrack",
        ),
    ]
