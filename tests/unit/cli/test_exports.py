"""Exports of real systems, each in tests/data/exports, and what `docketwatch convert` makes of them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from streams.cli.main import main

EXPORTS = Path(__file__).parents[2] / "data" / "exports"
KEYS = ("00112233445566778899aabbccddeeff" * 2, "0123456789abcdef" * 4, "89abcdef01234567" * 4)


@dataclass(frozen=True)
class Done:
    """A command's exit code and output."""

    code: int
    out: str
    err: str


@dataclass
class Workdir:
    """Runs commands in a temporary folder."""

    path: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, *words: object) -> Done:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        printed = self.capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, printed.out, printed.err)

    def convert(self, kind: str, export: str, mapping: str | None, key: str = KEYS[0]) -> Done:
        (self.path / "key").write_text(key)
        own = EXPORTS / export
        source = own if kind == "eoir" else own / f"in.{kind}"
        words = [] if mapping is None else ["--mapping", own / mapping]
        out = ("--out", self.path / "o.jsonl", "--key-file", self.path / "key")
        return self.run("convert", kind, source, *words, *out)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.path / "o.jsonl").read_text().splitlines()]

    def alerts(self, until: str) -> dict[str, str]:
        """Return case and cause of the open alerts."""
        alerts = self.path / "a.jsonl"
        assert 0 == self.run("evaluate", self.path / "o.jsonl", "--until", until, "--alerts", alerts).code
        status: dict[tuple[str, str], str] = {}
        for line in alerts.read_text().splitlines():
            one = json.loads(line)
            status[one["case_id"], one["cause"]] = one["status"]
        return {cause: case for (case, cause), now in status.items() if now in ("raised", "escalated")}


@pytest.fixture
def workdir(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Workdir:
    monkeypatch.delenv("DOCKETWATCH_PSEUDONYM_KEY", raising=False)
    monkeypatch.delenv("DOCKETWATCH_PSEUDONYM_KEY_FILE", raising=False)
    return Workdir(tmp_path, capsys)


class TestUnbalancedQuote:
    def test_it_is_refused_where_it_opens(self, workdir: Workdir) -> None:
        """The message says how many lines it would swallow."""
        done = workdir.convert("csv", "csv-unbalanced-quote", "m.toml")
        assert 2 == done.code
        assert "in.csv:3: a quote opens here that is not closed where its value ends; it would take 8 lines" in done.err
        assert not (workdir.path / "o.jsonl").exists()


class TestSameInstant:
    @pytest.mark.parametrize("key", KEYS)
    def test_the_order_of_the_trace_decides(self, workdir: Workdir, key: str) -> None:
        """The key does not matter: case A ends with its second officer, B open, C closed."""
        done = workdir.convert("xes", "same-instant-order", "x.toml", key)
        assert 0 == done.code
        assert "3 records: at the instant of the case's record before it: its events are written a mill" in done.out
        events = workdir.events()
        assigned = [event for event in events if event["type"] == "officer_assigned"]
        case_a = next(one["case_id"] for one in assigned if one["occurred_at"] == "2024-03-02T08:00:00.001Z")
        assert ["2024-03-01T08:00:00.000Z", "2024-03-02T08:00:00.001Z"] == [
            one["occurred_at"] for one in assigned if one["case_id"] == case_a
        ]
        by_case = {
            case: [
                event["type"]
                for event in sorted(events, key=lambda one: str(one["occurred_at"]))
                if event["case_id"] == case
            ]
            for case in {event["case_id"] for event in events}
        }
        ends = sorted(next(one for one in reversed(types) if one.startswith("case_")) for types in by_case.values())
        assert ["case_closed", "case_opened", "case_reopened"] == ends
        closed = next(
            case
            for case, types in by_case.items()
            if "case_closed" in types and types[-2:] == ["case_closed", "check_in_completed"]
        )
        assert closed not in workdir.alerts("2024-04-20T00:00:00Z").values()


class TestNothingConverted:
    def test_the_dates_of_jira_are_recognised(self, workdir: Workdir) -> None:
        """They need no pattern."""
        done = workdir.convert("csv", "nothing-read-exit-0", "m.toml")
        assert 0 == done.code
        assert 3 == sum(event["type"] == "case_opened" for event in workdir.events())

    @pytest.mark.parametrize(
        ("mapping", "sentence"),
        [
            ("m2.toml", '"dd/MM/yyyy": names nothing: strptime\'s directives begin with %, such as'),
            ("m3.toml", '"%Q": %Q is no directive of strptime'),
        ],
    )
    def test_an_invalid_pattern_is_refused(self, workdir: Workdir, mapping: str, sentence: str) -> None:
        """Reading the mapping refuses it."""
        done = workdir.convert("csv", "nothing-read-exit-0", mapping)
        assert 2 == done.code
        assert f"log.timestamp_format = {sentence}" in done.err

    def test_a_log_without_events_exits_with_1(self, workdir: Workdir, tmp_path: Path) -> None:
        """The message has the form of the values and the key that would read them, and there is no log."""
        own = EXPORTS / "nothing-read-exit-0"
        (tmp_path / "in.csv").write_text((own / "in.csv").read_text().replace("/Mar/", ". March "))
        (tmp_path / "key").write_text(KEYS[0])
        done = workdir.run(
            "convert", "csv", tmp_path / "in.csv", "--mapping", own / "m.toml", "--out", tmp_path / "o.jsonl",
            "--key-file", tmp_path / "key",
        )  # fmt: skip
        assert 1 == done.code
        assert "its shape is 99. AAAAA 99 9:99 AA: name its form in log.timestamp_format" in done.out
        assert "not one event came of 3 rows, so nothing is written" in done.err
        assert not (tmp_path / "o.jsonl").exists()


class TestSentinelDates:
    def test_they_are_left_out(self, workdir: Workdir) -> None:
        """Three were never set, and one is a thousand years ahead."""
        done = workdir.convert("csv", "sentinel-dates", "m.toml")
        assert 1 == done.code
        assert "3 rows: the value for log.timestamp is a date that was never set" in done.out
        assert "1 rows: the value for log.timestamp lies after the present" in done.out


class TestBrackets:
    def test_they_are_literal(self, workdir: Workdir) -> None:
        """Only * and ? are special."""
        assert 0 == workdir.convert("csv", "brackets-in-activity", "n.toml").code
        assert 1 == sum(event["type"] == "check_in_completed" for event in workdir.events())


class TestRepeatedHour:
    def test_the_second_01_10_is_used_where_the_order_says_so(self, workdir: Workdir) -> None:
        """The case is closed in the end, and no alert is raised."""
        done = workdir.convert("csv", "dst-fall-back", "d.toml")
        assert 0 == done.code
        assert "1 records: the clocks showed this time twice: taken for the second time, as the order" in done.out
        assert "1 records: the clocks showed this time twice: taken for the first time" in done.out
        closed = [event["occurred_at"] for event in workdir.events() if event["type"] == "case_closed"]
        assert ["2024-11-03T06:10:00.000Z"] == closed
        assert {} == workdir.alerts("2025-01-15T00:00:00Z")


class TestNeverOpened:
    def test_such_cases_are_counted(self, workdir: Workdir) -> None:
        """A value that no mapping names is counted apart from an empty one."""
        done = workdir.convert("csv", "case-never-opened", "f.toml")
        assert 0 == done.code
        assert "2 cases: never opened: the case raises nothing" in done.out
        assert "1 rule 1 (case_opened): no value of prio, and level has no default" in done.out
        assert "1 rule 1 (case_opened): the value of prio is not among values, and level has no default" in done.out


class TestWrongNumberOfCells:
    def test_an_empty_last_cell_is_ignored(self, workdir: Workdir) -> None:
        """The report counts it."""
        done = workdir.convert("csv", "all-rows-wrong-width", "d.toml")
        assert 0 == done.code
        assert "2 rows: empty values behind the last column: left out" in done.out
        assert 2 == sum(event["type"] == "case_opened" for event in workdir.events())


class TestOutputIsInput:
    @pytest.mark.parametrize("out", ["key", "in.csv", "m.toml"])
    def test_no_input_is_overwritten(self, workdir: Workdir, out: str) -> None:
        """The inputs are the key of all pseudonyms, the source and the mapping."""
        before = {}
        for file in sorted((EXPORTS / "out-overwrites-input").iterdir()):
            before[file.name] = file.read_bytes()
            (workdir.path / file.name).write_bytes(file.read_bytes())
        done = workdir.run(
            "convert", "csv", workdir.path / "in.csv", "--mapping", workdir.path / "m.toml",
            "--out", workdir.path / out, "--key-file", workdir.path / "key",
        )  # fmt: skip
        assert 2 == done.code
        assert "--out is the same file as " in done.err
        assert before == {file.name: file.read_bytes() for file in workdir.path.iterdir()}


class TestCourtTables:
    def test_dates_of_another_form_are_read(self, workdir: Workdir) -> None:
        """The report counts them by column, and names no tab as the fault."""
        done = workdir.convert("eoir", "eoir-date-formats", None)
        assert 0 == done.code
        assert 3 == sum(event["type"] == "hearing_scheduled" for event in workdir.events())
        assert "3 tbl_schedule: a value in another form (a date, a time, or in quotes): read: ADJ_DATE" in done.out


class TestPolicyName:
    def test_a_folder_of_its_name_is_not_a_policy(self, workdir: Workdir, monkeypatch: pytest.MonkeyPatch) -> None:
        """A packaged policy is never looked up in the working folder."""
        (workdir.path / "eoir").symlink_to(EXPORTS / "policy-name-shadowed")
        (workdir.path / "default").write_text("no policy")
        (workdir.path / "key").write_text(KEYS[0])
        monkeypatch.chdir(workdir.path)
        assert 0 == workdir.run("convert", "eoir", "eoir", "--out", "o.jsonl", "--key-file", "key").code
        assert 0 == workdir.run("evaluate", "o.jsonl", "--policy", "default", "--until", "2020-12-01T00:00:00Z").code
