"""Regenerates the tables of `schemas/CONTRACT.md`: `python -m streams.cli.contract_document`."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

import schemas
from schemas.contract_tables import filled, table, tables
from streams.cli.main import docketwatch
from streams.files.outputs import write_file

__all__ = ["command_table", "commands", "main", "rendered"]

_DOCUMENT: Final = Path(schemas.__file__).with_name("CONTRACT.md")
_ANSWER_IS_NO: Final = re.compile(r"Exit code 1 (when [^.;]*)")


def rendered() -> str:
    """The document with regenerated tables."""
    return filled(_DOCUMENT.read_text("utf-8"), {**tables(), "commands": command_table()})


def command_table() -> str:
    """The table of commands: required arguments, summary, and the meaning of exit code 1."""
    return table(["command", "does", "ends with 1"], [_row(words, command) for words, command in commands()])


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that is not a group, with its full name, such as `docketwatch topics create`."""
    yield from _below("docketwatch", docketwatch)


def _below(words: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield words, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None, name
        yield from _below(f"{words} {name}", found)


def _row(words: str, command: click.Command) -> tuple[str, str, str]:
    context = click.Context(command)
    pieces = [each for each in command.collect_usage_pieces(context) if each != "[OPTIONS]"]
    pieces += [
        f"{option.opts[0]} {option.metavar or option.type.name.upper()}"
        for option in command.params
        if isinstance(option, click.Option) and option.required
    ]
    no = _ANSWER_IS_NO.search(" ".join((command.help or "").split()))
    return f"`{' '.join([words, *pieces])}`", command.get_short_help_str(200), no.group(1) if no else ""


def main() -> None:
    """Write the document."""
    write_file(_DOCUMENT, rendered().encode())
    sys.stdout.write(f"wrote {_DOCUMENT}\n")


if __name__ == "__main__":
    main()
