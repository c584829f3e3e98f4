"""The table of failure modes says what is so: every sentence, metric, runbook and test that it names is there."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from streams.web.health.metrics import ConsoleCollector
from streams.web.health.pipeline import PipelineHealth, PipelineState
from tests.unit.metrics.worlds import collector, view

ROOT: Final = Path(__file__).parents[2]
TABLE: Final = ROOT / "deploy" / "failure-modes.md"
COLUMNS: Final = ["what fails", "what docketwatch does", "what it says", "metric", "runbook", "test"]
KINDS: Final = ["History", "Input", "State", "Clock", "Broker", "Disk", "Worker", "Console and commands"]
PLACEHOLDER: Final = re.compile(r"%[sdrfg]|%\.\df")


class Row(NamedTuple):
    """One failure mode; a cell is a tuple of what stands in it."""

    fault: str
    does: str
    says: tuple[str, ...]
    metrics: tuple[str, ...]
    runbooks: tuple[str, ...]
    tests: tuple[str, ...]


def rows() -> list[Row]:
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == len(COLUMNS) and cells != COLUMNS and not set("".join(cells)) <= {"-", ":"}:
            fault, does, says, metrics, runbooks, tests = cells
            found.append(
                Row(
                    fault,
                    does,
                    tuple(re.findall(r"“(.+?)”", says)),
                    tuple(re.findall(r"`(.+?)`", metrics)),
                    tuple(re.findall(r"\]\((.+?)\)", runbooks)),
                    tuple(re.findall(r"`(.+?)`", tests)),
                )
            )
    return found


ROWS: Final = rows()


def texts(source: str) -> Iterator[str]:
    """Every text of a program, a `…` where something is put in."""
    tree = ast.parse(source)
    within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within:
            yield PLACEHOLDER.sub("…", node.value)


@cache
def every_text() -> str:
    """All texts of the product, a line each."""
    files = [path for package in ("schemas", "streams") for path in sorted((ROOT / package).rglob("*.py"))]
    return "\n".join(text for path in files for text in texts(path.read_text(encoding="utf-8")))


@cache
def names(path: Path) -> frozenset[str]:
    """The tests of a file: functions, classes, and functions of classes."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found.add(node.name)
            found |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return frozenset(found)


class TestTable:
    def test_every_kind_has_rows(self) -> None:
        """In an order that a reader finds again."""
        headings = re.findall(r"^## (.+)$", TABLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert headings[: len(KINDS)] == KINDS
        assert len(ROWS) > 40

    def test_a_fault_has_one_row(self) -> None:
        """Two would grow apart."""
        faults = [row.fault for row in ROWS]
        assert sorted(set(faults)) == sorted(faults)

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
    def test_a_row_says_what_happens_and_which_test_makes_it_happen(self, row: Row) -> None:
        """What is silent on purpose says nothing, and has a test all the same."""
        assert row.does
        assert row.tests

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
    def test_each_sentence_is_one_of_the_product(self, row: Row) -> None:
        """Whoever changes a sentence changes the row that quotes it, in deploy/failure-modes.md."""
        assert [sentence for sentence in row.says if sentence not in every_text()] == []

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
    def test_each_metric_is_told(self, row: Row) -> None:
        """By a family of the worker's or the console's; `up` is Prometheus' own."""
        bare = [metric.removesuffix("_total").removesuffix("_info") for metric in row.metrics]
        health = PipelineHealth(PipelineState.NOT_JUDGING, "not judged yet", 1, 1, 0)
        console = ConsoleCollector(lambda: health, tuple, lambda: 1)
        told = {family.name for each in (collector(view()), console) for family in each.collect()} | {"up"}
        assert [metric for metric in bare if metric not in told] == []

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
    def test_each_runbook_is_there(self, row: Row) -> None:
        """As a page of its own."""
        assert [page for page in row.runbooks if not (TABLE.parent / page).is_file()] == []

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
    def test_each_test_is_there(self, row: Row) -> None:
        """By its path and its name."""
        missing = []
        for test in row.tests:
            path, _, name = test.partition("::")
            if not (ROOT / path).is_file() or (name and name not in names(ROOT / path)):
                missing.append(test)
        assert missing == []
