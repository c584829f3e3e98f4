"""`docketwatch whatif`: its output, its files, and its refusals."""

import json
import re
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
OTHER = {**ASSIGNED, "event_id": "e3", "case_id": "case-2", "officer_id": "officer-2"}
OTHER_OPENED = {**OPENED, "event_id": "e4", "case_id": "case-2"}
AT = "2026-03-10T00:00:00Z"
SINCE = "2026-03-05T00:00:00Z"
LATER = "2026-03-12T00:00:00Z"


@pytest.fixture
def events(tmp_path: Path) -> str:
    """Return two cases, each with an officer and without any appointment."""
    return log(tmp_path / "log.jsonl", [OPENED, OTHER_OPENED, ASSIGNED, OTHER])


class TestWhatif:
    def test_two_policies(self, tmp_path: Path, events: str, capsys: pytest.CaptureFixture[str]) -> None:
        """A cause that the tried policy disables has no alert; half the capacity needs twice the officers."""
        now, tried = tmp_path / "now.toml", tmp_path / "tried.toml"
        now.write_text('name = "now"\nversion = "1"\nreview_by = 2030-01-01\n')
        tried.write_text(LENIENT)
        differences = tmp_path / "differences.jsonl"
        code, out, _ = run(
            capsys, "whatif", events, "--policy", str(now), "--policy", str(tried), "--until", UNTIL,
            "--differences", str(differences),
        )  # fmt: skip
        assert code == 0
        words = [line.split() for line in out.splitlines()]
        assert ["nothing_scheduled", "2", "0", "0", "2", "0", "0"] in words
        assert ["all", "officers", "needed", "by", "the", "weights", "0.03", "(1)", "0.07", "(1)"] in words
        records = [json.loads(line) for line in differences.read_text().splitlines()]
        assert [("case-1", None), ("case-2", None)] == [(each["case_id"], each["raised_tried"]) for each in records]
        assert {"2026-03-16T14:00:00.000Z"} == {each["raised_now"] for each in records}

    def test_an_office_without_a_time_zone_is_named(
        self, tmp_path: Path, events: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """On the standard error, once for both sides; nothing when every office has one."""
        assert "" == run(capsys, "whatif", events, "--until", UNTIL)[2]
        opened, assigned = ({**each, "office": "X1"} for each in (OTHER_OPENED, OTHER))
        elsewhere = log(tmp_path / "elsewhere.jsonl", [OPENED, opened, ASSIGNED, assigned])
        _, _, err = run(capsys, "whatif", elsewhere, "--until", UNTIL)
        sentence = "docketwatch: 1 office without a time zone in the policy, whose business days are of UTC, "
        assert f"{sentence}with the holidays of the United States: X1\n" == err

    def test_a_key_of_the_policy(self, events: str, capsys: pytest.CaptureFixture[str]) -> None:
        """A shorter time gives the same alerts, earlier."""
        code, out, _ = run(
            capsys, "whatif", events, "--until", UNTIL, "--set", "causes.nothing_scheduled.after=9bd", "--json"
        )
        found = json.loads(out)
        assert code == 0
        assert (found["alerts"]["earlier"], found["alerts"]["new"], found["alerts"]["gone"]) == (2, 0, 0)
        assert found["earlier"] == {"alerts": 2, "median_hours": 72.0, "p90_hours": 72.0}
        assert found["policy_now"] != found["policy_tried"]
        assert [row["group"] for row in found["by_officer"]] == ["officer-1", "officer-2"]

    def test_a_window(self, events: str, capsys: pytest.CaptureFixture[str]) -> None:
        """An earlier alert does not count as raised, and is open at the end."""
        words = ["whatif", events, "--since", "2026-03-20T00:00:00Z", "--until", UNTIL, "--json"]
        alerts = json.loads(run(capsys, *words)[1])["alerts"]
        assert (alerts["now"], alerts["looks_now"], alerts["open_now"]) == (0, 0, 2)

    def test_a_move(self, events: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The other officer has both cases from its instant on."""
        words = ["whatif", events, "--until", UNTIL, "--move", f"officer-1=officer-2@{AT}", "--json"]
        code, out, _ = run(capsys, *words)
        found = json.loads(out)
        assert code == 0
        assert {("officer-1", 1, 0), ("officer-2", 1, 2)} == {
            (each["officer_id"], each["open_cases_now"], each["open_cases_tried"]) for each in found["officers"]
        }
        assert found["edits"] == ["the docket of officer-1 goes to officer-2 at 2026-03-10T00:00:00.000Z"]
        assert re.fullmatch("[0-9a-f]{12}", found["edits_hash"])

    def test_a_plan(self, tmp_path: Path, events: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Only the tried side has its events."""
        booked = {
            **OPENED, "type": "check_in_scheduled", "event_id": "p1", "check_in_id": "b1", "channel": "phone",
            "due_at": "2026-04-20T15:00:00Z", "occurred_at": AT, "recorded_at": AT,
        }  # fmt: skip
        booked = {name: value for name, value in booked.items() if name not in ("office", "level")}
        plan = log(tmp_path / "plan.jsonl", [booked])
        code, out, err = run(capsys, "whatif", events, "--until", UNTIL, "--plan", plan, "--json")
        assert (code, err) == (0, "")
        alerts = json.loads(out)["alerts"]
        assert (alerts["now"], alerts["tried"], alerts["gone"]) == (2, 1, 1)

    def test_more_officers(self, events: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The office's record and that of all offices have them."""
        found = json.loads(run(capsys, "whatif", events, "--until", UNTIL, "--add-officers", "ATL=3", "--json")[1])
        assert {("*", 3), ("ATL", 3)} == {
            (each["office"], each["tried"]["officers_at_work"] - each["now"]["officers_at_work"])
            for each in found["offices"]
        }


class TestPlans:
    """A plan names only what the docket has by the instant of each event."""

    @pytest.mark.parametrize(("wrong", "place", "sentence"), [
        ({"case_id": "case-9"}, "case_id", "no case_opened event up to that instant opens this case; name a case"),
        ({"officer_id": "officer-9"}, "officer_id", "no event up to that instant names this officer; name an officer"),
        ({"office": "MARS"}, "office", "no event of the log up to that instant names this office"),
        ({"case_id": "case-3"}, "case_id", "no case_opened event up to that instant opens this case"),
        ({"recorded_at": "2026-12-01T00:00:00Z"}, "recorded_at", "the event lies outside the window, after"),
        ({"recorded_at": SINCE, "occurred_at": SINCE}, "recorded_at", "the event lies outside the window, after"),
        ({"office": 7}, "office", ""),
    ])  # fmt: skip
    def test_an_invalid_plan(
        self,
        wrong: dict[str, object],
        place: str,
        sentence: str,
        tmp_path: Path,
        events: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """The exit code is 2, nothing is written, and the error names the line and the field."""
        later = {**OPENED, "event_id": "e5", "case_id": "case-3", "occurred_at": LATER, "recorded_at": LATER}
        more = log(tmp_path / "more.jsonl", [later])
        assigned = {**OTHER, "event_id": "p1", "occurred_at": AT, "recorded_at": AT}
        plan = log(tmp_path / "plan.jsonl", [{**assigned, "case_id": "case-1"}, {**assigned, **wrong}])
        page = tmp_path / "page.html"
        code, out, err = run(
            capsys, "whatif", events, more, "--since", SINCE, "--until", UNTIL, "--plan", plan, "--html", str(page)
        )
        assert (code, out, page.exists()) == (2, "", False)
        assert f"{plan}:2: {place}: {sentence}" in err
        assert not any(name in err for name in ("case-9", "case-3", "officer-9", "MARS"))

    def test_it_may_bring_its_own(self, tmp_path: Path, events: str, capsys: pytest.CaptureFixture[str]) -> None:
        """A plan opens a case, adds an officer and gives cases to added officers; its lines are in any order."""
        at = {"occurred_at": AT, "recorded_at": AT}
        new_officer = {
            "v": 1, "type": "officer_updated", "event_id": "p1", "source": "plan", **at, "officer_id": "officer-3",
            "office": "ATL", "status": "active", "capacity_hours_month": None,
        }  # fmt: skip
        plan = log(
            tmp_path / "plan.jsonl",
            [
                {**OTHER, **at, "event_id": "p2", "case_id": "case-3", "officer_id": "officer-3"},
                {**OTHER, **at, "event_id": "p3", "case_id": "case-1", "officer_id": "whatif-ATL-1"},
                {**OPENED, **at, "event_id": "p4", "case_id": "case-3"},
                new_officer,
            ],
        )
        words = ["whatif", events, "--until", UNTIL, "--plan", plan, "--add-officers", "ATL=1", "--json"]
        code, out, err = run(capsys, *words)
        assert (code, err) == (0, "")
        assert {("officer-1", 0), ("officer-3", 1), ("whatif-ATL-1", 1)} == {
            (each["officer_id"], each["open_cases_tried"]) for each in json.loads(out)["officers"]
        }


class TestPage:
    def test_it_is_one_file(self, tmp_path: Path, events: str, capsys: pytest.CaptureFixture[str]) -> None:
        """It loads nothing, names no case, and has the command's figures."""
        page = tmp_path / "page.html"
        code, _, _ = run(
            capsys, "whatif", events, "--until", UNTIL, "--set", "causes.nothing_scheduled.enabled=false",
            "--html", str(page),
        )  # fmt: skip
        text = page.read_text()
        assert code == 0
        assert re.search(r"(src|href)=|@import|url\(|case-1", text) is None
        assert "0 alerts are new and 2 are gone." in text
        assert text.count("<rect") == 2


class TestLimits:
    @pytest.mark.parametrize(("limit", "code"), [("gone>1", 1), ("gone>2", 0), ("new >= 0", 1), ("open==0", 1)])
    def test_a_limit(self, limit: str, code: int, events: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The exit code is 1 when it is exceeded, with a sentence that has the figure."""
        words = ["--set", "causes.nothing_scheduled.enabled=false", "--fail-on", limit]
        ended, _, err = run(capsys, "whatif", events, "--until", UNTIL, *words)
        assert ended == code
        assert ("--fail-on names" in err) == bool(code)


class TestRefusals:
    @pytest.mark.parametrize(("words", "sentence"), [
        (["--move", "officer-1"], "must name two officers and an instant, such as --move officer-1=officer-2@2026"),
        (["--move", "officer-1=officer-2"], "must name two officers and an instant"),
        (["--move", "officer-1=officer-2@soon"], "--move 'officer-1=officer-2@soon': "),
        (["--move", f"officer-1=officer-1@{AT}"], "names one officer twice"),
        (["--move", "officer-1=officer-2@2027-01-01T00:00:00Z"], "00:00.000Z lies outside the window, after"),
        (["--move", f"officer-1=officer-2@{AT}", "--since", AT], f"--move at {AT[:-1]}.000Z lies outside the window"),
        (["--move", f"officer-1=officer-9@{AT}"], "no event up to that instant names the officer officer-9"),
        (["--add-officers", "ATL"], "must name an office and a whole number from 1 to 1,000,000"),
        (["--add-officers", "ATL=0"], "must name an office and a whole number"),
        (["--add-officers", "ATL=nan"], "must name an office and a whole number"),
        (["--add-officers", "ATL=" + "9" * 5_000], "must name an office and a whole number"),
        (["--add-officers", "ATL=1000000", "--add-officers", "ATL=1"], "must name an office and a whole number"),
        (["--add-officers", "MARS=1"], "no case and no officer of the log is at the office MARS"),
        (["--set", "causes.no_officer.after"], "must be a key and a value, such as --set causes.no_officer.after=1bd"),
        (["--set", "causes.no_officer.after=soon"], '--set: causes.no_officer.after = "soon"'),
        (["--set", "causes.unknown.after=1d"], "--set: causes.unknown"),
        (["--set", "name.first=x"], "name is no table of a policy"),
        (["--since", UNTIL], "--since must be before --until"),
        (["--fail-on", "happy>1"], "must be a figure, a sign and a number, such as 'new>100'; figures are new, gone"),
        (["--fail-on", "new"], "must be a figure, a sign and a number"),
    ])  # fmt: skip
    def test_an_invalid_change(
        self, words: list[str], sentence: str, events: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The exit code is 2, and the error says what would be valid."""
        code, out, err = run(capsys, "whatif", events, "--until", UNTIL, *words)
        assert (code, out) == (2, "")
        assert sentence in err
        assert "Traceback" not in err
