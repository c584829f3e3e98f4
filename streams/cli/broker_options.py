"""Options of the commands that use a broker; each overrides its environment variable."""

from typing import Final

import click

__all__ = ["BROKERS", "LOG_FORMAT", "PREFIX"]

BROKERS: Final = click.option(
    "--brokers", metavar="HOST:PORT,...", help="The cluster. Default: DOCKETWATCH_BROKERS, else 127.0.0.1:9092."
)

LOG_FORMAT: Final = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    help="text: readable lines; json: one object per line. Default: DOCKETWATCH_LOG_FORMAT, else text.",
)

PREFIX: Final = click.option(
    "--prefix", help="First part of the topic names. Default: DOCKETWATCH_PREFIX, else docket."
)
