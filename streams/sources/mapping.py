"""Reading a mapping from TOML: every fault names the file, the key, its value and what would be right."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from streams.errors import DocketwatchError
from streams.files.inputs import read_input
from streams.sources.mapping_fields import Reference
from streams.sources.mapping_model import (
    TABLE_TAG,
    VALUE_TAG,
    Attribute,
    Changes,
    LogMapping,
    OfficeMapping,
    OfficerMapping,
    Rule,
    Source,
)

__all__ = ["LogMapping", "MappingError", "Reference", "Rule", "load_mapping"]


class MappingError(DocketwatchError):
    """A mapping cannot be used; each line of the text names the file, the key, its value and what would be right.

    Args:
        problems: One sentence each, at least one.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def load_mapping(path: Path, *, of_csv: bool | None = False) -> LogMapping:
    """Read a mapping.

    Args:
        path: A TOML file.
        of_csv: Whether it is for a CSV log, whose records have columns and no trace; None when that does not matter.

    Raises:
        MappingError: It cannot be read, or something in it is wrong.
    """
    try:
        text = read_input(path).decode()
        document = tomllib.loads(text)
    except OSError as error:
        raise MappingError([f"{path}: the file cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise MappingError([f"{path}: the file is not UTF-8 text: a mapping is TOML in UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at ")
        found = re.match(r"line (\d+)", place)
        line = found[1] if found else text.count("\n") + 1
        raise MappingError([f"{path}:{line}: this is not TOML: {reason}"]) from None
    try:
        mapping = LogMapping.model_validate(document)
    except ValidationError as error:
        problems = [_problem(str(path), one, document) for one in error.errors(include_url=False)]
        raise MappingError(list(dict.fromkeys(problems))) from None
    if of_csv is False and mapping.changes is not None:
        raise MappingError([f"{path}: changes: only a CSV log has rows of changes: take the table away"])
    if of_csv:
        traces = sorted(str(reference) for reference in mapping.references() if reference.scope == "trace")
        if traces:
            raise MappingError(
                [f"{path}: {reference}: a CSV log has no traces: name the column alone" for reference in traces]
            )
    return mapping


def _problem(file: str, error: ErrorDetails, document: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    # a tag, which is no key of the document, distinguishes the two ways to write a field
    place = [part for part in (*error["loc"], *context.get("key", ())) if part not in (TABLE_TAG, VALUE_TAG, "[key]")]
    key, kind = _dotted(place), error["type"]
    if kind == "missing":
        return f"{file}: {key} is missing: it has no default"
    if kind == "extra_forbidden":
        return f"{file}: {key} is not a key of {_known_keys(place[:-1])}"
    sentence = str(context["sentence"]) if kind == "wrong" else "must be a table"
    value = _value_at(document, place)
    if value is None:
        return f"{file}: {key}: {sentence}" if key else f"{file}: {sentence}"
    return f"{file}: {key} = {value}: {sentence}"


_MODELS: Mapping[str, type[BaseModel]] = {
    "log": Source,
    "changes": Changes,
    "office": OfficeMapping,
    "officer": OfficerMapping,
    "events": Rule,
}


def _known_keys(table: Sequence[int | str]) -> str:
    model = Attribute if len(table) > 2 else _MODELS[str(table[0])] if table else LogMapping
    keys = ", ".join(field.alias or name for name, field in model.model_fields.items())
    return f"{_dotted(table) or 'a mapping'}: its keys are {keys}"


def _dotted(place: Sequence[int | str]) -> str:
    """As people say it: the first rule is events[1]."""
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _value_at(document: Mapping[str, Any], place: Sequence[int | str]) -> str | None:
    """A value as TOML would write it; tables and lists are not shown."""
    value: Any = document
    for part in place:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if isinstance(value, int | float | date | time) else None
