"""The report in the console: the page of `docketwatch report` with the numbers of the load, audited and printable."""

import base64
import json
import re
import subprocess
import sys
from typing import Any

import pytest

from streams.core.load.office_record import needed
from tests.browser.browsers import Page
from tests.browser.conftest import ConsoleSystem
from tests.browser.console_reads import OpenAs, views
from tests.kafka.waiting import LIMIT, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.kafka]

OFFICE, WEEK, UNTIL = "WAS", "2026-W06", "2026-02-09T04:59:59.999Z"
PAGE_OBJECT = re.compile(rb"/Type\s*/Page\b")


def record_of(system: ConsoleSystem) -> dict[str, Any]:
    """Return the office record of the log at the end of the week."""
    command = [sys.executable, "-m", "streams.cli.main", "load", str(system.docket.log), "--until", UNTIL, "--json"]
    document = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=LIMIT).stdout)
    return next(each for each in document["offices"] if each["office"] == OFFICE)


def make(page: Page, fields: str) -> str:
    """Make a report on its page; return the address of its result."""
    page.open(f"/report?office={OFFICE}&week={WEEK}{fields}")
    page.find(".filters button").click()
    wait_until(lambda: "made at" in page.texts(".status")[0], "a report, which a process of its own makes")
    return page.find("a[target=_blank]").get_attribute("href") or ""


class TestReport:
    def test_it_is_the_page_of_the_command(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """It has the numbers of the load, prints on two sheets of A4, and names no case; axe-core finds nothing."""
        record = record_of(system)
        page = open_as("supervisor")
        before = len(views(system))
        page.driver.get(make(page, ""))
        assert page.texts(".figures b") == [
            f"{record['lost_track']:,}", f"{record['open_cases']:,}", f"{record['deadlines_7d']:,}",
            f"{record['utilisation']:,.2f}", needed(record["officers_needed"]),
            f"{record['achievable_caseload']:,.2f}",
        ]  # fmt: skip
        assert [] == page.violations()
        printed = page.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
        assert 2 == len(PAGE_OBJECT.findall(base64.b64decode(printed["data"])))
        assert not re.search(r"\bc-[0-9a-f]{10}", page.driver.page_source)
        assert len(views(system)) == before

    def test_named_cases_are_audited(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """With ids the page names public cases alone, and the audit has each of them."""
        page = open_as("restricted")
        page.driver.get(make(page, "&ids=yes"))
        named = set(page.texts("section.sheet:last-of-type tbody th"))
        assert named
        taken = [view for view in views(system) if view.action == "downloaded"][-1]
        assert named == set(taken.case_ids)
        assert ("restricted-1", "restricted") == (taken.actor, taken.role)

    def test_a_report_that_was_not_made(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """An office that the log does not know gives the sentence of the command, and no page."""
        page = open_as("supervisor")
        page.open(f"/report?office=NOWHERE&week={WEEK}")
        page.find(".filters button").click()
        sentence = "no case and no officer of the log is at the office NOWHERE"
        wait_until(lambda: sentence in page.texts(".status")[0], "the sentence of the command")
        page.driver.get(f"{page.url}/download/report.html?office=NOWHERE&week={WEEK}")
        assert "this report is not there" in page.driver.page_source
