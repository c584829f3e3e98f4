"""The compatibility rule while `v` stays 1: which changes of a schema break producers or consumers.

The rule for what docketwatch reads (events), so that every event ever sent can be read again:

- no type of event is removed, and no field of one;
- no field becomes required, and no required field is added;
- no value is refused that was taken: no enumeration loses a value, no bound and no pattern gets tighter, no type is
  dropped.

The rule for what docketwatch writes (alerts, loads, dead letters), so that every consumer can go on reading:

- no field is removed, and none that was always there becomes optional;
- no value is written that could not be before: no type is added, and no enumeration gains one unless it is open
  (`x-extensible-enum` in the schemas): a consumer takes an unknown cause by its class, and an unknown `ended_by` or
  code of a refusal as one of its kind.

New optional fields, of events or of records, are no break: docketwatch is upgraded before its producers, and consumers
skip what they do not know. Anything else needs `v = 2`, read beside 1 until the last log of version 1 is gone.

`frozen/v1.json` holds the schemas as first released. It is never renewed: tests compare every later schema with it.
"""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Final, NamedTuple, Self

from schemas.json_schemas import OPEN_FIELDS, VALUES_SO_FAR, JsonObject

__all__ = ["WITHDRAWN", "breaks_consumers", "breaks_producers", "frozen"]

WITHDRAWN: Final = frozenset({"event_id", "from_office", "office", "source", "to_office"})
"""Fields that took what has the shape of an A-number when they were released, and are refused it since.

The one exception to the rule: an event that names a person so must not be read again.
"""

_LOWER_BOUNDS: Final = ("minimum", "minLength", "minItems")
_UPPER_BOUNDS: Final = ("maximum", "maxLength", "maxItems")
_WHOLE_IS_A_NUMBER: Final = ("number", "integer")


def frozen() -> Mapping[str, JsonObject]:
    """The schemas of version 1 as first released, by the path of their file."""
    released: dict[str, JsonObject] = json.loads(files("schemas.frozen").joinpath("v1.json").read_text("utf-8"))
    return released


def breaks_producers(old: JsonObject, new: JsonObject) -> list[str]:
    """How a producer that keeps to the old schema of an event would be refused under the new one.

    Args:
        old: Schema of an event as released.
        new: The same event's now.
    """
    before, after = _Schema.of(old), _Schema.of(new)
    reasons = [f"{name} was removed" for name in before.fields if name not in after.fields]
    reasons += [f"{name} became required" for name in after.required - before.required]
    reasons += [
        f"{name} takes less than before{_lost(part, after.fields[name])}"
        for name, part in before.fields.items()
        if name in after.fields and not after.fields[name].covers(part)
    ]
    return sorted(reasons)


def breaks_consumers(old: JsonObject, new: JsonObject) -> list[str]:
    """How a consumer that knows the old schema of a record would stumble over a new one.

    Args:
        old: Schema of a record as released.
        new: The same record's now.
    """
    before, after = _Schema.of(old), _Schema.of(new)
    reasons = [f"{name} was removed" for name in before.fields if name not in after.fields]
    reasons += [f"{name} may be missing" for name in before.required - after.required if name in after.fields]
    reasons += [
        f"{name} may hold what it could not before{_lost(after.fields[name], part)}"
        for name, part in before.fields.items()
        if name in after.fields and not part._replace(is_open=name in OPEN_FIELDS).covers(after.fields[name])
    ]
    return sorted(reasons)


class _Schema(NamedTuple):
    """A schema within a document, in which its references lead somewhere, and whether its enumeration may grow."""

    root: JsonObject
    node: JsonObject
    is_open: bool = False

    @classmethod
    def of(cls, root: JsonObject) -> Self:
        return cls(root, root).resolved()

    def resolved(self) -> Self:
        if "$ref" not in self.node:
            return self
        return self._replace(node=self.root["$defs"][self.node["$ref"].rpartition("/")[2]]).resolved()

    @property
    def fields(self) -> dict[str, "_Schema"]:
        return {name: _Schema(self.root, part) for name, part in self.node.get("properties", {}).items()}

    @property
    def required(self) -> frozenset[str]:
        return frozenset(self.node.get("required", ()))

    @property
    def values(self) -> list[object] | None:
        """The allowed values, when the schema enumerates them."""
        whole = self.resolved().node
        if "const" in whole:
            return [whole["const"]]
        return whole.get("enum") or whole.get(VALUES_SO_FAR)

    def alternatives(self) -> Iterator["_Schema"]:
        whole = self.resolved()
        for part in whole.node.get("anyOf", [whole.node]):
            yield self._replace(node=part).resolved()

    def covers(self, other: "_Schema") -> bool:
        """Whether every value of the other is one of this; in doubt, not."""
        return all(any(mine.covers_one(one) for mine in self.alternatives()) for one in other.alternatives())

    def covers_one(self, other: "_Schema") -> bool:
        if self.values is not None:
            return other.values is not None and (self.is_open or all(value in self.values for value in other.values))
        mine, its = self.node, other.node
        kinds = (mine.get("type"), its.get("type"))
        if kinds[0] != kinds[1] and kinds != _WHOLE_IS_A_NUMBER:
            return False
        if any(mine.get(name, its.get(name)) != its.get(name) for name in ("pattern", "format", "prefixItems")):
            return False
        if any(name in mine and its.get(name, float("-inf")) < mine[name] for name in _LOWER_BOUNDS):
            return False
        if any(name in mine and its.get(name, float("inf")) > mine[name] for name in _UPPER_BOUNDS):
            return False
        if not all(part.covers(other.fields[name]) for name, part in self.fields.items() if name in other.fields):
            return False
        return "items" not in mine or self.within("items").covers(other.within("items"))

    def within(self, name: str) -> "_Schema":
        return self._replace(node=self.node.get(name, {}))


def _lost(had: _Schema, has: _Schema) -> str:
    """The removed ones of the values that are listed one by one."""
    if had.values is None or has.values is None:
        return ""
    return ": " + ", ".join(str(value) for value in had.values if value not in has.values)
