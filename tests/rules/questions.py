"""Every expression of rules and dashboards, and those that are expected to be empty for a working worker."""

import re
from collections.abc import Mapping
from typing import Final

from schemas.policy import load_policy
from streams.monitoring.boards import boards
from streams.monitoring.export import rule_groups

__all__ = ["EXPECTED_EMPTY", "VARIABLES", "expressions", "metrics_in"]

VARIABLES: Final = {"$job": ".*", "$office": ".*", "$__rate_interval": "1m"}
_NAME: Final = re.compile(r"(?<![\w:])(?:\w+:)?(?:docketwatch|process)[\w:]*")

EXPECTED_EMPTY: Final[Mapping[str, str]] = {
    "DocketwatchOfficersOverloaded": "every officer has series of its own",
    "DocketwatchPolicyReviewOverdue": "the default policy is to be reviewed in 2027",
    "DocketwatchTrainingLapsed": "the default policy requires no course",
    "DocketwatchLostTrackGrowing": "there is no yesterday to compare with",
    "DocketwatchDeadlinesRising": "there is no week to compare with",
    "Lost track by cause: Do more deadlines lie ahead than usual?": "there is no yesterday to compare with",
    "DocketwatchDown": "the worker answers",
    "DocketwatchAbsent": "the worker is there",
    "DocketwatchNotJudged": "the worker judges what comes",
    "DocketwatchConsoleBlind": "the broker answers the console",
    "DocketwatchConsoleDown": "the console answers",
    "DocketwatchRestarting": "it was started once",
    "DocketwatchInputGap": "no record is deleted before it is read",
    "DocketwatchClockLagging": "it keeps up",
    "DocketwatchClockFarBehind": "it keeps up",
    "DocketwatchOfficerPartialsMissing": "every partial is read",
    "DocketwatchNotCommitting": "what it begins becomes durable",
    "DocketwatchRestoring": "there is nothing to restore",
    "DocketwatchStateRefused": "its state belongs to its offsets",
    "DocketwatchAlertTopicLost": "its alert topics are those to which it published",
    "DocketwatchCheckpointsFailing": "every checkpoint can be written",
    "DocketwatchDeadLettersGrowing": "one record is refused, not more",
    "DocketwatchEventsLate": "the log is sent in order",
    "DocketwatchEventsFromTheFuture": "no record claims to be",
    "DocketwatchCasesUnregistered": "every case was opened",
    "DocketwatchOtherPolicy": "the worker runs the policy of the rules",
}
"""By name of a rule or a panel's question: why its expression has no result. A test fails when one has a result."""


def expressions() -> dict[str, list[str]]:
    """Return expressions by origin: the name of a rule, or board and question."""
    policy = load_policy(None)
    found: dict[str, list[str]] = {}
    for group in rule_groups(policy):
        for rule in group.rules:
            found.setdefault(rule.name, []).append(rule.expr)
    for board in boards(policy):
        for panel in board.panels:
            for query in panel.queries:
                expr = query.expr
                for variable, value in VARIABLES.items():
                    expr = expr.replace(variable, value)
                found.setdefault(f"{board.title}: {panel.question}", []).append(expr)
    return found


def metrics_in(expr: str) -> set[str]:
    """Return the names of the metrics in an expression."""
    without_labels = re.sub(r"\{[^}]*\}|by \([^)]*\)|on \([^)]*\)|\"[^\"]*\"", "", expr)
    return {name for name in _NAME.findall(without_labels) if not name.startswith("Docketwatch")}
