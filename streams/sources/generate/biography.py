"""Lives one case from its opening to the end of the window: an old one with its past, a new one, or one to be lost."""

from collections.abc import Callable
from operator import attrgetter
from typing import Final

from streams.sources.generate.check_ins import book, book_anew
from streams.sources.generate.court import close, set_hearing
from streams.sources.generate.life import BOOKING, HEARING, Life
from streams.sources.generate.losses import Plan, loss_of, plan
from streams.sources.generate.moves import (
    assign,
    await_departure,
    change_level,
    detain,
    lose_address,
    reassign,
    release,
    repeat,
    transfer,
)
from streams.sources.generate.options import DAY_MS
from streams.sources.generate.world import LEVELS, Level, World

__all__ = ["live"]

_MINUTE: Final = 60_000
_YEAR: Final = 365 * DAY_MS
_LEVELS: Final[tuple[Level, ...]] = tuple(LEVELS)
_NEW_A_YEAR: Final = 0.15
_MOST_NEW: Final = 0.5
_PROTECTED: Final = 0.01
_IN_CUSTODY: Final = 0.02
_OLDEST_DAYS: Final = 1_800

# how often in a case-year; assumptions, but for the churn of officers and the closures, which the notes describe
_BY_CHANCE: Final[tuple[tuple[float, Callable[[Life, int], None]], ...]] = (
    (0.10, reassign),
    (0.04, transfer),
    (0.06, change_level),
    (0.06, lose_address),
    (0.05, detain),
    (0.05, close),
    (0.10, repeat),
)


def live(world: World, number: int) -> Life:
    """The life of the case of a number, lived to the end of the window."""
    life = Life(world, number)
    loss = loss_of(world, number)
    opened_at = life.soon(world.arrivals.instant(life.chance()), 0, 0)
    if loss is not None:
        _lose(life, plan(life, loss))
    elif life.chance() < min(_MOST_NEW, _NEW_A_YEAR * world.options.days / 365) and opened_at <= world.end:
        _open_new(life, opened_at)
        _befall(life, opened_at + 14 * DAY_MS)
    else:
        _open_old(life, world.start)
        _befall(life, world.loaded)
    life.run()
    life.facts.events.sort(key=attrgetter("occurred_at"))
    return life


def _lose(life: Life, planned: Plan) -> None:
    life.is_steady = True
    life.level = planned.level
    if planned.is_never_assigned:
        _open_new(life, planned.anchor, is_assigned=False)
        return
    life.officer = planned.officer
    _open_old(life, min(life.world.start, planned.anchor - planned.loss.lead - DAY_MS))
    life.expect(planned.anchor - planned.loss.lead, lambda life, _: planned.loss.happen(life, planned.anchor))


def _open_new(life: Life, at: int, *, is_assigned: bool = True) -> None:
    """A case that begins in the window: within days it has an officer, a check-in and mostly a hearing."""
    life.facts.case_opened(at, life.office_name, life.level, protected=life.chance() < _PROTECTED)
    life.is_open = True
    if life.chance() < 0.04:
        life.facts.address_changed(at, "missing")
        life.facts.address_changed(life.soon(at, 0, 2), "valid")
    if is_assigned:
        life.expect(life.soon(at, 0, 2), assign)
    life.expect(life.soon(at, 0, 2), book_anew, BOOKING)
    if life.chance() < 0.8:
        life.expect(life.soon(at, 0, 8), set_hearing, HEARING)


def _open_old(life: Life, before: int) -> None:
    """A case with a past: its last contact lies before an instant, by less than the interval of its level."""
    contact = life.soon(before - int(0.9 * life.chance() * life.interval) - 6 * DAY_MS, 0, 0)
    opened_at = life.soon(contact - int((30 + _OLDEST_DAYS * life.chance() ** 2) * DAY_MS), 0, 0)
    _remember_opening(life, opened_at, contact)
    _remember_officers(life, opened_at, contact)
    _remember_hearings(life, opened_at, contact)
    if life.chance() < 0.6:
        booked = life.facts.new_check_in_id()
        life.facts.check_in_scheduled(
            opened_at + int(0.9 * (contact - opened_at)), booked, contact - 30 * _MINUTE, "office"
        )
        life.facts.check_in_completed(contact, booked, "office")
    else:
        life.facts.check_in_completed(contact, None, "phone")
    if life.chance() < 0.6:
        set_hearing(life, contact, due=life.soon(max(contact, life.world.start), 1, 390))
    if life.is_steady or life.chance() > _IN_CUSTODY:
        book(life, contact + 10 * _MINUTE)
    else:
        life.facts.custody_changed(contact + DAY_MS, "detained")
        life.is_at_liberty = False
        if life.chance() < 0.5:
            life.expect(life.soon(life.world.loaded, 0, 300), release)


def _remember_opening(life: Life, opened_at: int, contact: int) -> None:
    first_level = life.level
    if life.chance() < 0.05:
        first_level = _LEVELS[int(life.chance() * len(_LEVELS))]
    life.facts.case_opened(opened_at, life.office_name, first_level, protected=life.chance() < _PROTECTED)
    life.is_open = True
    if first_level != life.level:
        life.facts.supervision_changed((opened_at + contact) // 2, life.level)
    if life.chance() < 0.08:
        life.facts.custody_changed(opened_at, "detained")
        life.facts.custody_changed(life.soon(opened_at, 2, 15), "none")
    if life.chance() < 0.5:
        life.facts.address_changed(life.soon(opened_at, 0, 3), "valid")


def _remember_officers(life: Life, opened_at: int, contact: int) -> None:
    staff = life.world.staff
    life.officer = life.officer or staff.pick(life.office, life.chance(), life.world.start)
    assigned_at = life.soon(opened_at, 0, 2)
    if life.chance() < 0.2 and contact - opened_at > 60 * DAY_MS:
        former = staff.pick(life.office, life.chance(), life.world.start, life.officer)
        life.facts.officer_assigned(assigned_at, former.id, life.office_name)
        assigned_at = life.soon((opened_at + contact) // 2, 0, 0)
        life.facts.officer_assigned(assigned_at, life.officer.id, life.office_name)
        life.facts.assignment_acknowledged(life.soon(assigned_at, 0, 4), life.officer.id)
    else:
        life.facts.officer_assigned(assigned_at, life.officer.id, life.office_name)
    await_departure(life, assigned_at)


def _remember_hearings(life: Life, opened_at: int, contact: int) -> None:
    for part in range(int(life.chance() * 2.5)):
        set_at = opened_at + int((contact - opened_at) * (0.2 + 0.3 * part))
        due = set_at + int((contact - opened_at) * 0.15)
        hearing = life.facts.new_hearing_id()
        life.facts.hearing_scheduled(set_at, hearing, due, "master")
        if life.chance() < 0.8:
            life.facts.hearing_held(due + 50 * _MINUTE, hearing, "yes" if life.chance() < 0.5 else "unknown")
        else:
            life.facts.hearing_adjourned(due - 20 * _MINUTE, hearing, "court")


def _befall(life: Life, since: int) -> None:
    """Draws what befalls the case by chance, and when."""
    span = life.world.end - since
    for rate, happen in _BY_CHANCE:
        if life.chance() * _YEAR < rate * span:
            life.expect(life.soon(since + int(life.chance() * span), 0, 0), happen)
