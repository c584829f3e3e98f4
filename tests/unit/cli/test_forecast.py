"""`docketwatch forecast`: the same numbers as `docketwatch load` where both have them."""

import json
from pathlib import Path

import pytest

from schemas.policy import load_policy
from streams.cli.main import main
from streams.sources.generate import Options, generate

UNTIL = "2026-05-01T00:00:00Z"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main([*words])
    output = capsys.readouterr()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, output.out, output.err


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate a docket of 400 cases over 120 days."""
    folder: Path = tmp_path_factory.mktemp("forecast")
    generate(Options(cases=400, days=120, seed=4), folder, policy=load_policy())
    return folder / "events.jsonl"


class TestForecast:
    def test_booked_numbers_equal_those_of_load(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """They are workload of 30 days, hearings of 7 and of 30 days, and capacity, by office and officer."""
        load = json.loads(run(capsys, "load", str(log), "--until", UNTIL, "--json")[1])
        code, out, _ = run(capsys, "forecast", str(log), "--until", UNTIL, "--json")
        found = json.loads(out)
        assert 0 == code
        assert (load["as_of"], load["policy"]) == (found["as_of"], found["policy"])
        assert [each["office"] for each in load["offices"]] == [each["office"] for each in found["offices"]]
        assert [each["officer_id"] for each in load["officers"]] == [each["officer_id"] for each in found["officers"]]
        parts = {each["office"]: each["workload_by_weight"] for each in load["needs"]}
        for record, ahead in zip(
            [*load["offices"], *load["officers"]], [*found["offices"], *found["officers"]], strict=True
        ):
            first, terms = ahead["weeks"][0], ahead["thirty_days"]
            assert record["hearings_7d"] == first["hearings"]["booked"]
            assert record["hearings_30d"] == terms["hearings"]["booked"]
            assert record["workload_minutes_month"] == terms["workload_minutes_booked"]
            assert record["capacity_minutes_month"] * 7 / 30 == pytest.approx(first["capacity_minutes"], abs=0.01)
            if "officer_id" not in record:
                assert parts[record["office"]]["load.check_in_minutes"] == 15 * terms["check_ins"]["booked"]

    def test_offices_add_up(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The record of all offices is the sum of the others, week by week."""
        found = json.loads(run(capsys, "forecast", str(log), "--until", UNTIL, "--json")[1])
        whole, *others = found["offices"]
        assert "*" == whole["office"]
        assert 8 == len(whole["weeks"])
        for number, week in enumerate(whole["weeks"]):
            for kind in ("check_ins", "hearings"):
                parts = week[kind]
                assert parts["booked"] == sum(each["weeks"][number][kind]["booked"] for each in others)
                assert parts["expected"] == pytest.approx(
                    sum(each["weeks"][number][kind]["expected"] for each in others), abs=0.05
                )
                assert parts["expected"] == pytest.approx(
                    parts["kept"] + parts["rebooked"] + parts["entering"], abs=0.05
                )
                assert parts["low"] <= parts["expected"] <= parts["high"]

    def test_the_same_log_gives_the_same_forecast(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """No number is random."""
        first, second = (run(capsys, "forecast", str(log), "--until", UNTIL, "--json")[1] for _ in range(2))
        assert first == second

    def test_later_events_are_not_used(self, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A log that ends at the instant gives the same."""
        cut = tmp_path / "cut.jsonl"
        lines = log.read_text().splitlines(keepends=True)
        cut.write_text("".join(line for line in lines if json.loads(line)["recorded_at"] <= "2026-04-01T00:00:00.000Z"))
        whole, part = (
            run(capsys, "forecast", str(each), "--until", "2026-04-01T00:00:00Z", "--json")[1] for each in (log, cut)
        )
        assert whole == part

    def test_tables(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A table has a row per week, another a row per officer and the assumptions."""
        code, out, _ = run(capsys, "forecast", str(log), "--until", UNTIL, "--office", "ATL", "--weeks", "5")
        assert 0 == code
        assert "Expected: by the rates of the last 16 weeks of the log." in out
        assert "all offices together" not in out
        assert "ATL, by week from 2026-05-01 on; ± holds 80 %" in out
        assert " 05-29 " in out
        assert " 06-05 " not in out
        assert " WAS " not in out

    def test_collisions_go_to_a_private_file(
        self, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It names cases; the numbers are those of the forecast."""
        file = tmp_path / "collisions.jsonl"
        out = run(capsys, "forecast", str(log), "--until", UNTIL, "--json", "--collisions", str(file))[1]
        assert 0o600 == file.stat().st_mode & 0o777
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        weeks = json.loads(out)["offices"][0]["weeks"]
        assert rows
        for kind in ("officer_away", "holiday", "two_places"):
            assert sum(row["kind"] == kind for row in rows) == sum(week["collisions"][kind] for week in weeks)
        assert all(row["case_id"] not in out for row in rows)

    def test_an_unknown_office(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The error names it."""
        code, _, err = run(capsys, "forecast", str(log), "--until", UNTIL, "--office", "NYC")
        assert (2, True) == (code, "--office: no case and no officer of the log is at the office NYC" in err)

    def test_an_empty_log(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """There is nothing to forecast."""
        code, _, err = run(capsys, "forecast", str(log), "--until", "2020-01-01T00:00:00Z")
        assert 1 == code
        assert "no event is recorded up to 2020-01-01T00:00:00.000Z" in err

    def test_eighty_columns_lose_nothing(
        self, log: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The table of an office is not cut."""
        monkeypatch.setattr("streams.cli.forecast._WIDTH", 80)
        out = run(capsys, "forecast", str(log), "--until", UNTIL, "--office", "ATL")[1]
        table = out[out.index("ATL, by week") : out.index("30 days")]
        assert "…" not in table
        rows = [line.split() for line in table.splitlines()]
        assert [str(week) for week in range(1, 9)] == [row[0] for row in rows if row and row[0].isdigit()]
