"""The pages below deploy/: what they say is what is computed, and where they point there is something."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.deploy.files import DEPLOY
from tests.load.sizing import Docket, report

PAGES: Final = sorted(path for path in DEPLOY.glob("*.md"))


class TestSizing:
    def test_the_page_is_what_is_computed(self) -> None:
        """After a change of a figure: `python -m tests.load.sizing`, and both tables into deploy/sizing.md."""
        assert "\n".join(report()) in (DEPLOY / "sizing.md").read_text()

    def test_more_workers_need_less_each(self) -> None:
        """And two need as much as one, for one may have to do alone."""
        memory = [Docket(1_000_000, 24, workers).memory for workers in (1, 2, 3, 5)]
        assert memory[0] == memory[1] > memory[2] > memory[3]

    def test_a_worker_with_one_partition_too_many_counts(self) -> None:
        """Partitions are whole: eight over three are three at one of them."""
        assert Docket(900_000, 8, 4).memory > Docket(900_000, 9, 4).memory


class TestLinks:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
    def test_each_leads_somewhere(self, page: Path) -> None:
        """A file of this repository that a page links to is there."""
        links = [link for link in re.findall(r"\]\(([^)#]+)", page.read_text()) if "://" not in link]
        assert not [link for link in links if not (page.parent / link).exists()]
