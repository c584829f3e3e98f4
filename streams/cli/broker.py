"""`docketwatch broker`: runs the embedded broker in the foreground."""

import signal
from pathlib import Path

import click

from streams.cli.endings import how_to_end, note_ignored_interrupts
from streams.cli.files import OUTPUT
from streams.extras import require
from streams.kafka.client.settings import EMBEDDED_PORT, Settings
from streams.tools.embedded_broker import EmbeddedBroker

__all__ = ["command"]


@click.command("broker")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=EMBEDDED_PORT, show_default=True, help="0 is any free port."
)
@click.option("--log", "log_file", type=OUTPUT, help="Append the broker's log to this file.")
def command(port: int, log_file: Path | None) -> int:
    """Run the embedded, Kafka-compatible broker on loopback until Ctrl-C or SIGTERM.

    It keeps everything in memory: topics and events are gone when it ends. It has no transactions and no access
    control. Use it for trials, not for production.
    """
    require("demo", "`docketwatch broker`")
    # a supervisor sends SIGTERM where a terminal sends Ctrl-C
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    log = log_file or Settings.load().data_dir / "broker.log"
    try:
        with EmbeddedBroker(log=log, port=port or None) as broker:
            click.echo(f"listening on {broker.address}, in memory, until {how_to_end()}; log: {log}")
            note_ignored_interrupts("ends the broker, and its topics and events are gone")
            broker.wait()
    except KeyboardInterrupt:
        click.echo("stopped; its topics and events are gone", err=True)
    return 0
