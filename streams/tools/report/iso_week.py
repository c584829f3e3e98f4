"""A week of ISO 8601, such as 2026-W10, in the time zone of an office."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

__all__ = ["IsoWeek"]

_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 9998
"""Weeks before and after a week have a date, too."""

_FORM: Final = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class IsoWeek(NamedTuple):
    """A week, Monday to Sunday."""

    year: int
    week: int

    @classmethod
    def parse(cls, text: str) -> "IsoWeek":
        """Read `2026-W10`.

        Raises:
            ValueError: It has another form, or the year has no such week.
        """
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError("a week is a year and a number, such as 2026-W10")
        week = cls(int(found[1]), int(found[2]))
        if not _FIRST_YEAR <= week.year <= _LAST_YEAR:
            raise ValueError(f"the year must lie between {_FIRST_YEAR} and {_LAST_YEAR}")
        try:
            week.monday  # noqa: B018 - to learn whether there is one
        except ValueError as error:
            raise ValueError(f"the year {found[1]} has no week {found[2]}") from error
        return week

    @classmethod
    def before(cls, at: int, zone: str) -> "IsoWeek":
        """The last week that was over at an instant.

        Args:
            at: UTC milliseconds.
            zone: IANA name of the time zone.
        """
        local = (_EPOCH + timedelta(milliseconds=at)).astimezone(ZoneInfo(zone)).date()
        return cls(*(local - timedelta(weeks=1)).isocalendar()[:2])

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    def begins(self, zone: str, weeks: int = 0) -> int:
        """The local midnight (UTC ms) with which it begins, or a later or earlier one of its kind.

        Args:
            zone: IANA name of the time zone.
            weeks: How many weeks later.
        """
        day = self.monday + timedelta(weeks=weeks)
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
        return (midnight - _EPOCH) // timedelta(milliseconds=1)

    def __str__(self) -> str:
        return f"{self.year}-W{self.week:02}"
