"""The table of failure modes: every sentence, metric, runbook and test that it names exists."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from streams.web.health.metrics import ConsoleCollector
from streams.web.health.pipeline import PipelineHealth, PipelineState
from tests.unit.metrics.metric_samples import collector, view

ROOT: Final = Path(__file__).parents[2]
TABLE: Final = ROOT / "deploy" / "failure-modes.md"
COLUMNS: Final = ["what fails", "what docketwatch does", "what it says", "metric", "runbook", "test"]
KINDS: Final = ["History", "Input", "State", "Clock", "Broker", "Disk", "Worker", "Console and commands"]
PLACEHOLDER: Final = re.compile(r"%[sdrfg]|%\.\df")


class FailureMode(NamedTuple):
    """A failure mode; a cell is a tuple of its items."""

    fault: str
    does: str
    says: tuple[str, ...]
    metrics: tuple[str, ...]
    runbooks: tuple[str, ...]
    tests: tuple[str, ...]


def rows() -> list[FailureMode]:
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == len(COLUMNS) and cells != COLUMNS and not set("".join(cells)) <= {"-", ":"}:
            fault, does, says, metrics, runbooks, tests = cells
            found.append(
                FailureMode(
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
    """Return every text of a program, with a `…` for each inserted value."""
    tree = ast.parse(source)
    within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within:
            yield PLACEHOLDER.sub("…", node.value)


@cache
def every_text() -> str:
    """Return all texts of the product, one per line."""
    files = [path for package in ("schemas", "streams") for path in sorted((ROOT / package).rglob("*.py"))]
    return "\n".join(text for path in files for text in texts(path.read_text(encoding="utf-8")))


@cache
def names(path: Path) -> frozenset[str]:
    """Return the tests of a file: functions, classes, and functions of classes."""
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
        """They are in a fixed order."""
        headings = re.findall(r"^## (.+)$", TABLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert headings[: len(KINDS)] == KINDS
        assert len(ROWS) > 40

    def test_a_fault_has_one_row(self) -> None:
        """Two rows would diverge."""
        faults = [row.fault for row in ROWS]
        assert sorted(set(faults)) == sorted(faults)

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
    def test_a_row_has_an_effect_and_a_test(self, row: FailureMode) -> None:
        """A silent failure mode has no sentence, and has a test all the same."""
        assert row.does
        assert row.tests

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
    def test_each_sentence_is_in_the_product(self, row: FailureMode) -> None:
        """A changed sentence needs a change of its row in deploy/failure-modes.md."""
        assert [sentence for sentence in row.says if sentence not in every_text()] == []

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
    def test_each_metric_exists(self, row: FailureMode) -> None:
        """It is a family of the worker's or the console's; `up` is Prometheus' own."""
        bare = [metric.removesuffix("_total").removesuffix("_info") for metric in row.metrics]
        health = PipelineHealth(PipelineState.NOT_JUDGING, "not judged yet", 1, 1, 0)
        console = ConsoleCollector(lambda: health, tuple, lambda: 1)
        result = {family.name for each in (collector(view()), console) for family in each.collect()} | {"up"}
        assert [metric for metric in bare if metric not in result] == []

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
    def test_each_runbook_exists(self, row: FailureMode) -> None:
        """It has a page of its own."""
        assert [page for page in row.runbooks if not (TABLE.parent / page).is_file()] == []

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
    def test_each_test_exists(self, row: FailureMode) -> None:
        """Its path and its name are right."""
        missing = []
        for test in row.tests:
            path, _, name = test.partition("::")
            if not (ROOT / path).is_file() or (name and name not in names(ROOT / path)):
                missing.append(test)
        assert missing == []
