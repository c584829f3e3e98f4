"""`docketwatch console`: serves the web console."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from streams.cli.broker_options import BROKERS, LOG_FORMAT, PREFIX
from streams.cli.endings import run_loop
from streams.cli.options import POLICY, read_policy
from streams.cli.reference.settings_help import ConsoleCommand
from streams.errors import BrokerError
from streams.extras import require
from streams.logs import LogFormat, announce, log_to_stderr

if TYPE_CHECKING:
    from streams.web.settings import ConsoleSettings

__all__ = ["command", "how_to_enter"]


def how_to_enter(url: str, own: "ConsoleSettings") -> str:
    """Where the console is, and what opens it.

    Args:
        url: Its URL.
        own: The console's settings.
    """
    files = ", ".join(str(path) for path in own.token_files.values())
    ways = [f"sign in with a token of {files}, or open {url}#token=TOKEN"] if files else []
    ways += ["come through a proxy of DOCKETWATCH_CONSOLE_TRUSTED_PROXIES"] if own.proxies else []
    return f"open {url} and {'; or '.join(ways)}"


@click.command("console", cls=ConsoleCommand)
@click.option("--bind", metavar="ADDRESS", help="Address to listen on. Default: 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; 0 is any free one. Default: 9180.")
@BROKERS
@PREFIX
@POLICY
@LOG_FORMAT
@click.option("-v", "--verbose", is_flag=True, help="Also log the Kafka client.")
def command(
    bind: str | None,
    port: int | None,
    brokers: str | None,
    prefix: str | None,
    policy_file: Path | None,
    log_format: LogFormat | None,
    verbose: bool,
) -> int:
    """Serve the web console until Ctrl-C: loads, records that need a look, feeds and the policy, live.

    DOCKETWATCH_CONSOLE_VIEWER_TOKENS_FILE, _SUPERVISOR_TOKENS_FILE and _RESTRICTED_TOKENS_FILE (a name and a token on
    each line) give access by role; so does a proxy in DOCKETWATCH_CONSOLE_TRUSTED_PROXIES. Beyond loopback the console
    needs TLS or such a proxy.
    """
    require("console", "`docketwatch console`")
    # late: the Kafka client and the UI library take their time to import, and --help needs none of them
    from schemas.topics import topic
    from streams.kafka.client.admin import AdminClient
    from streams.kafka.client.partition_count import with_partition_count
    from streams.kafka.client.settings import Settings
    from streams.web.settings import ConsoleSettings
    from streams.web.topics import READ_TOPICS

    own = ConsoleSettings.load(bind=bind, port=port)
    settings = Settings.load(brokers=brokers, prefix=prefix, policy_file=policy_file, log_format=log_format)
    log_to_stderr(settings.log_format, verbose=verbose)
    policy = read_policy(settings.policy_file)
    from streams.web.console import Console
    from streams.web.pages.app import make_app
    from streams.web.server import serve

    with AdminClient(settings) as admin:
        settings = with_partition_count(admin, settings, READ_TOPICS)
        views = topic("case-views", settings.prefix).name
        if not admin.partitions([views]):
            raise BrokerError(f"the broker at {settings.brokers} lacks {views}: `docketwatch topics create` makes it")
    console = Console(settings, own, policy, [sys.executable, "-m", "streams.cli.office_study"])

    def print_ready(url: str) -> None:
        announce(f"ready: console {url} on {settings.brokers}, policy {policy.id}", settings.log_format)
        if settings.log_format == "text":
            click.echo(how_to_enter(url, own))

    run_loop(serve(console, make_app(console), print_ready))
    return 0
