"""Secrets come from files, never from a variable or a command line, which others can see."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

import click
import pytest
from pydantic_settings import BaseSettings

from streams.cli import main
from streams.kafka.client.settings import Settings
from streams.web.settings import ConsoleSettings

SECRET: Final = re.compile(r"password|passphrase|secret|token|credential|(^|_)key(_|$)")


def options(command: click.Command) -> Iterator[click.Option]:
    """Return every option of a command and of its subcommands."""
    yield from (each for each in command.params if isinstance(each, click.Option))
    if isinstance(command, click.Group):
        for below in command.commands.values():
            yield from options(below)


class TestSecrets:
    @pytest.mark.parametrize("settings", [Settings, ConsoleSettings])
    def test_no_setting_is_a_secret(self, settings: type[BaseSettings]) -> None:
        """A setting about a secret is the path of its file."""
        about = {name: field.annotation for name, field in settings.model_fields.items() if SECRET.search(name)}
        assert about
        assert {name: Path | None for name in about if name.endswith("_file")} == about

    @pytest.mark.parametrize("name", sorted(main._COMMANDS))
    def test_no_option_is_a_secret(self, name: str) -> None:
        """An option about a secret is a path, too: other users can list command lines."""
        command = import_module(f"streams.cli.{name.replace('-', '_')}").command
        about = [each for each in options(command) if SECRET.search(str(each.name))]
        assert not [each.name for each in about if not isinstance(each.type, click.Path)]
