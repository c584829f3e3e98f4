"""When new cases arrive in the window: evenly, or with a trend and a season for a forecast to find."""

from bisect import bisect
from itertools import accumulate
from math import pi, sin

from streams.sources.generate.options import DAY_MS, Options

__all__ = ["Arrivals"]

_YEAR_DAYS = 365.25
_LEAST_RATE = 0.05


class Arrivals:
    """Draws the instant at which a case arrives.

    Args:
        options: The trend (growth a year) and the season (how far the rate swings about its mean over a year).
        begin: The first instant (ms).
        end: The last instant (ms).
    """

    def __init__(self, options: Options, begin: int, end: int) -> None:
        self._begin, self._span = begin, end - begin
        self._sums: list[float] = []
        if options.trend or options.season:
            first = options.start.timetuple().tm_yday
            days = range(max(1, -(-self._span // DAY_MS)))
            rates = (
                1 + options.trend * day / _YEAR_DAYS + options.season * sin(2 * pi * (first + day) / _YEAR_DAYS)
                for day in days
            )
            self._sums = list(accumulate(max(_LEAST_RATE, rate) for rate in rates))

    def instant(self, chance: float) -> int:
        """The instant (ms) of a random number of 0 to 1."""
        if not self._sums:
            return self._begin + int(chance * self._span)
        wanted = chance * self._sums[-1]
        day = min(bisect(self._sums, wanted), len(self._sums) - 1)
        before = self._sums[day - 1] if day else 0.0
        part = (wanted - before) / (self._sums[day] - before)
        return self._begin + int((day + part) * self._span / len(self._sums))
