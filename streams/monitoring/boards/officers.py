"""The dashboard of loads: who is overloaded, and what is achievable."""

from typing import Final

from schemas.policy import Policy
from streams.core.load.office_record import SWING
from streams.core.policy.exact import minutes
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

__all__ = ["officers"]

_NEEDED: Final = f"sum by (office) (office:docketwatch_officers_needed:ratio{{{OFFICE}}})"


def officers(policy: Policy) -> DashboardSpec:
    """Officers and workload."""
    return DashboardSpec(
        uid="docketwatch-officers",
        file="officers",
        title="Officers and workload",
        question="Who is overloaded, and what is achievable?",
        panels=[*_beyond(policy), *_spread(policy), *_achievable(policy), *_officer_panels(policy)],
    )


def _beyond(policy: Policy) -> list[Panel]:
    marked = policy.officers
    return [
        Panel(
            f"How many officers are at {mark.raise_:.0%} or more?",
            f"Officers at work at or above `officers.{name}.raise` now; the alert waits for {mark.periods} period "
            "ends.",
            "stat",
            [PanelQuery(f"sum(office:docketwatch_officers_{name}:sum{{{OFFICE}}})", name)],
            width=6,
            height=5,
            decimals=0,
            marks=((None, GOOD), (1, colour)),
            runbook=runbook,
        )
        for name, mark, colour, runbook in (
            ("overloaded", marked.overloaded, POOR, "DocketwatchOfficerOverloaded"),
            ("critical", marked.critical, SERIOUS, "DocketwatchOfficerCritical"),
        )
    ] + [
        Panel(
            "How many absent officers have open cases?",
            "Officers on leave or departed who still have cases, as in the office record and in the console.",
            "stat",
            [PanelQuery(f"sum(office:docketwatch_officers_absent:sum{{{OFFICE}}}) or vector(0)", "away")],
            width=6,
            height=5,
            decimals=0,
            marks=((None, GOOD), (1, SERIOUS)),
            runbook="DocketwatchOrphanedCaseload",
        ),
        Panel(
            "How many officers have their own series?",
            "The others still count in every total and distribution.",
            "stat",
            [PanelQuery(f"count(docketwatch_officer_open_cases{{{HERE}}}) or vector(0)", "shown")],
            width=6,
            height=5,
            decimals=0,
            marks=((None, NEUTRAL),),
        ),
    ]


def _spread(policy: Policy) -> list[Panel]:
    a_case = policy.load.minutes_per_month
    return [
        Panel(
            "How many cases does an officer have?",
            "Half of the officers at work have at most p50, nine in ten at most p90. Exact where each officer has "
            "series, else from histogram buckets.",
            "lines",
            [
                PanelQuery(f"max(office:docketwatch_caseload_cases:{name}{{{OFFICE}}})", f"{name}, highest office")
                for name in ("p50", "p90")
            ],
            decimals=0,
        ),
        Panel(
            "How much time per case and month, by office?",
            "Capacity of the officers at work divided by open cases, as in the office record and in the console. "
            f"A case of level standard takes {a_case.standard:g} minutes per month under the policy.",
            "bars",
            [PanelQuery(f"avg by (office) (office:docketwatch_time_per_case_seconds:ratio{{{OFFICE}}})", "{{office}}")],
            unit="s",
            decimals=1,
            marks=((None, SERIOUS), (a_case.annual * 60, POOR), (a_case.low * 60, GOOD)),
        ),
    ]


def _achievable(policy: Policy) -> list[Panel]:
    return [
        Panel(
            "How many officers does each office need?",
            f"Needed: workload of every open case under the weights of {policy.id}, divided by the capacity of one "
            "officer at work, and the next whole number. The workload has the check-ins and hearings that are booked "
            "within 30 days. Achievable caseload: what one officer can handle. Load: p50, p90 and maximum over the "
            "officers at work.",
            "table",
            [
                PanelQuery(f"sum by (office) (office:docketwatch_officers_at_work:sum{{{OFFICE}}})", "at work"),
                PanelQuery(_NEEDED, "needed", decimals=2),
                PanelQuery(f"ceil({_NEEDED})", "whole officers", decimals=0),
                PanelQuery(
                    f"avg by (office) (office:docketwatch_achievable_caseload:ratio{{{OFFICE}}})", "achievable caseload"
                ),
                PanelQuery(
                    f"avg by (office) (office:docketwatch_utilisation_ratio:p50{{{OFFICE}}})", "load p50", "percentunit"
                ),
                PanelQuery(
                    f"avg by (office) (office:docketwatch_utilisation_ratio:p90{{{OFFICE}}})", "load p90", "percentunit"
                ),
                PanelQuery(
                    f"max by (office) (office:docketwatch_utilisation_ratio:max{{{OFFICE}}})",
                    "load max",
                    "percentunit",
                ),
            ],
            height=7,
            row_label="office",
            decimals=1,
        ),
        Panel(
            "How much does each weight change officers needed?",
            f"Officers needed with one weight {SWING:.0%} lower or higher. No official standard exists for any weight.",
            "table",
            [
                PanelQuery(_needed_with(sign, policy), f"{SWING:.0%} {name}")
                for name, sign in (("less", "-"), ("more", "+"))
            ],
            height=7,
            row_label="weight",
            decimals=1,
        ),
    ]


def _needed_with(sign: str, policy: Policy) -> str:
    """Officers needed by all offices together when a weight changes: over their sums, as in the office record."""

    def summed(figure: str) -> str:
        return f"sum(office:docketwatch_{figure}:sum{{{OFFICE}}})"

    of_policy = minutes(policy.load.capacity_hours_month) * 60
    one_officer = f"{summed('capacity_seconds')} / ({summed('officers_at_work')} > 0) or vector({of_policy:g})"
    part = f"sum by (weight) (docketwatch_office_workload_seconds{{{OFFICE}}})"
    return f"(scalar({summed('workload_seconds')}) {sign} {SWING:g} * {part}) / scalar({one_officer})"


def _officer_panels(policy: Policy) -> list[Panel]:
    def top(figure: str) -> str:
        shown = f"topk(15, docketwatch_officer_open_cases{{{OFFICE}}})"
        return f"max by (officer) (docketwatch_officer_{figure}{{{OFFICE}}} and on (officer) {shown})"

    return [
        Panel(
            "Which dockets are largest?",
            "Top 15 by open cases, by pseudonym. This is what officers were assigned, not what they did.",
            "table",
            [
                PanelQuery(top("open_cases"), "open cases"),
                PanelQuery(top("time_per_case_seconds"), "time per case", "s"),
                PanelQuery(top("utilisation_ratio"), "load", "percentunit"),
                PanelQuery(top("lost_track_cases"), "lost track"),
            ],
            width=24,
            height=13,
            row_label="officer",
            decimals=1,
            marks=marks(policy.officers.overloaded.raise_, policy.officers.critical.raise_),
        )
    ]
