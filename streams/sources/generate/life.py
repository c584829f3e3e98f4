"""One case as it is lived: its state, its clock and what is still to come; what happens is in the modules beside it."""

import heapq
from bisect import bisect
from collections.abc import Callable
from hashlib import blake2b
from typing import Final, NamedTuple

from streams.sources.generate.chance import chance_of
from streams.sources.generate.facts import CaseFacts
from streams.sources.generate.options import DAY_MS
from streams.sources.generate.staff import Officer
from streams.sources.generate.world import LEVELS, Level, World

__all__ = ["ALWAYS", "BOOKING", "HEARING", "Life"]

ALWAYS: Final = 0
"""Thread of what comes in any case, such as an officer who leaves."""
BOOKING: Final = 1
"""Thread of the current booking: what was to become of the one before is void."""
HEARING: Final = 2
"""Thread of the current hearing."""

_LEVELS: Final[tuple[Level, ...]] = tuple(LEVELS)


class _PlannedStep(NamedTuple):
    at: int
    number: int
    happen: "Callable[[Life, int], None]"
    thread: int
    turn: int


class Life:
    """The state of one case. Every chance it takes comes from its own generator, seeded by its number.

    Attributes:
        chance: Gives a random number of 0 to 1.
        facts: What is said of it.
        office: Its place among the offices.
        first_office: The office that opened the case.
        level: Level of supervision.
        officer: Who has the case, or None.
        booking: Id of the current check-in, or None; it stays after a closure.
        hearing: Id of the pending hearing, or None.
        is_silent: Whether no contact may happen any more.
        is_steady: Its ending is planned: no officer, office, level, custody or address changes by chance.
    """

    def __init__(self, world: World, number: int) -> None:
        digest = blake2b(f"{world.options.seed}/{number}".encode(), digest_size=24).digest()
        self.world = world
        self.chance = chance_of(digest[8:].hex()).random
        self.facts = CaseFacts(world.options.prefix, digest[:8].hex(), world.end)
        self.office = self.first_office = bisect(world.office_chances, self.chance() * world.office_chances[-1])
        self.level = _LEVELS[bisect(world.level_chances, self.chance() * world.level_chances[-1])]
        self.officer: Officer | None = None
        self.booking: str | None = None
        self.hearing: str | None = None
        self.is_open = False
        self.is_at_liberty = True
        self.is_in_transit = False
        self.is_silent = False
        self.is_steady = False
        self._coming: list[_PlannedStep] = []
        self._count = 0
        self._turns = [0, 0, 0]
        self.move_to(self.office)

    def move_to(self, office: int) -> None:
        """Another office has the case, and its feed reports from now on."""
        self.office = office
        self.facts.source = f"feed-{self.office_name.lower()}"

    @property
    def office_name(self) -> str:
        """The office as events call it."""
        return self.world.offices[self.office].name

    @property
    def interval(self) -> int:
        """Milliseconds between two contacts, as the policy wants them."""
        return self.world.intervals[self.level]

    def soon(self, at: int, least_days: float, most_days: float) -> int:
        """An office hour some days after an instant, on a later day at any rate, after a weekend if need be."""
        days = least_days + (most_days - least_days) * self.chance()
        return self.world.office_hour(self.office, at + int(days * DAY_MS), self.chance())

    def after_the_end(self, at: int) -> int:
        """A due date that the window does not live to see."""
        return self.soon(max(at, self.world.end), 4, 60)

    def expect(self, at: int, happen: "Callable[[Life, int], None]", thread: int = ALWAYS) -> None:
        """Lets something happen at an instant, unless its thread has begun anew by then.

        Args:
            at: When; after the window means never.
            happen: What; it is called with this life and the instant.
            thread: ALWAYS, BOOKING or HEARING.
        """
        if at <= self.world.end:
            self._count += 1
            heapq.heappush(self._coming, _PlannedStep(at, self._count, happen, thread, self._turns[thread]))

    def begin(self, thread: int) -> None:
        """Begins a thread anew: what was expected of it will not happen."""
        self._turns[thread] += 1

    def run(self) -> None:
        """Lets happen, one after the other, what is to come in the window."""
        coming = self._coming
        while coming:
            at, _, happen, thread, turn = heapq.heappop(coming)
            if turn == self._turns[thread]:
                happen(self, at)
