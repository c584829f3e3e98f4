"""`docketwatch pseudonym`: what a case, an officer or an office of the source is called in the log and in alerts."""

import os
from pathlib import Path
from typing import Final

import click

from schemas.ids import is_id
from streams.cli.files import InputPath
from streams.errors import UsageError
from streams.sources.mapping import load_mapping
from streams.sources.pseudonym_key import KEY_FILE_VARIABLE, read_secret
from streams.sources.pseudonyms import Pseudonyms

__all__ = ["command"]

_KINDS: Final = ("case", "officer", "office")


@click.command("pseudonym")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--key-file", type=InputPath(must_exist=False), help=f"File with the key. Default: {KEY_FILE_VARIABLE}.")
@click.option(
    "--mapping",
    "mapping_file",
    type=InputPath(must_exist=False),
    help="Mapping of the conversion; it says whose ids they are.",
)
@click.option("--source", help="Whose ids they are, without a mapping: its namespace or source, or eoir.")
@click.option("--kind", type=click.Choice(_KINDS), default="case", show_default=True, help="What they are ids of.")
def command(
    ids: tuple[str, ...], key_file: Path | None, mapping_file: Path | None, source: str | None, kind: str
) -> None:
    """Print the pseudonym of each ID of the source, one a line.

    The same key and the same source give the pseudonyms that `docketwatch convert` made. The way back, from a pseudonym
    to an ID, is the file that `docketwatch convert csv --ids` writes.
    """
    names = Pseudonyms(read_secret(key_file, os.environ), _namespace(mapping_file, source))
    make = {"case": names.case, "officer": names.officer, "office": names.office}[kind]
    for own in ids:
        click.echo(make(os.fsencode(own.strip())))


def _namespace(mapping_file: Path | None, source: str | None) -> str:
    if (mapping_file is None) == (source is None):
        raise UsageError("whose ids they are must be known: give --mapping or --source, one of the two")
    if mapping_file is not None:
        mapping = load_mapping(mapping_file, of_csv=None)
        return mapping.namespace or mapping.source
    assert source is not None
    if not is_id(source):
        raise UsageError("--source must be 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -")
    return source
