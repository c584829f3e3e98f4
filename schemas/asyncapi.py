"""The AsyncAPI 3.1 document: every topic of the catalogue as a channel, with its messages and its settings."""

from typing import Any, Final

from schemas.events import BaseEvent
from schemas.examples import example_of
from schemas.ids import ID_PATTERN
from schemas.json_schemas import JsonObject, schema_of
from schemas.topics import Model, Topic, catalogue

__all__ = ["asyncapi"]

_KAFKA: Final = "0.5.0"
"""Version of the Kafka binding."""

_ABOUT: Final = (
    "Case events in; alerts about lost-track cases, the load of every officer and refused records out. "
    "Read committed. `docket` is the default prefix of every topic; a deployment may have another. "
    "No record holds a name, an A-number, an address, a birth date, a nationality, a language or a sex."
)


def asyncapi() -> JsonObject:
    """The document."""
    topics = catalogue()
    models = {model.__name__: model for topic in topics for model in topic.models}
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "docketwatch",
            "version": "1",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.short: _channel(topic) for topic in topics},
        "operations": dict(operation for topic in topics for operation in _operations(topic)),
        "components": {
            "messages": {name: _message(model) for name, model in models.items()},
            "schemas": {name: schema for model in models.values() for name, schema in _schemas(model)},
        },
    }


def _channel(topic: Topic) -> JsonObject:
    settings: JsonObject = {"cleanup.policy": [topic.cleanup]}
    settings |= {name: _number(value) for name, value in topic.settings.items() if name not in settings}
    return {
        "address": topic.name,
        "description": f"{topic.purpose} Key: {topic.key}.",
        "messages": {model.__name__: {"$ref": f"#/components/messages/{model.__name__}"} for model in topic.models},
        "bindings": {
            "kafka": {"partitions": topic.partitions, "topicConfiguration": settings, "bindingVersion": _KAFKA}
        },
    }


def _operations(topic: Topic) -> list[tuple[str, JsonObject]]:
    """The operations of docketwatch on a topic; one without messages here is internal."""
    if not topic.models:
        return []
    short = topic.short.replace("-", "_")
    channel = f"#/channels/{topic.short}"
    messages = [{"$ref": f"{channel}/messages/{model.__name__}"} for model in topic.models]
    operation = {"channel": {"$ref": channel}, "summary": topic.purpose, "messages": messages}
    if topic.is_input:
        return [(f"read_{short}", {"action": "receive", **operation})]
    return [(f"write_{short}", {"action": "send", **operation})]


def _message(model: Model) -> JsonObject:
    message: JsonObject = {
        "name": model.__name__,
        "summary": " ".join((model.__doc__ or "").split()),
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        "bindings": {"kafka": {"key": {"type": "string", "pattern": ID_PATTERN}, "bindingVersion": _KAFKA}},
    }
    if issubclass(model, BaseEvent):
        message["examples"] = [{"name": "one", "payload": example_of(model)}]
    return message


def _schemas(model: Model) -> list[tuple[str, JsonObject]]:
    """A record's schema and those it is made of, each by name."""
    schema = schema_of(model)
    parts = schema.pop("$defs", {})
    whole = {} if model.__name__ in parts else {model.__name__: schema}
    return [(name, _in_place(part)) for name, part in {**parts, **whole}.items()]


def _in_place(schema: Any) -> Any:  # noqa: ANN401  # any part of a schema
    """A schema as a component: AsyncAPI's are JSON Schema draft 7, which writes a tuple in another way."""
    if isinstance(schema, list):
        return [_in_place(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    moved = {name: _in_place(part) for name, part in schema.items()}
    if "$ref" in moved:
        moved["$ref"] = moved["$ref"].replace("#/$defs/", "#/components/schemas/")
    if "prefixItems" in moved:
        moved["additionalItems"] = moved.get("items", True)
        moved["items"] = moved.pop("prefixItems")
    return moved


def _number(value: str) -> str | int:
    return int(value) if value.removeprefix("-").isdigit() else value
