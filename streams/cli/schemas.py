"""`docketwatch schemas export`: writes the contract as JSON Schemas and AsyncAPI."""

from pathlib import Path

import click

from schemas.export import rendered
from streams.cli.files import FORCE, FolderPath, write_below

__all__ = ["command"]


@click.group("schemas")
def command() -> None:
    """The contract of input and output records."""


@command.command("export")
@click.argument("directory", type=FolderPath(), metavar="DIR")
@FORCE
def _export(directory: Path, force: bool) -> None:
    """Write a JSON Schema of every record, and the AsyncAPI document of every topic, below DIR.

    It creates DIR when it is missing. Only --force replaces files that differ.
    """
    for path in write_below(directory, rendered(), force=force):
        click.echo(path)
