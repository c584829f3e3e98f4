"""The form of a record: UTF-8, JSON, not too large, no field twice; what its fields say is for others to check."""

import json
import re
from typing import Any, Final, NoReturn

from schemas.refusals import MAX_EVENT_BYTES, RefusalCode, Refused

__all__ = ["check_form", "named"]

_PLAIN_NAME: Final = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)


def check_form(raw: bytes) -> None:
    """Check the size, the encoding and the syntax of a record, and that no field stands in it twice.

    Of two values of one field, one reader takes the first and another the last: they would see two events.

    Raises:
        Refused: It is not well formed.
    """
    if len(raw) > MAX_EVENT_BYTES:
        raise Refused(
            RefusalCode.OVERSIZED,
            "",
            f"the record is larger than {MAX_EVENT_BYTES} bytes: an event is one flat JSON object of a few hundred",
        )
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Refused(RefusalCode.NOT_JSON, "", "the record is not UTF-8: send one JSON object in UTF-8") from None
    try:
        # only the form is looked at here: what numbers mean is the model's business
        json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=len, parse_float=len)
    except json.JSONDecodeError as error:
        raise Refused(
            RefusalCode.NOT_JSON,
            "",
            f"the record is not JSON (line {error.lineno}, column {error.colno}): send one JSON object",
        ) from None
    except RecursionError:
        raise Refused(RefusalCode.NOT_JSON, "", "the record is nested too deeply: send one flat JSON object") from None


def _once(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise Refused(RefusalCode.DUPLICATE_FIELD, *named(name, "stands more than once: write it once"))
        seen.add(name)


def _no_constant(name: str) -> NoReturn:
    raise Refused(RefusalCode.NOT_JSON, "", f"the record is not JSON: {name} is no JSON number")


def named(name: str, rest: str) -> tuple[str, str]:
    """A field's name and the sentence about it, unless the name might be data itself."""
    return (name, f"{name} {rest}") if _PLAIN_NAME.fullmatch(name) else ("", f"a field with an unusual name {rest}")
