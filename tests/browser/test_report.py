"""The supervisor's report in a browser: two sheets of A4, accessible, with the numbers of the load."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from streams.core.load.office_record import needed
from tests.browser.browsers import Page, narrow
from tests.browser.conftest import Browser

pytestmark = pytest.mark.browser

OFFICE, WEEK, UNTIL = "WAS", "2026-W40", "2026-10-05T03:59:59.999Z"
PAGE_OBJECT = re.compile(rb"/Type\s*/Page\b")


def docketwatch(*words: str) -> str:
    """Return the standard output of a command."""
    return subprocess.run(
        [sys.executable, "-m", "streams.cli.main", *words], check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate a docket with more overloaded and absent officers and handoffs than the page has room for."""
    folder = tmp_path_factory.mktemp("report")
    words = (
        "--cases",
        "6000",
        "--officers",
        "60",
        "--days",
        "300",
        "--seed",
        "5",
        "--lost",
        "0.1",
        "--out",
        str(folder),
    )
    docketwatch("generate", *words)
    return folder / "events.jsonl"


@pytest.fixture(scope="module")
def report(log: Path, browser: Browser) -> Page:
    """Open the report of its largest office."""
    file = log.with_name("report.html")
    docketwatch("report", str(log), "--office", OFFICE, "--week", WEEK, "--out", str(file))
    page = Page(browser.driver, file.as_uri())
    page.driver.get(file.as_uri())
    return page


class TestReport:
    def test_it_prints_on_two_sheets(self, report: Page) -> None:
        """The page itself sets A4."""
        printed = report.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
        pdf = base64.b64decode(printed["data"])
        assert 2 == len(PAGE_OBJECT.findall(pdf))
        assert re.search(rb"/MediaBox \[0 0 59[45]\.?\d* 84[12]\.?\d*\]", pdf) is not None

    def test_axe_finds_nothing(self, report: Page) -> None:
        """The test covers headings, tables, charts and contrast."""
        assert [] == report.violations()

    def test_nothing_is_cut_off(self, report: Page) -> None:
        """No table is wider than the page."""
        wide = (
            "return [...document.querySelectorAll('table')].filter(each => each.scrollWidth > each.clientWidth).length"
        )
        assert 0 == report.driver.execute_script(wide)
        whole = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert 0 == report.driver.execute_script(whole)

    def test_a_telephone_shows_it_whole(self, report: Page) -> None:
        """At 390 px neither a figure nor a table is wider than the page, and the text of charts is large enough."""
        too_wide = """return [...document.querySelectorAll('.figures p, table, svg')].map(each =>
            [each.tagName, each.getBoundingClientRect().right]).filter(([, right]) => right > innerWidth)"""
        text = (
            "return Math.min(...[...document.querySelectorAll('svg text')].map(e => e.getBoundingClientRect().height))"
        )
        with narrow(report.driver):
            assert [] == report.driver.execute_script(too_wide)
            assert report.driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")
            assert report.driver.execute_script(text) >= 9
            assert [] == report.violations()

    def test_its_numbers_are_those_of_the_load(self, report: Page, log: Path) -> None:
        """They are formatted for a reader."""
        document = json.loads(docketwatch("load", str(log), "--until", UNTIL, "--json"))
        record = next(each for each in document["offices"] if each["office"] == OFFICE)
        figures = report.texts(".figures b")
        assert [
            f"{record['lost_track']:,}", f"{record['open_cases']:,}", f"{record['deadlines_7d']:,}",
            f"{record['utilisation']:,.2f}", needed(record["officers_needed"]),
            f"{record['achievable_caseload']:,.2f}",
        ] == figures  # fmt: skip
