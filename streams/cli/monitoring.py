"""`docketwatch monitoring export`: writes rules, routes and dashboards for the policy of the workers."""

from pathlib import Path

import click

from streams.cli.files import FORCE, FolderPath, write_below
from streams.cli.options import POLICY, read_policy
from streams.cli.reference.command_group import CommandGroup
from streams.extras import require

__all__ = ["command"]


@click.group("monitoring", cls=CommandGroup)
def command() -> None:
    """Files for Prometheus, Alertmanager and Grafana."""


@command.command("export")
@click.argument("directory", type=FolderPath(), metavar="DIR")
@POLICY
@click.option("--runbooks", metavar="URL", help="URL of the folder with the runbooks (deploy/runbooks/).")
@click.option("--console", metavar="URL", help="URL of the console, for links in dashboards.")
@click.option("--hooks", metavar="URL", help="Base URL of the webhooks duty, supervisors and watchdog.")
@FORCE
def _export(
    directory: Path, policy_file: Path | None, runbooks: str | None, console: str | None, hooks: str | None, force: bool
) -> None:
    """Write rules, routes and dashboards below DIR, with the thresholds of the policy.

    It creates DIR when it is missing. Only --force replaces files that differ.
    """
    require("monitoring", "`docketwatch monitoring export`")
    from streams.monitoring.export import Addresses, documents  # late: of that extra

    given = {"runbooks": runbooks, "console": console, "hooks": hooks}
    addresses = Addresses(**{name: url.rstrip("/") for name, url in given.items() if url})
    for path in write_below(directory, documents(read_policy(policy_file), addresses), force=force):
        click.echo(path)
