"""How long `balance` computes, and what it saves beside a greedy plan: `python -m tests.load.bench_balance`.

Offices have the audit's skew: 1,700 cases of one officer, 10,156 of another; half of the cases may move, and the intake
of officers is limited, to half of what the default policy allows. Reading a log is not in it: `docketwatch evaluate`
takes as long.
"""

import time

from schemas.policy_model import Disruption
from streams.tools.balance.curve import curve_of, flow_within, point_of
from streams.tools.balance.plan import plan_of
from streams.tools.balance.program import OfficeProgram
from tests.unit.tools.balance.greedy import greedy
from tests.unit.tools.balance.offices import large

WEIGHTS = Disruption()
BUDGET = 500
RATIO = 1.05


def main() -> None:
    """Print the table."""
    for offices, officers in ((4, 50), (25, 240)):
        dockets = [large(officers, seed, limits_intake=True) for seed in range(offices)]
        cases = 2 * sum(len(group) for docket in dockets for group in docket.movable.values())
        begun, begun_wall = time.process_time(), time.perf_counter()
        for docket in dockets:
            program = OfficeProgram(docket, WEIGHTS)
            points = list(curve_of(program))
            plan = plan_of(program, flow_within(program, BUDGET))
            assert plan.point.moves <= BUDGET
            assert points[-1].max_by_mean < points[0].max_by_mean
        seconds, wall = time.process_time() - begun, time.perf_counter() - begun_wall
        docket_words = f"{offices * officers:,} officers in {offices} offices, {cases:,} cases"
        print(f"{docket_words}: {seconds:.1f} s of CPU, {wall:.1f} s by the clock", flush=True)
    for limits_intake in (False, True):
        docket = large(50, limits_intake=limits_intake)
        by_greed = greedy(docket, WEIGHTS, RATIO)
        program = OfficeProgram(docket, WEIGHTS)
        ratio = max(RATIO, by_greed.reached)
        flow = program.flow(ratio)
        assert flow is not None
        limit = "an intake of a twelfth at most" if limits_intake else "any intake"
        print(f"an office of 50 officers, {limit}, max/mean {ratio:.3f} (the lowest is {program.lowest:.3f}):")
        print(f"  {'':<10}{'moves':>10}{'disruption':>12}{'intensive':>11}{'standard':>10}{'low':>10}{'annual':>10}")
        for name, each in (("balance", point_of(program, flow)), ("greedy", by_greed)):
            levels = "".join(f"{count:>{10 + (level == 'intensive')},}" for level, count in each.by_level.items())
            print(f"  {name:<10}{each.moves:>10,}{each.disruption:>12,.0f}{levels}")


if __name__ == "__main__":
    main()
