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
def log(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the files of a docket with more than the page has room for, and the options of its policy.

    Officers over capacity, handoffs and deadlines are generated; officers go on leave and courses lapse by events of
    a second file; the policy requires a course, and is overdue for review.
    """
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
    log, more, policy = (folder / name for name in ("events.jsonl", "more.jsonl", "policy.toml"))
    policy.write_text(
        'name = "overdue"\nversion = "1"\nreview_by = 2026-01-31\n[officers]\nrequired_courses = ["safety"]\n'
    )
    loads = json.loads(docketwatch("load", str(log), "--until", UNTIL, "--json"))["officers"]
    here = [each["officer_id"] for each in loads if each["office"] == OFFICE and each["status"] == "active"]
    events = [{"type": "officer_updated", "officer_id": name, "office": OFFICE, "status": "leave"} for name in here[:5]]
    events += [
        {"type": "training_completed", "officer_id": name, "course": course, "valid_until": until}
        for name in here[5:]
        for course, until in (("law", "2026-11-01T00:00:00Z"), ("safety", "2026-10-01T00:00:00Z"))
    ]
    at = {"v": 1, "source": "staff", "occurred_at": "2026-09-29T12:00:00Z", "recorded_at": "2026-09-29T12:00:00Z"}
    more.write_text(
        "".join(json.dumps({**at, "event_id": f"m-{place}", **each}) + "\n" for place, each in enumerate(events))
    )
    return [str(log), str(more), "--policy", str(policy)]


@pytest.fixture(scope="module")
def report(log: list[str], browser: Browser) -> Page:
    """Open the report of its largest office."""
    file = Path(log[0]).with_name("report.html")
    docketwatch("report", *log, "--office", OFFICE, "--week", WEEK, "--out", str(file))
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

    def test_its_tables_are_full(self, report: Page) -> None:
        """Each has all rows that the page gives it, and there is a sentence for every kind of decision."""
        rows = report.driver.execute_script(
            """return Object.fromEntries([...document.querySelectorAll('table')].map(each =>
                [each.caption.textContent, each.tBodies[0].rows.length]))"""
        )
        for begins, count in (
            ("Officers over 1", 8),
            ("Handoffs not acknowledged", 8),
            ("Deadlines within 14 days", 5),
            ("Officers away who have cases", 5),
            ("Training that lapses within 60 days", 5),
        ):
            assert [count] == [rows[caption] for caption in rows if caption.startswith(begins)], begins
        assert 13 == len(report.texts("ol li"))

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

    def test_its_numbers_are_those_of_the_load(self, report: Page, log: list[str]) -> None:
        """They are formatted for a reader."""
        document = json.loads(docketwatch("load", *log, "--until", UNTIL, "--json"))
        record = next(each for each in document["offices"] if each["office"] == OFFICE)
        figures = report.texts(".figures b")
        assert [
            f"{record['lost_track']:,}", f"{record['open_cases']:,}", f"{record['deadlines_7d']:,}",
            f"{record['utilisation']:,.2f}", needed(record["officers_needed"]),
            f"{record['achievable_caseload']:,.2f}",
        ] == figures  # fmt: skip
