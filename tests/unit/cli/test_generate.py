"""`docketwatch generate`: its options reach the generator, and values out of range are refused."""

from pathlib import Path

import pytest

from schemas import hot
from schemas.decode import decode
from schemas.instants import to_ms
from streams.sources.generate import Options, generate
from streams.sources.generate.options import DAY_MS
from tests.unit.cli.test_evaluate import run


class TestGenerate:
    def test_a_docket_of_another_shape(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Offices, officers, skew, a falling trend and a season: the files are those of the same Options."""
        words = ["--cases", "2000", "--days", "365", "--seed", "3", "--offices", "5", "--officers", "30"]
        words += ["--skew", "6", "--trend", "-0.9", "--season", "0.2"]
        code, out, err = run(capsys, "generate", *words, "--out", str(tmp_path / "command"))
        assert (code, err) == (0, "")
        assert "2,000 cases over 365 days" in out
        options = Options(cases=2_000, days=365, seed=3, offices=5, officers=30, skew=6.0, trend=-0.9, season=0.2)
        generate(options, tmp_path / "options")
        written = [(tmp_path / name / "events.jsonl").read_bytes() for name in ("command", "options")]
        assert written[0] == written[1]
        events = [decode(line) for line in written[0].splitlines()]
        staff = {event.officer_id: event.office for event in events if isinstance(event, hot.OfficerUpdated)}
        assert (30, 5) == (len(staff), len(set(staff.values())))
        middle = to_ms("2026-01-05T00:00:00Z") + 182 * DAY_MS
        arrived = [
            event.recorded_at >= middle
            for event in events
            if isinstance(event, hot.CaseOpened) and event.occurred_at >= to_ms("2026-01-06T00:00:00Z")
        ]
        assert arrived.count(False) > 1.5 * arrived.count(True) > 0

    @pytest.mark.parametrize(("words", "sentence"), [
        (["--trend", "-1.01"], "-1.01 is not in the range -1<=x<=10"),
        (["--trend", "nan"], "nan"),
        (["--season", "1.5"], "1.5 is not in the range 0<=x<=1"),
        (["--skew", "0.9"], "0.9 is not in the range 1<=x<=100"),
        (["--officers", "6"], "--officers must be 12 to 1,000,000: three or more an office"),
        (["--offices", "26"], "26 is not in the range 2<=x<=25"),
    ])  # fmt: skip
    def test_a_value_out_of_range(
        self, words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The exit code is 2, nothing is written, and the error says what would be valid."""
        code, out, err = run(capsys, "generate", "--out", str(tmp_path / "docket"), *words)
        assert (code, out, (tmp_path / "docket").exists()) == (2, "", False)
        assert sentence in err
