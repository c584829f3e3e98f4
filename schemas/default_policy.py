"""Writes the causes of `policies/default.toml` as declared in `schemas/causes.py`: `python -m schemas.default_policy`.

Everything else in that file is written by hand.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import schemas
from schemas.causes import DECLARATIONS, OFFICER_DECLARATIONS, CauseDeclaration, OfficerCauseDeclaration

__all__ = ["main", "rendered"]

_FILE: Final = Path(schemas.__file__).with_name("policies") / "default.toml"
_TABLES: Final = r"(?:^\[{prefix}\.[a-z_]+\][^\n]*\n(?:[a-z_]+ = [^\n]*\n)+\n)+"
"""Tables that follow one another, each with a blank line after it."""


def rendered() -> str:
    """The file with every table of a cause made anew.

    Raises:
        ValueError: The tables of the causes, or those of the causes of officer alerts, do not follow one another.
    """
    text = _FILE.read_text("utf-8")
    cases = {f"causes.{cause}": list(_of_case(own)) for cause, own in DECLARATIONS.items()}
    officers = {f"officers.causes.{cause}": list(_of_officer(own)) for cause, own in OFFICER_DECLARATIONS.items()}
    comments = {f"causes.{cause}": own.deadline.comment for cause, own in DECLARATIONS.items()}
    return _replaced(_replaced(text, "causes", cases, comments), "officers.causes", officers, {})


def _of_case(own: CauseDeclaration) -> Iterator[str]:
    yield "enabled = true"
    if own.deadline.after is not None:
        yield f'after = "{own.deadline.after}"'
    yield f'escalate_after = "{own.escalate_after}"'


def _of_officer(own: OfficerCauseDeclaration) -> Iterator[str]:
    yield "enabled = true"
    yield f'escalate_after = "{own.escalate_after}"'


def _replaced(text: str, prefix: str, tables: Mapping[str, list[str]], comments: Mapping[str, str]) -> str:
    made = ""
    for name, lines in tables.items():
        comment = comments.get(name)
        made += f"[{name}]" + (f"  # {comment}" if comment else "") + "\n" + "\n".join(lines) + "\n\n"
    found = re.findall(_TABLES.format(prefix=re.escape(prefix)), text, re.MULTILINE)
    if len(found) != 1:
        raise ValueError(f"{_FILE.name}: the tables [{prefix}.NAME] must follow one another, in one place")
    return text.replace(found[0], made)


def main() -> None:
    """Write the file."""
    _FILE.write_text(rendered(), "utf-8")
    sys.stdout.write(f"{_FILE}\n")


if __name__ == "__main__":
    main()
