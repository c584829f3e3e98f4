"""`docketwatch evaluate` and `explain`: their outputs, their messages and their refusals."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from streams.cli.main import main

OPENED = {
    "v": 1,
    "event_id": "e1",
    "type": "case_opened",
    "occurred_at": "2026-03-02T15:00:00Z",
    "recorded_at": "2026-03-02T15:00:00Z",
    "source": "feed",
    "case_id": "case-1",
    "office": "ATL",
    "level": "standard",
}
ASSIGNED = {
    "v": 1,
    "event_id": "e2",
    "type": "officer_assigned",
    "occurred_at": "2026-03-02T16:00:00Z",
    "recorded_at": "2026-03-02T16:00:00Z",
    "source": "feed",
    "case_id": "case-1",
    "office": "ATL",
    "officer_id": "officer-1",
}
UNTIL = "2026-04-01T00:00:00Z"


def log(path: Path, events: Sequence[dict[str, object]]) -> str:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    found = capsys.readouterr()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, found.out, found.err


class TestEvaluate:
    @pytest.mark.parametrize("events", [[], [{**OPENED, "recorded_at": "2026-04-02T00:00:00Z"}]])
    def test_a_log_without_events_is_an_error(
        self, events: list[dict[str, object]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """An empty export or a wrong --until would look like "no alerts"; no file is written."""
        out = tmp_path / "alerts.jsonl"
        code, _, err = run(
            capsys, "evaluate", log(tmp_path / "log.jsonl", events), "--until", UNTIL, "--alerts", str(out)
        )

        assert (1, False) == (code, out.exists())
        assert "no event is recorded up to 2026-04-01T00:00:00.000Z, so there is nothing to evaluate" in err

    def test_the_refusals_are_written_when_every_line_is_refused(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """They say why no event is left."""
        refused = tmp_path / "refused.jsonl"
        file = log(tmp_path / "log.jsonl", [{**OPENED, "level": "none"}])
        code, _, err = run(capsys, "evaluate", file, "--until", UNTIL, "--refused", str(refused))

        assert (1, 1) == (code, len(refused.read_text().splitlines()))
        assert "so there is nothing to evaluate" in err

    def test_writes_alerts_and_loads(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Every revision and every officer's row is one JSON line, without observed_at."""
        alerts, loads = tmp_path / "alerts.jsonl", tmp_path / "loads.jsonl"
        events = log(tmp_path / "log.jsonl", [OPENED, ASSIGNED])
        code, out, _ = run(capsys, "evaluate", events, "--until", UNTIL, "--alerts", str(alerts), "--loads", str(loads))
        assert code == 0
        assert "2 events, 1 cases (0 unregistered), 1 officers" in out
        (alert,) = map(json.loads, alerts.read_text().splitlines())
        assert (alert["cause"], alert["status"]) == ("nothing_scheduled", "raised")
        assert alert["raised_at"] == "2026-03-16T14:00:00.000Z"  # ten business days later, an hour earlier by UTC: DST
        assert "observed_at" not in alert
        (load,) = map(json.loads, loads.read_text().splitlines())
        assert (load["officer_id"], load["open_cases"], load["as_of"]) == ("officer-1", 1, "2026-04-01T00:00:00.000Z")

    def test_writes_office_records(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """All offices together come first; they count every open case, with or without an officer."""
        offices = tmp_path / "offices.jsonl"
        events = log(tmp_path / "log.jsonl", [OPENED])
        code, _, _ = run(capsys, "evaluate", events, "--until", UNTIL, "--offices", str(offices))
        assert code == 0
        whole, atlanta = map(json.loads, offices.read_text().splitlines())
        assert ("*", "ATL") == (whole["office"], atlanta["office"])
        assert {**whole, "office": "ATL"} == atlanta
        assert (1, 1, 120.0) == (atlanta["open_cases"], atlanta["unassigned"], atlanta["workload_minutes_month"])
        assert "2026-04-01T00:00:00.000Z" == atlanta["as_of"]

    def test_a_disordered_log_gives_the_same_output(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The order of the lines does not matter, and the command says that it sorts."""
        found = []
        for name, events in (("sorted", [OPENED, ASSIGNED]), ("mixed", [ASSIGNED, OPENED])):
            out = tmp_path / f"{name}.alerts"
            code, _, err = run(capsys, "evaluate", log(tmp_path / name, events), "--until", UNTIL, "--alerts", str(out))
            assert code == 0
            found.append((out.read_bytes(), "sorting" in err))
        assert found[0][0] == found[1][0]
        assert [False, True] == [found[0][1], found[1][1]]

    def test_a_bad_line_is_named_and_nothing_is_written(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """One sentence has file, line and field; there is no output file."""
        events = log(tmp_path / "log.jsonl", [OPENED, {**ASSIGNED, "officer_id": "A123456789"}])
        out = tmp_path / "alerts.jsonl"
        code, _, err = run(capsys, "evaluate", events, "--until", UNTIL, "--alerts", str(out))
        assert code == 2
        assert f"{events}:2: officer_id: " in err
        assert "A123456789" not in err
        assert [tmp_path / "log.jsonl"] == list(tmp_path.iterdir())

    def test_a_naive_until_is_refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """An instant needs its offset."""
        code, _, err = run(capsys, "evaluate", log(tmp_path / "log", [OPENED]), "--until", "2026-04-01T00:00:00")
        assert code == 2
        assert "--until" in err

    def test_a_wrong_policy_is_named(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The message has the policy file, the key and the value."""
        policy = tmp_path / "policy.toml"
        policy.write_text('name = "p"\nversion = "1"\nreview_by = 2030-01-01\n[causes.no_officer]\nafter = "soon"\n')
        events = log(tmp_path / "log", [OPENED])
        code, _, err = run(capsys, "evaluate", events, "--until", UNTIL, "--policy", str(policy))
        assert code == 2
        assert str(policy) in err
        assert "causes.no_officer.after" in err
        assert "soon" in err


class TestExplain:
    def test_it_explains_every_cause(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Open alerts are marked, with anchor, deadline and evidence; the others have a reason."""
        events = log(tmp_path / "log.jsonl", [OPENED, ASSIGNED])
        code, out, _ = run(capsys, "explain", "case-1", events, "--until", UNTIL)
        assert code == 0
        assert "! nothing_scheduled (agency): stands: no appointment has an outcome or a due date after this" in out
        assert "deadline 2026-03-16T14:00:00.000Z passed" in out
        assert "evidence: e1" in out
        assert "handoff_stalled (agency): does not hold: the officer is the first one of the case" in out
        assert "no_contact (person): waits: no check-in is booked" in out

    def test_an_unknown_case_is_reported(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The command prints one sentence about a case that the files do not have."""
        code, _, err = run(capsys, "explain", "case-2", log(tmp_path / "log.jsonl", [OPENED]))
        assert code == 2
        assert err.startswith("docketwatch: no event of case case-2 is in these files up to then; if that is an id of ")
        assert "`docketwatch pseudonym ID --mapping PATH --key-file PATH`" in err

    def test_a_pseudonym_is_looked_up_unchanged(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The command looks for it and does not find it."""
        own = f"c-{'a' * 24}"
        code, _, err = run(capsys, "explain", own, log(tmp_path / "log.jsonl", [OPENED]))
        assert (2, f"docketwatch: no event of case {own} is in these files up to then\n") == (code, err)


class TestMain:
    def test_help_names_every_command(self, capsys: pytest.CaptureFixture[str]) -> None:
        """`--help` lists the commands of the contract."""
        code, out, _ = run(capsys, "--help")
        assert code == 0
        for name in ("demo", "worker", "topics", "replay", "evaluate", "verify", "whatif", "explain", "generate"):
            assert name in out

    def test_an_unknown_command_is_bad_usage(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The exit code is 2."""
        code, _, err = run(capsys, "nonsense")
        assert code == 2
        assert "nonsense" in err
