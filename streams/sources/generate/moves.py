"""Other changes of a case: officers, offices, custody, level, and a bad address."""

from typing import Final

from streams.sources.generate.check_ins import book_anew, call_off, rebook, walk_in
from streams.sources.generate.life import BOOKING, Life
from streams.sources.generate.options import DAY_MS
from streams.sources.generate.world import LEVELS

__all__ = [
    "assign",
    "await_departure",
    "change_level",
    "detain",
    "lose_address",
    "reassign",
    "release",
    "repeat",
    "transfer",
]

_HOUR: Final = 3_600_000
_MINUTE: Final = 60_000
_ROOM: Final = 20 * DAY_MS  # a lapse is begun only when it will be made good within the window
_SLOW: Final = 0.1  # share of what is made good after its deadline
_ROOM_FOR_SLOW: Final = 60 * DAY_MS


def assign(life: Life, at: int) -> None:
    """Gives the case to an officer of its office who is there, another one than before."""
    life.officer = life.world.staff.pick(life.office, life.chance(), at, life.officer)
    life.is_in_transit = False
    life.facts.officer_assigned(at, life.officer.id, life.office_name)
    await_departure(life, at)


def await_departure(life: Life, at: int) -> None:
    """The officer's last day, if there is one, will come in this case too."""
    if life.officer is not None and life.officer.departs_at is not None:
        life.expect(max(at, life.officer.departs_at), _officer_leaves)


def reassign(life: Life, at: int) -> None:
    """Hands the case to another officer, who confirms, or at least sees the person soon."""
    if not _is_quiet(life):
        return
    assign(life, at)
    _take_over(life, at)


def transfer(life: Life, at: int) -> None:
    """Sends the case to another office, where it arrives and gets an officer within days."""
    if not _is_quiet(life) or at + _ROOM > life.world.end:
        return
    other = int(life.chance() * (len(life.world.offices) - 1))
    other += other >= life.office
    life.facts.transferred_out(at, life.office_name, life.world.offices[other].name)
    life.is_in_transit = True

    def arrive(life: Life, at: int) -> None:
        life.move_to(other)
        life.facts.transferred_in(at, life.office_name)
        life.expect(life.soon(at, 0, 1.5), _assign_and_take_over)

    life.expect(life.soon(at, 17, 28) if _is_slow(life, at) else life.soon(at, 1, 8), arrive)


def change_level(life: Life, at: int) -> None:
    """Another level of supervision; the booking moves with it."""
    if not _is_quiet(life):
        return
    levels = [level for level in LEVELS if level != life.level]
    life.level = levels[int(life.chance() * len(levels))]
    life.facts.supervision_changed(at, life.level)
    if life.booking is not None and life.is_at_liberty:
        life.expect(at + 5 * _MINUTE, rebook, BOOKING)


def repeat(life: Life, at: int) -> None:
    """The nightly feed says again what it said before; nothing has happened."""
    if _is_quiet(life) and life.officer is not None:
        life.facts.officer_assigned(at, life.officer.id, life.office_name)
        if life.is_at_liberty:
            life.facts.custody_changed(at + _MINUTE, "none")


def lose_address(life: Life, at: int) -> None:
    """Mail comes back; a new address is on record within days."""
    if not _is_quiet(life) or at + _ROOM > life.world.end:
        return
    life.facts.address_changed(at, "undeliverable" if life.chance() < 0.7 else "missing")
    life.facts.address_changed(life.soon(at, 8, 20) if _is_slow(life, at) else life.soon(at, 0, 2), "valid")


def detain(life: Life, at: int) -> None:
    """The person is taken into custody; two of three are released again."""
    if not _is_quiet(life) or not life.is_at_liberty:
        return
    life.facts.custody_changed(at, "detained" if life.chance() < 0.8 else "other")
    call_off(life, at, "agency")
    life.is_at_liberty = False
    if life.chance() < 0.67:
        life.expect(life.soon(at, 3, 60), release)


def release(life: Life, at: int) -> None:
    """The person is free again and gets a booking within days."""
    life.facts.custody_changed(at, "none")
    life.is_at_liberty = True
    if life.is_open:
        life.expect(life.soon(at, 0, 1.5), book_anew, BOOKING)


def _is_quiet(life: Life) -> bool:
    """Whether the case is open, at one office, and free to take its course."""
    return life.is_open and not life.is_in_transit and not life.is_steady and life.officer is not None


def _is_slow(life: Life, at: int) -> bool:
    return life.chance() < _SLOW and at + _ROOM_FOR_SLOW <= life.world.end


def _take_over(life: Life, at: int) -> None:
    if life.officer is None:
        return
    if life.chance() < 0.8:
        confirmed_at = life.soon(at, 16, 25) if _is_slow(life, at) else life.soon(at, 0, 4)
        life.facts.assignment_acknowledged(confirmed_at, life.officer.id)
    else:
        life.expect(life.soon(at, 0, 5), _meet)


def _meet(life: Life, at: int) -> None:
    """The officer sees the person, or, where that cannot be, confirms after all."""
    if life.is_open and life.is_at_liberty:
        walk_in(life, at)
    elif life.officer is not None:
        life.facts.assignment_acknowledged(at, life.officer.id)


def _assign_and_take_over(life: Life, at: int) -> None:
    assign(life, at)
    _take_over(life, at)


def _officer_leaves(life: Life, at: int) -> None:
    """The docket is shared out within days: most cases get an officer at once, the others wait."""
    leaving = life.officer
    if leaving is None or leaving.departs_at is None or leaving.departs_at > at or not _is_quiet(life):
        return
    if life.chance() < 0.6:
        life.expect(life.soon(at, 0, 5), reassign)
    elif at + _ROOM <= life.world.end:
        life.facts.officer_unassigned(at + int(8 * _HOUR * life.chance()))
        life.officer = None
        taken_at = life.soon(at, 8, 14) if _is_slow(life, at) else life.soon(at, 0.4, 1.5)
        life.expect(taken_at, _assign_and_take_over)
