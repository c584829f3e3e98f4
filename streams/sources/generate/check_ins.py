"""Check-ins: booked, kept on the day or early, moved, called off, missed and made good."""

from bisect import bisect
from collections.abc import Callable
from itertools import accumulate
from typing import Final, Literal

from streams.sources.generate.life import BOOKING, Life
from streams.sources.generate.options import DAY_MS
from streams.sources.generate.world import Channel

__all__ = ["book", "book_anew", "call_off", "check_in", "rebook", "walk_in"]

_HOUR: Final = 3_600_000
_MINUTE: Final = 60_000
_CHANNELS: Final[tuple[Channel, ...]] = ("office", "office", "office", "phone", "app", "kiosk", "home")
_ROOM: Final = 20 * DAY_MS  # a lapse is begun only when it will be made good within the window


def book(life: Life, at: int, *, again: str | None = None, due: int | None = None, is_kept: bool = True) -> None:
    """Books a check-in and decides what will become of it.

    Args:
        life: The case.
        at: When it is booked.
        again: The booking to move; None makes a new one.
        due: The date; None takes one within the interval of the level.
        is_kept: False leaves to the caller what becomes of it.
    """
    if due is None:
        days_ahead = life.interval * (0.70 + 0.25 * life.chance()) / DAY_MS - 1
        due = life.soon(at, days_ahead, days_ahead)
    life.booking = again or life.facts.new_check_in_id()
    life.facts.check_in_scheduled(at, life.booking, due, _channel(life))
    life.begin(BOOKING)
    if is_kept and not life.is_silent:
        _FATES[bisect(_CHANCES, life.chance())](life, at, due)


def rebook(life: Life, at: int) -> None:
    """Moves the booking to a date that suits the level, or makes one."""
    book(life, at, again=life.booking)


def book_anew(life: Life, at: int) -> None:
    """Books a check-in under a new id."""
    book(life, at)


def check_in(life: Life, at: int) -> None:
    """The person comes, on the booking, and the next one is made before they leave."""
    life.facts.check_in_completed(at, life.booking, _channel(life))
    _book_before_they_leave(life, at)


def walk_in(life: Life, at: int) -> None:
    """The person comes without a booking; the booking there is stands."""
    if life.is_open and life.is_at_liberty and not life.is_silent:
        life.facts.check_in_completed(at, None, _channel(life))


def call_off(life: Life, at: int, by: Literal["agency", "person"]) -> None:
    """The booking is cancelled, and none is made."""
    if life.booking is not None:
        life.facts.check_in_cancelled(at, life.booking, by)
    life.booking = None
    life.begin(BOOKING)


def _channel(life: Life) -> Channel:
    return _CHANNELS[int(life.chance() * len(_CHANNELS))]


def _attend(life: Life, at: int, due: int) -> None:
    life.expect(max(at + _MINUTE, due + int((life.chance() * 90 - 20) * _MINUTE)), check_in, BOOKING)


def _attend_unnamed(life: Life, at: int, due: int) -> None:
    # the desk did not look up the booking
    life.expect(max(at + _MINUTE, due + int((life.chance() * 90 - 20) * _MINUTE)), _check_in_unnamed, BOOKING)


def _attend_early(life: Life, at: int, due: int) -> None:
    life.expect(max(at + _HOUR, due - int((1 + life.chance()) * DAY_MS)), check_in, BOOKING)


def _move(life: Life, at: int, due: int) -> None:
    life.expect(at + int(life.chance() * (due - at)), _rebook_soon, BOOKING)


def _drop_by_agency(life: Life, at: int, due: int) -> None:
    _lapse(life, at, due, max(at + _HOUR, due - int(3 * DAY_MS * life.chance()) - _HOUR), _agency_calls_off)


def _drop_by_person(life: Life, at: int, due: int) -> None:
    _lapse(life, at, due, max(at + _HOUR, due - int(2 * DAY_MS * life.chance()) - _HOUR), _person_calls_off)


def _miss(life: Life, at: int, due: int) -> None:
    _lapse(life, at, due, due + int((2 + 6 * life.chance()) * _HOUR), _miss_silently)


def _attend_late(life: Life, at: int, due: int) -> None:
    # past the grace, and the missed check-in is not recorded
    _lapse(life, at, due, life.soon(due + life.world.graces[life.level], 0, 4), check_in)


def _lapse(life: Life, at: int, due: int, when: int, happen: Callable[[Life, int], None]) -> None:
    if when + _ROOM <= life.world.end:
        life.expect(when, happen, BOOKING)
    else:
        _attend(life, at, due)


def _check_in_unnamed(life: Life, at: int) -> None:
    life.facts.check_in_completed(at, None, _channel(life))
    _book_before_they_leave(life, at)


def _book_before_they_leave(life: Life, at: int) -> None:
    life.expect(at + int((5 + 15 * life.chance()) * _MINUTE), book_anew, BOOKING)


def _rebook_soon(life: Life, at: int) -> None:
    book(life, at, again=life.booking, due=life.soon(at, 2, 12))


def _agency_calls_off(life: Life, at: int) -> None:
    call_off(life, at, "agency")
    life.expect(life.soon(at, 0, 2), book_anew, BOOKING)


def _person_calls_off(life: Life, at: int) -> None:
    call_off(life, at, "person")
    life.expect(life.soon(at, 0, 4), book_anew, BOOKING)


def _miss_silently(life: Life, at: int) -> None:
    if life.booking is not None:
        life.facts.check_in_missed(at, life.booking)
    life.expect(life.soon(at, 0, 8), check_in if life.chance() < 0.6 else _rebook_soon, BOOKING)


_FATES: Final[tuple[Callable[[Life, int, int], None], ...]] = (
    _move,
    _attend_early,
    _drop_by_agency,
    _drop_by_person,
    _miss,
    _attend_late,
    _attend_unnamed,
    _attend,
)
_CHANCES: Final = tuple(accumulate((0.05, 0.03, 0.02, 0.01, 0.02, 0.005, 0.045)))
