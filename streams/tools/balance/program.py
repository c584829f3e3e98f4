"""The linear program of one office: which kinds of cases leave and reach each officer, at the least disruption.

A variable counts the cases of one kind that leave one officer, another those that reach one. Who gets whose case makes
no difference to load or disruption, so it is no variable: the program grows with officers, not with pairs of them.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import highspy
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from schemas.policy_model import Disruption
from streams.core.state.case_state import LEVELS
from streams.tools.balance.docket import Kind, OfficeDocket

__all__ = ["Flow", "OfficeProgram", "Relaxed", "ratio_of", "utilisations"]

_Floats = NDArray[np.float64]

_EXACT_UP_TO: Final = 400
"""Variables up to which the program is solved to the optimum; a larger one near its relaxation."""
_GAP: Final = 1e-3
"""How far from the least disruption, in proportion, a larger program may stop."""
_REACH: Final = (1, 4)
"""How far a count may be from its value in the relaxation; tried in this order."""
_NODES: Final = 2_000
_FEWER: Final = 1e-4
"""What one move adds to the disruption, in proportion to the least weight: of equal plans the one of fewest moves."""
_SLACK: Final = 1e-9


class Flow(Struct, frozen=True):
    """How many cases of each kind leave and reach each officer.

    Attributes:
        kinds: The kinds, as columns.
        leaving, arriving: Counts, a row an officer.
        disruption: Of all moves, weighted.
        at_least: No plan within the same bounds disrupts less.
    """

    kinds: list[Kind]
    leaving: list[list[int]]
    arriving: list[list[int]]
    disruption: float
    at_least: float

    @property
    def moves(self) -> int:
        """How many cases move."""
        return sum(map(sum, self.leaving))


class Relaxed(Struct, frozen=True):
    """A solution in which a part of a case may move: a bound, found in milliseconds."""

    moves: float
    disruption: float


class OfficeProgram:
    """The moves inside one office.

    Args:
        docket: The office; it has a seat, and a workload.
        disruption: What a move disrupts, by level.

    Attributes:
        now: Highest utilisation by mean utilisation.
        lowest: The lowest that moves can reach, were a part of a case to move.
        kinds: The kinds of its cases that may move.
    """

    def __init__(self, docket: OfficeDocket, disruption: Disruption) -> None:
        self.docket = docket
        self.now = float(docket.highest / docket.mean)
        self._mean = float(docket.mean)
        self.kinds = sorted({kind for _, kind in docket.movable})
        self._count = len(docket.seats) * len(self.kinds)
        weights = np.array([float(getattr(disruption, LEVELS[kind.level])) for kind in self.kinds])
        positive = weights[weights > 0]
        self._weights = np.tile(weights, len(docket.seats))
        fewer = _FEWER * (positive.min() if positive.size else 1.0)
        self._costs = np.concatenate([self._weights + fewer, np.zeros(self._count + 1)])
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]  # its constructor alone is untyped
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("log_to_console", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.setOptionValue("mip_max_nodes", _NODES)
        self._solver.setOptionValue("mip_rel_gap", 0.0 if self._is_small else _GAP)
        self._pass_model()
        self.lowest = self._lowest()

    @property
    def _is_small(self) -> bool:
        return 2 * self._count <= _EXACT_UP_TO

    def relaxed(self, ratio: float) -> Relaxed:
        """The least disruption that reaches a ratio, were a part of a case to move.

        Args:
            ratio: Highest utilisation by mean, at least `lowest`.
        """
        found = self._relaxation(ratio)
        leaving = found[: self._count]
        return Relaxed(float(leaving.sum()), float(self._weights @ leaving))

    def flow(self, ratio: float, most_moves: int | None = None) -> Flow | None:
        """Whole moves of the least disruption that reach a ratio; None when there are none, or none was found.

        Args:
            ratio: Highest utilisation by mean.
            most_moves: So many cases may move.
        """
        relaxed = self._relaxation(ratio)
        if relaxed.size == 0:
            return None
        at_least = float(self._weights @ relaxed[: self._count])
        for lower, upper in self._neighbourhoods(relaxed):
            found = self._solve(lower, upper, ratio, most_moves, whole=True)
            if found.size:
                counts = np.rint(found[:-1]).astype(int).reshape(2, len(self.docket.seats), len(self.kinds))
                counts -= counts.min(axis=0)  # whom an officer gives and gets of one kind stay
                disruption = float(self._weights @ counts[0].ravel())
                return Flow(self.kinds, counts[0].tolist(), counts[1].tolist(), disruption, at_least)
        return None

    def _neighbourhoods(self, relaxed: _Floats) -> Sequence[tuple[_Floats, _Floats]]:
        if self._is_small:
            return [(np.zeros_like(self._most), self._most)]
        return [
            (
                np.maximum(np.floor(relaxed[:-1] + _SLACK) - reach, 0),
                np.minimum(np.ceil(relaxed[:-1] - _SLACK) + reach, self._most),
            )
            for reach in _REACH
        ]

    def _lowest(self) -> float:
        solver, columns = self._solver, self._columns
        solver.changeColsCost(columns.size, columns, np.concatenate([np.zeros(2 * self._count), [1.0]]))
        found = self._solve(np.zeros_like(self._most), self._most, None, None, whole=False)
        solver.changeColsCost(columns.size, columns, self._costs)
        return float(found[-1]) / self._mean

    def _relaxation(self, ratio: float) -> _Floats:
        return self._solve(np.zeros_like(self._most), self._most, ratio, None, whole=False)

    def _solve(
        self, lower: _Floats, upper: _Floats, ratio: float | None, most_moves: int | None, *, whole: bool
    ) -> _Floats:
        """The values of all variables; empty when there is no solution."""
        solver, columns = self._solver, self._columns
        bound = highspy.kHighsInf if ratio is None else ratio * self._mean * (1 + _SLACK)
        solver.changeColsBounds(columns.size, columns, np.append(lower, 0.0), np.append(upper, bound))
        kinds = np.full(columns.size, highspy.HighsVarType.kInteger.value if whole else 0, dtype=np.uint8)
        kinds[-1] = 0
        solver.changeColsIntegrality(columns.size, columns, kinds)
        limit = highspy.kHighsInf if most_moves is None else float(most_moves)
        solver.changeRowBounds(self._moves_row, -highspy.kHighsInf, limit)
        solver.run()
        info = solver.getInfo()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible.value:
            return np.empty(0)
        return np.array(solver.getSolution().col_value)

    def _pass_model(self) -> None:
        """Rows: an officer's load is at most the bound; of each kind as many arrive as leave; how many move; intake."""
        docket, kinds, count = self.docket, self.kinds, self._count
        officers, places = len(docket.seats), {kind: place for place, kind in enumerate(kinds)}
        of_officer = np.repeat(np.arange(officers), len(kinds))
        of_kind = np.tile(np.arange(len(kinds)), officers)
        minutes = np.array([float(kind.minutes) for kind in kinds])[of_kind]
        held = np.zeros((officers, len(kinds)))
        for (seat, kind), group in docket.movable.items():
            held[seat, places[kind]] = len(group)
        self._most = np.concatenate([held.ravel(), np.tile(held.sum(axis=0), officers)])
        self._columns = np.arange(2 * count + 1, dtype=np.int32)
        self._moves_row = officers + len(kinds)
        leaving = np.stack([of_officer, officers + of_kind, np.full(count, self._moves_row)], axis=1)
        arriving = np.stack([of_officer, officers + of_kind, self._moves_row + 1 + of_officer], axis=1)
        capacity = np.array([float(seat.capacity) for seat in docket.seats])
        ones = np.ones(count)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = 2 * count + 1, self._moves_row + 1 + officers
        program.col_cost_ = self._costs
        program.col_lower_ = np.zeros(2 * count + 1)
        program.col_upper_ = np.append(self._most, highspy.kHighsInf)
        load = np.array([float(-seat.workload) for seat in docket.seats])
        unbounded = np.full(officers, -highspy.kHighsInf)
        intake = [highspy.kHighsInf if seat.intake is None else float(seat.intake) for seat in docket.seats]
        program.row_lower_ = np.concatenate([unbounded, np.zeros(len(kinds)), [-highspy.kHighsInf], unbounded])
        program.row_upper_ = np.concatenate([load, np.zeros(len(kinds)), [highspy.kHighsInf], intake])
        matrix = program.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kColwise
        matrix.start_ = np.append(np.arange(2 * count + 1) * 3, 6 * count + officers)
        matrix.index_ = np.concatenate([leaving.ravel(), arriving.ravel(), np.arange(officers)])
        matrix.value_ = np.concatenate(
            [
                np.stack([-minutes, ones, ones], axis=1).ravel(),
                np.stack([minutes, -ones, ones], axis=1).ravel(),
                -capacity,
            ]
        )
        self._solver.passModel(program)


def ratio_of(docket: OfficeDocket, flow: Flow) -> Decimal:
    """Highest utilisation by mean utilisation after the moves, exact."""
    return max(utilisations(docket, flow)) / docket.mean


def utilisations(docket: OfficeDocket, flow: Flow) -> list[Decimal]:
    """The utilisation of every seat after the moves, exact."""
    return [
        (seat.workload + sum(kind.minutes * (come - go) for kind, come, go in zip(flow.kinds, here, gone, strict=True)))
        / seat.capacity
        for seat, here, gone in zip(docket.seats, flow.arriving, flow.leaving, strict=True)
    ]
