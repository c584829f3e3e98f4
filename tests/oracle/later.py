"""`t ⊕ d`: the instant a duration after another, in 24-hour days or in business days (CONTRACT.md §6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import holidays

if TYPE_CHECKING:
    from schemas.policy import Office, Policy

__all__ = ["NEVER", "is_business_day", "is_federal_holiday", "later"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)
DAY = timedelta(days=1)

# After the end of the calendar: a deadline that no clock reaches.
NEVER = 10**18


def later(t: int, duration: Any, office: str | None, policy: Policy) -> int:
    """§6: "take t in the time zone of the case's office (policy; UTC when unknown)..."; "0bd is t itself"."""
    if duration.business_days == 0 or t >= NEVER:
        return t + duration.milliseconds
    known = policy.offices.get(office) if office is not None else None
    zone = ZoneInfo(known.tz) if known is not None else UTC
    try:
        local = (EPOCH + t * MS).astimezone(zone)
        day = local.date()
        left = duration.business_days
        while left > 0:  # "count n business days after that local date"
            day += DAY
            left -= is_business_day(day) if known is None else is_open(day, known)
        # §6: "the result is that date at the same local time of day (PEP 495 fold 0)".
        clock = time(local.hour, local.minute, local.second, local.microsecond, fold=0)
        return (datetime.combine(day, clock, tzinfo=zone).astimezone(UTC) - EPOCH) // MS
    except OverflowError:
        return NEVER


def is_open(day: date, office: Office) -> bool:
    """§6: "the holidays of its country or region ... and the days that it lists as closed"."""
    if day in (office.closed or ()):
        return False
    if office.holidays in (None, "US"):
        return is_business_day(day)
    if office.holidays == "none" or not 1900 <= day.year < 2200:
        return day.isoweekday() <= 5
    country, _, region = office.holidays.partition("-")
    kept = holidays.country_holidays(country, subdiv=region or None, years=day.year)
    return day.isoweekday() <= 5 and day not in kept


def is_business_day(day: date) -> bool:
    """§6: "Monday to Friday, not a US federal holiday as observed"."""
    return day.isoweekday() <= 5 and not is_federal_holiday(day)


def is_federal_holiday(day: date) -> bool:
    """§6: "Holidays are those of 5 U.S.C. 6103(a) (Juneteenth from 2021)", as observed, written out by hand."""
    # A holiday of a fixed date that falls on a Saturday is kept the day before, on a Sunday the day after. The
    # first of January may be kept in the year before.
    for year in (day.year, day.year + 1):
        if year > date.max.year:
            continue
        for month, number, since in ((1, 1, 0), (6, 19, 2021), (7, 4, 0), (11, 11, 0), (12, 25, 0)):
            kept = date(year, month, number)
            kept += {6: -DAY, 7: DAY}.get(kept.isoweekday(), timedelta(0))
            if year >= since and day == kept:
                return True
    monday, thursday = day.isoweekday() == 1, day.isoweekday() == 4
    nth = (day.day - 1) // 7 + 1
    return (
        (monday and day.month == 1 and nth == 3 and day.year >= 1986)  # Martin Luther King, Jr.
        or (monday and day.month == 2 and nth == 3)  # Washington
        or (monday and day.month == 5 and (day + 7 * DAY).month == 6)  # Memorial Day
        or (monday and day.month == 9 and nth == 1)  # Labor Day
        or (monday and day.month == 10 and nth == 2)  # Columbus Day
        or (thursday and day.month == 11 and nth == 4)  # Thanksgiving
    )
