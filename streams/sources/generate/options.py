"""The options of a generated log; equal options make equal files, byte for byte."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from schemas.durations import Duration
from schemas.ids import is_id
from streams.errors import UsageError

__all__ = ["AUDITED_OFFICES", "DAY_MS", "EARLIEST_START", "LATEST_START", "LOAD_MS", "MOST_CASES", "Options"]

DAY_MS: Final = 86_400_000

LOAD_MS: Final = 6 * 3_600_000
"""The feed loads what lies before the window in its first six hours; live records come after."""

EARLIEST_START: Final = date(2000, 1, 1)
LATEST_START: Final = date(2090, 1, 1)
MOST_CASES: Final = 100_000_000
AUDITED_OFFICES: Final = 4
"""As many offices as the audit looked at."""
_MOST_OFFICES: Final = 25
_OFFICERS_AN_OFFICE: Final = 3
_MOST_OFFICERS: Final = 1_000_000
_MOST_SKEW: Final = 100
_MOST_TREND: Final = 10
_MOST_DAYS: Final = 3_650
_MOST_LOST: Final = 0.5
_LONGEST_PREFIX: Final = 16
_TWO_DAYS: Final = Duration(milliseconds=2 * DAY_MS)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `docketwatch generate`.

    Attributes:
        cases: How many cases, the old and the new ones.
        days: Length of the window, after which the truth is stated.
        seed: Another seed, other cases.
        start: First day of the window; it begins at 00:00 UTC.
        lost: Share of the cases to be lost, spread evenly over the nine causes.
        late: Share of the live records that come late.
        late_by: How late at most.
        duplicates: Share of the lines that come twice.
        disorder: Share of the lines that stand later in the file than they should.
        prefix: Put before every id, so that two generated logs can share a broker.
        compress: "", "gz" or "zst".
        offices: How many offices; 4 are the audited ones.
        officers: How many officers; None: as many as the audit's cases an officer ask for.
        skew: How many times the cases of the least loaded officer the most loaded one of an office gets; None: 1.2.
        trend: By how much the rate of new cases grows a year; 0.2 is a fifth.
        season: How far that rate swings about its mean over a year; 0.3 is from 0.7 to 1.3.

    Raises:
        UsageError: An option makes no sense; the text says what would.
    """

    cases: int
    days: int
    seed: int = 0
    start: date = date(2026, 1, 5)
    lost: float = 0.027
    late: float = 0.01
    late_by: Duration = _TWO_DAYS
    duplicates: float = 0.0
    disorder: float = 0.0
    prefix: str = ""
    compress: str = ""
    offices: int = AUDITED_OFFICES
    officers: int | None = None
    skew: float | None = None
    trend: float = 0.0
    season: float = 0.0

    def __post_init__(self) -> None:
        self._require(1 <= self.cases <= MOST_CASES, "cases", f"must be 1 to {MOST_CASES:,}")
        self._require(1 <= self.days <= _MOST_DAYS, "days", f"must be 1 to {_MOST_DAYS:,}")
        self._require(
            EARLIEST_START <= self.start <= LATEST_START, "start", f"must be {EARLIEST_START} to {LATEST_START}"
        )
        self._require(0 <= self.lost <= _MOST_LOST, "lost", f"must be a share of 0 to {_MOST_LOST}")
        for name, share in (("late", self.late), ("duplicates", self.duplicates), ("disorder", self.disorder)):
            self._require(0 <= share <= 1, name, "must be a share of 0 to 1")
        self._require(not self.late_by.business_days, "late-by", "must be in h, d, m or s: records know no weekend")
        sound = not self.prefix or (is_id(self.prefix) and len(self.prefix) <= _LONGEST_PREFIX)
        self._require(
            sound, "prefix", f"must be at most {_LONGEST_PREFIX} letters, digits, dots, colons, hyphens or underscores"
        )
        self._require(2 <= self.offices <= _MOST_OFFICES, "offices", f"must be 2 to {_MOST_OFFICES}")
        least = _OFFICERS_AN_OFFICE * self.offices
        sound = self.officers is None or least <= self.officers <= _MOST_OFFICERS
        self._require(sound, "officers", f"must be {least} to {_MOST_OFFICERS:,}: three or more an office")
        self._require(self.skew is None or 1 <= self.skew <= _MOST_SKEW, "skew", f"must be 1 to {_MOST_SKEW}")
        self._require(-1 <= self.trend <= _MOST_TREND, "trend", f"must be -1 to {_MOST_TREND}")
        self._require(0 <= self.season <= 1, "season", "must be a share of 0 to 1")
        self._require(self.compress in ("", "gz", "zst"), "compress", "must be gz or zst")

    @staticmethod
    def _require(holds: bool, name: str, sentence: str) -> None:
        if not holds:
            raise UsageError(f"--{name} {sentence}")

    @property
    def start_ms(self) -> int:
        """The first instant of the window."""
        return (datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC) - _EPOCH) // timedelta(
            milliseconds=1
        )

    @property
    def end_ms(self) -> int:
        """The last instant of the window: nothing is recorded after it, and the truth is as of it."""
        return self.start_ms + self.days * DAY_MS
