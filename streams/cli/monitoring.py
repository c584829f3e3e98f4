"""`docketwatch monitoring export`: writes rules, routes and dashboards for the policy of the workers."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click

from streams.cli.files import FORCE, FolderPath, write_below
from streams.cli.options import POLICY, read_policy
from streams.cli.reference.command_group import CommandGroup
from streams.errors import UsageError
from streams.extras import require

__all__ = ["command"]

_PLACEHOLDERS: Final = ("example", "invalid", "example.com", "example.net", "example.org")
"""Names that RFC 2606 keeps for documents: nothing answers there."""


@click.group("monitoring", cls=CommandGroup)
def command() -> None:
    """Files for Prometheus, Alertmanager and Grafana."""


@command.command("export")
@click.argument("directory", type=FolderPath(), metavar="DIR")
@POLICY
@click.option("--runbooks", metavar="URL", help="URL of the folder with the runbooks (deploy/runbooks/).")
@click.option("--console", metavar="URL", help="URL of the console, for links in dashboards.")
@click.option("--hooks", metavar="URL", help="Base URL of the webhooks duty, supervisors and watchdog.")
@click.option("--no-addresses", is_flag=True, help="Write links that lead nowhere, and receivers without an address.")
@FORCE
def _export(
    directory: Path,
    policy_file: Path | None,
    runbooks: str | None,
    console: str | None,
    hooks: str | None,
    no_addresses: bool,
    force: bool,
) -> None:
    """Write rules, routes and dashboards below DIR, with the thresholds of the policy.

    It needs --runbooks, --console and --hooks, or --no-addresses. It creates DIR when it is missing. Only --force
    replaces files that differ.
    """
    require("monitoring", "`docketwatch monitoring export`")
    from streams.monitoring.export import NO_ADDRESSES, Addresses, documents  # late: of that extra

    given = {"--runbooks": runbooks, "--console": console, "--hooks": hooks}
    if no_addresses and any(given.values()):
        raise UsageError("--no-addresses and an address exclude each other: give one or the other")
    addresses = NO_ADDRESSES if no_addresses else Addresses(*(_address(name, url) for name, url in given.items()))
    for path in write_below(directory, documents(read_policy(policy_file), addresses), force=force):
        click.echo(path)


def _address(option: str, url: str | None) -> str:
    if not url:
        raise UsageError(f"{option} is missing: give its URL, or --no-addresses for a look at the files")
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"{option} must be a URL with a host, such as https://docketwatch.agency.gov")
    if any(f".{host}".lower().endswith(f".{name}") for name in _PLACEHOLDERS):
        raise UsageError(f"{option}: {host} is a placeholder, where nothing answers: give your own, or --no-addresses")
    return url.rstrip("/")
