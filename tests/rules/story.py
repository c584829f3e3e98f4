"""A story of an alert: series and the alerts that they fire; and the labels that many stories share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Firing:
    """An alert that fires.

    Attributes:
        labels: The labels besides those of the rule.
        summary, description: Its texts; without a description, the rule's literal text.
    """

    labels: Mapping[str, str]
    summary: str
    description: str = ""


@dataclass(frozen=True)
class RuleStory:
    """Metrics up to an instant, and the alerts that fire then.

    Attributes:
        alert: Its name.
        claim: What the story shows.
        series: Values by minute, by series.
        at: The instant of the check.
        every: The interval between two values, and between two evaluations of the rules.
        fires: The alerts that fire then; empty for none.
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
    "The docket of o-1 was at 100% or more of its capacity under the weights of default@1. The alert ends below 90%."
)
CRITICAL: Final = (
    "The docket of o-1 was at 150% or more of its capacity under the weights of default@1. The alert ends below 130%."
)
INFO: Final = f'docketwatch_worker_info{{{W1},clock="wall",delivery="ordered",policy="default@1"}}'
LOG_INFO: Final = INFO.replace("wall", "log")


def officer_alerts(cause: str, office: str = "ATL") -> str:
    return f'docketwatch_officer_alerts_standing{{{W1},cause="{cause}",office="{office}",severity="warning"}}'


def standing(severity: str = "warning") -> str:
    labels = f'{W1},cause="no_officer",cause_class="agency",office="ATL",severity="{severity}"'
    return f"docketwatch_alerts_standing{{{labels}}}"


UTILISATION: Final = f"docketwatch_officer_utilisation_ratio{{{O1}}}"
NO_OFFICER: Final = {**ATL, "cause": "no_officer", "cause_class": "agency"}
