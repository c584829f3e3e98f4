"""Options of the commands that talk to a broker; each wins over its environment variable."""

from typing import Final

import click

__all__ = ["BROKERS", "LOG_FORMAT", "PREFIX"]

BROKERS: Final = click.option(
    "--brokers", metavar="HOST:PORT,...", help="The cluster; DOCKETWATCH_BROKERS or 127.0.0.1:9092 when left out."
)

LOG_FORMAT: Final = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    help="text: lines for a person; json: an object a line. DOCKETWATCH_LOG_FORMAT or text when left out.",
)

PREFIX: Final = click.option(
    "--prefix", help="First part of the topics' names; DOCKETWATCH_PREFIX or docket when left out."
)
