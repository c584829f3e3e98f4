"""A consumer written from the schemas of version 1 as first released, which never changes again."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from schemas.compatibility import frozen
from schemas.json_schemas import JsonObject

__all__ = ["read_event", "read_record"]

_OPEN: Final = frozenset({"agency_causes", "cause", "code", "ended_by"})
"""What the contract (CONTRACT.md §12) called open when the consumer was written."""

_PLAIN: Final[Mapping[str, Any]] = {
    "boolean": bool,
    "integer": int,
    "null": None,
    "number": float,
    "object": dict[str, Any],
    "string": str,
}


def read_record(path: str, line: bytes) -> Any:
    """Return a record, decoded by the released schema of a path.

    Raises:
        msgspec.ValidationError: It is no record of version 1.
    """
    return msgspec.json.decode(line, type=_model(path))


def read_event(line: bytes) -> Any:
    """Return an event, or None for an unknown type: a consumer skips it."""
    kind = msgspec.json.decode(line)["type"]
    path = f"events/{kind}.json"
    return read_record(path, line) if path in frozen() else None


@cache
def _model(path: str) -> type[Struct]:
    """Return the type that the consumer decodes into; it ignores unknown fields."""
    root = frozen()[path]
    return _struct(root, _resolved(root, root))


def _struct(root: JsonObject, node: JsonObject) -> type[Struct]:
    required = node.get("required", ())
    fields = [(name, _type(root, part, name)) for name, part in node["properties"].items()]
    fields = [
        each if each[0] in required else (*each, node["properties"][each[0]].get("default", None)) for each in fields
    ]
    return msgspec.defstruct(node["title"], fields, kw_only=True)


def _type(root: JsonObject, node: JsonObject, name: str) -> Any:
    whole = _resolved(root, node)
    if "anyOf" in whole:
        types = [_type(root, part, name) for part in whole["anyOf"]]
        union = types[0]
        for each in types[1:]:
            union |= each
        return union
    values = [whole["const"]] if "const" in whole else whole.get("enum")
    if values and name not in _OPEN:
        return Literal[tuple(values)]
    if whole.get("type") == "array":
        return list[_type(root, whole["items"], name)]  # type: ignore[misc]  # made while it runs
    if "properties" in whole:
        return _struct(root, whole)
    return _PLAIN[whole["type"]]


def _resolved(root: JsonObject, node: JsonObject) -> JsonObject:
    return {**root["$defs"][node["$ref"].rpartition("/")[2]]} if "$ref" in node else node
