"""`docketwatch monitoring export`: rules, routes and dashboards, made from the policy that the workers run."""

from pathlib import Path

import click

from streams.cli.files import FORCE, FolderPath, write_below
from streams.cli.options import POLICY, read_policy
from streams.errors import UsageError

__all__ = ["command"]


@click.group("monitoring")
def command() -> None:
    """What Prometheus, Alertmanager and Grafana load."""


@command.command("export")
@click.argument("directory", type=FolderPath(), metavar="DIR")
@POLICY
@click.option("--runbooks", metavar="URL", help="The folder with a page for each alert (deploy/runbooks/).")
@click.option("--console", metavar="URL", help="The console of docketwatch, for links in dashboards.")
@click.option("--hooks", metavar="URL", help="Where Alertmanager tells duty, supervisors and watchdog.")
@FORCE
def _export(
    directory: Path, policy_file: Path | None, runbooks: str | None, console: str | None, hooks: str | None, force: bool
) -> None:
    """Write rules, routes and dashboards below DIR, with the marks of the policy.

    DIR is made when it is missing; files of the same names in it are replaced with --force only.
    """
    try:
        from streams.monitoring.export import Addresses, documents
    except ModuleNotFoundError as error:
        raise UsageError(
            f"`monitoring export` needs the package {error.name}: install docketwatch with its extra `monitoring`"
        ) from error

    given = {"runbooks": runbooks, "console": console, "hooks": hooks}
    addresses = Addresses(**{name: url.rstrip("/") for name, url in given.items() if url})
    for path in write_below(directory, documents(read_policy(policy_file), addresses), force=force):
        click.echo(path)
