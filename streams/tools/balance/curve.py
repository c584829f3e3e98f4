"""The curve of an office: the least highest utilisation, by mean, that so many moves of the least disruption reach."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from streams.core.state.case_state import LEVELS
from streams.tools.balance.program import Flow, OfficeProgram, ratio_of

__all__ = ["CurvePoint", "curve_of", "flow_within", "point_of"]

_EVEN: Final = 1.01
"""So near to the lowest ratio a docket counts as even: the last per cent costs more moves than all the others."""
_HALVINGS: Final = 16
_FIRST_STEP: Final = 1e-4
_LEAST_STEP: Final = 1e-9
_FEWEST_SHOWN: Final = 1_000
"""Rows of a curve begin with this part of the moves that its end takes."""


class CurvePoint(Struct, frozen=True):
    """What a number of moves reaches.

    Attributes:
        moves: Cases that move.
        max_by_mean: Highest utilisation of an officer by the mean utilisation of the office.
        max_utilisation: That highest utilisation.
        by_level: Cases that move, by level.
        disruption: Of them, weighted by level.
        disruption_at_least: No plan that reaches as much disrupts less, also if a part of a case could move.
    """

    moves: int
    max_by_mean: float
    max_utilisation: float
    by_level: dict[str, int]
    disruption: float
    disruption_at_least: float


def curve_of(program: OfficeProgram) -> Iterator[CurvePoint]:
    """Points from no move to as even as it gets, fewest moves first.

    Args:
        program: The office.
    """
    end = flow_within(program, None)
    last = None
    for moves in [*_series(end.moves), end.moves]:
        point = point_of(program, end if moves == end.moves else flow_within(program, moves))
        if last is None or point.max_by_mean < last.max_by_mean:
            yield point
            last = point


def flow_within(program: OfficeProgram, most_moves: int | None) -> Flow:
    """The moves of the least disruption that reach the lowest ratio for which they are no more than that.

    Args:
        program: The office.
        most_moves: The budget; None when only evenness counts.
    """
    low = min(program.now, program.lowest * _EVEN)
    start = low if most_moves is None else _lowest_ratio(program, most_moves, low)
    found = program.flow(start, most_moves)
    if found is not None:
        return found
    # a part of a case cannot move: what whole cases reach lies a little higher
    first_step = max(_FIRST_STEP * (program.now - start), _LEAST_STEP)
    refused, reached, step = start, start, first_step
    while found is None:
        if reached >= program.now:
            return _nothing(program)
        refused, reached, step = reached, min(program.now, start + step), 2 * step
        found = program.flow(reached, most_moves)
    while reached - refused > first_step:
        middle = (reached + refused) / 2
        better = program.flow(middle, most_moves)
        if better is None:
            refused = middle
        else:
            reached, found = middle, better
    return found


def point_of(program: OfficeProgram, flow: Flow) -> CurvePoint:
    """The point of a curve that moves reach."""
    by_level = dict.fromkeys(LEVELS, 0)
    for row in flow.leaving:
        for kind, count in zip(flow.kinds, row, strict=True):
            by_level[LEVELS[kind.level]] += count
    ratio = ratio_of(program.docket, flow)
    return CurvePoint(
        flow.moves,
        float(ratio),
        float(ratio * program.docket.mean),
        by_level,
        flow.disruption,
        max(0.0, min(flow.at_least, flow.disruption)),
    )


def _lowest_ratio(program: OfficeProgram, most_moves: int, low: float) -> float:
    """The lowest ratio whose least disruption takes no more moves, were a part of a case to move."""
    high = program.now
    if program.relaxed(low).moves <= most_moves:
        return low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if program.relaxed(middle).moves <= most_moves:
            high = middle
        else:
            low = middle
    return high


def _series(end: int) -> Iterator[int]:
    """0, then 1, 2, 5, 10 ... below the end."""
    yield 0
    power = 1
    while power < end:
        yield from (moves for moves in (power, 2 * power, 5 * power) if end / _FEWEST_SHOWN <= moves < end)
        power *= 10


def _nothing(program: OfficeProgram) -> Flow:
    kinds = program.kinds
    none = [[0] * len(kinds) for _ in program.docket.seats]
    return Flow(kinds, none, none, 0.0, 0.0)
