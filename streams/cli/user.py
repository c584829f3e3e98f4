"""The user of a command, for an audit record."""

import getpass
import re

__all__ = ["user_name"]


def user_name() -> str:
    """The user's name, as an id."""
    try:
        return re.sub(r"[^A-Za-z0-9._:-]", "_", getpass.getuser())[:64]
    except (KeyError, OSError):
        return "unknown"
