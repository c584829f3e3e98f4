"""`--json`: every command that prints a table prints one JSON document instead, with the same numbers."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from streams.cli.main import docketwatch, main
from tests.builders import assigned, booked, opened
from tests.unit.cli.test_exports import EXPORTS, Workdir, workdir

__all__ = ["workdir"]

ROOT = Path(__file__).parents[3]
PRINTERS = {
    "streams/cli/config.py": ("config",),
    "streams/cli/dead_letters.py": ("dead-letters list",),
    "streams/cli/due.py": ("due",),
    "streams/cli/inspect_log.py": ("convert inspect",),
    "streams/cli/load.py": ("load",),
    "streams/cli/load_report.py": ("load-test",),
    "streams/cli/replay.py": ("replay",),
    "streams/sources/inspection/inspecting.py": ("convert inspect",),
    "streams/sources/report.py": ("convert check", "convert csv", "convert eoir", "convert xes"),
    "streams/tools/balance/report.py": ("balance",),
    "streams/tools/balance/tables.py": ("balance",),
    "streams/tools/evaluation_summary.py": ("evaluate",),
    "streams/tools/forecast/text.py": ("forecast",),
    "streams/tools/whatif/text.py": ("whatif",),
    "streams/cli/terminal/screen.py": (),  # the live screen of `demo`: a table that changes until it ends
}
"""Modules that lay out a table, and the commands that print it."""


def lays_out_a_table(file: Path) -> bool:
    """Whether a module pads a value to a width, or draws a table with rich."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "rich.table":
            return True
        if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
            first = node.format_spec.values[0] if node.format_spec.values else None
            if isinstance(first, ast.Constant) and str(first.value).startswith(("<", ">", "^")):
                return True
    return False


def commands(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Return every command by its words."""
    if not isinstance(command, click.Group):
        yield " ".join(words), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from commands(found, (*words, name))


class TestEveryTable:
    def test_every_module_with_a_table_is_known(self) -> None:
        """A new one gets a line above, and its command `--json`."""
        found = {
            str(file.relative_to(ROOT))
            for folder in ("cli", "tools", "sources")
            for file in (ROOT / "streams" / folder).rglob("*.py")
            if lays_out_a_table(file)
        }
        assert set(PRINTERS) == found

    def test_its_commands_have_json(self) -> None:
        """The help of the option names the fields, or says that it is lines."""
        known = dict(commands(docketwatch))
        for words in sorted({each for named in PRINTERS.values() for each in named} | {"explain", "report"}):
            helps = [
                param.help
                for param in known[words].params
                if isinstance(param, click.Option) and "--json" in param.opts
            ]
            assert len(helps) == 1, words
            assert helps[0], words


@pytest.fixture
def log(tmp_path: Path) -> str:
    """Return a log of two cases; one has no officer."""
    events = [
        opened("day 1", case_id="a", office="ATL"),
        opened("day 1", case_id="b", office="SEA"),
        assigned("day 1", "X", case_id="b", office="SEA"),
        booked("day 2", "day 30", case_id="b"),
    ]
    file = tmp_path / "log.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    return str(file)


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the standard output of a command that succeeds."""
    with pytest.raises(SystemExit) as stopped:
        main([*words])
    out, err = capsys.readouterr()
    assert not stopped.value.code, err
    return out


class TestEvaluate:
    def test_summary(self, log: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The document has the counts of the lines."""
        words = ("evaluate", log, "--until", "2026-03-20")
        document, text = json.loads(printed(capsys, *words, "--json")), printed(capsys, *words)
        assert (4, 2, 1, None) == tuple(document[name] for name in ("events", "cases", "officers", "refused"))
        alerts = document["alerts"]
        assert f"{alerts['revisions']} alert revisions; open: {alerts['open']}" in text
        assert alerts["by_cause"]["no_officer"] == 1
        assert alerts["open"] == sum(alerts["by_cause"].values())


class TestExplain:
    def test_every_cause(self, log: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The document has every cause with its verdict, deadline and sentence."""
        words = ("explain", "a", log, "--until", "2026-03-20")
        document, text = json.loads(printed(capsys, *words, "--json")), printed(capsys, *words)
        stands = {each["cause"]: each for each in document["causes"] if each["verdict"] == "stands"}
        assert stands["no_officer"]["deadline"] == "2026-03-07T00:00:00.000Z"
        assert all(each["sentence"] in text for each in document["causes"])
        assert all(fact in text for fact in document["facts"])


class TestReplay:
    def test_dry_run(self, log: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The document has the events by type and the instants."""
        document = json.loads(printed(capsys, "replay", log, "--dry-run", "--json"))
        assert 4 == document["events"]
        assert {"case_opened": 2, "officer_assigned": 1, "check_in_scheduled": 1} == document["types"]
        assert document["first"] < document["last"] < document["clock"]


class TestConvert:
    def test_inspect(self, workdir: Workdir) -> None:
        """The document has attributes, activities and the mapping."""
        file = EXPORTS / "servicenow" / "incident.csv"
        document = json.loads(workdir.run("convert", "inspect", file, "--json").out)
        (opened_at,) = (each for each in document["attributes"] if each["name"] == "opened_at")
        assert (3, 3, 3) == (opened_at["filled"], opened_at["different"], opened_at["dates"])
        assert document["mapping"] in workdir.run("convert", "inspect", file).out

    def test_check(self, workdir: Workdir) -> None:
        """The document says whether the mapping fits, and has the report."""
        file, mapping = EXPORTS / "servicenow" / "incident.csv", ROOT / "deploy" / "mappings" / "servicenow.toml"
        done = workdir.run("convert", "check", file, "--mapping", mapping, "--json")
        document = json.loads(done.out)
        assert document["fits"] is (done.code == 0)
        assert document["report"]["events"]
