"""What the settings come to: every variable with its value and where that comes from, and variables nobody reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Final, Literal

from pydantic_settings import BaseSettings

__all__ = ["MASKED", "Setting", "UnknownVariable", "effective_settings", "unknown_variables"]

MASKED: Final = "********"
_LIKENESS: Final = 0.75
_UNITS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}

Origin = Literal["environment", "default", "flag"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        name: The environment variable.
        value: As the variable would be written; None: not set, and nothing stands in for it.
        origin: Where the value comes from.
    """

    name: str
    value: str | int | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class UnknownVariable:
    """A variable that looks like ours and is read by nobody. What it holds may be a secret and is not kept.

    Attributes:
        name: It.
        meant: The variable that was probably meant.
    """

    name: str
    meant: str | None


def effective_settings(
    settings: BaseSettings, environment: Mapping[str, str], flags: Iterable[str] = ()
) -> list[Setting]:
    """Every field of settings, in their order.

    Args:
        settings: As they were loaded from that environment and those flags.
        environment: Variables by name.
        flags: Fields that the command line set.
    """
    prefix = settings.model_config["env_prefix"]
    given = {name.upper() for name in environment}  # as pydantic-settings reads them, whatever the case
    told = set(flags)

    def origin(field: str) -> Origin:
        if field in told:
            return "flag"
        return "environment" if f"{prefix}{field}".upper() in given else "default"

    return [
        Setting(f"{prefix}{field}".upper(), _text(getattr(settings, field)), origin(field))
        for field in type(settings).model_fields
    ]


def unknown_variables(environment: Mapping[str, str], prefix: str, known: Iterable[str]) -> list[UnknownVariable]:
    """Variables with our prefix that nobody reads, sorted."""
    names = {name.removeprefix(prefix): name for name in known}  # a prefix in common is no likeness
    found = sorted(name for name in environment if name.upper().startswith(prefix))

    def meant(name: str) -> str | None:
        near = get_close_matches(name.upper().removeprefix(prefix), list(names), n=1, cutoff=_LIKENESS)
        return names[near[0]] if near else None

    return [UnknownVariable(name, meant(name)) for name in found if name.upper().removeprefix(prefix) not in names]


def _text(value: object) -> str | int | None:
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, timedelta):
        number = value // timedelta(milliseconds=1)
        unit = next(unit for unit, size in _UNITS.items() if number % size == 0 and (number or unit == "s"))
        return f"{number // _UNITS[unit]}{unit}"
    return str(value)
