"""What a log cannot tell of the weeks ahead, in sentences: a 0 that rests on nothing is no silent one."""

from collections.abc import Iterable, Iterator

from schemas.instants import to_ms
from schemas.office_loads import ALL_OFFICES
from streams.core.time.business_days import DAY_MS
from streams.tools.forecast.records import Forecast, ScopeForecast
from streams.tools.forecast.states import WEEK_MS

__all__ = ["name_of", "notes_of"]


def notes_of(found: Forecast, offices: Iterable[ScopeForecast]) -> Iterator[str]:
    """What is to be known before the numbers are read.

    Args:
        found: The forecast.
        offices: Those that are shown.
    """
    weeks = "week" if found.history_weeks == 1 else f"{found.history_weeks} weeks"
    for name, count in (("check-in", found.check_ins_seen), ("hearing", found.hearings_seen)):
        if found.history_weeks and not count:
            yield f"No {name} took place in the last {weeks}, so the log cannot say how many to expect."
    silent = to_ms(found.as_of) - to_ms(found.last_recorded_at)
    if silent >= WEEK_MS:
        yield (
            f"No event was recorded in the last {silent // DAY_MS:,} days, and the rates take them for days without "
            f"appointments. The last event is of {found.last_recorded_at}."
        )
    idle = [each for each in offices if each.office != ALL_OFFICES and not each.weeks[0].capacity_minutes]
    if idle:
        names = ", ".join(name_of(each.office) for each in idle)
        yield f"No officer with capacity is at work at {names}: the work there has no share of a capacity."


def name_of(office: str | None) -> str:
    """An office for people."""
    return "all offices together" if office == ALL_OFFICES else office or "no office"
