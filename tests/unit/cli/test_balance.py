"""`docketwatch balance` on the command line: what it prints, writes and refuses."""

import json
from pathlib import Path

import pytest

from schemas.policy import load_policy
from streams.cli.main import main
from streams.sources.generate import Options, generate
from streams.sources.logs import read_events

UNASSIGNED = str(Path(__file__).parents[2] / "data" / "dockets" / "unassigned-cases.jsonl")
UNTIL = "2026-03-05T00:00:00Z"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["balance", *words])
    printed = capsys.readouterr()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, printed.out, printed.err


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small docket with the audit's skew."""
    folder: Path = tmp_path_factory.mktemp("balance")
    generate(Options(cases=800, days=60, seed=4, officers=32, skew=6.0), folder, policy=load_policy())
    return folder / "events.jsonl"


class TestBalance:
    def test_the_table_marks_the_plan_in_the_curve(self, capsys: pytest.CaptureFixture[str], log: Path) -> None:
        """Fewest moves first, each with its ratio, its cases by level, and its disruption."""
        code, out, _ = run(capsys, str(log), "--until", UNTIL, "--office", "ATL", "--moves", "7")
        assert 0 == code
        lines = out.splitlines()
        assert "a move disrupts by level: intensive 30, standard 6, low 2, annual 1" in lines[0]
        head = next(line.split() for line in lines if line.startswith("moves a week"))
        assert "moves a week max/mean highest intensive standard low annual disruption at least" == " ".join(head)
        assert any(line.endswith(" may reach its officers before the intake of one is too fast") for line in lines)
        assert any(" stay: new officer or office within 90 days" in line for line in lines)
        rows = [line.split() for line in lines if line.lstrip()[:1].isdigit() and "." in line]
        assert "0" == rows[0][0]
        assert ["7", "*"] == next(row for row in rows if "*" in row)[:2]
        assert any(line.startswith("* the plan: 7 of 7 moves, max/mean utilization ") for line in lines)
        assert "SEA:" not in out

    def test_the_plan_is_a_log(self, capsys: pytest.CaptureFixture[str], log: Path, tmp_path: Path) -> None:
        """Of officer_assigned events at the instant asked about; the report has no id of a case."""
        plan = tmp_path / "plan.jsonl"
        code, out, _ = run(capsys, str(log), "--until", UNTIL, "--moves", "3", "--plan", str(plan), "--json")
        assert 0 == code
        events = list(read_events([plan]))
        printed = json.loads(out)
        assert sum(office["plan"]["point"]["moves"] for office in printed["offices"]) == len(events) > 0
        assert {"officer_assigned"} == {event.type for event in events}
        assert len(events) == len({event.event_id for event in events})
        assert {printed["as_of"]} == {json.loads(line)["recorded_at"] for line in plan.read_text().splitlines()}
        assert not any(json.loads(line)["case_id"] in out for line in plan.read_text().splitlines())

    def test_a_case_and_who_has_room(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        """A case that no officer has could go to the one at work, not to one who departed; that needs no extra."""
        monkeypatch.setattr("streams.cli.balance.require", pytest.fail)
        case_id = next(
            event["case_id"]
            for event in map(json.loads, Path(UNASSIGNED).read_text().splitlines())
            if "case_id" in event
        )
        code, out, _ = run(capsys, UNASSIGNED, "--until", "2026-03-01T00:00:00Z", "--case", case_id)
        assert 0 == code
        assert "standard, at ATL, no officer has it, 120 minutes a month" in out
        assert "`balance` would not move it: no officer has it" in out
        assert (
            "1. o-1: utilization would be 0.02 with it, number 1 of 1 from below; 7,200 minutes a month free, "
            "0 open cases, 0 lost track" in out
        )
        assert "o-2" not in out

    def test_three_officers_with_most_room(self, capsys: pytest.CaptureFixture[str], log: Path) -> None:
        """The least utilisation with the case comes first; the officer who has it is not among them."""
        case_id = first_open_case(capsys, log)
        printed = json.loads(run(capsys, str(log), "--until", UNTIL, "--case", case_id, "--json")[1])
        room = [officer["utilisation_with"] for officer in printed["officers"]]
        assert 3 == len(room)
        assert sorted(room) == room
        assert printed["officer_id"] not in {officer["officer_id"] for officer in printed["officers"]}
        assert all(officer["utilisation_now"] <= officer["utilisation_with"] for officer in printed["officers"])


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (["--office", "XYZ"], "--office XYZ: no officer of that office is at work"),
            (["--plan", "p.jsonl"], "--plan needs --moves"),
            (["--case", "c-1", "--moves", "3"], "--case goes without --office, --moves and --plan"),
            (["--case", "A123456789"], "--case must be 1 to 64 characters"),
            (["--case", "c-unknown"], "no event of case c-unknown is in these files"),
            (["--moves", "-1"], "--moves"),
        ],
    )
    def test_bad_usage(self, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str) -> None:
        """Exit code 2, the option named; an id with the form of an A-number is not repeated."""
        code, out, err = run(capsys, UNASSIGNED, "--until", UNTIL, *words)
        assert (2, "") == (code, out)
        assert sentence in err
        assert "A123456789" not in err


def first_open_case(capsys: pytest.CaptureFixture[str], log: Path) -> str:
    """A case of Atlanta that an officer has."""
    for line in log.read_text().splitlines():
        event = json.loads(line)
        at_work = event["type"] == "officer_assigned" and event["office"] == "ATL"
        if at_work and run(capsys, str(log), "--until", UNTIL, "--case", event["case_id"])[0] == 0:
            return str(event["case_id"])
    raise AssertionError
