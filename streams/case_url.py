"""The address of a case in the system that keeps cases, as a template of the settings."""

from typing import Annotated, Final
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator

__all__ = ["CaseUrl", "case_link"]

_PLACE: Final = "{case_id}"


def _is_template(value: str) -> str:
    parts = urlsplit(value)
    rest = value.replace(_PLACE, "", 1)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username is not None
        or _PLACE in parts.netloc
        or _PLACE not in value
        or any(letter in "{}<>\"'\\" or letter.isspace() or not letter.isprintable() for letter in rest)
    ):
        raise ValueError(
            "must be an http or https address with {case_id} once, after the host, and without a name or password, "
            "such as https://cases.example/case/{case_id}"
        )
    return value


CaseUrl = Annotated[str, AfterValidator(_is_template)]
"""A template: `{case_id}` stands for the id."""


def case_link(template: str, case_id: str) -> str:
    """The address of a case; the id is quoted, so that it stays one part of it."""
    return template.replace(_PLACE, quote(case_id, safe=""))
