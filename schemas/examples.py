"""One example of every event, for documentation and for tests; made from the models, so none can be out of date."""

from typing import Final, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from schemas.events import EVENT_MODELS, BaseEvent
from schemas.json_schemas import JsonObject

__all__ = ["example_of", "examples"]

_VALUES: Final[JsonObject] = {
    "v": 1,
    "event_id": "e-000001",
    "occurred_at": "2026-03-09T15:00:00.000Z",
    "recorded_at": "2026-03-09T15:02:11.250Z",
    "source": "case-feed",
    "case_id": "c-4f1d20b7a9",
    "officer_id": "o-81c2e6",
    "check_in_id": "k-90ab12-01",
    "hearing_id": "h-5d6e71-02",
    "office": "ATL",
    "from_office": "ATL",
    "to_office": "WAS",
    "due_at": "2026-04-13T14:30:00.000Z",
    "protected": False,
    "capacity_hours_month": 96.0,
    "course": "docket-control",
    "valid_until": "2027-03-09T00:00:00.000Z",
}


def examples() -> dict[str, JsonObject]:
    """An example of every type, by type."""
    return {name: example_of(model) for name, model in EVENT_MODELS.items()}


def example_of(model: type[BaseEvent]) -> JsonObject:
    """An example of one event, as JSON."""
    return {name: _value(name, info) for name, info in model.model_fields.items()}


def _value(name: str, info: FieldInfo) -> object:
    if name != "v" and get_origin(info.annotation) is Literal:
        return get_args(info.annotation)[0]
    return _VALUES[name]
