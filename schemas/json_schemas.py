"""The JSON Schema (2020-12) of every record of the contract and of the policy, made from the models themselves."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import CoreSchema

from schemas.alerts import Alert, OfficerAlert
from schemas.case_views import CaseView
from schemas.dead_letters import AuditRecord, DeadLetter
from schemas.events import EVENT_MODELS, BaseEvent, Event
from schemas.input_gaps import InputGapRecord
from schemas.loads import Load, LoadPartial
from schemas.office_loads import OfficeLoad
from schemas.policy_model import OWN_KEYS, Policy, defaults
from schemas.state_changes import StateChangeRecord

__all__ = ["OPEN_FIELDS", "VALUES_SO_FAR", "JsonObject", "UntitledSchema", "every_schema", "schema_of"]

JsonObject = dict[str, Any]
"""A JSON object, as the json module reads and writes it."""

OPEN_FIELDS: Final = frozenset({"agency_causes", "cause", "channel", "code", "ended_by", "kind", "reason"})
"""Fields of what docketwatch writes whose enumerations may grow while `v` stays 1 (CONTRACT.md §12)."""

VALUES_SO_FAR: Final = "x-extensible-enum"
"""Keyword of the values of an open enumeration: a consumer must read others too, which `enum` would forbid it."""

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_OUTPUTS: Final = (
    Alert, OfficerAlert, Load, LoadPartial, OfficeLoad, DeadLetter, AuditRecord, InputGapRecord, StateChangeRecord,
    CaseView,
)  # fmt: skip


class UntitledSchema(GenerateJsonSchema):
    """Gives no field a title: it would only repeat the name."""

    def field_title_should_be_set(self, schema: CoreSchema) -> bool:  # noqa: ARG002  # Pydantic's signature
        """Never."""
        return False


def every_schema() -> Mapping[str, JsonObject]:
    """Every schema by the path of its file: `event.json`, `events/case_opened.json`, `alert.json`, `policy.json` ..."""
    schemas: dict[str, JsonObject] = {f"events/{name}.json": schema_of(model) for name, model in EVENT_MODELS.items()}
    schemas["event.json"] = {"title": "Event", **TypeAdapter(Event).json_schema(schema_generator=UntitledSchema)}
    schemas |= {f"{_snake(model.__name__)}.json": schema_of(model) for model in _OUTPUTS}
    schemas["policy.json"] = _policy()
    return {path: {"$schema": _DIALECT, **schema} for path, schema in sorted(schemas.items())}


def schema_of(model: type[BaseModel] | type[Struct]) -> JsonObject:
    """The schema of one record, without its dialect.

    That of an event says what is taken. That of a record which docketwatch writes says what a consumer must be able to
    read: fields that come later, and values of open enumerations that come later.
    """
    if issubclass(model, BaseEvent):
        return model.model_json_schema(schema_generator=UntitledSchema)
    return _extensible(_closed(model))


def _closed(model: type[BaseModel] | type[Struct]) -> JsonObject:
    if issubclass(model, BaseModel):
        return model.model_json_schema(schema_generator=UntitledSchema)
    schema: JsonObject = msgspec.json.schema(model)
    for definition in schema["$defs"].values():
        definition["description"] = re.sub(r"\s+", " ", definition["description"])
        if "as_of" in definition.get("properties", {}):
            # a struct holds milliseconds, the JSON a text
            definition["properties"]["as_of"] |= {"type": "string", "format": "date-time"}
    return schema


def _extensible(schema: JsonObject) -> JsonObject:
    """Open what may grow while `v` stays 1."""
    for definition in (schema, *schema.get("$defs", {}).values()):
        definition.pop("additionalProperties", None)
        for name, field in definition.get("properties", {}).items():
            if name in OPEN_FIELDS:
                _open(field, schema)
    return schema


def _open(field: JsonObject, schema: JsonObject) -> None:
    """Open the enumerations of a field: its own, its alternatives', its items'."""
    if "$ref" in field:
        _open(schema["$defs"][field["$ref"].rpartition("/")[2]], schema)
    if "enum" in field:
        field[VALUES_SO_FAR] = field.pop("enum")
    for part in (*field.get("anyOf", ()), *([field["items"]] if "items" in field else [])):
        _open(part, schema)


def _policy() -> JsonObject:
    """The policy's: only its own keys are required; the rest has defaults."""
    schema = Policy.model_json_schema(schema_generator=UntitledSchema)
    for name, definition in _definitions(schema):
        if name == "Policy":
            definition["required"] = list(OWN_KEYS)
        elif name != "Office":
            definition.pop("required", None)
    for key, default in defaults().items():
        schema["properties"][key]["default"] = default
    return schema


def _definitions(schema: JsonObject) -> Iterable[tuple[str, JsonObject]]:
    return [("Policy", schema), *schema["$defs"].items()]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
