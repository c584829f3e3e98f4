"""Every generated monitoring file, as text by its path in one folder."""

from typing import Final, NamedTuple

from schemas.policy import Policy
from streams.monitoring.alertmanager import alertmanager_config
from streams.monitoring.boards import boards
from streams.monitoring.grafana import as_json, provisioning
from streams.monitoring.rules.docket_alerts import docket_group
from streams.monitoring.rules.own_alerts import own_group
from streams.monitoring.rules.recordings import recording_groups
from streams.monitoring.rules.rule_files import Group, rule_file, rule_resource

__all__ = ["NO_ADDRESSES", "Addresses", "documents", "rule_groups"]


class Addresses(NamedTuple):
    """Targets of links and notifications.

    Attributes:
        runbooks: The folder with a page for each alert.
        console: The console of docketwatch.
        hooks: Base address of Alertmanager's webhooks; None for receivers without an address.
    """

    runbooks: str
    console: str
    hooks: str | None


NO_ADDRESSES: Final = Addresses("https://runbooks.example/docketwatch", "https://docketwatch.example", None)
"""As in the files of this repository: links that lead nowhere, and no webhook, which would be retried for nothing."""


def rule_groups(policy: Policy) -> list[Group]:
    """Every rule for Prometheus."""
    return [*recording_groups(policy), docket_group(policy), own_group(policy)]


def documents(policy: Policy, addresses: Addresses) -> dict[str, str]:
    """The files, by path below the folder."""
    made, groups = boards(policy), rule_groups(policy)
    dashboards = {
        f"grafana/dashboards/{board.file}.json": as_json(
            board, made, runbooks=addresses.runbooks, console=addresses.console
        )
        for board in made
    }
    return {
        **dashboards,
        **{f"grafana/{name}": text for name, text in provisioning().items()},
        "prometheus/docketwatch.rules.yaml": rule_file(groups, policy=policy.id, runbooks=addresses.runbooks),
        "kubernetes/base/rules.yaml": rule_resource(groups, policy=policy.id, runbooks=addresses.runbooks),
        "alertmanager/alertmanager.yaml": alertmanager_config(policy, hooks=addresses.hooks),
    }
