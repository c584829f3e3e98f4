"""The core agrees with the naive reading of the contract on logs made to collide."""

from bisect import bisect_right

from hypothesis import given

from streams.core.policy.rules import Rules
from tests.driver import hot_event
from tests.oracle import naive
from tests.properties.running import CoreRun, differences, examples, known, scenarios_of_seeds
from tests.strategies import Scenario, scenarios


def differs(scenario: Scenario) -> str:
    expected = naive(known(scenario), scenario.policy, scenario.until)
    return differences(expected, CoreRun(scenario.policy).whole(scenario))


class TestWholeLogs:
    @examples(300)
    @given(scenarios())
    def test_drawn(self, scenario):
        """Every alert revision and every load row agrees; failing logs shrink."""
        assert "" == differs(scenario)

    def test_seeded(self):
        """The same holds on longer logs, by seed."""
        for seed, scenario in scenarios_of_seeds(2_000):
            assert "" == differs(scenario), f"seed {seed}\n{scenario!r}"


class TestPeriods:
    def test_final_partials(self):
        """At the end of every load period the newest rows are the load table as of that instant."""
        for seed, scenario in scenarios_of_seeds(60, first=500_000):
            run = CoreRun(scenario.policy).whole(scenario)
            changed_at, period = sorted(run.periods), Rules(scenario.policy).period
            ends = range(changed_at[0], scenario.until + 1, period) if changed_at else ()
            for end in {
                *ends[:3],
                *ends[-3:],
                *ends[:: 1 + len(ends) // 6],
                *changed_at[:: 1 + len(changed_at) // 6],
            }:
                _, rows = naive(known(scenario), scenario.policy, end)
                expected = {row["officer_id"]: row for row in rows}
                for row in run.periods[changed_at[bisect_right(changed_at, end) - 1]]:
                    load = expected.pop(row.officer_id)
                    for name in ("open_cases", "in_custody", "bookings_7d", "hearings_7d", "hearings_30d", "overdue"):
                        assert load[name] == getattr(row, name), (seed, end, row.officer_id, name)
                    assert load["deadlines_7d"] == row.deadlines_ahead, (seed, end, row.officer_id)
                    for name in ("lost_track", "assigned_30d", "unassigned_30d"):
                        assert load[name] == getattr(row, name), (seed, end, row.officer_id, name)
                    assert tuple(load["by_level"].values()) == tuple(row.by_level)
                    assert tuple(load["by_cause"].values()) == tuple(row.by_cause)
                assert not any(load["open_cases"] or load["assigned_30d"] for load in expected.values()), (seed, end)

    def test_live_partials(self):
        """A table updated by live partials is the table of all rows, also of those that only time changed."""
        for seed, scenario in scenarios_of_seeds(150, first=600_000):
            run, other, table = CoreRun(scenario.policy), CoreRun(scenario.policy), {}
            events = sorted(known(scenario), key=lambda event: event["recorded_at"])
            for index in range(0, len(events), 3):
                portion = list(map(hot_event, events[index : index + 3]))
                watermark = portion[-1].recorded_at + index % 2 * 90_000_000
                run.advance(portion, watermark)
                other.advance(portion, watermark)
                table |= {row.officer_id: row for row in run.cases.live_partial().rows}
                whole = {row.officer_id: row for row in other.cases.final_partial().rows}
                assert whole == without_zeros(table), seed


def without_zeros(table):
    empty = {"open_cases", "in_custody", "lost_track", "assigned_30d", "unassigned_30d"}
    return {name: row for name, row in table.items() if any(getattr(row, field) for field in empty)}
