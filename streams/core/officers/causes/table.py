"""The definition of every cause of officer alerts, each from the file that has its name."""

from importlib import import_module
from typing import Final

from schemas.causes import OfficerCause
from streams.core.officers.causes.definition import OfficerCauseDefinition
from streams.core.officers.state.rules import OFFICER_CAUSES

__all__ = ["DEFINITIONS"]


def _definition(cause: OfficerCause) -> OfficerCauseDefinition:
    found = import_module(f"{__package__}.{cause}").DEFINITION
    assert isinstance(found, OfficerCauseDefinition), cause
    return found


DEFINITIONS: Final = tuple(_definition(cause) for cause in OFFICER_CAUSES)
"""By place of the cause."""
