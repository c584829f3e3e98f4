"""The definition of every cause, each from the file that has its name."""

from importlib import import_module
from typing import Final

from schemas.causes import Cause
from streams.core.alerting.causes.definition import CauseDefinition
from streams.core.policy.rules import CAUSES

__all__ = ["DEFINITIONS"]


def _definition(cause: Cause) -> CauseDefinition:
    found = import_module(f"{__package__}.{cause}").DEFINITION
    assert isinstance(found, CauseDefinition), cause
    return found


DEFINITIONS: Final = tuple(_definition(cause) for cause in CAUSES)
"""By place of the cause."""
