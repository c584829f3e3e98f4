"""`docketwatch due`: deadlines ahead of a log, counted and listed."""

import json
from pathlib import Path

import pytest

from streams.cli.main import main
from tests.builders import assigned, booked, hearing_set, opened

UNTIL = "2026-03-04T00:00:00Z"  # day 3


@pytest.fixture
def log(tmp_path: Path) -> str:
    """Return a log of three cases: one without an officer, one with a hearing on day 4, one with a check-in."""
    events = [
        opened("day 1", case_id="a", office="ATL"),
        opened("day 1", case_id="b", office="SEA"),
        assigned("day 1", "X", case_id="b", office="SEA"),
        opened("day 1", case_id="c", office="ATL"),
        assigned("day 1", "Y", case_id="c", office="ATL"),
        hearing_set("day 2", "day 4", case_id="b"),
        booked("day 2", "day 30", case_id="c"),
    ]
    file = tmp_path / "log.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    return str(file)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Return exit code and output of the command."""
    with pytest.raises(SystemExit) as stopped:
        main(["due", *words])
    printed = capsys.readouterr()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, printed.out, printed.err


class TestDue:
    def test_list(self, capsys: pytest.CaptureFixture[str], log: str) -> None:
        """Counts by office, officer and cause, then each deadline with what prevents the alert."""
        code, out, _ = run(capsys, log, "--until", UNTIL, "--days", "9", "--cause", "no_officer")
        assert code == 0
        lines = out.splitlines()
        assert "1 deadlines of 1 cases within 9 days, 1 of them within 7" == lines[1]
        assert ["ATL", "1", "1"] == lines[4].split()
        assert ["-", "1", "1"] == lines[7].split()
        assert ["no_officer", "1", "1"] == lines[10].split()
        assert lines[12:] == [
            "2026-03-07T00:00:00.000Z  a  office ATL, officer -  no_officer",
            "    no officer has the case; comes due unless an officer is assigned",
        ]

    def test_no_more_than_a_week_is_counted_once(self, capsys: pytest.CaptureFixture[str], log: str) -> None:
        """Seven days have no column of their own beside them."""
        lines = run(capsys, log, "--until", UNTIL, "--days", "7", "--cause", "no_officer")[1].splitlines()
        assert "1 deadlines of 1 cases within 7 days" == lines[1]
        assert (["office", "7", "days"], ["ATL", "1"]) == (lines[3].split(), lines[4].split())

    def test_json(self, capsys: pytest.CaptureFixture[str], log: str) -> None:
        """One object: the counts of a week and of all days, and every deadline."""
        document = json.loads(run(capsys, log, "--until", UNTIL, "--days", "30", "--json")[1])
        assert document["as_of"] == "2026-03-04T00:00:00.000Z"
        assert document["counts"]["office"]["SEA"] == {"within_7d": 0, "within": 2}
        assert [("a", "no_officer"), ("b", "hearing_unresolved")] == [
            (each["case_id"], each["cause"]) for each in document["due"][:2]
        ]

    @pytest.mark.parametrize(
        ("words", "cases"),
        [
            (("--office", "ATL"), ["a"]),
            (("--officer", "X"), ["b"]),
            (("--office", "ATL", "--office", "SEA"), ["a", "b"]),
        ],
    )
    def test_filters(
        self, capsys: pytest.CaptureFixture[str], log: str, words: tuple[str, ...], cases: list[str]
    ) -> None:
        """The options limit the list to the cases of an office or an officer."""
        document = json.loads(run(capsys, log, "--until", UNTIL, "--days", "9", "--json", *words)[1])
        assert cases == sorted({each["case_id"] for each in document["due"]})

    def test_limit(self, capsys: pytest.CaptureFixture[str], log: str) -> None:
        """A limited list says how many deadlines it leaves out."""
        out = run(capsys, log, "--until", UNTIL, "--days", "30", "--limit", "1")[1]
        assert out.endswith("more: --limit lists more, --json lists all\n")

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [((), "--until goes with files"), (("FILE",), "--until is needed with files")],
    )
    def test_instant(self, capsys: pytest.CaptureFixture[str], log: str, words: tuple[str, ...], sentence: str) -> None:
        """A log needs the instant from which the days count; the workers have one."""
        given = [log] if words else ["--until", UNTIL]
        code, _, err = run(capsys, *given)
        assert code == 2
        assert sentence in err
