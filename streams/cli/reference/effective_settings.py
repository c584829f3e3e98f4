"""The settings in effect, with the source of each value, and unknown variables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Final, Literal

from pydantic_settings import BaseSettings

__all__ = ["MASKED", "Setting", "UnknownVariable", "as_variable", "effective_settings", "unknown_variables"]

MASKED: Final = "********"
_LIKENESS: Final = 0.75
_UNITS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}

Origin = Literal["environment", "default", "flag"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        name: The environment variable.
        value: In the form of the variable; None when it is not set and has no default.
        origin: The source of the value.
    """

    name: str
    value: str | int | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class UnknownVariable:
    """A variable with our prefix that is not known. Its value may be a secret and is not kept.

    Attributes:
        name: Its name.
        meant: The known variable with the most similar name, or None.
    """

    name: str
    meant: str | None


def effective_settings(
    settings: BaseSettings, environment: Mapping[str, str], flags: Iterable[str] = ()
) -> list[Setting]:
    """Every field of settings, in their order.

    Args:
        settings: The settings, loaded from that environment and those flags.
        environment: Variables by name.
        flags: Fields that the command line set.
    """
    prefix = settings.model_config["env_prefix"]
    given = {name.upper() for name in environment}  # pydantic-settings ignores case
    by_flag = set(flags)

    def origin(field: str) -> Origin:
        if field in by_flag:
            return "flag"
        return "environment" if f"{prefix}{field}".upper() in given else "default"

    return [
        Setting(f"{prefix}{field}".upper(), as_variable(getattr(settings, field)), origin(field))
        for field in type(settings).model_fields
    ]


def unknown_variables(environment: Mapping[str, str], prefix: str, known: Iterable[str]) -> list[UnknownVariable]:
    """Unknown variables with our prefix, sorted."""
    names = {name.removeprefix(prefix): name for name in known}  # the common prefix must not count as similarity
    found = sorted(name for name in environment if name.upper().startswith(prefix))

    def meant(name: str) -> str | None:
        near = get_close_matches(name.upper().removeprefix(prefix), list(names), n=1, cutoff=_LIKENESS)
        return names[near[0]] if near else None

    return [UnknownVariable(name, meant(name)) for name in found if name.upper().removeprefix(prefix) not in names]


def as_variable(value: object) -> str | int | None:
    """A value of a setting in the form of its variable."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, timedelta):
        number = value // timedelta(milliseconds=1)
        unit = next(unit for unit, size in _UNITS.items() if number % size == 0 and (number or unit == "s"))
        return f"{number // _UNITS[unit]}{unit}"
    return str(value)
