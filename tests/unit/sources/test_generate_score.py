"""The score: missing and extra open alerts, and the command's output."""

import json
from pathlib import Path

import click
import pytest

from streams.cli.generate import command as generate_command
from streams.cli.score import command as score_command
from streams.errors import InputError
from streams.sources.generate.score import score

SINCE, DUE = "2026-03-02T15:00:00.000Z", "2026-03-09T15:00:00.000Z"


def true_line(case_id: str, **changes: object) -> dict[str, object]:
    line = {"case_id": case_id, "cause": "no_officer", "instance": None, "since": SINCE, "deadline": DUE}
    return {**line, "office": "ATL", "why": "no officer has it", **changes}


def alert(case_id: str, **changes: object) -> dict[str, object]:
    line = {"alert_id": f"a-{case_id}", "case_id": case_id, "cause": "no_officer", "instance": None}
    return {
        **line,
        "anchor_at": SINCE,
        "deadline_at": DUE,
        "status": "raised",
        "revision": 1,
        "level": "low",
        **changes,
    }


def files(tmp_path: Path, truth: list[dict[str, object]], alerts: list[dict[str, object]]) -> tuple[Path, Path]:
    paths = tmp_path / "truth.jsonl", tmp_path / "alerts.jsonl"
    for path, content in zip(paths, (truth, alerts), strict=True):
        path.write_text("".join(json.dumps(line) + "\n" for line in content))
    return paths


class TestScore:
    def test_perfect(self, tmp_path):
        """Every expected alert is open, and no other."""
        found = score(*files(tmp_path, [true_line("c-1")], [alert("c-1")]))
        assert (1.0, 1.0, True) == (found.recall, found.precision, found.is_perfect)

    def test_missing(self, tmp_path):
        """An alert that is not open is missing, with its reason."""
        found = score(*files(tmp_path, [true_line("c-1"), true_line("c-2")], [alert("c-2")]))
        assert (0.5, 1.0, False) == (found.recall, found.precision, found.is_perfect)
        assert [("missing", "c-1 no_officer", "no officer has it")] == [
            (kind, str(which), words) for kind, which, words in found.differences
        ]

    def test_extra(self, tmp_path):
        """An open alert that is not expected is extra."""
        found = score(*files(tmp_path, [], [alert("c-1", instance="h-1", cause="hearing_missed")]))
        assert (1.0, 0.0, False) == (found.recall, found.precision, found.is_perfect)
        assert [("extra", "c-1 hearing_missed h-1", f"since {SINCE}")] == [
            (kind, str(which), words) for kind, which, words in found.differences
        ]

    @pytest.mark.parametrize("change", [{"anchor_at": DUE}, {"cause": "in_transit"}, {"instance": "h-1"}])
    def test_another(self, tmp_path, change):
        """Another anchor, cause or instance is another alert."""
        found = score(*files(tmp_path, [true_line("c-1")], [alert("c-1", **change)]))
        assert (0, ["missing", "extra"]) == (found.right, [each.kind for each in found.differences])

    def test_instants_in_another_spelling(self, tmp_path):
        """Instants are compared, not their texts."""
        found = score(*files(tmp_path, [true_line("c-1", since="2026-03-02T16:00:00+01:00")], [alert("c-1")]))
        assert found.is_perfect

    @pytest.mark.parametrize(("status", "stands"), [("escalated", 1), ("resolved", 0), ("retracted", 0)])
    def test_the_last_revision_counts(self, tmp_path, status, stands):
        """An alert is open if its greatest revision is, wherever that is in the file."""
        revisions = [alert("c-1", revision=2, status=status), alert("c-1")]
        assert stands == score(*files(tmp_path, [], revisions)).standing
        assert stands == score(*files(tmp_path, [], revisions[::-1])).standing

    def test_other_deadline(self, tmp_path):
        """Another deadline is counted and is no fault."""
        found = score(*files(tmp_path, [true_line("c-1")], [alert("c-1", deadline_at=SINCE)]))
        assert (1, True) == (found.other_deadlines, found.is_perfect)

    def test_another_record(self, tmp_path):
        """The error names a line with another record."""
        paths = files(tmp_path, [true_line("c-1")], [alert("c-1"), {"alert_id": "x"}])
        with pytest.raises(InputError, match=r"alerts.jsonl:2: is not such a line: Object missing required field"):
            score(*paths)


class TestCommands:
    def test_score(self, tmp_path, capsys):
        """The command prints recall, precision and the first differences, and exits with 1."""
        truth, alerts = files(tmp_path, [true_line(f"c-{number}") for number in range(3)], [alert("c-2")])
        assert 1 == score_command.main([str(truth), str(alerts), "--show", "1"], standalone_mode=False)
        assert [
            "recall 0.333333  precision 1.000000",
            "1 right of 3 expected and 1 open",
            "  missing: c-0 no_officer: no officer has it",
            "  and 1 more",
        ] == capsys.readouterr().out.splitlines()

    def test_generate(self, tmp_path, capsys):
        """The command says what it wrote and what to do next."""
        words = ["--cases", "200", "--days", "30", "--seed", "3", "--out", str(tmp_path / "g"), "--late-by", "36h"]
        generate_command.main(words, standalone_mode=False)
        result = capsys.readouterr().out.splitlines()
        assert result[0].startswith(f"{tmp_path}/g/events.jsonl: ")
        assert result[0].endswith("200 cases over 30 days")
        assert result[1].endswith(" cases at 2026-02-04T00:00:00.000Z")
        assert result[2] == (
            f"next: docketwatch evaluate {tmp_path}/g/events.jsonl --until 2026-02-04T00:00:00.000Z "
            f"--alerts {tmp_path}/g/alerts.jsonl"
        )
        assert "36h" == json.loads((tmp_path / "g" / "manifest.json").read_text())["late_by"]

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (["--late-by", "soon"], "must be a duration such as"),
            (["--start", "05.01.2026"], "'05.01.2026' does not match the format '%Y-%m-%d'"),
            (["--compress", "zip"], "'zip' is not one of 'gz', 'zst'"),
        ],
    )
    def test_wrong_options(self, tmp_path, words, sentence):
        """The error names a wrong option and what would be valid."""
        with pytest.raises(click.BadParameter) as refused:
            generate_command.main(["--out", str(tmp_path), *words], standalone_mode=False)
        assert sentence in refused.value.format_message()
