"""`docketwatch whatif`: two policies on one log, side by side."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.test_evaluate import ASSIGNED, OPENED, UNTIL, log, run

LENIENT = """
name = "lenient"
version = "2"
review_by = 2030-01-01
[causes.nothing_scheduled]
enabled = false
[load]
capacity_hours_month = 60
"""


class TestWhatif:
    def test_tells_what_differs(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """An alert the tried policy disables is gone, and half the capacity needs twice the officers."""
        now, tried = tmp_path / "now.toml", tmp_path / "tried.toml"
        now.write_text('name = "now"\nversion = "1"\nreview_by = 2030-01-01\n')
        tried.write_text(LENIENT)
        differences = tmp_path / "differences.jsonl"
        events = log(tmp_path / "log.jsonl", [OPENED, ASSIGNED])
        code, out, _ = run(
            capsys, "whatif", events, "--policy", str(now), "--policy", str(tried), "--until", UNTIL,
            "--differences", str(differences),
        )  # fmt: skip
        assert code == 0
        words = [line.split() for line in out.splitlines()]
        assert ["nothing_scheduled", "1", "0", "0", "1"] in words
        assert ["officers", "needed", "by", "the", "weights", "0.02", "0.03"] in words
        (record,) = map(json.loads, differences.read_text().splitlines())
        assert ("case-1", "nothing_scheduled", "now") == (record["case_id"], record["cause"], record["only"])

    def test_cases_can_be_moved(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """All cases of one officer at another: the loads change places."""
        events = log(tmp_path / "log.jsonl", [OPENED, ASSIGNED])
        code, out, _ = run(capsys, "whatif", events, "--until", UNTIL, "--move", "officer-1=officer-2")
        assert code == 0
        assert "2 officers with another utilization" in out

    def test_a_move_needs_two_officers(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The sentence shows what would be right."""
        events = log(tmp_path / "log.jsonl", [OPENED])
        code, _, err = run(capsys, "whatif", events, "--until", UNTIL, "--move", "officer-1")
        assert code == 2
        assert "must name two officers, such as --move officer-1=officer-2" in err
