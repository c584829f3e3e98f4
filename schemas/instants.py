"""Instants: strict RFC 3339 text in, UTC milliseconds inside, RFC 3339 text with three decimals out (CONTRACT.md §1).

Both directions are on the hot path, so both remember what they did: a text is cut after the date, the minute and the
second, and each piece is looked up in a small table that only a strict parse fills. Pieces that are right make a whole
that is right. So cut, the tables stay in the processor's cache whatever a log holds.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = [
    "AFTER_ALL_TIME",
    "BEFORE_ALL_TIME",
    "EARLIEST_MS",
    "LATEST_MS",
    "to_ms",
    "to_text",
]

_EXAMPLE: Final = "2026-03-09T15:00:00Z"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 86_400_000

_DAY_END: Final = len("2026-03-09T")
"""Where a text is cut after the date."""
_MINUTE_END: Final = len("2026-03-09T15:00:")
"""Where a text is cut after the minute."""
_SECOND_END: Final = len("2026-03-09T15:00:00")
"""Where a text is cut after the second."""
_DECIMALS_END: Final = len("2026-03-09T15:00:00.000")

_FIRST_YEAR: Final = 1900
EARLIEST_MS: Final = (datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND
"""The first instant that is read: what is dated before lies before every case, and a date never set is written so."""
_YEAR_1_MS: Final = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND
LATEST_MS: Final = (datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC) - _EPOCH) // _MILLISECOND
"""The last instant that RFC 3339 can write."""

BEFORE_ALL_TIME: Final = -(1 << 62)
"""An instant (ms) before every other, of what never happened; durations can be added to it in 64 bits."""
AFTER_ALL_TIME: Final = 1 << 62
"""An instant (ms) after every other, of what never falls due; durations can be taken from it in 64 bits."""

_DATE: Final = r"(\d{4})-(\d\d)-(\d\d)"
_OFFSET: Final = r"(?:[Zz]|([+-])(\d\d):(\d\d))"
_FULL: Final = re.compile(_DATE + r"[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?" + _OFFSET, re.ASCII)
_NAIVE: Final = re.compile(_DATE + r"(?:[Tt ]\d\d(?::?\d\d(?::?\d\d(?:[.,]\d+)?)?)?)?", re.ASCII)
_BEYOND_DECIMALS: Final = re.compile(r"\d+([Zz]|[+-]\d\d:\d\d)", re.ASCII)

_PIECES_KEPT: Final = 65_536  # dates of 180 years; a thousand tails are every millisecond under one offset
_dates: Final[dict[int, str]] = {}
_SECOND_TEXTS: Final = tuple(f"{second:02d}." for second in range(60))
_MILLISECOND_TEXTS: Final = tuple(f"{millisecond:03d}Z" for millisecond in range(1000))
_MINUTE_TEXTS: Final = tuple(f"{minute // 60:02d}:{minute % 60:02d}:" for minute in range(24 * 60))

_DAYS: Final[dict[str, int]] = {}
"""Milliseconds of a date and the letter after it, of pieces seen before; for reading only, as the other two."""
_MINUTES: Final = {f"{minute // 60:02d}:{minute % 60:02d}:": minute * _MINUTE_MS for minute in range(24 * 60)}
"""Milliseconds of every minute of a day."""
_SECONDS: Final = {f"{second:02d}": second * 1000 for second in range(60)}
"""Milliseconds of every second of a minute."""
_TAILS: Final[dict[str, int]] = {}
"""Milliseconds of what stands after the second: decimals and offset."""


def to_ms(text: str) -> int:
    """UTC milliseconds of a strict RFC 3339 instant; digits beyond milliseconds are cut off.

    Args:
        text: `YYYY-MM-DD`, one of `T`, `t` or a space, `HH:MM:SS`, optional decimals, then `Z`, `z` or `+HH:MM`.

    Raises:
        ValueError: The text is no such instant, or lies before 1900. What it says reads on after the name of a field.
    """
    try:
        return (
            _DAYS[text[:_DAY_END]]
            + _MINUTES[text[_DAY_END:_MINUTE_END]]
            + _SECONDS[text[_MINUTE_END:_SECOND_END]]
            + _TAILS[text[_SECOND_END:]]
        )
    except KeyError:
        # microseconds make too many tails to remember: without the digits that do not count there are a thousand
        beyond = _BEYOND_DECIMALS.fullmatch(text, _DECIMALS_END)
        if beyond is None or text[_SECOND_END] != ".":
            return _parse(text)
        return to_ms(text[:_DECIMALS_END] + beyond[1])


def to_text(ms: int) -> str:
    """RFC 3339 text in UTC with three decimals.

    Args:
        ms: UTC milliseconds. An instant after the year 9999 (a deadline may lie there) is written as its last one.
    """
    day, rest = divmod(ms, _DAY_MS)
    try:
        date = _dates[day]
    except KeyError:
        if not _YEAR_1_MS <= ms <= LATEST_MS:
            return to_text(LATEST_MS if ms > 0 else _YEAR_1_MS)
        if len(_dates) >= _PIECES_KEPT:
            _dates.clear()
        date = _dates[day] = (_EPOCH + timedelta(days=day)).isoformat()[:_DAY_END]
    minute, rest = divmod(rest, _MINUTE_MS)
    return date + _MINUTE_TEXTS[minute] + _SECOND_TEXTS[rest // 1000] + _MILLISECOND_TEXTS[rest % 1000]


def _parse(text: str) -> int:
    """Parse strictly, and remember the pieces."""
    found = _FULL.fullmatch(text)
    if found is None:
        if _NAIVE.fullmatch(text):
            raise ValueError(f"must be an instant with an offset from UTC, such as {_EXAMPLE}")
        raise ValueError(f"must be an RFC 3339 instant, such as {_EXAMPLE}")
    year, month, day, hour, minute, second, decimals, sign, offset_hours, offset_minutes = found.groups()
    try:
        date = (datetime(int(year), int(month), int(day), tzinfo=UTC) - _EPOCH) // _MILLISECOND
    except ValueError:
        raise ValueError(f"must be a date and time that exists, such as {_EXAMPLE}") from None
    if int(hour) > 23 or int(minute) > 59:
        raise ValueError(f"must be a date and time that exists, such as {_EXAMPLE}")
    if int(second) > 59:
        raise ValueError(f"must have seconds from 00 to 59, such as {_EXAMPLE}")
    tail = int(decimals[:3].ljust(3, "0")) if decimals else 0
    if sign:
        if int(offset_hours) > 23 or int(offset_minutes) > 59:
            raise ValueError(f"must have an offset from -23:59 to +23:59, such as {_EXAMPLE}")
        offset = (int(offset_hours) * 60 + int(offset_minutes)) * _MINUTE_MS
        tail += offset if sign == "-" else -offset
    time = (int(hour) * 60 + int(minute)) * _MINUTE_MS + int(second) * 1000
    ms = date + time + tail
    if not EARLIEST_MS <= ms <= LATEST_MS:
        never_set = " (0001-01-01 is how Go and .NET write a date that was never set)" if int(year) == 1 else ""
        raise ValueError(f"must lie in the years {_FIRST_YEAR} to 9999 of UTC, such as {_EXAMPLE}{never_set}")
    if _FIRST_YEAR < int(year) < 9999:  # at both ends only the whole can be judged, so no piece is kept
        _remember(text, date, tail)
    return ms


def _remember(text: str, date: int, tail: int) -> None:
    for pieces, piece, ms in ((_DAYS, text[:_DAY_END], date), (_TAILS, text[_SECOND_END:], tail)):
        if len(pieces) >= _PIECES_KEPT:
            pieces.clear()
        pieces[piece] = ms
