"""Commands whose `--help` ends with the settings that they read."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

__all__ = ["ConsoleCommand", "WorkerCommand"]


class _CommandWithSettings(click.Command):
    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the settings, then the example."""
        from streams.cli.reference.settings_reference import (
            write_settings,  # late: the models take their time to import
        )

        write_settings(formatter, self.model())
        super().format_epilog(ctx, formatter)

    model: Callable[[], "type[BaseSettings]"]


class WorkerCommand(_CommandWithSettings):
    """A command that reads the settings of the Kafka edge."""

    @staticmethod
    def model() -> "type[BaseSettings]":
        """Their model."""
        from streams.kafka.client.settings import Settings  # late, as above

        return Settings


class ConsoleCommand(_CommandWithSettings):
    """A command that reads the console's settings, beside those of `docketwatch worker`."""

    @staticmethod
    def model() -> "type[BaseSettings]":
        """Their model."""
        from streams.web.settings import ConsoleSettings  # late, as above

        return ConsoleSettings
