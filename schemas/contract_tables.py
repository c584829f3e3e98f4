"""The tables of `schemas/CONTRACT.md` that the models write: topics, events, causes, records, refusals, policy.

`python -m streams.cli.contract_document` renews them, and the table of commands with them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Final

from schemas.causes import CLASS_OF, DECLARATIONS, OFFICER_DECLARATIONS, TYPES_READ, Cause, OfficerCause
from schemas.events import EVENT_MODELS, LAST_RANK, TOPIC_OF, CaseEvent, OfficerEvent
from schemas.json_schemas import JsonObject, every_schema
from schemas.policy_model import defaults
from schemas.refusals import RefusalCode
from schemas.topics import Topic, catalogue

__all__ = ["filled", "table", "tables"]

_BLOCK: Final = re.compile(r"(<!-- generated: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
_COMMON: Final = frozenset({*CaseEvent.model_fields, *OfficerEvent.model_fields, "type"})
_IN_WORDS: Final = {
    "cause": "a cause (open)",
    "agency_causes": "list of causes (open) or null",
    "ended_by": "a type of event, `superseded`, `policy_changed` or `load` (open), or null",
}
"""Values of fields that have a table of their own and whose enumeration may grow (§12)."""


def filled(text: str, parts: Mapping[str, str]) -> str:
    """A document with what is between `<!-- generated: NAME -->` and `<!-- end -->` made anew.

    Args:
        text: The document.
        parts: What belongs there, by name; each ends with a line feed.

    Raises:
        ValueError: The document has not each part exactly once.
    """
    found = [name for _, name, _, _ in _BLOCK.findall(text)]
    if sorted(found) != sorted(parts):
        raise ValueError(f"the document has the parts {sorted(found)}, and {sorted(parts)} were made")
    return _BLOCK.sub(lambda match: match.group(1) + parts[match.group(2)] + match.group(4), text)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, with a line feed at its end."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def tables() -> dict[str, str]:
    """Every table that the contract's models can write, by the name of its part."""
    schemas = every_schema()
    default = (files("schemas.policies") / "default.toml").read_text("utf-8")
    return {
        "topics": table(["topic", "key", "cleanup", "kept", "holds"], [_topic_row(each) for each in catalogue()]),
        "events": table(["topic", "type", "fields beside the common ones", "means"], _event_rows(schemas)),
        "ranks": table(["rank", "types"], _rank_rows()),
        "registers": table(["register", "written by"], _register_rows()),
        "conditions": table(["cause", "holds while", "instance", "anchor", "deadline"], _condition_rows()),
        "causes": table(["cause", "class", "after", "escalates after", "types it reads"], _cause_rows()),
        "officer-conditions": table(["cause", "holds when", "ends when"], _officer_condition_rows()),
        "officer-causes": table(
            ["cause", "escalates after"], [(f"`{each}`", _officer_default(each)) for each in OfficerCause]
        ),
        "refusals": ", ".join(f"`{code.value}`" for code in RefusalCode) + "\n",
        "policy": f"```toml\n{default}```\n",
        **{
            name.replace("_", "-"): table(["field", "value", "meaning"], _field_rows(schemas[f"{name}.json"]))
            for name in ("alert", "officer_alert", "load", "office_load")
        },
    }


def _topic_row(topic: Topic) -> Sequence[str]:
    kept = "for ever" if topic.retention is None else f"{topic.retention.days} d"
    return f"`{topic.name}`", topic.key, topic.cleanup, kept, topic.purpose


def _event_rows(schemas: Mapping[str, JsonObject]) -> Iterable[Sequence[str]]:
    for name in EVENT_MODELS:
        schema = schemas[f"events/{name}.json"]
        fields = [
            f"{field}: {_value(part, schema)}" + (" (may be left out)" if field not in schema["required"] else "")
            for field, part in schema["properties"].items()
            if field not in _COMMON or (field == "officer_id" and TOPIC_OF.get(name) != "docket.officers")
        ]
        yield f"`{TOPIC_OF[name]}`" if name in TOPIC_OF else "any", f"`{name}`", "; ".join(fields), _meaning(schema)


def _rank_rows() -> Iterable[Sequence[str]]:
    for rank in sorted({model.rank for model in EVENT_MODELS.values()} - {LAST_RANK}):
        yield str(rank), ", ".join(f"`{name}`" for name, model in EVENT_MODELS.items() if model.rank == rank)
    yield str(LAST_RANK), "all others"


def _register_rows() -> Iterable[Sequence[str]]:
    writers: dict[str, list[str]] = {}
    for name, model in EVENT_MODELS.items():
        for register in model.registers:
            writers.setdefault(register, []).append(f"`{name}`")
    for register, names in writers.items():
        yield f"`{register}`", ", ".join(names)


def _condition_rows() -> Iterable[Sequence[str]]:
    for cause, own in DECLARATIONS.items():
        yield f"`{cause}`", own.holds, own.instance, own.anchor, own.deadline.rule


def _officer_condition_rows() -> Iterable[Sequence[str]]:
    names: dict[tuple[str, str], list[str]] = {}
    for cause, own in OFFICER_DECLARATIONS.items():
        names.setdefault((own.holds, own.ends), []).append(f"`{cause}`")
    for (holds, ends), causes in names.items():
        yield ", ".join(causes), holds, ends


def _cause_rows() -> Iterable[Sequence[str]]:
    settings = defaults()["causes"]
    order = list(EVENT_MODELS)
    for cause in Cause:
        own = settings[cause]
        types = ", ".join(f"`{each}`" for each in sorted(TYPES_READ[cause], key=order.index))
        yield f"`{cause}`", CLASS_OF[cause], str(own.get("after", "§4")), str(own["escalate_after"]), types


def _officer_default(cause: OfficerCause) -> str:
    return str(defaults()["officers"]["causes"][cause]["escalate_after"])


def _field_rows(schema: JsonObject) -> Iterable[Sequence[str]]:
    node = _resolved(schema, schema)
    for name, part in node["properties"].items():
        yield f"`{name}`", _IN_WORDS.get(name) or _value(part, schema), _meaning({**_resolved(part, schema), **part})


def _meaning(part: JsonObject) -> str:
    nodes = [part, *part.get("anyOf", ())]
    return next((each["description"] for each in nodes if "description" in each), "")


def _resolved(part: JsonObject, root: JsonObject) -> JsonObject:
    if "$ref" not in part:
        return part
    found: JsonObject = root["$defs"][part["$ref"].rpartition("/")[2]]
    return found


def _value(part: JsonObject, root: JsonObject) -> str:
    """The possible values of a field, in words."""
    part = _resolved(part, root)
    if "anyOf" in part:
        return " or ".join(_value(each, root) for each in part["anyOf"])
    only = [part["const"]] if "const" in part else part.get("enum", [])
    if only:
        return " ".join(f"`{each}`" for each in only)
    if part.get("format") == "date-time":
        return "instant"
    if part["type"] == "array":
        return "list of " + _value(part["items"], root)
    if part["type"] == "object":
        return "object with " + ", ".join(part["properties"])
    if part["type"] == "string" and "pattern" in part:
        return "id" if "64}" in part["pattern"] else "text"
    kinds = {"string": "text", "integer": "integer", "number": "number", "boolean": "`true` `false`", "null": "null"}
    return kinds[part["type"]]
