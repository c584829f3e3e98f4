"""Where a case stands before its next appointment, due, overdue, or none.

A state is a number: the level of supervision and a slot. A week later a case has aged into the next slot, unless
something happened.
"""

from collections.abc import Sequence
from typing import Final

from streams.core.state.case_state import LEVELS
from streams.core.time.business_days import DAY_MS

__all__ = ["AGED", "BAND", "LEFT", "MOST_WEEKS", "STATES", "WEEK_MS", "lead_of", "level_of", "slot_of", "state_of"]

WEEK_MS: Final = 7 * DAY_MS

MOST_WEEKS: Final = 13
"""How far ahead can be foreseen."""

_DAYS: Final = (MOST_WEEKS + 1) * 7
"""Slots 0 to 97: the next appointment is due in so many whole days. The day counts: a person who comes on the first day
of a week may come again in it."""
_LAST_WEEK: Final = 63
_LEADS: Final = _DAYS + _LAST_WEEK - MOST_WEEKS
"""Slots from 98 on: due in 14 whole weeks, in 15, ...; the last one holds what lies further ahead."""
_OVERDUE: Final = _LEADS
_OVERDUE_WEEKS: Final = 4
_IDLE: Final = _OVERDUE + _OVERDUE_WEEKS
_IDLE_WEEKS: Final = 9
_SLOTS: Final = _IDLE + _IDLE_WEEKS

STATES: Final = len(LEVELS) * _SLOTS
LEFT: Final = -1
"""The target of a case that left: it was closed, or detained."""
_BAND_STARTS: Final = (*range(9), 9, 14, 21, 63, _DAYS, _DAYS + 1, _DAYS + 13)


def state_of(level: int, dues: Sequence[int], at: int, last: int | None) -> int:
    """The state of a case.

    Args:
        level: Index of its level.
        dues: Its appointments that still stand (ms), ascending.
        at: The instant (ms).
        last: Its last appointment that took place, or its opening (ms); None when it is not known.
    """
    return level * _SLOTS + _slot(dues, at, last)


def level_of(state: int) -> int:
    """Index of the level of a state."""
    return state // _SLOTS


def lead_of(state: int) -> int | None:
    """In how many whole weeks the appointment of a state is due; None when none is, or not within the weeks ahead."""
    slot = state % _SLOTS
    return slot // 7 if slot < _DAYS else None


def slot_of(state: int) -> int:
    """A state without its level."""
    return state % _SLOTS


def _slot(dues: Sequence[int], at: int, last: int | None) -> int:
    if dues:
        latest = dues[-1]
        if latest < at:
            return _OVERDUE + min((at - latest) // WEEK_MS, _OVERDUE_WEEKS - 1)
        due = next(due for due in dues if due >= at)
        days = (due - at) // DAY_MS
        return days if days < _DAYS else _DAYS + min(days // 7, _LAST_WEEK) - MOST_WEEKS - 1
    if last is None:
        return _SLOTS - 1
    return _IDLE + min(max(at - last, 0) // WEEK_MS, _IDLE_WEEKS - 1)


def _aged(slot: int) -> int:
    if slot < 7:
        return _OVERDUE
    if slot < _DAYS:
        return slot - 7
    if slot == _DAYS:
        return _DAYS - 4  # the middle of the last week in which each day is a state of its own
    if slot < _LEADS:
        return slot - 1 if slot < _LEADS - 1 else slot
    return slot + 1 if slot + 1 not in (_IDLE, _SLOTS) else slot


def _band(slot: int) -> int:
    return slot if slot >= _LEADS else max(start for start in _BAND_STARTS if start <= slot)


AGED: Final = [state - state % _SLOTS + _aged(state % _SLOTS) for state in range(STATES)]
"""By state: what it is a week later when nothing happens."""
BAND: Final = [state - state % _SLOTS + _band(state % _SLOTS) for state in range(STATES)]
"""By state: the state whose rates it shares. Appointments far ahead share theirs, for few of each week are seen."""
