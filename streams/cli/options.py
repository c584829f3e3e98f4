"""Options and arguments that several commands share."""

from pathlib import Path
from typing import Final

import click

from schemas.instants import to_ms
from schemas.policy import Policy, PolicyError, load_policy
from streams.errors import InputError

__all__ = ["FILES", "INSTANT", "POLICY", "read_policy"]


class _Instant(click.ParamType):
    """An RFC 3339 instant with an offset; converts to UTC milliseconds."""

    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return to_ms(str(value))
        except ValueError as error:
            self.fail(f"{value!r}: {error}", param, ctx)


INSTANT: Final = _Instant()

FILES: Final = click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE..."
)
"""One or more event logs: JSON Lines, plain, .gz or .zst."""

POLICY: Final = click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path),
    help="Policy file (TOML); the packaged default.toml when left out.",
)


def read_policy(path: Path | None) -> Policy:
    """The policy at a path, or the packaged default.

    Raises:
        InputError: It cannot be read, or a key is wrong; the text names file, key, value and what would be right.
    """
    try:
        return load_policy(path)
    except PolicyError as error:
        raise InputError(str(path), None, None, str(error).removeprefix(f"{path}: ")) from error
