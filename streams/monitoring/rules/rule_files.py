"""Prometheus rules as values, and their rule file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import yaml

__all__ = ["HEADER", "AlertingRule", "Group", "RecordingRule", "Severity", "as_yaml", "rule_file", "rule_resource"]

Severity = Literal["critical", "warning", "none"]

HEADER: Final = (
    "# Made by `docketwatch monitoring export` from the policy {policy}. Change the policy, not this file.\n"
)


@dataclass(frozen=True)
class RecordingRule:
    """A recording rule: `name` is level:metric:operation."""

    name: str
    expr: str


@dataclass(frozen=True)
class AlertingRule:
    """An alerting rule.

    Attributes:
        name: CamelCase with our prefix; its runbook has the same name.
        expr: PromQL.
        hold_for: How long it must hold before it fires, as a Prometheus duration; empty for at once.
        severity: Decides the receiver and how soon it is notified.
        category: What it is about; Alertmanager routes and inhibits by it.
        summary, description: What happens and what it means, as Prometheus templates.
        subject: Shared by a warning and the critical alert that inhibits it; empty for the alert's own name.
    """

    name: str
    expr: str
    hold_for: str
    severity: Severity
    category: str
    summary: str
    description: str
    subject: str = ""


@dataclass(frozen=True)
class Group:
    """Rules that Prometheus evaluates in order."""

    name: str
    rules: Sequence[RecordingRule | AlertingRule] = field(default_factory=tuple)


def rule_file(groups: Sequence[Group], *, policy: str, runbooks: str) -> str:
    """The text of a rule file.

    Args:
        groups: In order.
        policy: The policy's name@version.
        runbooks: Address of the folder with a page for each alert.
    """
    return HEADER.format(policy=policy) + as_yaml(_groups(groups, runbooks))


def rule_resource(groups: Sequence[Group], *, policy: str, runbooks: str) -> str:
    """The same rules as a resource of the Prometheus operator.

    Args:
        groups: In order.
        policy: The policy's name@version.
        runbooks: As in `rule_file`.
    """
    resource = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "docketwatch"},
        "spec": _groups(groups, runbooks),
    }
    return HEADER.format(policy=policy) + as_yaml(resource)


def as_yaml(document: Mapping[str, Any]) -> str:
    """A document as YAML, in the order it has."""
    return yaml.safe_dump(document, sort_keys=False, width=118, allow_unicode=True)


def _groups(groups: Sequence[Group], runbooks: str) -> dict[str, Any]:
    return {
        "groups": [{"name": group.name, "rules": [_rule(rule, runbooks) for rule in group.rules]} for group in groups]
    }


def _rule(rule: RecordingRule | AlertingRule, runbooks: str) -> dict[str, Any]:
    if isinstance(rule, RecordingRule):
        return {"record": rule.name, "expr": rule.expr}
    timing = {"for": rule.hold_for} if rule.hold_for else {}
    return {
        "alert": rule.name,
        "expr": rule.expr,
        **timing,
        "labels": {"severity": rule.severity, "category": rule.category, "subject": rule.subject or rule.name},
        "annotations": {
            "summary": rule.summary,
            "description": rule.description,
            "runbook_url": f"{runbooks}/{rule.name}.md",
        },
    }
