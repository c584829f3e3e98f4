"""The page of deadlines ahead in a real browser: the numbers and cases of `docketwatch due`, and who sees them."""

import json
import subprocess
import sys
from typing import Any

import pytest

from streams.web.labels import CAUSES
from tests.browser.browsers import Page
from tests.browser.conftest import ConsoleSystem
from tests.browser.console_reads import OpenAs, views
from tests.kafka.waiting import LIMIT, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.kafka]

"""A reading is a process of its own; one that is under way ends first."""


def due(system: ConsoleSystem) -> dict[str, Any]:
    """Return what the command prints of the workers' state now."""
    command = [sys.executable, "-m", "streams.cli.main", "due", "--json"]
    done = subprocess.run(
        command, env=system.deployment.environment, capture_output=True, text=True, check=True, timeout=LIMIT
    ).stdout
    answer: dict[str, Any] = json.loads(done)
    return answer


def counts(page: Page, what: str) -> dict[str, list[str]]:
    """Return the numbers of a table of counts, by name."""
    cells = page.texts(f"[aria-label='Deadlines by {what}'] tbody tr > *")
    return {cells[index]: cells[index + 1 : index + 3] for index in range(0, len(cells), 3)}


def read_again(page: Page, answer: dict[str, Any]) -> None:
    """Read the workers' state again until the page shows the deadlines of the command."""
    total, week = len(answer["due"]), sum(each["within_7d"] for each in answer["due"])

    def is_shown() -> bool:
        page.find(".filters button").click()
        return page.texts(".status")[0].startswith(
            f"{total:,} deadlines within 14 days, {week:,} of them within 7; as of {answer['as_of'][:10]}"
        )

    wait_until(is_shown, "the deadlines of the command")


class TestDueSoon:
    def test_it_shows_what_the_command_lists(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """Counts and cases are those of `docketwatch due`, without protected cases; the view is audited."""
        answer = due(system)
        page = open_as("supervisor")
        before = len(views(system))
        page.open("/due-soon")
        read_again(page, answer)
        offices = {name or "none": each for name, each in answer["counts"]["office"].items()}
        assert counts(page, "office") == {
            name: [f"{each['within_7d']:,}", f"{each['within']:,}"] for name, each in offices.items()
        }
        causes = {CAUSES[name][0]: each for name, each in answer["counts"]["cause"].items()}
        assert counts(page, "cause") == {
            name: [f"{each['within_7d']:,}", f"{each['within']:,}"] for name, each in causes.items()
        }
        public = [each for each in answer["due"] if not each["protected"]]
        assert len(public) < len(answer["due"]), "the docket has deadlines of protected cases"
        page.until(lambda: page.column(1) == [each["case_id"] for each in public[:50]], "the next cases")
        assert all("comes due unless" in each for each in page.column(6))
        listed = [view for view in views(system)[before:] if view.action == "listed"]
        assert set(page.column(1)) <= {case_id for view in listed for case_id in view.case_ids}

    def test_filters_and_the_command(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """A filtered page has the cases of that office and cause, and names the command that lists them."""
        answer = due(system)
        page = open_as("restricted")
        page.open("/due-soon?office=WAS&cause=check_in_overdue&within=7")
        wanted = [
            each["case_id"]
            for each in answer["due"]
            if (each["office"], each["cause"], each["within_7d"]) == ("WAS", "check_in_overdue", True)
        ]

        def is_listed() -> bool:
            page.find(".filters button").click()
            return page.column(1) == wanted[:50]

        wait_until(is_listed, "the cases of that office and cause")
        assert page.texts("code") == ["docketwatch due --days 7 --office WAS --cause check_in_overdue"]

    def test_a_viewer_sees_counts_alone(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """A viewer sees deadlines by cause and office, and neither a case nor an officer."""
        answer = due(system)
        page = open_as("viewer")
        page.open("/due-soon")
        read_again(page, answer)
        assert page.texts("table caption") == ["Deadlines by cause", "Deadlines by office"]
        html = page.driver.execute_script("return document.documentElement.outerHTML")
        assert not [each for each in answer["due"] if each["case_id"] in html or (each["officer_id"] or "-o-") in html]
