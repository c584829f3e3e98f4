"""`docketwatch schemas export`: writes the contract as JSON Schemas and AsyncAPI."""

from pathlib import Path

import click

from schemas.export import rendered
from streams.cli.files import FORCE, FolderPath, write_below
from streams.cli.reference.command_group import CommandGroup
from streams.sources.mapping_schema import rendered_schema

__all__ = ["command"]


@click.group("schemas", cls=CommandGroup)
def command() -> None:
    """The contract of input and output records."""


@command.command("export")
@click.argument("directory", type=FolderPath(), metavar="DIR")
@FORCE
def _export(directory: Path, force: bool) -> None:
    """Write a JSON Schema of every record, of policies and mappings, and the AsyncAPI document of every topic.

    It creates DIR when it is missing. Only --force replaces files that differ.
    """
    for path in write_below(directory, {**rendered(), "mapping.json": rendered_schema()}, force=force):
        click.echo(path)
