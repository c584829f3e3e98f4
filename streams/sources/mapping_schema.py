"""The JSON Schema of a mapping and the table of its keys, made from the model.

`python -m streams.sources.mapping_schema` renews them. An editor that knows TOML (taplo, Even Better
TOML) completes and checks a mapping by the schema.
"""

import inspect
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from schemas.json_schemas import UntitledSchema
from streams.files.outputs import write_file
from streams.sources.mapping_model import (
    Attribute,
    Changes,
    LogMapping,
    OfficeMapping,
    OfficerMapping,
    Rule,
    Source,
)

__all__ = ["key_tables", "main", "mapping_schema", "rendered_page", "rendered_schema"]

_PAGE: Final = Path("deploy/mappings.md")
_SCHEMA: Final = Path("deploy/mappings/mapping.schema.json")
_TABLES: Final[Mapping[str, type[BaseModel]]] = {
    "at the top": LogMapping,
    "`[log]`": Source,
    "`[changes]`": Changes,
    "`[office]`": OfficeMapping,
    "`[officer]`": OfficerMapping,
    "`[[events]]`": Rule,
    "a field of `set` that is a table": Attribute,
}
_ATTRIBUTE: Final = re.compile(r"^    (\w+(?:, \w+)*): (.*(?:\n {6,}.*)*)", re.MULTILINE)
_MARK: Final = re.compile(r"(<!-- generated: keys -->\n).*?(<!-- end -->)", re.DOTALL)


def mapping_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a mapping."""
    schema = LogMapping.model_json_schema(schema_generator=UntitledSchema)
    models = {model.__name__: model for model in _TABLES.values()}
    for name, table in [("LogMapping", schema), *schema["$defs"].items()]:
        table.pop("description", None)
        sentences = _sentences(models[name])
        for field_name, field in models[name].model_fields.items():
            table["properties"][field.alias or field_name]["description"] = sentences[field_name]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Mapping"}


def key_tables() -> str:
    """Every key, with its default and what it says, as Markdown."""
    lines: list[str] = []
    for where, model in _TABLES.items():
        lines += [f"**Keys {where}**" if where.startswith("at") else f"**Keys of {where}**", ""]
        lines += ["| key | default | says |", "|---|---|---|"]
        sentences = _sentences(model)
        for name, field in model.model_fields.items():
            lines.append(f"| `{field.alias or name}` | {_default(field.default)} | {sentences[name]} |")
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Renew the committed schema and the table in the page."""
    write_file(_SCHEMA, rendered_schema().encode())
    write_file(_PAGE, rendered_page(_PAGE.read_text(encoding="utf-8")).encode())
    sys.stdout.write(f"wrote {_SCHEMA} and the keys in {_PAGE}\n")


def rendered_schema() -> str:
    """The schema as it is committed."""
    return json.dumps(mapping_schema(), indent=2) + "\n"


def rendered_page(page: str) -> str:
    """A page with its table of keys renewed."""
    return _MARK.sub(lambda found: found[1] + key_tables() + found[2], page)


def _sentences(model: type[BaseModel]) -> dict[str, str]:
    """What the docstring of a model says of each attribute."""
    text = inspect.cleandoc(model.__doc__ or "")
    section = text[text.index("Attributes:") :]
    found: dict[str, str] = {}
    for names, sentence in _ATTRIBUTE.findall(section):
        for name in names.split(", "):
            found[name] = " ".join(sentence.split())
    return found


def _default(value: object) -> str:
    if value is PydanticUndefined:
        return "required"
    if value in (None, (), {}, ""):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    main()
