"""Offices made for tests and benchmarks: tiny ones that can be enumerated, and large ones of the audit's skew."""

import random
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from streams.tools.balance.docket import Kind, MovableCase, OfficeDocket, Seat

__all__ = ["large", "office", "tiny"]

MINUTES = (240, 120, 60, 10)


def office(
    held: list[dict[Kind, int]], stays: list[int], capacity: list[int], intake: Sequence[int | None] = ()
) -> OfficeDocket:
    """An office of officers with these movable cases, minutes of cases that stay, capacities, and limits of intake."""
    movable = {
        (seat, kind): [MovableCase(number, f"c-{seat}-{kind.level}-{kind.minutes}-{number}") for number in range(count)]
        for seat, kinds in enumerate(held)
        for kind, count in kinds.items()
        if count
    }
    seats = [
        Seat(
            f"o-{seat}",
            stay + sum((kind.minutes * count for kind, count in kinds.items()), Decimal(0)),
            Decimal(has),
            left,
        )
        for seat, (kinds, stay, has, left) in enumerate(
            zip(held, stays, capacity, intake or [None] * len(held), strict=True)
        )
    ]
    return OfficeDocket("ATL", seats, movable, Counter())


def tiny(seed: int) -> OfficeDocket:
    """Two or three officers with at most eight cases that may move; every other office limits their intake."""
    chance = random.Random(seed)
    officers = chance.choice([2, 3])
    held: list[dict[Kind, int]] = [{} for _ in range(officers)]
    for _ in range(chance.randint(1, 8)):
        level = chance.randrange(4)
        kind = Kind(level, Decimal(MINUTES[level] + chance.choice([0, 0, 15, 60])))
        seat = chance.choice([0, 0, chance.randrange(officers)])
        held[seat][kind] = held[seat].get(kind, 0) + 1
    stays = [chance.choice([0, 300, 600]) for _ in range(officers)]
    capacity = [chance.choice([600, 1200, 7200]) for _ in range(officers)]
    return office(held, stays, capacity, [chance.randrange(4) for _ in range(officers)] if seed % 2 else ())


def large(officers: int, seed: int = 1, *, limits_intake: bool = False) -> OfficeDocket:
    """The audit's skew: 1,700 cases of the first officer, 10,156 of the last; half of them may move.

    With `limits_intake` an officer may get a twelfth more: half of the policy's limit, the other half came already.
    """
    chance = random.Random(seed)
    held: list[dict[Kind, int]] = []
    stays, intake = [], []
    for index in range(officers):
        cases = 1_700 + (10_156 - 1_700) * index // (officers - 1)
        kinds = {
            Kind(level, Decimal(MINUTES[level] + more)): int(cases * share * part / 2)
            for level, share in enumerate((0.03, 0.20, 0.45, 0.32))
            for more, part in ((0, 0.7), (15, 0.2), (60, 0.1))
        }
        held.append(kinds)
        intake.append(cases // 12)
        stays.append(int(sum(kind.minutes * count for kind, count in kinds.items())))
    capacity = [chance.choice([6_000, 7_200, 8_400]) for _ in range(officers)]
    return office(held, stays, capacity, intake if limits_intake else ())
