"""`docketwatch report`: one page whose numbers are those of `docketwatch load`."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

from schemas.causes import DECLARATIONS, Cause
from schemas.instants import to_ms
from schemas.policy import load_policy
from streams.cli.main import main
from streams.core.load.office_record import needed
from streams.sources.generate import Options, generate

WEEK, UNTIL = "2026-W17", "2026-04-27T03:59:59.999Z"
OFFICE = "ATL"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main([*words])
    printed = capsys.readouterr()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, printed.out, printed.err


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate a docket of 900 cases over 120 days, many of them lost track of."""
    folder: Path = tmp_path_factory.mktemp("report")
    generate(Options(cases=900, days=120, seed=6, lost=0.2), folder, policy=load_policy())
    return folder / "events.jsonl"


@pytest.fixture(scope="module")
def page(log: Path) -> str:
    """Return the report of the week."""
    file = log.with_name("report.html")
    with pytest.raises(SystemExit) as stopped:
        main(["report", str(log), "--office", OFFICE, "--week", WEEK, "--out", str(file)])
    assert 0 == stopped.value.code
    return file.read_text()


def rows(page: str, caption: str) -> dict[str, list[str]]:
    """Return the table with a caption, by the first cell of its rows."""
    whole = page[page.index(f"<caption>{caption}") :]
    body = whole[whole.index("<tbody>") : whole.index("</tbody>")]
    return {
        unescape(name): re.findall(r"<td>(.*?)</td>", cells)
        for name, cells in re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', body)
    }


def figure(page: str, name: str) -> str:
    """Return one of the figures at its head."""
    found = re.search(rf"<p>{name}<b>(.*?)</b>", page)
    assert found is not None
    return found[1]


class TestNumbers:
    def test_the_load_is_that_of_the_load_command(
        self, page: str, log: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The instant is the last one of the week in the office's zone."""
        printed = json.loads(run(capsys, "load", str(log), "--until", UNTIL, "--json")[1])
        record = next(each for each in printed["offices"] if each["office"] == OFFICE)
        now = rows(page, "Now")
        assert UNTIL == record["as_of"]
        assert f"as of {UNTIL}" in page
        for name, field in (
            ("open cases", "open_cases"),
            ("unassigned", "unassigned"),
            ("with an absent officer", "with_absent"),
            ("lost track", "lost_track"),
            ("officers at work", "officers_at_work"),
            ("workload minutes per month", "workload_minutes_month"),
            ("capacity minutes per month", "capacity_minutes_month"),
        ):
            assert [f"{record[field]:,.0f}"] == now[name]
        assert [f"{record['utilisation']:,.2f}"] == now["utilization"]
        assert needed(record["officers_needed"]) == figure(page, "officers needed")
        assert f"{record['deadlines_7d']:,}" == figure(page, "due within 7 days")
        at_work = [each for each in printed["officers"] if each["office"] == OFFICE and each["status"] == "active"]
        over = sorted((each for each in at_work if each["utilisation"] >= 1), key=lambda each: -each["utilisation"])
        assert over
        caption = f"Officers over 1 of their capacity: {len(over)} of {len(at_work)} at work"
        assert [each["officer_id"] for each in over][:8] == [*rows(page, caption)]

    def test_the_range_is_that_of_the_load_command(
        self, page: str, log: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Officers needed when all weights move together, in a sentence and in the JSON."""
        printed = json.loads(run(capsys, "load", str(log), "--until", UNTIL, "--json")[1])
        together = next(each for each in printed["needs"] if each["office"] == OFFICE)["all_weights"]
        low, high = needed(together["p10"]), needed(together["p90"])
        assert together["p10"] < together["p90"]
        assert f"If all weights move together by up to 25%, {low} to {high} officers are needed" in page
        document = json.loads(run(capsys, "report", str(log), "--office", OFFICE, "--week", WEEK, "--json")[1])
        assert together == document["needed_range"]

    def test_the_deadlines_are_those_of_the_load_command(
        self, page: str, log: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Within 7 and 14 days, by cause and by officer; the table of officers has the first five."""
        ahead = json.loads(run(capsys, "load", str(log), "--until", UNTIL, "--json")[1])["deadlines"]
        office = next(each for each in ahead["offices"] if each["office"] == OFFICE)
        assert office["within_7d"] < office["within_14d"]
        both = [f"{office['within_7d']:,}", f"{office['within_14d']:,}"]
        assert both == rows(page, "Causes")["all"][5:]
        causes = {Cause(name): counts for name, counts in office["by_cause"].items()}
        shown = rows(page, "Causes")
        for cause, counts in causes.items():
            name = f"{DECLARATIONS[cause].side.value}: {DECLARATIONS[cause].meaning}"
            assert [str(counts["within_7d"]), str(counts["within_14d"])] == shown[name][5:], name
        table = rows(page, f"Deadlines within 14 days: {office['within_14d']:,}")
        whole = json.loads(run(capsys, "report", str(log), "--office", OFFICE, "--week", WEEK, "--json")[1])[
            "deadlines"
        ]
        assert office["within_14d"] == sum(each["within_14d"] for each in whole)
        assert {
            each["officer_id"] or "no officer": [f"{each['within_7d']:,}", f"{each['within_14d']:,}"]
            for each in whole[:5]
        } == (table)

    def test_what_stands_is_what_the_record_counts(
        self, page: str, log: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The counts are by cause; earlier and new alerts together equal ended and open ones."""
        printed = json.loads(run(capsys, "load", str(log), "--until", UNTIL, "--json")[1])
        record = next(each for each in printed["offices"] if each["office"] == OFFICE)
        table = {name: [int(cell.replace(",", "")) for cell in cells] for name, cells in rows(page, "Causes").items()}
        assert record["by_cause"]["no_officer"] == table["agency: no officer is assigned"][3] > 0
        assert sum(record["by_cause"].values()) == table["all"][3]
        for before, new, ended, stand, *_ in table.values():
            assert before + new == ended + stand
        assert [sum(table[f"{side}: all"][place] for side in ("agency", "record", "person")) for place in range(7)] == (
            table["all"]
        )

    def test_the_weeks_ahead_are_those_of_the_forecast(
        self, page: str, log: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """There are four weeks, with booked and expected numbers apart."""
        printed = json.loads(run(capsys, "forecast", str(log), "--until", UNTIL, "--weeks", "5", "--json")[1])
        weeks = next(each for each in printed["offices"] if each["office"] == OFFICE)["weeks"]
        ahead = rows(page, "Ahead")
        assert ["2026-04-27", "2026-05-04", "2026-05-11", "2026-05-18"] == [*ahead]
        for cells, week in zip(ahead.values(), weeks, strict=False):
            assert f"{week['check_ins']['booked']:,}" == cells[0]
            assert cells[1].startswith(f"{week['check_ins']['expected']:,.0f} (")
            assert f"{week['hearings']['booked']:,}" == cells[2]


class TestPage:
    def test_it_loads_nothing_and_names_no_case(self, page: str, log: Path) -> None:
        """The page contains its charts."""
        assert re.search(r"(src|href)=|@import|url\(", page) is None
        assert 2 == page.count("<svg")
        cases = {json.loads(line).get("case_id") for line in log.read_text().splitlines()} - {None}
        assert not any(case in page for case in cases)

    def test_it_names_its_sources(self, page: str, log: Path) -> None:
        """They are the policy with its hash, the log, the instant and the feeds."""
        policy = load_policy()
        assert f"Policy {policy.id} ({policy.hash})" in page
        assert "Log: events.jsonl;" in page
        sources = {json.loads(line)["source"] for line in log.read_text().splitlines()}
        assert sources == set(rows(page, "Feeds"))

    def test_decisions_are_sentences(self, page: str) -> None:
        """Each sentence has its number."""
        asked = re.findall(r"<li>(.*?)</li>", page)
        without = rows(page, "Causes")["agency: no officer is assigned"][3]
        assert any(sentence.startswith(f"Assign {without} case") for sentence in asked)
        assert any(sentence.startswith(f"Look at {figure(page, 'due within 7 days')} case") for sentence in asked)

    def test_cases_are_named_when_asked_for(
        self, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """They are in a file that only its owner may read; protected cases are never named."""
        file = tmp_path / "report.html"
        words = ("report", str(log), "--office", OFFICE, "--week", WEEK, "--ids", "--out", str(file))
        assert 0 == run(capsys, *words)[0]
        assert 0o600 == file.stat().st_mode & 0o777
        events = [json.loads(line) for line in log.read_text().splitlines()]
        protected = {each["case_id"] for each in events if each.get("protected")}
        text = file.read_text()
        named = set(rows(text, "Causes that stand"))
        assert named <= {each.get("case_id") for each in events}
        assert named
        assert protected
        assert not any(case in text for case in protected)

    def test_a_folder_gets_the_last_week(
        self, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """By the clock of the machine, as a cron job asks for it."""
        monkeypatch.setattr("time.time", lambda: to_ms("2026-04-27T06:00:00Z") / 1000)
        words = ("report", str(log), "--office", OFFICE, "--week", "last", "--folder", str(tmp_path))
        assert 0 == run(capsys, *words)[0]
        assert [f"{OFFICE}-{WEEK}.html"] == [file.name for file in tmp_path.iterdir()]

    def test_a_log_that_ends_before_the_week(self, log: Path, capfd: pytest.CaptureFixture[str]) -> None:
        """The page says so."""
        out = run(capfd, "report", str(log), "--office", OFFICE, "--week", "2026-W30")[1]
        assert "The log ends before the week begins" in out


class TestRefusals:
    @pytest.mark.parametrize(("words", "code", "sentence"), [
        (["--office", "NYC", "--week", WEEK], 2, "no case and no officer of the log is at the office NYC"),
        (["--office", OFFICE, "--week", "2026-W54"], 2, "the year 2026 has no week 54"),
        (["--office", OFFICE, "--week", "2026-10"], 2, "such as 2026-W10"),
        (["--office", OFFICE, "--week", "2020-W10"], 1, "so there is nothing to evaluate"),
        (["--office", OFFICE, "--week", WEEK, "--ids"], 2, "--ids needs --out or --folder"),
        (["--office", OFFICE, "--week", WEEK, "--out", "a.html", "--folder", "."], 2, "--out and --folder both say"),
        (["--office", "../x", "--week", WEEK, "--folder", "."], 2, "is at the office ../x"),
    ])  # fmt: skip
    def test_a_sentence(
        self, words: list[str], code: int, sentence: str, log: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """The error says what is wrong and what would be valid."""
        ended, out, err = run(capfd, "report", str(log), *words)
        assert (code, "", True) == (ended, out, sentence in err)


class TestJson:
    def test_it_has_the_numbers_of_the_page(self, page: str, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Causes, weeks ahead and decisions are those of the page, and no case is named."""
        words = ("report", str(log), "--office", OFFICE, "--week", WEEK, "--json")
        document = json.loads(run(capsys, *words)[1])
        whole = [
            sum(each[name] for each in document["causes"].values()) for name in ("before", "new", "ended", "stand")
        ]
        assert [f"{number:,}" for number in whole] == rows(page, "Causes")["all"][:4]
        assert f"{document['record']['lost_track']:,}" == figure(page, "lost track")
        assert document["decisions"] == [unescape(each) for each in re.findall(r"<li>(.*?)</li>", page)]
        assert [f"{each['check_ins']['booked']:,}" for each in document["ahead"]] == [
            cells[0] for cells in rows(page, "Ahead").values()
        ]
        assert "cases" not in document

    def test_it_names_cases_beside_a_page(self, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """With --ids it names those of the page, and with --out the page is written, too."""
        file = tmp_path / "report.html"
        words = ("report", str(log), "--office", OFFICE, "--week", WEEK, "--ids", "--json", "--out", str(file))
        document = json.loads(run(capsys, *words)[1])
        assert document["cases"]
        assert [each["case_id"] for each in document["cases"]] == re.findall(
            r'<th scope="row">(.*?)</th>', file.read_text().partition("<caption>Causes that stand")[2]
        )
