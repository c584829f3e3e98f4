"""The board of causes: why are records lost track of, where, and whose side does it lie on?"""

from schemas.causes import CLASS_OF, Cause, CauseClass
from schemas.policy import Policy
from streams.monitoring.boards.panels import HERE, NEUTRAL, OFFICE, SERIOUS, DashboardSpec, Panel, PanelQuery

__all__ = ["lost_track"]

_SIDES = {
    CauseClass.AGENCY: "What has the agency left undone?",
    CauseClass.RECORD: "Which records are not right?",
    CauseClass.PERSON: "Which appointments have no outcome?",
}


def lost_track(policy: Policy) -> DashboardSpec:
    """Lost track by cause."""
    return DashboardSpec(
        uid="docketwatch-lost-track",
        file="lost-track",
        title="Lost track by cause",
        question="Why, where, and on whose side?",
        panels=[*_sides(), *_courses(), *_places(policy), *_dockets()],
    )


def _sides() -> list[Panel]:
    return [
        Panel(
            question,
            f"Alerts that stand: {', '.join(cause.value for cause in Cause if CLASS_OF[cause] is side)}.",
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
            "What is found in a day, at the pace of the last hour?",
            "Alerts raised.",
            "lines",
            [PanelQuery(happened % '"raised"', "{{cause}}")],
            decimals=0,
        ),
        Panel(
            "How often did we not know enough?",
            "Retracted in a day, at the pace of the last hour: had what happened been recorded in time, there would "
            "have been no alert.",
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
            "Where does which cause stand?",
            "Alerts that stand, by office; the agency's side first.",
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


def _dockets() -> list[Panel]:
    return [
        Panel(
            "What has waited too long?",
            "Escalated: stood for escalate_after of its cause.",
            "bars",
            [PanelQuery(f'sum by (cause) (docketwatch_alerts_standing{{{OFFICE}, severity="critical"}})', "{{cause}}")],
            decimals=0,
            height=9,
            marks=((None, SERIOUS),),
            runbook="DocketwatchLostTrackEscalated",
        ),
        Panel(
            "In which dockets are most records lost track of?",
            "The ten largest numbers, by pseudonym; size and records of a docket, not work of an officer.",
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
