"""Hearings: set, held, put off, moved, missed; and how a case ends by them and comes back."""

from bisect import bisect
from collections.abc import Callable
from itertools import accumulate
from typing import Final, Literal

from streams.sources.generate.check_ins import rebook, walk_in
from streams.sources.generate.facts import Kind, Reason
from streams.sources.generate.life import BOOKING, HEARING, Life
from streams.sources.generate.options import DAY_MS

__all__ = ["close", "drop_hearing", "set_hearing"]

_HOUR: Final = 3_600_000
_MINUTE: Final = 60_000
_ROOM: Final = 45 * DAY_MS
_ADJOURNERS: Final[tuple[Literal["court", "agency", "person", "unknown"], ...]] = (
    "court",
    "court",
    "agency",
    "person",
    "unknown",
)
_REASONS: Final[tuple[Reason, ...]] = (
    "removed",
    "removed",
    "relief_granted",
    "relief_granted",
    "terminated",
    "voluntary_departure",
    "charging_document_canceled",
    "other",
    "died",
)
# of master and individual calendars, and the few others
_KINDS: Final[tuple[Kind, ...]] = ("master", "individual", "other", "custody")
_KIND_CHANCES: Final = (0.74, 0.96, 0.98)


def set_hearing(life: Life, at: int, *, again: str | None = None, due: int | None = None, is_kept: bool = True) -> None:
    """Sets a hearing and decides what will become of it.

    Args:
        life: The case.
        at: When it is set.
        again: The hearing to move; None makes a new one.
        due: The date; None takes one within a year.
        is_kept: False leaves to the caller what becomes of it.
    """
    if due is None:
        due = life.soon(at, 20, 300)
    life.hearing = again or life.facts.new_hearing_id()
    life.facts.hearing_scheduled(at, life.hearing, due, _KINDS[bisect(_KIND_CHANCES, life.chance())])
    life.begin(HEARING)
    if is_kept:
        _FATES[bisect(_CHANCES, life.chance())](life, at, due)


def drop_hearing(life: Life, at: int) -> None:
    """Cancels the pending hearing, if there is one, and whatever was to follow."""
    if life.hearing is not None:
        life.facts.hearing_cancelled(at, life.hearing)
    life.hearing = None
    life.begin(HEARING)


def close(life: Life, at: int, reason: Reason | None = None) -> None:
    """Closes the case, unless its ending is planned otherwise; one in six comes back.

    Args:
        life: The case.
        at: When.
        reason: Why; None takes any.
    """
    if not life.is_open or life.is_steady or life.is_in_transit:
        return
    life.facts.case_closed(at, reason or _REASONS[int(life.chance() * len(_REASONS))])
    drop_hearing(life, at)
    life.begin(BOOKING)
    life.is_open = False
    if life.chance() < 0.16:
        life.expect(life.soon(at, 5, 60), _reopen)


def _reopen(life: Life, at: int) -> None:
    life.facts.case_reopened(at)
    life.is_open = True
    life.expect(at + 10 * _MINUTE, set_hearing, HEARING)
    if life.is_at_liberty:
        life.expect(at + 20 * _MINUTE, rebook, BOOKING)


def _plan_held(life: Life, _at: int, due: int) -> None:
    life.expect(due + int((40 + 120 * life.chance()) * _MINUTE), _held, HEARING)


def _plan_adjourned(life: Life, at: int, due: int) -> None:
    life.expect(max(at + _HOUR, due + int((2 - 120 * life.chance()) * _HOUR)), _adjourned, HEARING)


def _move(life: Life, at: int, due: int) -> None:
    life.expect(at + int(life.chance() * (due - at)), _reset, HEARING)


def _call_off(life: Life, at: int, due: int) -> None:
    life.expect(at + int(life.chance() * (due - at)), _called_off, HEARING)


def _miss(life: Life, at: int, due: int) -> None:
    if due + _ROOM <= life.world.end:
        life.expect(due + 45 * _MINUTE, _missed, HEARING)
    else:
        _plan_held(life, at, due)


def _forget(life: Life, at: int, due: int) -> None:
    # the outcome is recorded only after a question
    if due + _ROOM <= life.world.end:
        life.expect(life.soon(due, 9, 16), _adjourned, HEARING)
    else:
        _plan_held(life, at, due)


def _held(life: Life, at: int) -> None:
    if life.hearing is None:
        return
    # the courts' own records have no field for it, so half of them do not know
    life.facts.hearing_held(at, life.hearing, "yes" if not life.is_silent and life.chance() < 0.5 else "unknown")
    life.hearing = None
    life.begin(HEARING)
    lot = life.chance()
    if lot < 0.15:
        life.expect(life.soon(at, 0, 10), close)
    elif lot < 0.75:
        life.expect(at + 10 * _MINUTE, set_hearing, HEARING)


def _adjourned(life: Life, at: int) -> None:
    if life.hearing is None:
        return
    life.facts.hearing_adjourned(at, life.hearing, _ADJOURNERS[int(life.chance() * len(_ADJOURNERS))])
    life.expect(life.soon(at, 0, 4), _reset if life.chance() < 0.6 else set_hearing, HEARING)


def _reset(life: Life, at: int) -> None:
    set_hearing(life, at, again=life.hearing)


def _called_off(life: Life, at: int) -> None:
    drop_hearing(life, at)
    if life.chance() < 0.5:
        life.expect(life.soon(at, 5, 40), set_hearing, HEARING)


def _missed(life: Life, at: int) -> None:
    if life.hearing is None:
        return
    if life.is_silent or not life.is_at_liberty:
        _held(life, at)
        return
    life.facts.hearing_missed(at, life.hearing)
    lot = life.chance()
    if lot < 0.3 and not life.is_steady:
        life.expect(life.soon(at, 1, 10), _removed_in_absence, HEARING)
    elif lot < 0.6:
        life.expect(life.soon(at, 2, 20), _rescinded, HEARING)
    else:
        life.expect(life.soon(at, 0, 6), walk_in)
        life.expect(life.soon(at, 10, 25), _rescinded, HEARING)


def _removed_in_absence(life: Life, at: int) -> None:
    if life.is_in_transit:  # no office is there to do it
        _rescinded(life, at)
    else:
        life.hearing = None
        close(life, at, "removed")


def _rescinded(life: Life, at: int) -> None:
    if life.hearing is None:
        return
    life.facts.order_rescinded(at, life.hearing)
    life.expect(at + 30 * _MINUTE, _reset, HEARING)


_FATES: Final[tuple[Callable[[Life, int, int], None], ...]] = (
    _plan_adjourned,
    _move,
    _call_off,
    _miss,
    _forget,
    _plan_held,
)
_CHANCES: Final = tuple(accumulate((0.25, 0.08, 0.04, 0.025, 0.03)))
