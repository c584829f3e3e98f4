"""The reference of all settings, made of their models: `python -m streams.cli.reference.settings_reference`.

The docstring of its model says what a setting does; default and range are those of its field.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from inspect import getdoc
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple, get_args, get_origin

import click
from annotated_types import Ge, Le
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from streams.cli.reference.effective_settings import as_variable
from streams.files.outputs import write_file
from streams.kafka.client.settings import Settings
from streams.web.settings import ConsoleSettings

__all__ = ["MODELS", "SettingEntry", "entries", "page", "write_settings"]

_PAGE: Final = Path(__file__).parents[3] / "deploy" / "settings.md"
_ATTRIBUTE: Final = re.compile(r"    ([a-z_]+(?:, [a-z_]+)*): (.*)")
_SECRETS: Final = ("password_file", "token_file", "tokens_file", "key_file")

_ABOUT: Final = (
    "Made by `python -m streams.cli.reference.settings_reference` of the models that the processes read. "
    "`docketwatch config` prints the settings in effect and where each comes from; `docketwatch config --reference` "
    "prints this reference. `docketwatch config` names a variable that docketwatch does not know."
)

MODELS: Final[Mapping[str, type[BaseSettings]]] = {
    "Of every command that connects to the broker": Settings,
    "Of the console": ConsoleSettings,
}
"""The models of settings, by who reads them."""


class SettingEntry(NamedTuple):
    """One setting.

    Attributes:
        variable: The environment variable.
        about: What it does.
        default: In the form of the variable; empty for none.
        values: The values that it takes; empty where the description has them.
        is_secret: Whether its file holds a secret.
    """

    variable: str
    about: str
    default: str
    values: str
    is_secret: bool


def entries(model: type[BaseSettings]) -> list[SettingEntry]:
    """The settings of a model, in its order."""
    about, prefix = _about(model), model.model_config["env_prefix"]
    return [
        SettingEntry(
            f"{prefix}{name}".upper(),
            about[name],
            _default(field),
            _values(field),
            name.endswith(_SECRETS),
        )
        for name, field in model.model_fields.items()
    ]


def page() -> str:
    """The reference as a page."""
    lines = ["# Settings", "", _ABOUT]
    for title, model in MODELS.items():
        lines += [
            "",
            f"## {title}",
            "",
            "| variable | what it does | default | values | secret |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| `{each.variable}` | {each.about} | {_code(each.default)} | {each.values or '-'} "
            f"| {'its file' if each.is_secret else 'no'} |"
            for each in entries(model)
        ]
    return "\n".join(lines) + "\n"


def write_settings(formatter: click.HelpFormatter, model: type[BaseSettings]) -> None:
    """Write the settings of a model as a section of a help.

    Args:
        formatter: Takes it.
        model: The model.
    """
    with formatter.section(f"Settings ({', '.join(title.lower() for title, each in MODELS.items() if each is model)})"):
        formatter.write_dl([(each.variable, _line(each)) for each in entries(model)])


def _line(entry: SettingEntry) -> str:
    notes = [
        f"default: {entry.default}" if entry.default else "",
        entry.values,
        "its file is secret" if entry.is_secret else "",
    ]
    text = "; ".join(filter(None, notes))
    return f"{entry.about} [{text}]" if text else entry.about


def _code(text: str) -> str:
    return f"`{text}`" if text else "-"


@cache
def _about(model: type[BaseSettings]) -> dict[str, str]:
    """The description of each field, from the docstring of its model; fields of one line share it."""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in (getdoc(model) or "").partition("Attributes:\n")[2].splitlines():
        begins = _ATTRIBUTE.fullmatch(line)
        if begins is not None:
            names = begins[1].split(", ")
            found |= dict.fromkeys(names, begins[2])
        else:
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def _default(field: FieldInfo) -> str:
    value = as_variable(field.default)
    return "" if value is None else str(value).replace(str(Path.home()), "~")


def _values(field: FieldInfo) -> str:
    kinds = list(_kinds(field.annotation)) + list(field.metadata)
    for kind in kinds:
        if get_origin(kind) is Literal:
            return " or ".join(str(value) for value in get_args(kind))
    least = next((each.ge for each in kinds if isinstance(each, Ge)), None)
    most = next((each.le for each in kinds if isinstance(each, Le)), None)
    if least is not None and most is not None:
        return f"{least} to {most}"
    description = next((doc for each in kinds if (doc := getattr(getattr(each, "func", None), "__doc__", None))), None)
    if timedelta in kinds:
        return f"a span such as 500ms, 2s, 15m, 1h{'' if description is None else f'; {description}'}"
    return "a path" if Path in kinds else ""


def _kinds(annotation: object) -> Iterator[object]:
    """A type and what it is made of, unions and annotations opened."""
    yield annotation
    if get_origin(annotation) is Annotated or get_origin(annotation) is not Literal:
        for part in get_args(annotation):
            yield from _kinds(part)


if __name__ == "__main__":
    write_file(_PAGE, page().encode())
    sys.stdout.write(f"wrote {_PAGE}\n")
