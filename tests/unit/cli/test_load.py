"""`docketwatch load`: every number with its base."""

import json
from pathlib import Path

import pytest

from streams.cli.main import main
from tests.builders import assigned, hearing_set, opened

UNASSIGNED = str(Path(__file__).parents[2] / "data" / "dockets" / "unassigned-cases.jsonl")
UNTIL = "2026-03-01T00:00:00Z"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["load", *words])
    found = capsys.readouterr()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, found.out, found.err


class TestLoad:
    def test_every_open_case_is_in_the_numbers_of_its_office(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Numerator and denominator are beside each number, the fraction beside the rounded need."""
        code, out, _ = run(capsys, UNASSIGNED, "--until", UNTIL)
        assert code == 0
        assert out.startswith("As of 2026-03-01T00:00:00.000Z, under the weights of ")
        atlanta = out[out.index("\nATL\n") : out.index("\nofficer ")]
        lines = [" ".join(line.split()) for line in atlanta.splitlines()]
        assert "open cases 110 and 0 in custody" in lines
        assert "unassigned 100 and 0 in transit" in lines
        assert "with an absent officer 10 officers absent with cases: 1" in lines
        assert "minutes per case per month 65.45 7,200 minutes of 1 officers at work / 110 open cases" in lines
        assert "utilization 1.83 13,200 minutes of work / 7,200" in lines
        assert "check-ins within 30 days 0 booked, in the work; some will be booked yet" in lines
        assert "hearings within 30 days 0 booked, in the work; some will be adjourned" in lines
        assert "work by booked dates 13,200 minutes a month; all that follows rests on it" in lines
        assert "work by policy interval 14,850 minutes, with 110 check-ins: one an interval of each case" in lines
        assert "officers needed 1.83 (2) 13,200 minutes of work / 7,200 minutes of one officer" in lines
        assert "achievable caseload 60 7,200 minutes of one officer / 120" in lines

    def test_an_office_without_a_time_zone_is_named(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """On the standard error, once; nothing when every office has one."""
        assert "" == run(capsys, UNASSIGNED, "--until", UNTIL)[2]
        log = tmp_path / "log.jsonl"
        log.write_text(Path(UNASSIGNED).read_text().replace('"ATL"', '"X1"'))
        sentence = "docketwatch: 1 office without a time zone in the policy, whose business days are of UTC, "
        assert f"{sentence}with the holidays of the United States: X1\n" == run(capsys, str(log), "--until", UNTIL)[2]

    def test_an_absent_officer_has_no_capacity(self, capsys: pytest.CaptureFixture[str]) -> None:
        """An officer who departed does not look like one with few cases."""
        _, out, _ = run(capsys, UNASSIGNED, "--until", UNTIL)
        departed = next(line.split() for line in out.splitlines() if line.startswith("o-2"))
        assert ["o-2", "ATL", "departed", "10", "0", "10", "1,200", "/", "0", "-", "0", "0", "0"] == departed

    def test_a_long_id_stands_apart_from_its_office(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """The pseudonyms of a mapping have 26 characters; the columns are as wide as they need."""
        log, officer = tmp_path / "log.jsonl", "o-" + "a" * 24
        log.write_text(Path(UNASSIGNED).read_text().replace('"o-2"', f'"{officer}"'))
        _, out, _ = run(capsys, str(log), "--until", UNTIL)
        lines = out[out.index("\nofficer ") :].splitlines()[1:]
        assert [officer, "ATL", "departed"] == next(line.split()[:3] for line in lines if line.startswith(officer))
        assert 1 == len({len(line) for line in lines})

    def test_json_has_the_records(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """They are those of `evaluate`, all offices together first."""
        code, out, _ = run(capsys, UNASSIGNED, "--until", UNTIL, "--json")
        assert code == 0
        found = json.loads(out)
        offices, loads = tmp_path / "offices.jsonl", tmp_path / "loads.jsonl"
        with pytest.raises(SystemExit):
            main(["evaluate", UNASSIGNED, "--until", UNTIL, "--offices", str(offices), "--loads", str(loads)])
        assert found["offices"] == [json.loads(line) for line in offices.read_text().splitlines()]
        assert found["officers"] == [json.loads(line) for line in loads.read_text().splitlines()]
        assert "2026-03-01T00:00:00.000Z" == found["as_of"]

    def test_the_parts_of_the_need(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The output has the range when all weights change together, and each alone; the parts are the workload."""
        found = json.loads(run(capsys, UNASSIGNED, "--until", UNTIL, "--json")[1])
        record, need = next(
            (record, need)
            for record, need in zip(found["offices"], found["needs"], strict=True)
            if record["office"] == need["office"] == "ATL"
        )
        assert need["all_weights"]["p10"] < record["officers_needed"] < need["all_weights"]["p90"]
        assert sum(need["workload_by_weight"].values()) == record["workload_minutes_month"]
        assert (13_200, 14_850) == (need["workload_by_booked_dates"], need["workload_by_policy_interval"])
        assert len(need["each_weight"]) == len(need["workload_by_weight"]) == 6
        _, out, _ = run(capsys, UNASSIGNED, "--until", UNTIL)
        assert out.count("p10 to p90 of 10,000 draws, each weight up to 25% off") == 2

    def test_deadlines_by_cause(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """Within 7 and 14 days, by office, officer and cause, in the table and in the JSON."""
        log = tmp_path / "log.jsonl"
        events = [
            opened("day 1", case_id="a", office="ATL"),
            opened("day 1", case_id="b", office="ATL"),
            assigned("day 1", "X", case_id="b", office="ATL"),
            hearing_set("day 2", "day 10", case_id="b"),
        ]
        log.write_text("".join(json.dumps(event) + "\n" for event in events))
        _, out, _ = run(capsys, str(log), "--until", "2026-03-04T00:00:00Z")
        lines = [" ".join(line.split()) for line in out[out.index("\nATL\n") :].splitlines()]
        place = next(place for place, line in enumerate(lines) if line.startswith("deadlines within 14 days"))
        assert [
            "deadlines within 14 days 3 1 of them within 7; a case has one for each cause that comes due",
            "hearing_unresolved 1 0 of them within 7",
            "no_officer 1 1 of them within 7",
            "nothing_scheduled 1 0 of them within 7",
        ] == lines[place : place + 4]
        assert ["0", "1"] == next(line.split() for line in lines if line.startswith("X "))[-2:]
        found = json.loads(run(capsys, str(log), "--until", "2026-03-04T00:00:00Z", "--json")[1])["deadlines"]
        whole, atlanta = found["offices"]
        assert {**whole, "office": "ATL"} == atlanta
        assert (1, 3) == (atlanta["within_7d"], atlanta["within_14d"])
        assert {"within_7d": 0, "within_14d": 1} == atlanta["by_cause"]["hearing_unresolved"]
        assert [(None, 1, 2), ("X", 0, 1)] == [
            (each["officer_id"], each["within_7d"], each["within_14d"]) for each in found["officers"]
        ]

    def test_until_is_required(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A load is as of an instant."""
        code, _, err = run(capsys, UNASSIGNED)
        assert code == 2
        assert "--until" in err
