"""The id under which a command enters an audit record."""

import getpass
import re
from typing import Final

import click

from schemas.ids import is_id
from streams.errors import UsageError

__all__ = ["ACTOR", "actor_id"]

ACTOR: Final = click.option("--actor", help="Your id for the audit record. Default: your user name.")


def actor_id(actor: str | None) -> str:
    """The id to enter.

    Args:
        actor: As the option has it; without it the name of the user counts.

    Raises:
        UsageError: It is no id.
    """
    if actor is None:
        return _user_name()
    if not is_id(actor):
        raise UsageError(f"--actor {actor!r} must be 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -")
    return actor


def _user_name() -> str:
    try:
        return re.sub(r"[^A-Za-z0-9._:-]", "_", getpass.getuser())[:64]
    except (KeyError, OSError):
        return "unknown"
