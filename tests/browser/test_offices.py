"""What the page of offices works out in a process of its own: its numbers are those of the commands on the same log."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from streams.core.load.office_record import needed
from tests.browser.browsers import Page
from tests.browser.conftest import Browser, ConsoleSystem
from tests.browser.console_reads import table_of, work_out
from tests.browser.consoles import TOKENS

pytestmark = [pytest.mark.browser, pytest.mark.kafka]

WEEKS, CURVES = 2, 3
"""Places of the charts on the page."""


def run_json(command: str, *words: str) -> dict[str, Any]:
    """Return what a command prints with --json."""
    line = [sys.executable, "-m", "streams.cli.main", command, *words, "--json"]
    document: dict[str, Any] = json.loads(subprocess.run(line, check=True, capture_output=True).stdout)
    return document


@pytest.fixture(scope="class")
def offices(browser: Browser, system: ConsoleSystem) -> Iterator[Page]:
    """Return the page, open for a viewer."""
    browser.driver.get("about:blank")
    browser.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    page = Page(browser.driver, system.console.url)
    page.sign_in(TOKENS["viewer"])
    page.wait_live()
    page.open("/offices")
    yield page
    browser.driver.get("about:blank")


def cells(page: Page, caption: str) -> list[list[str]]:
    """Return the head and the rows of the table with a caption."""
    rows: list[list[str]] = page.driver.execute_script(
        """const table = document.querySelector(`[aria-label='${arguments[0]}']`);
        return [...table.querySelectorAll('tr')].map(row => [...row.children].map(each => each.textContent.trim()))""",
        caption,
    )
    return rows


def spread(of: dict[str, float]) -> str:
    """Return the sentence of the range in which the need lies when all weights move."""
    return (
        f"If all weights move together by up to 25%, {needed(of['p10'])} to {needed(of['p90'])} officers are needed "
        "(p10 to p90 of 10,000 draws)."
    )


class TestOffices:
    def test_the_record_and_its_range(self, system: ConsoleSystem, offices: Page) -> None:
        """Every office has the numbers of load, the range and each weight too; so has the tile of the overview."""
        live = run_json("load", "--brokers", system.deployment.broker, "--prefix", system.deployment.prefix)
        records = {each["office"]: each for each in live["offices"]}
        needs = {each["office"]: each for each in live["needs"]}
        head, *rows = cells(offices, "Offices by load")
        shown = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
        assert set(records) - {"*"} == set(shown)
        for office, row in shown.items():
            record = records[office]
            assert {
                "Min/case": f"{record['minutes_per_case_month']:,.1f}",
                "Open cases": f"{record['open_cases']:,}",
                "Load": f"{100 * record['utilisation']:,.0f}%",
                "Lost track": f"{record['lost_track']:,}",
                "Officers at work": f"{record['officers_at_work']:,}",
                "Officers needed": needed(record["officers_needed"]),
                "Achievable": f"{record['achievable_caseload']:,.0f}",
                "Deadlines in 7 d": f"{record['deadlines_7d']:,}",
                "Unassigned": f"{record['unassigned']:,}",
                "In transit": f"{record['in_transit']:,}",
                "Officer absent": f"{record['with_absent']:,}",
            }.items() <= row.items(), office
        whole = needs["*"]
        assert [
            [each["weight"], needed(each["less"]), needed(records["*"]["officers_needed"]), needed(each["more"])]
            for each in whole["each_weight"]
        ] == cells(offices, "Officers needed when one weight changes")[1:]
        assert spread(whole["all_weights"]) == offices.find("#achievable ~ p").text
        offices.choose("Office", "WAS")
        offices.until(lambda: offices.find("#achievable ~ p").text == spread(needs["WAS"]["all_weights"]), "one office")
        offices.open("/")
        offices.until(
            lambda: needed(records["*"]["officers_needed"]) in offices.texts(".tile .figure"), "the tile of the need"
        )
        offices.open("/offices")

    def test_the_weeks_ahead_and_the_moves(self, system: ConsoleSystem, offices: Page) -> None:
        """Record, forecast and curves are those of load, forecast and balance."""
        work_out(offices, "Work it out", 0)
        as_of = offices.find(".basis time").get_attribute("datetime")
        assert as_of is not None
        log = str(system.docket.log)
        forecast, balance = (run_json(each, log, "--until", as_of) for each in ("forecast", "balance"))
        weeks = forecast["offices"][0]["weeks"]
        assert [
            [
                week["begins"][:10],
                f"{week['check_ins']['booked']:,}",
                f"{week['check_ins']['expected']:,.0f}",
                f"{week['hearings']['booked']:,}",
                f"{week['hearings']['expected']:,.0f}",
                f"{100 * week['utilisation']:,.0f}%",
            ]
            for week in weeks
        ] == [[row[place] for place in (0, 1, 2, 4, 5, -1)] for row in table_of(offices, WEEKS)]
        points = {
            (each["office"], f"{point['moves']:,}", f"{point['max_by_mean']:.3f}")
            for each in balance["offices"]
            for point in each["curve"]
        }
        assert points == {(row[0], row[1], row[2]) for row in table_of(offices, CURVES)}
        # of the topics and not of the log: other tests of the same system open more cases
        live = run_json("load", "--brokers", system.deployment.broker, "--prefix", system.deployment.prefix)
        records = {each["office"]: each for each in live["offices"]}
        for office in ("ATL", "WAS"):
            row = offices.texts("[aria-label='Offices by load'] tbody tr > *")
            row = row[row.index(office) :]
            assert [f"{records[office]['open_cases']:,}", f"{100 * records[office]['utilisation']:,.0f}%"] == row[2:4]

    def test_a_what_if_with_the_sliders(self, system: ConsoleSystem, offices: Page) -> None:
        """Keys move a slider; what differs is what `whatif` says, and axe-core finds nothing."""
        officers, no_officer, *_ = offices.driver.find_elements("css selector", ".sliders input[type=range]")
        officers.send_keys(Keys.ARROW_RIGHT * 3)
        no_officer.send_keys(Keys.ARROW_LEFT * 4)
        offices.until(lambda: offices.texts(".sliders output")[:2] == ["3", "1 business day"], "two values")
        work_out(offices, "Try it", 1)
        since, until = (each.get_attribute("datetime") for each in _times(offices))
        assert since is not None
        assert until is not None
        edits = ("--set", "causes.no_officer.after=1bd", "--add-officers", "ATL=3")
        found = run_json("whatif", str(system.docket.log), "--since", since, "--until", until, *edits)
        assert [[week["group"], f"{week['now']:,}", f"{week['tried']:,}"] for week in reversed(found["by_week"])] == [
            row[:3] for row in table_of(offices, len(offices.texts(".chart")) - 1)
        ]
        alerts, whole = found["alerts"], found["offices"][0]
        assert alerts["new"] > 0
        words = offices.texts(".found .statement")[0]
        assert f"{alerts['new']:,} alerts are new and {alerts['gone']:,} are gone." in words
        assert f"in the trial {alerts['looks_tried'] / found['weeks']:,.1f} times." in words
        assert f"in the trial {whole['tried']['officers_needed']:,.2f} (" in words
        assert [] == offices.violations()


def _times(page: Page) -> list[Any]:
    return page.driver.find_elements("css selector", ".found .basis time")
