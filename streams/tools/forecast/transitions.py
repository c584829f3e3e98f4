"""What became of cases within a week, by state; and what follows from it for the weeks ahead.

The rates are those of the log: of the cases that stood in a state when a week began, so many had an appointment that
took place, so many were booked anew for such a week, so many left. That is survival by level and interval, in steps of
a week; a case that was not followed to its next appointment counts for the weeks that were seen.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from streams.tools.forecast.states import AGED, BAND, LEFT, STATES, lead_of, level_of, slot_of

__all__ = ["Responses", "Transitions", "responses_of"]


class Transitions(Struct):
    """Of one week, or of several together.

    Attributes:
        cases: By band: cases that stood in it when a week began.
        took_place: By band: their appointments that took place in the week.
        moved: By band: what those became that did not just age; `LEFT` for those that left.
        entered: By state at the end of the week: cases that entered in it; `LEFT` for those that left in it, too.
        took_place_entering: Appointments of these that took place in that week.
    """

    cases: Counter[int] = field(default_factory=Counter)
    took_place: Counter[int] = field(default_factory=Counter)
    moved: dict[int, Counter[int]] = {}
    entered: Counter[int] = field(default_factory=Counter)
    took_place_entering: int = 0

    @classmethod
    def together(cls, weeks: Iterable["Transitions"]) -> "Transitions":
        """The sum of several weeks."""
        whole = cls()
        for week in weeks:
            whole.cases.update(week.cases)
            whole.took_place.update(week.took_place)
            whole.entered.update(week.entered)
            whole.took_place_entering += week.took_place_entering
            for band, targets in week.moved.items():
                whole.moved.setdefault(band, Counter()).update(targets)
        return whole

    def count(self, before: int, after: int, took_place: int) -> None:
        """Add a case that was followed through a week; `after` is `LEFT` when it left."""
        band = BAND[before]
        self.cases[band] += 1
        if took_place:
            self.took_place[band] += took_place
        if after != AGED[before]:
            targets = self.moved.get(band)
            if targets is None:
                targets = self.moved[band] = Counter()
            targets[after] += 1

    def count_entry(self, after: int, took_place: int) -> None:
        """Add a case that entered within the week."""
        self.entered[after] += 1
        self.took_place_entering += took_place


class Responses(Struct, frozen=True):
    """What one case adds to each week ahead, by its state now; the first index is the week, from 0.

    Attributes:
        expected: Appointments that take place.
        kept: Those of them that take place as booked now.
        present: Whether it is still there when the week ends: a chance.
        minutes: Its minutes a month for its level when the week ends, by chance.
        entering: The same three (expected, present, minutes) of one case that enters in the first week.
    """

    expected: list[list[float]]
    kept: list[list[float]]
    present: list[list[float]]
    minutes: list[list[float]]
    entering: tuple[list[float], list[float], list[float]]


def responses_of(seen: Transitions, weeks: int, minutes: Sequence[float]) -> Responses:
    """Follow one case of every state for some weeks.

    Args:
        seen: The rates.
        weeks: How many.
        minutes: A month, by level.
    """
    rates = _Rates(seen)
    expected = [[rates.took_place[BAND[state]] for state in range(STATES)]]
    for _ in range(weeks - 1):
        expected.append(rates.step(expected[-1]))
    present, worth = [[1.0] * STATES], [[minutes[level_of(state)] for state in range(STATES)]]
    for _ in range(weeks):
        present.append(rates.step(present[-1]))
        worth.append(rates.step(worth[-1]))
    return Responses(
        expected=expected,
        kept=_kept(rates, weeks),
        present=present[1:],
        minutes=worth[1:],
        entering=_entering(seen, expected, present, worth),
    )


class _Rates:
    """The rates by band; of a band that no case of its level was seen in, those of all levels, and of all cases."""

    def __init__(self, seen: Transitions) -> None:
        pooled = Transitions.together([])
        for band, count in seen.cases.items():
            slot = slot_of(band)
            pooled.cases[slot] += count
            pooled.took_place[slot] += seen.took_place[band]
        left = sum(targets[LEFT] for targets in seen.moved.values())
        stays = 1 - left / seen.cases.total() if left else 1.0
        self.took_place: dict[int, float] = {}
        self._ages: dict[int, float] = {}
        self._moves: dict[int, list[tuple[int, float]]] = {}
        for band in set(BAND):
            cases, slot = seen.cases[band], slot_of(band)
            if cases:
                targets = seen.moved.get(band, Counter())
                self.took_place[band] = seen.took_place[band] / cases
                self._ages[band] = 1 - sum(targets.values()) / cases
                self._moves[band] = [(target, count / cases) for target, count in targets.items() if target != LEFT]
            else:
                known = pooled.cases[slot]
                self.took_place[band] = pooled.took_place[slot] / known if known else float(lead_of(band) == 0)
                self._ages[band], self._moves[band] = stays, []

    def ages(self, state: int) -> float:
        """The chance that nothing happens to a state within a week."""
        return self._ages[BAND[state]]

    def step(self, worth: Sequence[float]) -> list[float]:
        """What states are worth a week earlier, by what they are worth now."""
        moves = {band: sum(chance * worth[target] for target, chance in to) for band, to in self._moves.items()}
        return [self._ages[BAND[state]] * worth[AGED[state]] + moves[BAND[state]] for state in range(STATES)]


def _kept(rates: _Rates, weeks: int) -> list[list[float]]:
    """By week and state: appointments that take place in the week for which they are booked now."""
    kept = [[0.0] * STATES for _ in range(weeks)]
    for state in range(STATES):
        lead = lead_of(state)
        if lead is None or lead >= weeks:
            continue
        chance, at = 1.0, state
        for _ in range(lead):
            chance *= rates.ages(at)
            at = AGED[at]
        kept[lead][state] = chance * rates.took_place[BAND[at]]
    return kept


def _entering(
    seen: Transitions, expected: list[list[float]], present: list[list[float]], worth: list[list[float]]
) -> tuple[list[float], list[float], list[float]]:
    entered = seen.entered.total()
    if not entered:
        return [0.0] * len(expected), [0.0] * len(expected), [0.0] * len(expected)

    def mean(values: Sequence[float]) -> float:
        return sum(count * values[state] for state, count in seen.entered.items() if state != LEFT) / entered

    weeks = len(expected)
    return (
        [seen.took_place_entering / entered, *(mean(values) for values in expected[: weeks - 1])],
        [mean(values) for values in present[:weeks]],
        [mean(values) for values in worth[:weeks]],
    )
