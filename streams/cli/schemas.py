"""`docketwatch schemas export`: the contract for other languages, as JSON Schemas and AsyncAPI."""

from pathlib import Path

import click

from schemas.export import rendered
from streams.cli.files import FORCE, FolderPath, write_below

__all__ = ["command"]


@click.group("schemas")
def command() -> None:
    """The contract: what comes in and what goes out."""


@command.command("export")
@click.argument("directory", type=FolderPath(), metavar="DIR")
@FORCE
def _export(directory: Path, force: bool) -> None:
    """Write a JSON Schema of every record, and the AsyncAPI document of every topic, below DIR.

    DIR is made when it is missing; files of the same names in it are replaced with --force only.
    """
    for path in write_below(directory, rendered(), force=force):
        click.echo(path)
