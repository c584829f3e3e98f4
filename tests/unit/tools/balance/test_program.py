"""The program of one office beside the optimum by enumeration, and beside a greedy plan."""

import math
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import pytest

from schemas.policy_model import Disruption
from streams.core.state.case_state import LEVELS
from streams.tools.balance.curve import curve_of, flow_within
from streams.tools.balance.docket import Kind, OfficeDocket, Seat
from streams.tools.balance.plan import plan_of
from streams.tools.balance.program import Flow, OfficeProgram, ratio_of
from tests.unit.tools.balance.greedy import greedy
from tests.unit.tools.balance.offices import large, office, tiny

WEIGHTS = Disruption()


def enumerated(docket: OfficeDocket) -> Iterator[tuple[Decimal, float, int]]:
    """(highest utilisation by mean, disruption, moves) of every way to give the movable cases to officers.

    Left out are those that give an officer more than the intake allows.
    """
    cases = [(seat, kind) for (seat, kind), group in docket.movable.items() for _ in group]
    mean = sum(seat.workload for seat in docket.seats) / sum(seat.capacity for seat in docket.seats)
    for targets in product(range(len(docket.seats)), repeat=len(cases)):
        arriving = Counter(target for (source, _), target in zip(cases, targets, strict=True) if source != target)
        if any(count > limit_of(docket.seats[seat]) for seat, count in arriving.items()):
            continue
        work = [seat.workload for seat in docket.seats]
        disruption, moves = 0.0, 0
        for (source, kind), target in zip(cases, targets, strict=True):
            if source != target:
                work[source] -= kind.minutes
                work[target] += kind.minutes
                disruption += getattr(WEIGHTS, LEVELS[kind.level])
                moves += 1
        highest = max(minutes / seat.capacity for minutes, seat in zip(work, docket.seats, strict=True))
        yield highest / mean, disruption, moves


def limit_of(seat: Seat) -> float:
    return math.inf if seat.intake is None else seat.intake


class TestTinyOffices:
    @pytest.mark.parametrize("seed", range(40))
    def test_no_plan_disrupts_less(self, seed: int) -> None:
        """At every ratio that any distribution of the cases reaches, the disruption is the least of all that do."""
        docket = tiny(seed)
        ways = list(enumerated(docket))
        program = OfficeProgram(docket, WEIGHTS)
        reachable = sorted({ratio for ratio, _, _ in ways if ratio <= docket.highest / docket.mean})
        for ratio in reachable[:: max(1, len(reachable) // 8)]:
            least = min(disruption for reached, disruption, _ in ways if reached <= ratio)
            flow = program.flow(float(ratio))
            assert flow is not None
            assert least == pytest.approx(flow.disruption)
            assert float(ratio_of(docket, flow)) <= float(ratio) + 1e-6
        assert program.flow(float(reachable[0]) * 0.999) is None

    @pytest.mark.parametrize("seed", range(20))
    def test_a_budget_is_kept_and_never_wasted(self, seed: int) -> None:
        """No distribution of as few moves and less disruption reaches as low a ratio as the plan of the budget."""
        docket = tiny(seed)
        ways = list(enumerated(docket))
        program = OfficeProgram(docket, WEIGHTS)
        for budget in range(4):
            flow = flow_within(program, budget)
            reached = ratio_of(docket, flow)
            assert flow.moves <= budget
            dominating = [
                ratio
                for ratio, disruption, moves in ways
                if moves <= flow.moves and disruption < flow.disruption - 1e-6 and ratio <= reached
            ]
            assert [] == dominating

    @pytest.mark.parametrize("seed", range(1, 20, 2))
    def test_no_intake_is_too_fast(self, seed: int) -> None:
        """At the end of the curve, too, where the most moves are."""
        docket = tiny(seed)
        flow = flow_within(OfficeProgram(docket, WEIGHTS), None)
        assert all(sum(row) <= limit_of(seat) for row, seat in zip(flow.arriving, docket.seats, strict=True))

    def test_nothing_to_move(self) -> None:
        """An office whose cases all stay, and one of a single officer, keep what they have."""
        for docket in (office([{}, {}], [600, 100], [1000, 1000]), office([{Kind(2, Decimal(60)): 3}], [0], [100])):
            program = OfficeProgram(docket, WEIGHTS)
            assert [0] == [point.moves for point in curve_of(program)]
            assert 0 == flow_within(program, 5).moves


class TestLargeOffices:
    def test_beside_a_greedy_plan(self) -> None:
        """The greedy plan needs fewest moves and moves intensive cases; this one moves hardly any of them."""
        docket = large(50)
        program = OfficeProgram(docket, WEIGHTS)
        flow = program.flow(1.05)
        by_greed = greedy(docket, WEIGHTS, 1.05)
        assert flow is not None
        assert float(ratio_of(docket, flow)) <= 1.05 + 1e-6
        levels = plan_levels(flow)
        assert by_greed.reached <= 1.05
        assert by_greed.moves <= flow.moves < 2.5 * by_greed.moves
        assert flow.disruption < 0.6 * by_greed.disruption
        assert levels["intensive"] < 0.1 * by_greed.by_level["intensive"]

    def test_limited_intake_keeps_an_office_uneven(self) -> None:
        """No officer gets more than the limit; where that stops the greedy plan, ours disrupts less."""
        docket = large(6, limits_intake=True)
        program = OfficeProgram(docket, WEIGHTS)
        end = flow_within(program, None)
        assert all(sum(row) <= limit_of(seat) for row, seat in zip(end.arriving, docket.seats, strict=True))
        assert float(ratio_of(docket, end)) > 1.2 * OfficeProgram(large(6), WEIGHTS).lowest
        by_greed = greedy(docket, WEIGHTS, 1.05)
        assert by_greed.reached > 1.05
        flow = program.flow(by_greed.reached)
        assert flow is not None
        assert flow.disruption <= by_greed.disruption

    @pytest.mark.parametrize("ratio", [1.02, 1.1, 1.3])
    def test_whole_cases_cost_hardly_more_than_parts(self, ratio: float) -> None:
        """The plan says how far it may be from the least disruption: less than half a per cent."""
        flow = OfficeProgram(large(50), WEIGHTS).flow(ratio)
        assert flow is not None
        assert flow.at_least <= flow.disruption + 1e-6 < 1.005 * flow.at_least

    def test_the_curve_falls(self) -> None:
        """More moves never leave an office less even, and no point takes more than its number of moves."""
        program = OfficeProgram(large(12), WEIGHTS)
        points = list(curve_of(program))
        assert 0 == points[0].moves
        assert points[0].max_by_mean == pytest.approx(program.now)
        assert [point.moves for point in points] == sorted({point.moves for point in points})
        ratios = [point.max_by_mean for point in points]
        assert ratios == sorted(ratios, reverse=True)
        assert ratios[-1] <= program.lowest * 1.011

    def test_the_same_office_gives_the_same_plan(self) -> None:
        """Case by case."""
        first, second = (
            plan_of(program, flow_within(program, 500))
            for program in (OfficeProgram(large(12), WEIGHTS), OfficeProgram(large(12), WEIGHTS))
        )
        assert first == second
        assert len(first.moves) == len({move.case_id for move in first.moves}) == first.point.moves


class TestDisruption:
    def test_the_weights_decide_what_moves(self) -> None:
        """Where low cases are the dearest, intensive ones move."""
        kinds = {Kind(0, Decimal(240)): 10, Kind(2, Decimal(60)): 40}
        docket = office([kinds, {}], [0, 0], [7_200, 7_200])
        low = OfficeProgram(docket, WEIGHTS).flow(1.0)
        intensive = OfficeProgram(docket, Disruption(intensive=1, low=100)).flow(1.0)
        assert low is not None
        assert intensive is not None
        assert (0, 40) == (plan_levels(low)["intensive"], plan_levels(low)["low"])
        assert (10, 0) == (plan_levels(intensive)["intensive"], plan_levels(intensive)["low"])


def plan_levels(flow: Flow) -> dict[str, int]:
    levels = dict.fromkeys(LEVELS, 0)
    for row in flow.leaving:
        for kind, count in zip(flow.kinds, row, strict=True):
            levels[LEVELS[kind.level]] += count
    return levels
