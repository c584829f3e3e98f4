"""Settings that an operator puts into environment variables, and the sentence when one cannot be used."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Self

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from streams.errors import UsageError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["EnvironmentSettings"]

_OF_PATHS: Final = ("_FILE", "_DIR")


class EnvironmentSettings(BaseSettings):
    """Settings whose variables begin with the `env_prefix` of their `model_config`."""

    @classmethod
    def load(cls, **changes: object) -> Self:
        """The environment's settings; what `changes` names, and is not None, wins.

        Raises:
            UsageError: A value cannot be used; the text names the variable and says what would be right.
        """
        prefix = cls.model_config["env_prefix"]
        _refuse_no_text(prefix, changes)
        try:
            # checked as they come: what a caller passes is validated like what the environment says
            return cls(**{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]
        except ValidationError as error:
            raise UsageError("; ".join(_sentence(prefix, found) for found in error.errors())) from error


def _refuse_no_text(prefix: str, changes: Mapping[str, object]) -> None:
    """See that settings are text; the name of a file may be any bytes.

    Args:
        prefix: Of the variables that are read.
        changes: What is passed instead of them.

    Raises:
        UsageError: One is not; its value is not repeated.
    """
    given = {name: value for name, value in os.environ.items() if name.startswith(prefix)}
    given |= {f"{prefix}{name.upper()}": value for name, value in changes.items() if isinstance(value, str)}
    for name, value in sorted(given.items()):
        if not name.endswith(_OF_PATHS) and any("\ud800" <= char <= "\udfff" for char in value):
            raise UsageError(f"{name}: must be text in UTF-8")


def _sentence(prefix: str, error: "ErrorDetails") -> str:
    name = ".".join(str(part) for part in error["loc"][:1])
    text = error["msg"].removeprefix("Value error, ")
    return f"{prefix}{name.upper()}: {text}" if name else text
