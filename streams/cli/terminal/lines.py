"""The demo's output without a terminal: the facts of the screen as a few plain lines."""

from typing import Final

from schemas.instants import to_text
from streams.cli.terminal.facts import ScreenFacts

__all__ = ["clock_text", "lines", "played", "replaying"]

_OFFICERS: Final = 5
_ALERTS: Final = 3


def clock_text(ms: int | None) -> str:
    """An instant to the minute."""
    return "not yet" if ms is None else f"{to_text(ms)[:16].replace('T', ' ')} UTC"


def lines(facts: ScreenFacts, seconds: float) -> list[str]:
    """The current facts as lines.

    Args:
        facts: The facts.
        seconds: Time since the start.
    """
    numbers = facts.numbers
    if numbers is None:
        return [f"{seconds:5.0f} s  waiting for the worker"]
    first = (
        f"{seconds:5.0f} s  clock {clock_text(numbers.clock)}, {facts.events_a_second:,.0f} events/s, "
        f"{numbers.events:,} events, {numbers.refused:,} refused, {numbers.cases:,} cases, "
        f"{facts.lost_track:,} lost track"
    )
    texts = [first]
    causes = ", ".join(f"{cause} {count:,}" for cause, count in facts.by_cause.items() if count)
    if causes:
        texts.append(f"         by cause: {causes}")
    officers = [
        f"{load.officer_id} {load.minutes_per_case_month:.1f} min ({load.open_cases:,} cases)"
        for load in facts.by_least_time[:_OFFICERS]
    ]
    if officers:
        texts.append(f"         minutes per case per month: {', '.join(officers)}")
    newest = [
        f"{alert.case_id} {alert.cause} ({alert.cause_class}) {alert.raised_at[:16]}Z"
        for alert in facts.newest[:_ALERTS]
    ]
    if newest:
        texts.append(f"         newest alerts: {', '.join(newest)}")
    return texts


def replaying(speed: str, clock: int | None, until: int | None, end: str) -> str:
    """The progress of a replay, in at most 80 characters.

    Args:
        speed: As the user gave it.
        clock: The clock of the slowest partition (ms).
        until: The last instant of the log (ms), where it is known.
        end: What ends the demo.
    """
    where = "" if clock is None else f": {to_text(clock)[:10]}"
    last = "" if clock is None or until is None else f" of {to_text(until)[:10]}"
    return f"replaying at {speed}{where}{last}; {end} ends everything"


def played(end: str) -> str:
    """What the demo says when nothing more comes, with what ends it."""
    return f"the log is replayed to its end, so the clock has stopped; {end} ends everything"
