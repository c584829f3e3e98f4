"""How cases get lost: for each cause of the contract, what does not happen from some instant on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from schemas.causes import Cause
from streams.sources.generate.check_ins import book, call_off
from streams.sources.generate.court import drop_hearing, set_hearing
from streams.sources.generate.life import BOOKING, HEARING, Life
from streams.sources.generate.options import DAY_MS
from streams.sources.generate.staff import Officer
from streams.sources.generate.world import LEVELS, Level, World, calendar_ms

__all__ = ["LOSSES", "Loss", "Plan", "loss_of", "plan"]

_HOUR: Final = 3_600_000
_MINUTE: Final = 60_000
_SLACK: Final = 6 * DAY_MS  # an office hour may lie so long after the day it is looked for
_SPREAD: Final = 60 * DAY_MS
_LEAST_SPREAD: Final = 20 * DAY_MS


@dataclass(frozen=True, slots=True)
class Loss:
    """One way of getting lost.

    Attributes:
        cause: Which cause will stand at the end of the window.
        lead: How long before its anchor the case begins to drift, in milliseconds.
        happen: Lets it drift; called once, `lead` before the anchor, with the life and the anchor.
    """

    cause: Cause
    lead: int
    happen: Callable[[Life, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """One case to be lost: how, when, under which level and officer."""

    loss: Loss
    anchor: int
    level: Level
    officer: Officer | None = None
    is_never_assigned: bool = False


def loss_of(world: World, number: int) -> Loss | None:
    """How the case of a number gets lost, or None: evenly spaced over the docket, the causes in turn."""
    share = world.options.lost
    lost_before = int(number * share + world.phase)
    if int((number + 1) * share + world.phase) == lost_before:
        return None
    return LOSSES[lost_before % len(LOSSES)]


def plan(life: Life, loss: Loss) -> Plan:
    """When and how one case will be lost, so that its deadline passes within the window."""
    world = life.world
    level = life.level
    if loss.cause is Cause.NO_CONTACT:
        level = _level_short_enough(life)
    elif loss.cause is Cause.HANDOFF_STALLED and level not in ("low", "annual"):
        level = "low"  # seen rarely enough not to be seen by chance
    latest = world.end - _time_to_deadline(world, loss.cause, level) - _SLACK
    earliest = max(world.loaded + DAY_MS, latest - _SPREAD)
    if earliest > latest - DAY_MS:
        earliest = latest - _LEAST_SPREAD  # the window is shorter than the deadline: it happened before
    anchor = life.soon(earliest + int(life.chance() * (latest - earliest)), 0, 0)
    if loss.cause is not Cause.NO_OFFICER:
        return Plan(loss, anchor, level)
    leaving = world.staff.leaving(life.office, earliest, latest)
    if leaving and life.chance() < 0.7:
        officer = leaving[int(life.chance() * len(leaving))]
        return Plan(loss, (officer.departs_at or anchor) + int(life.chance() * DAY_MS), level, officer)
    return Plan(loss, anchor, level, is_never_assigned=life.chance() < 0.4)


def _level_short_enough(life: Life) -> Level:
    world = life.world
    room = world.end - world.loaded - _LEAST_SPREAD
    levels: list[Level] = [
        level for level in LEVELS if world.intervals[level] + world.graces[level] < min(room, 120 * DAY_MS)
    ]
    return levels[int(life.chance() * len(levels))] if levels else "intensive"


def _time_to_deadline(world: World, cause: Cause, level: Level) -> int:
    if cause is Cause.NO_CONTACT:
        return world.intervals[level] + world.graces[level]
    if cause is Cause.CHECK_IN_OVERDUE:
        return world.graces[level]
    return calendar_ms(world.policy.causes[cause].after)


def _no_officer(life: Life, anchor: int) -> None:
    if life.officer is not None and life.officer.departs_at is None and life.chance() < 0.4:
        _send_away(life, anchor - 4 * DAY_MS)
        life.facts.transferred_in(anchor, life.office_name)  # arrived, without an officer
    else:
        life.facts.officer_unassigned(anchor)


def _in_transit(life: Life, anchor: int) -> None:
    _send_away(life, anchor)


def _send_away(life: Life, at: int) -> None:
    offices = life.world.offices
    other = (life.office + 1 + int(life.chance() * (len(offices) - 1))) % len(offices)
    life.facts.transferred_out(at, life.office_name, offices[other].name)
    life.move_to(other)


def _handoff_stalled(life: Life, anchor: int) -> None:
    officer = life.world.staff.pick(life.office, life.chance(), life.world.end, life.officer)
    life.facts.officer_assigned(anchor, officer.id, life.office_name)
    _fall_silent(life, anchor + _HOUR)


def _nothing_scheduled(life: Life, anchor: int) -> None:
    drop_hearing(life, anchor - DAY_MS)
    _end_bookings(life, anchor)


def _notice_undeliverable(life: Life, anchor: int) -> None:
    life.facts.address_changed(anchor, "undeliverable" if life.chance() < 0.6 else "missing")


def _hearing_unresolved(life: Life, anchor: int) -> None:
    set_hearing(life, anchor - 25 * DAY_MS, again=life.hearing, due=anchor, is_kept=False)


def _check_in_overdue(life: Life, anchor: int) -> None:
    life.is_silent = True
    book(life, anchor - 5 * DAY_MS, again=life.booking, due=anchor)
    if life.booking is not None and life.chance() < 0.4:
        life.facts.check_in_missed(anchor + 5 * _HOUR, life.booking)


def _hearing_missed(life: Life, anchor: int) -> None:
    set_hearing(life, anchor - 20 * DAY_MS, again=life.hearing, due=anchor - _HOUR, is_kept=False)

    def miss(life: Life, at: int) -> None:
        if life.hearing is not None:
            life.facts.hearing_missed(at, life.hearing)
        _fall_silent(life, at + _HOUR)

    life.expect(anchor, miss, HEARING)


def _no_contact(life: Life, anchor: int) -> None:
    set_hearing(life, anchor - DAY_MS, again=life.hearing, due=life.after_the_end(anchor), is_kept=False)
    _end_bookings(life, anchor)


def _fall_silent(life: Life, at: int) -> None:
    """No contact happens any more, and the next booking lies after the window: it is not what is overdue."""
    life.is_silent = True
    book(life, at, again=life.booking, due=life.after_the_end(at))


def _end_bookings(life: Life, anchor: int) -> None:
    """One last check-in, kept or cancelled by the agency at the anchor, and no other is booked."""
    life.is_silent = True
    book(life, anchor - DAY_MS, again=life.booking, due=anchor)
    if life.chance() < 0.6:
        life.facts.check_in_completed(anchor + 10 * _MINUTE, life.booking, "office")
    else:
        call_off(life, anchor - _HOUR, "agency")
    life.begin(BOOKING)


LOSSES: Final = (
    Loss(Cause.NO_OFFICER, 4 * DAY_MS, _no_officer),
    Loss(Cause.IN_TRANSIT, 0, _in_transit),
    Loss(Cause.HANDOFF_STALLED, 0, _handoff_stalled),
    Loss(Cause.NOTHING_SCHEDULED, DAY_MS, _nothing_scheduled),
    Loss(Cause.NOTICE_UNDELIVERABLE, 0, _notice_undeliverable),
    Loss(Cause.HEARING_UNRESOLVED, 25 * DAY_MS, _hearing_unresolved),
    Loss(Cause.CHECK_IN_OVERDUE, 5 * DAY_MS, _check_in_overdue),
    Loss(Cause.HEARING_MISSED, 20 * DAY_MS, _hearing_missed),
    Loss(Cause.NO_CONTACT, DAY_MS, _no_contact),
)
"""One for each cause, in the contract's order."""
