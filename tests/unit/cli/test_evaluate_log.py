"""`docketwatch evaluate`: instants that are days or now, refused lines, and the summary of a log."""

import json
import time
from pathlib import Path

import pytest

from schemas.instants import to_ms
from streams.cli.options import INSTANT, LAST_INSTANT
from tests.unit.cli.test_evaluate import ASSIGNED, OPENED, UNTIL, log, run

LATER = {**ASSIGNED, "event_id": "e3", "officer_id": "officer-2", "recorded_at": "2026-03-03T16:00:00Z"}


class TestInstants:
    def test_a_day_ends_or_begins_an_interval(self) -> None:
        """It is the end of the day for an end and its beginning for a beginning, in UTC."""
        assert to_ms("2026-03-09T23:59:59.999Z") == LAST_INSTANT.convert("2026-03-09", None, None)
        assert to_ms("2026-03-09T00:00:00Z") == INSTANT.convert("2026-03-09", None, None)
        assert to_ms("2026-03-09T15:00:00Z") == LAST_INSTANT.convert("2026-03-09T15:00:00Z", None, None)

    def test_now_is_the_present(self) -> None:
        """It is the machine's clock."""
        before = int(time.time() * 1000)
        assert before <= LAST_INSTANT.convert("now", None, None) <= int(time.time() * 1000)

    @pytest.mark.parametrize("text", ["2026-02-30", "yesterday", "2026-03-09 15:00"])
    def test_another_form_is_refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
        """The message has every valid form."""
        code, _, err = run(capsys, "evaluate", log(tmp_path / "log.jsonl", [OPENED]), "--until", text)
        assert code == 2
        assert "a day such as 2026-03-09, or now" in " ".join(err.split())


class TestRefused:
    def test_it_continues_after_invalid_lines(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The output has the fault and the place of each, and not the line."""
        good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
        log(good, [OPENED, ASSIGNED])
        lines = [json.dumps(OPENED), "no json", json.dumps({**ASSIGNED, "office": "A 123456789"}), json.dumps(ASSIGNED)]
        bad.write_text("\n".join(lines) + "\n")
        found = {}
        for file in (good, bad):
            words = ("--until", UNTIL, "--alerts", str(tmp_path / "a"), "--refused", str(tmp_path / "r"))
            code, out, _ = run(capsys, "evaluate", str(file), *words)
            assert code == 0
            found[file] = (tmp_path / "a").read_bytes()
        assert found[good] == found[bad]
        assert "2 lines were refused" in out
        refused = [json.loads(line) for line in (tmp_path / "r").read_text().splitlines()]
        assert [(2, "not_json", ""), (3, "identifier_shaped", "office")] == [
            (one["line"], one["code"], one["field"]) for one in refused
        ]
        assert "123456789" not in (tmp_path / "r").read_text()

    def test_disorder_behind_a_bad_line_is_sorted(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The first reading ends at such a line and does not know the order behind it."""
        file = tmp_path / "log.jsonl"
        file.write_text("no json\n" + "".join(json.dumps(event) + "\n" for event in (LATER, ASSIGNED, OPENED)))
        straight = log(tmp_path / "straight.jsonl", [OPENED, ASSIGNED, LATER])
        run(capsys, "evaluate", straight, "--until", UNTIL, "--alerts", str(tmp_path / "a"))
        words = ("--until", UNTIL, "--alerts", str(tmp_path / "b"), "--refused", str(tmp_path / "r"))
        code, _, err = run(capsys, "evaluate", str(file), *words)
        assert code == 0
        assert "recorded_at may go back behind a line that is refused; sorting the file on disk first" in err
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()

    def test_a_bad_line_in_a_disordered_log_is_named(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """At first only its instant was read."""
        file = tmp_path / "log.jsonl"
        lines = [{**LATER, "recorded_at": "2026-03-03T16:00:00.000Z"}, {"recorded_at": "2026-03-02T15:00:00.000Z"}]
        file.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
        code, _, err = run(capsys, "evaluate", str(file), "--until", UNTIL)
        assert code == 2
        assert f"{file}:2: type: " in err

    def test_without_the_option_the_first_is_an_error(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The exit code is 2, and the message has the line."""
        file = tmp_path / "log.jsonl"
        file.write_text(json.dumps(OPENED) + "\nno json\n")
        code, _, err = run(capsys, "evaluate", str(file), "--until", UNTIL)
        assert code == 2
        assert f"{file}:2: " in err


class TestSummary:
    def test_a_cause_of_nearly_all_alerts(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The summary names it when there are many alerts, with the events that end it and what finds their key."""
        cases = [{**OPENED, "case_id": f"case-{n}", "event_id": f"o{n}"} for n in range(30)]
        given = [{**ASSIGNED, "case_id": f"case-{n}", "event_id": f"a{n}"} for n in range(30)]
        _, out, _ = run(capsys, "evaluate", log(tmp_path / "log.jsonl", cases + given), "--until", "2026-03-20")
        assert "nearly all are nothing_scheduled: does the log have the events that end it (check_in_completed, " in out
        assert "`docketwatch convert check` says which key of a mapping would read them" in out
        _, out, _ = run(capsys, "evaluate", log(tmp_path / "few.jsonl", [OPENED, ASSIGNED]), "--until", "2026-03-20")
        assert "nearly all" not in out

    def test_a_cause_of_nearly_all_cases(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Two causes that each stand in every case are named both, though neither makes nearly all alerts."""
        cases = [{**OPENED, "case_id": f"case-{n}", "event_id": f"o{n}"} for n in range(30)]
        _, out, _ = run(capsys, "evaluate", log(tmp_path / "log.jsonl", cases), "--until", "2026-03-20")
        for cause, ends in (("no_officer", "officer_assigned"), ("nothing_scheduled", "check_in_completed, ")):
            assert f"nearly all open cases have {cause}: does the log have the events that end it ({ends}" in out

    def test_offices_without_a_time_zone(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The summary names the first few of them, once."""
        there = [{**OPENED, "case_id": f"case-{n}", "event_id": f"o{n}", "office": f"X{n}"} for n in range(5)]
        _, out, _ = run(capsys, "evaluate", log(tmp_path / "log.jsonl", [OPENED, *there]), "--until", UNTIL)
        sentence = (
            "5 offices without a time zone in the policy, whose business days are of UTC, with the holidays of the "
            "United States: X0, X1, X2, ..."
        )
        assert 1 == out.count(sentence)
        _, out, _ = run(capsys, "evaluate", log(tmp_path / "known.jsonl", [OPENED]), "--until", UNTIL)
        assert "without a time zone" not in out


class TestReview:
    def test_a_policy_that_is_overdue_for_review(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Every command that reads it says so; `policy check` says since when."""
        policy = tmp_path / "p.toml"
        policy.write_text('name = "p"\nversion = "1"\nreview_by = "2020-01-31"\n')
        events = log(tmp_path / "log.jsonl", [OPENED])
        _, _, err = run(capsys, "evaluate", events, "--until", UNTIL, "--policy", str(policy))
        assert "docketwatch: the policy p@1 was to be reviewed by 2020-01-31\n" == err
        code, out, _ = run(capsys, "policy", "check", str(policy))
        assert code == 0
        assert "p@1 is valid; review was due by 2020-01-31, " in out


class TestHolidays:
    def test_business_days_of_an_office_with_its_own(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A deadline is a day later for each day on which the office is closed."""
        raised = []
        for more in ("", 'holidays = "none"\nclosed = [2026-03-10, 2026-03-11]\n'):
            policy = tmp_path / "p.toml"
            policy.write_text(f'name = "p"\nversion = "1"\nreview_by = 2099-01-31\n[offices.ATL]\ntz = "UTC"\n{more}')
            alerts = tmp_path / "a.jsonl"
            events = log(tmp_path / "log.jsonl", [OPENED, ASSIGNED])
            run(capsys, "evaluate", events, "--until", UNTIL, "--policy", str(policy), "--alerts", str(alerts))
            raised += [json.loads(line)["raised_at"] for line in alerts.read_text().splitlines()]
        assert ["2026-03-16T15:00:00.000Z", "2026-03-18T15:00:00.000Z"] == raised

    def test_a_generated_log_has_none(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Otherwise its truth would differ from the policy's."""
        policy = tmp_path / "p.toml"
        policy.write_text(
            'name = "p"\nversion = "1"\nreview_by = 2099-01-31\n[offices.ATL]\ntz = "UTC"\nholidays = "NL"\n'
        )
        words = ("--cases", "1", "--days", "1", "--out", str(tmp_path / "d"), "--policy", str(policy))
        code, _, err = run(capsys, "generate", *words)
        assert (2, True) == (code, "knows the holidays of the United States only" in err)
