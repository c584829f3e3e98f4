"""The plan that fewest moves make: the largest case of the officer with most goes to the one with least, in turn.

An officer whose intake is at its limit gets no more.
"""

import math
from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from schemas.policy_model import Disruption
from streams.core.state.case_state import LEVELS
from streams.tools.balance.docket import Kind, OfficeDocket

__all__ = ["Greedy", "greedy"]


class Greedy(NamedTuple):
    """What the greedy plan takes to reach a ratio; `reached` is the ratio where it can go no further."""

    moves: int
    disruption: float
    by_level: dict[str, int]
    reached: float


def greedy(docket: OfficeDocket, disruption: Disruption, ratio: float) -> Greedy:
    """Move until the highest utilisation by the mean is at most a ratio."""
    work = [seat.workload for seat in docket.seats]
    capacity = [seat.capacity for seat in docket.seats]
    held: dict[int, dict[Kind, int]] = defaultdict(dict)
    for (seat, kind), cases in docket.movable.items():
        held[seat][kind] = len(cases)
    levels, moves = dict.fromkeys(LEVELS, 0), 0
    left = [math.inf if seat.intake is None else seat.intake for seat in docket.seats]

    def used(seat: int, more: Decimal = Decimal(0)) -> Decimal:
        return (work[seat] + more) / capacity[seat]

    while True:
        most = max(range(len(work)), key=used)
        least = min((seat for seat in range(len(work)) if left[seat] or seat == most), key=used)
        reached = float(used(most) / docket.mean)
        kinds = [
            kind
            for kind, count in held[most].items()
            if count and kind.minutes and used(least, kind.minutes) < used(most)
        ]
        if reached <= ratio or not kinds:
            weights = disruption.model_dump()
            return Greedy(moves, sum(weights[level] * count for level, count in levels.items()), levels, reached)
        kind = max(kinds, key=lambda kind: kind.minutes)
        held[most][kind] -= 1
        work[most] -= kind.minutes
        work[least] += kind.minutes
        left[least] -= 1
        moves += 1
        levels[LEVELS[kind.level]] += 1
