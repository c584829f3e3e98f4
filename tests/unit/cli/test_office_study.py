"""The process that works out the page of offices: its answers are those of the commands on the same log."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.instants import to_ms, to_text
from schemas.policy import load_policy
from streams import extras
from streams.cli.main import main
from streams.cli.office_study.answering import TRIAL_DAYS, ahead, trial
from streams.core.policy.rules import Rules
from streams.sources.generate import Options, generate
from streams.web.studies.answers import AheadAnswer, CurveOfOffice, OfficeAhead, TrialAnswer, TrialComparison
from streams.web.studies.questions import AheadQuestion, Question, StudyOrder, TrialQuestion

POLICY = load_policy()
DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate a small docket with the audit's skew."""
    folder: Path = tmp_path_factory.mktemp("study")
    generate(Options(cases=400, days=120, seed=4, officers=32, skew=6.0), folder, policy=POLICY)
    return folder / "events.jsonl"


def order(log: Path, question: Question, until: int | None = None) -> StudyOrder:
    """Return an order on a log."""
    document = POLICY.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"review_by"})
    return StudyOrder(question, document, POLICY.review_by, "127.0.0.1:9", "docket", 4, (str(log),), until)


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """Return what a command prints with --json."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--json"])
    assert not stopped.value.code
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


class TestAhead:
    def test_the_answer_is_that_of_forecast_and_balance(self, capsys: pytest.CaptureFixture[str], log: Path) -> None:
        """Every number that the page shows; it is of the end of the log, which lies before the clock."""
        answer = ahead(order(log, AheadQuestion(), until=to_ms("2030-01-01T00:00:00Z")), Rules(POLICY))
        forecast = run_json(capsys, "forecast", str(log), "--until", answer.as_of)
        balance = run_json(capsys, "balance", str(log), "--until", answer.as_of)
        assert answer.curves
        assert msgspec.convert(forecast["offices"], list[OfficeAhead]) == answer.offices
        assert msgspec.convert(balance["offices"], list[CurveOfOffice]) == answer.curves
        assert ("", "") == (answer.no_forecast, answer.no_balance)
        assert forecast["history_weeks"] == answer.history_weeks
        assert answer.as_of == max(json.loads(line)["recorded_at"] for line in log.read_text().splitlines())

    def test_it_names_no_case_and_no_officer(self, log: Path) -> None:
        """Its numbers are totals of offices."""
        answer = msgspec.json.encode(ahead(order(log, AheadQuestion()), Rules(POLICY))).decode()
        events = [json.loads(line) for line in log.read_text().splitlines()]
        assert not any(event["case_id"] in answer for event in events if "case_id" in event)
        assert not any(event["officer_id"] in answer for event in events if event.get("officer_id"))

    def test_without_the_extra(self, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The forecast is there, and a sentence in place of the curves."""
        monkeypatch.setattr(extras, "is_installed", lambda extra: extra != "balance")
        answer = ahead(order(log, AheadQuestion()), Rules(POLICY))
        assert answer.offices
        assert [] == answer.curves
        assert answer.no_balance == (
            "The balance curve needs the extra `balance`, which is not installed: "
            "`pip install 'docketwatch[balance]'` installs it"
        )

    def test_the_clock_of_the_console(self, log: Path) -> None:
        """Of a log that goes on after it, what comes later is left out."""
        clock = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
        answer = ahead(order(log, AheadQuestion(), until=int(clock * 1000)), Rules(POLICY))
        assert "2026-03-01T00:00:00.000Z" == answer.as_of


class TestTrial:
    def test_the_answer_is_that_of_whatif(self, capsys: pytest.CaptureFixture[str], log: Path) -> None:
        """Over the last 90 days, with the same edits."""
        question = TrialQuestion(settings=("causes.no_officer.after=1bd",), added=(("ATL", 3),))
        answer = trial(order(log, question), question, Rules(POLICY))
        found = answer.found
        assert TRIAL_DAYS * DAY_MS == to_ms(found.until) - to_ms(found.since)
        edits = ("--set", "causes.no_officer.after=1bd", "--add-officers", "ATL=3")
        words = ("--since", found.since, "--until", found.until)
        document = run_json(capsys, "whatif", str(log), *words, *edits)
        assert msgspec.convert(document, TrialComparison) == found
        assert found.alerts.new > 0

    def test_a_shorter_log(self, log: Path) -> None:
        """The window begins with its first event, so that a week has its looks."""
        until = to_ms("2026-02-01T00:00:00Z")
        question = TrialQuestion()
        answer = trial(order(log, question, until=until), question, Rules(POLICY))
        assert isinstance(answer, TrialAnswer)
        first = min(json.loads(line)["recorded_at"] for line in log.read_text().splitlines())
        assert to_text(to_ms(first) - 1) == answer.found.since
        assert 0 == answer.found.alerts.new == answer.found.alerts.gone


def test_every_answer_can_be_read_back() -> None:
    """What a page reads is what the process writes."""
    answer = AheadAnswer("2026-03-06T00:00:00.000Z", "a log", 3, [], [], "none", [], "none")
    assert answer == msgspec.json.decode(msgspec.json.encode(answer), type=AheadAnswer)
