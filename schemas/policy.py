"""Reading a policy (CONTRACT.md §7) from TOML: a fault names the file, the key, its value and what would be right."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, time
from importlib.resources import files
from pathlib import Path
from types import NoneType
from typing import Any, Final, NamedTuple, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.policy_model import (
    CausePolicy,
    ContactPolicy,
    Graces,
    HysteresisPolicy,
    IntakePolicy,
    Intervals,
    LoadPolicy,
    Minutes,
    Office,
    OfficersPolicy,
    Policy,
)

__all__ = [
    "PACKAGED",
    "CausePolicy",
    "ContactPolicy",
    "Graces",
    "HysteresisPolicy",
    "IntakePolicy",
    "Intervals",
    "LoadPolicy",
    "Minutes",
    "Office",
    "OfficersPolicy",
    "Policy",
    "PolicyError",
    "PolicyProblem",
    "load_policy",
    "parse_policy",
    "parse_policy_document",
]

PACKAGED: Final = ("default", "eoir", "permits")
"""The policies that come with docketwatch, by name."""


class PolicyProblem(NamedTuple):
    """One thing that is wrong in a policy.

    Attributes:
        line: 1-based line for a fault of syntax, else None.
        key: Dotted path of the key, or "" when it is the file as a whole.
        value: The value as TOML would write it, or None when there is none to show.
        sentence: What would be right.
    """

    line: int | None
    key: str
    value: str | None
    sentence: str


class PolicyError(Exception):
    """A policy cannot be used; every problem names the file, the key, its value and what would be right.

    Args:
        file: Path as the user gave it.
        problems: At least one.
    """

    def __init__(self, file: str, problems: Sequence[PolicyProblem]) -> None:
        self.file, self.problems = file, tuple(problems)
        super().__init__("\n".join(self._sentence(problem) for problem in problems))

    def _sentence(self, problem: PolicyProblem) -> str:
        place = self.file if problem.line is None else f"{self.file}:{problem.line}"
        if not problem.key:
            return f"{place}: {problem.sentence}"
        if problem.value is None:
            return f"{place}: {problem.key} {problem.sentence}"
        return f"{place}: {problem.key} = {problem.value}: {problem.sentence}"


def load_policy(path: str | Path | None = None) -> Policy:
    """Read a policy.

    Args:
        path: The name of a packaged policy (a file or folder of that name in the working folder is not looked at), or
            a TOML file; None is the default policy.

    Raises:
        PolicyError: It cannot be read, or something in it is wrong.
    """
    if path is None or str(path) in PACKAGED:
        name = f"{path or 'default'}.toml"
        return parse_policy(files("schemas.policies").joinpath(name).read_text(encoding="utf-8"), name)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise _whole(str(path), "the file is not UTF-8 text: a policy is TOML in UTF-8") from None
    except OSError as error:
        raise _whole(str(path), f"the file cannot be read: {error.strerror}") from None
    return parse_policy(text, str(path))


def parse_policy(text: str, file: str) -> Policy:
    """Read a policy from its text.

    Args:
        text: TOML.
        file: What to call it where something is wrong.

    Raises:
        PolicyError: Something in it is wrong.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax(text, file, str(error)) from None
    except RecursionError:
        raise _whole(file, "the file is nested too deeply: a policy has tables in tables and no more") from None
    return parse_policy_document(document, file)


def parse_policy_document(document: Mapping[str, Any], file: str) -> Policy:
    """Read a policy from the tables of its TOML.

    Args:
        document: Tables by name.
        file: The name of the source in an error.

    Raises:
        PolicyError: Something in it is wrong.
    """
    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        # what is wrong inside a table whose name is wrong is beside the point
        misnamed = {one["loc"][:-1] for one in errors if one["loc"][-1:] == ("[key]",)}
        shown = [one for one in errors if one["loc"][-1:] == ("[key]",) or one["loc"][:-1] not in misnamed]
        raise PolicyError(file, [_problem(one, document) for one in shown]) from None


def _whole(file: str, sentence: str) -> PolicyError:
    return PolicyError(file, [PolicyProblem(None, "", None, sentence)])


def _syntax(text: str, file: str, message: str) -> PolicyError:
    reason, _, place = message.partition(" (at ")
    found = re.match(r"line (\d+)", place)
    line = int(found[1]) if found else text.count("\n") + 1
    return PolicyError(file, [PolicyProblem(line, "", None, f"this is not TOML: {reason}")])


def _problem(error: ErrorDetails, document: Mapping[str, Any]) -> PolicyProblem:
    place = [str(part) for part in error["loc"] if part != "[key]"]
    context = error.get("ctx", {})
    key = str(context.get("key", ".".join(place)))
    value = _value_at(document, key.split(".") if "key" in context else place)
    kind = error["type"]
    if kind == "missing":
        return PolicyProblem(None, key, None, "is missing: it has no default")
    if kind == "extra_forbidden":
        return PolicyProblem(None, key, value, _no_such_key(place[:-1]))
    if kind == "wrong":
        return PolicyProblem(None, key, value, str(context["sentence"]))
    right = "must be a list" if kind == "tuple_type" else "must be a table"
    return PolicyProblem(None, key, value, right)


def _no_such_key(table: Sequence[str]) -> str:
    model: Any = Policy
    for part in table:
        fields = getattr(model, "model_fields", None)
        # below a mapping (causes, offices) any name leads to the one kind of table that it holds
        model = fields[part].annotation if fields else get_args(model)[1]
        if NoneType in get_args(model):  # a table that a policy may do without
            model = get_args(model)[0]
    known = ", ".join(field.alias or name for name, field in model.model_fields.items())
    where = f"[{'.'.join(table)}]" if table else "a policy"
    return f"is not a key of {where}: its keys are {known}"


def _value_at(document: Mapping[str, Any], place: Sequence[str]) -> str | None:
    """A value as TOML would write it; tables and lists are not shown."""
    value: Any = document
    for part in place:
        if isinstance(value, list):
            value = value[int(part)]
        elif isinstance(value, Mapping) and part in value:
            value = value[part]
        else:
            return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float | date | time):
        return str(value)
    return None
