"""Every alert has a page that answers the five questions, and every link leads to a file."""

import re
from pathlib import Path

import pytest

from tests.rules.test_rules import ALERTS
from tests.rules.tools import DEPLOY

RUNBOOKS = DEPLOY / "runbooks"
PAGES = sorted(RUNBOOKS.glob("Docketwatch*.md"))
QUESTIONS = [
    "What it means", "What to look at", "What to do", "How it ends", "What it is not evidence of",
]  # fmt: skip
LINK = re.compile(r"\]\(([^)#]+)\)")


class TestRunbooks:
    def test_every_alert_has_one_and_each_belongs_to_an_alert(self) -> None:
        """The page is the one that its annotation names."""
        assert {rule["annotations"]["runbook_url"].rpartition("/")[2] for rule in ALERTS.values()} == {
            page.name for page in PAGES
        }
        assert {page.stem for page in PAGES} == set(ALERTS)

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
    def test_a_page_answers_the_questions(self, page: Path) -> None:
        """It answers all five, with a text under each."""
        text = page.read_text()
        parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)

        assert text.startswith(f"# {page.stem}\n\n")
        assert parts[1::2] == QUESTIONS
        assert min(len(part.split()) for part in parts[2::2]) >= 2

    @pytest.mark.parametrize("page", [*PAGES, RUNBOOKS / "README.md"], ids=lambda page: page.stem)
    def test_every_link_leads_to_a_file(self, page: Path) -> None:
        """The links name files of this repository and nothing else."""
        for link in LINK.findall(page.read_text()):
            assert (page.parent / link).resolve().is_file(), link

    def test_the_list_is_complete(self) -> None:
        """The list has one line per alert."""
        assert set(LINK.findall((RUNBOOKS / "README.md").read_text())) == {page.name for page in PAGES}
