"""Plans on a generated docket of the audit's skew, beside an independent checker and beside `whatif --plan`."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas.instants import to_ms
from schemas.policy import load_policy
from streams.cli.main import main
from streams.core.evaluation import Evaluation
from streams.core.officers.state.rules import OFFICER_CAUSES
from streams.core.policy.rules import Rules
from streams.sources.generate import Options, generate
from streams.sources.logs import read_events
from tests.unit.tools.balance.checker import CheckedDocket

UNTIL = "2026-03-05T00:00:00.000Z"
UNLIMITED = """
name = "unlimited"
version = "1"
review_by = 2027-12-31
[officers.causes.intake_too_fast]
enabled = false
"""
LEVELS = ("intensive", "standard", "low", "annual")


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    captured = capsys.readouterr()
    assert 0 == stopped.value.code, captured.err
    document: dict[str, Any] = json.loads(captured.out)
    return document


class Planned(NamedTuple):
    """A docket, a plan of a budget, and what `balance` said of it."""

    log: Path
    plan: Path
    report: dict[str, Any]
    checked: CheckedDocket


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 officers whose dockets differ as 1,700 and 10,156 do, at a twentieth of the size."""
    folder: Path = tmp_path_factory.mktemp("balance")
    generate(Options(cases=2_600, days=60, seed=4, officers=12, skew=6.0), folder, policy=load_policy())
    return folder / "events.jsonl"


@pytest.fixture
def planned(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], budget: int) -> Planned:
    """A plan of at most `budget` moves an office."""
    plan = tmp_path / "plan.jsonl"
    report = run_json(
        capsys, "balance", str(log), "--until", UNTIL, "--moves", str(budget), "--plan", str(plan), "--json"
    )
    checked = CheckedDocket(log.read_text().splitlines(), plan.read_text().splitlines(), load_policy(), to_ms(UNTIL))
    return Planned(log, plan, report, checked)


class TestPlan:
    @pytest.mark.parametrize("budget", [25, 100_000])
    def test_it_keeps_every_constraint_and_its_promise(
        self, planned: Planned, capsys: pytest.CaptureFixture[str], budget: int
    ) -> None:
        """Checked against the log by the second implementation, and against the loads after `whatif --plan`."""
        assert [] == list(planned.checked.faults())
        assert [office["office"] for office in planned.report["offices"]] == ["ATL", "SEA", "STP", "WAS"]
        assert sum(office["plan"]["point"]["moves"] for office in planned.report["offices"]) == len(
            planned.checked.plan
        )
        after = officers_after(planned, capsys)
        for office in planned.report["offices"]:
            point, now = office["plan"]["point"], office["curve"][0]
            assert point["moves"] <= budget
            assert point["by_level"] == planned.checked.moves_by_level(office["office"])
            assert now["max_by_mean"] == pytest.approx(planned.checked.max_by_mean(office["office"], after=False))
            assert point["max_by_mean"] == pytest.approx(planned.checked.max_by_mean(office["office"], after=True))
            theirs = [row for row in after if row["office"] == office["office"] and row["capacity_minutes_month"]]
            mean = sum(row["workload_minutes_month"] for row in theirs) / sum(
                row["capacity_minutes_month"] for row in theirs
            )
            assert point["max_by_mean"] == pytest.approx(max(row["utilisation"] for row in theirs) / mean)
            assert point["max_utilisation"] == pytest.approx(max(row["utilisation"] for row in theirs))
            assert office["mean_utilisation"] == pytest.approx(mean)

    @pytest.mark.parametrize("budget", [100_000])
    def test_the_intake_bounds_how_even_an_office_becomes(
        self, planned: Planned, tmp_path: Path, capsys: pytest.CaptureFixture[str], budget: int
    ) -> None:
        """The most loaded officer of Atlanta has a third more than the mean; 2 % more where the intake is no limit."""
        atlanta = planned.report["offices"][0]
        assert atlanta["curve"][0]["max_by_mean"] > 1.3
        assert atlanta["plan"]["point"]["max_by_mean"] > 1.1
        assert atlanta["plan"]["point"]["moves"] <= atlanta["may_arrive"]
        policy = tmp_path / "policy.toml"
        policy.write_text(UNLIMITED)
        words = ("--until", UNTIL, "--office", "ATL", "--policy", str(policy), "--json")
        unlimited = run_json(capsys, "balance", str(planned.log), *words)["offices"][0]
        assert unlimited["may_arrive"] is None
        assert unlimited["curve"][-1]["max_by_mean"] < 1.02

    @pytest.mark.parametrize("budget", [100_000])
    def test_no_alert_of_intake_comes_of_it(self, planned: Planned, budget: int) -> None:
        """At the first period end after the plan the same alerts stand as without it."""

        def too_fast(files: list[Path]) -> set[str]:
            evaluation = Evaluation(Rules(load_policy()))
            list(evaluation.run(read_events(files), to_ms("2026-03-05T01:00:00Z")))
            alerts = evaluation.table.standing()
            return {alert_id for alert_id, alert in alerts if OFFICER_CAUSES[alert.cause] == "intake_too_fast"}

        assert too_fast([planned.log]) == too_fast([planned.log, planned.plan])

    @pytest.mark.parametrize("budget", [25])
    def test_the_checker_finds_what_a_plan_must_not_do(self, planned: Planned, budget: int) -> None:
        """A case that has just moved, one with an appointment ahead, an absent officer, another office."""
        case_id = planned.checked.plan[0]["case_id"]
        lines = planned.log.read_text().splitlines()
        absent = next(
            event["officer_id"]
            for event in map(json.loads, lines)
            if event["type"] == "officer_updated" and event["status"] != "active" and event["occurred_at"] < UNTIL
        )
        seattle = next(event["officer_id"] for event in planned.checked.plan if event["office"] == "SEA")
        move = planned.checked.plan[0]
        earlier = {**move, "event_id": "e-1", "occurred_at": "2026-02-20T00:00:00Z", "recorded_at": UNTIL}
        booked = {
            "v": 1,
            "event_id": "e-2",
            "type": "check_in_scheduled",
            "occurred_at": "2026-02-20T00:00:00Z",
            "recorded_at": "2026-02-20T00:00:00Z",
            "source": "feed",
            "case_id": case_id,
            "check_in_id": "b-1",
            "due_at": "2026-03-15T00:00:00Z",
            "channel": "office",
        }

        def faults(more: list[dict[str, Any]], plan: list[dict[str, Any]]) -> set[str]:
            docket = CheckedDocket([*lines, *map(json.dumps, more)], map(json.dumps, plan), load_policy(), to_ms(UNTIL))
            return {fault.removeprefix(f"{case_id} ") for fault in docket.faults()}

        assert set() == faults([], [move])
        assert {"moves twice"} == faults([], [move, {**move, "event_id": "e-3"}])
        assert "has a hearing or check-in within 14 days" in faults([booked], [move])
        back = {**move, "event_id": "e-4", "officer_id": absent}
        assert any("absent" in fault for fault in faults([], [back]))
        assert "crosses offices" in faults([], [{**move, "officer_id": seattle, "office": "SEA"}])
        assert "got its officer or office within 90 days" in faults(
            [earlier],
            [
                {**move, "officer_id": officer["officer_id"]}
                for officer in planned.report["offices"][0]["plan"]["officers"]
                if officer["officer_id"] != move["officer_id"]
            ],
        )
        crowd = [{**move, "event_id": f"e-{number}", "case_id": f"c-{number}"} for number in range(100)]
        assert f"{move['officer_id']} takes in too fast" in faults([], crowd)


def officers_after(planned: Planned, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The loads of all officers after `whatif --plan`: as it says of those that differ, else as before."""
    loads = run_json(capsys, "load", str(planned.log), "--until", UNTIL, "--json")["officers"]
    change = run_json(capsys, "whatif", str(planned.log), "--until", UNTIL, "--plan", str(planned.plan), "--json")[
        "officers"
    ]
    tried = {row["officer_id"]: row["utilisation_tried"] for row in change}
    after = []
    for load in loads:
        used = tried.get(load["officer_id"], load["utilisation"])
        workload = load["workload_minutes_month"] if used is None else used * load["capacity_minutes_month"]
        after.append({**load, "utilisation": used, "workload_minutes_month": workload})
    return after
