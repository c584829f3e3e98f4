"""The pages below deploy/: their figures are computed, and the changelog has its declared form."""

import re
import tomllib
from typing import Final

from tests.deploy.files import DEPLOY
from tests.load.sizing import SizedDocket, report

KINDS: Final = ["Before you upgrade", "Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


class TestSizing:
    def test_the_page_has_the_computed_tables(self) -> None:
        """After a change of a figure run `python -m tests.load.sizing` and put both tables into deploy/sizing.md."""
        assert "\n".join(report()) in (DEPLOY / "sizing.md").read_text()

    def test_more_workers_need_less_each(self) -> None:
        """Two need as much as one, because one may have to run alone."""
        memory = [SizedDocket(1_000_000, 24, workers).memory for workers in (1, 2, 3, 5)]
        assert memory[0] == memory[1] > memory[2] > memory[3]

    def test_a_worker_with_one_partition_too_many_counts(self) -> None:
        """Partitions are whole: of eight over three workers, one has three."""
        assert SizedDocket(900_000, 8, 4).memory > SizedDocket(900_000, 9, 4).memory


class TestChangelog:
    RELEASES = re.split(r"^## ", (DEPLOY / "CHANGELOG.md").read_text(), flags=re.MULTILINE)[1:]

    def test_its_releases_are_named_and_dated(self) -> None:
        """Unreleased is first, then every release; the package's version is among them."""
        heads = [release.partition("\n")[0] for release in self.RELEASES]
        version = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text())["project"]["version"]

        assert "[Unreleased]" == heads[0]
        assert [] == [head for head in heads[1:] if not re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", head)]
        assert [head for head in heads if head.startswith(f"[{version}]")]

    def test_its_sections_have_the_declared_form(self) -> None:
        """Each section occurs once per release, in one order, and is not empty."""
        for release in self.RELEASES:
            _, *parts = re.split(r"^### (.+)\n", release, flags=re.MULTILINE)
            assert parts[::2] == [kind for kind in KINDS if kind in parts[::2]]
            assert [] == [part for part in parts[1::2] if not part.startswith("- ")]


class TestArchitecture:
    def test_it_names_every_compiled_module(self) -> None:
        """It names no other: the modules in the repository are those of the list."""
        top = DEPLOY.parent
        text = (top / "streams" / "ARCHITECTURE.md").read_text()
        sources = [path for part in ("schemas", "streams") for path in (top / part).rglob("*.pyx")]
        found = re.findall(r"^- `(.*\.pyx)`$", text, re.MULTILINE)
        assert sorted(path.relative_to(top).as_posix() for path in sources) == sorted(found)
