"""deploy/dependencies.md names each dependency of pyproject.toml in its extra, with all required columns."""

import re
import tomllib
from datetime import date
from typing import Any, Final

import pytest

from streams.extras import EXTRAS
from tests.deploy.files import DEPLOY

PAGE: Final = (DEPLOY / "dependencies.md").read_text()
PROJECT: Final[dict[str, Any]] = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text())["project"]
ROWS: Final = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:3] == "| `"]
WORKER: Final = [row for row in ROWS if len(row) == 6]
EXTRA: Final = [row for row in ROWS if len(row) == 7]


def names(requirements: list[str]) -> set[str]:
    """Return the distributions of some requirements, without the product's own extras."""
    return {re.split(r"[<>=!\[ ]", each, maxsplit=1)[0] for each in requirements} - {PROJECT["name"]}


class TestPage:
    def test_the_table_of_a_worker_equals_the_requirements(self) -> None:
        """A change of pyproject.toml needs a change of the table."""
        assert names(PROJECT["dependencies"]) == {row[0].strip("`") for row in WORKER}

    def test_the_tables_of_the_extras_equal_the_requirements(self) -> None:
        """Each dependency is in its own extra."""
        declared = {
            (name, extra)
            for extra, requirements in PROJECT["optional-dependencies"].items()
            for name in names(requirements)
        }
        assert declared == {(row[0].strip("`"), row[1]) for row in EXTRA}

    @pytest.mark.parametrize("row", [*WORKER, *EXTRA], ids=lambda row: row[0].strip("`"))
    def test_no_cell_is_empty(self, row: list[str]) -> None:
        """The last release is a date."""
        assert all(row)
        assert date.fromisoformat(row[-2])

    def test_every_extra_of_the_product_is_explained(self) -> None:
        """The explanation has its purpose and its commands."""
        named = {re.search(r"\[(.+)\]", row[0]) for row in ROWS if len(row) == 3 and "docketwatch " in row[2]}
        assert set(EXTRAS) == {found[1] for found in named if found}
