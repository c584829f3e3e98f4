"""Parts shared by several causes of officer alerts."""

from decimal import Decimal
from typing import Final

from streams.core.officers.state.officer_state import OfficerState
from streams.core.officers.state.registers import Duty

__all__ = ["is_absent", "percent", "standing_anchor"]

_ABSENT: Final = int(Duty.ABSENT)  # CPython 3.11 looks up a member of an enumeration in Python, at each judging


def is_absent(state: OfficerState) -> bool:
    """Whether the officer is on leave or departed."""
    return state.registers.duty.value == _ABSENT


def standing_anchor(state: OfficerState, place: int) -> int | None:
    """The anchor (ms) of the alert of a cause that stands, by the place of the cause; None when none stands."""
    for alert in state.standing:
        if alert.cause == place:
            return alert.anchor
    return None


def percent(ratio: float) -> str:
    """A threshold to its last digit: 16.67%."""
    return f"{(Decimal(str(ratio)) * 100).normalize():f}%"
