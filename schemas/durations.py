"""Durations of the policy: so many hours or days of 24 hours, or so many business days."""

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["DURATION_PATTERN", "Duration", "parse_duration"]

_UNITS_MS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000}
_WORDS: Final = {"bd": "business day", "d": "day", "h": "hour", "m": "minute", "s": "second"}
_TEXT: Final = re.compile(r"([0-9]{1,10})(bd|[dhms])")
DURATION_PATTERN: Final = rf"^{_TEXT.pattern}$"
"""What a duration looks like, for JSON Schema."""

_LONGEST_DAYS: Final = 36_500
_RIGHT: Final = 'must be a duration such as "36h", "10d", "5bd", "15m" or "30s"'


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time, in milliseconds or in business days; at most one of them is more than nothing.

    Attributes:
        milliseconds: Elapsed time, for h, m, s and d (24 h each).
        business_days: Days counted in the calendar of an office.
    """

    milliseconds: int = 0
    business_days: int = 0

    def __post_init__(self) -> None:
        if min(self.milliseconds, self.business_days) < 0 or (self.milliseconds and self.business_days):
            raise ValueError("a duration is so many milliseconds or so many business days, never both, never negative")

    def __bool__(self) -> bool:
        """Whether it lasts at all."""
        return bool(self.milliseconds or self.business_days)

    @property
    def text(self) -> str:
        """As the policy writes it, in the largest unit that comes out even."""
        if self.business_days:
            return f"{self.business_days}bd"
        for unit, size in _UNITS_MS.items():
            if self.milliseconds and not self.milliseconds % size:
                return f"{self.milliseconds // size}{unit}"
        return f"{self.milliseconds / 1000:g}s"

    @property
    def words(self) -> str:
        """The same in words: 5 business days."""
        found = _TEXT.fullmatch(self.text)
        if found is None:
            return self.text
        unit = _WORDS[found[2]]
        return f"{found[1]} {unit}" if found[1] == "1" else f"{found[1]} {unit}s"


def parse_duration(text: str) -> Duration:
    """Read a duration such as `36h`, `10d`, `5bd`, `15m` or `30s`.

    Raises:
        ValueError: The text is none. What it says reads on after the name of a key.
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError(_RIGHT)
    count, unit = int(found[1]), found[2]
    length = count * _UNITS_MS.get(unit, _UNITS_MS["d"])
    if length > _LONGEST_DAYS * _UNITS_MS["d"]:
        raise ValueError(f'must be at most "{_LONGEST_DAYS}d"')
    return Duration(business_days=count) if unit == "bd" else Duration(milliseconds=length)
