"""Working through a list in a real browser: filters in the address, orders, and links from case to case."""

import json
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.browser.browsers import Page
from tests.browser.conftest import ConsoleSystem
from tests.browser.console_reads import VIEWS, OpenAs, standing, views
from tests.browser.consoles import TOKENS, ConsoleProcess

pytestmark = [pytest.mark.browser, pytest.mark.kafka]


class TestFilters:
    def test_several_values_and_an_address_that_keeps_them(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """A reload of the address of the second page of three offices shows the same."""
        page = open_as("supervisor")
        page.open("/lost-track")
        alerts = standing(system)
        offices = [office for office, _ in Counter(each["office"] for each in alerts).most_common(3)]
        for office in offices:
            page.choose("Office", office)
        theirs = [each for each in alerts if each["office"] in offices]
        assert 50 < len(theirs) < len(alerts)
        page.await_text(f"{len(theirs):,} alerts on")
        page.until(lambda: set(page.column(6)) == set(offices), "rows of these offices only")
        page.find(".pager button:last-child").click()
        page.await_text("page 2 of")
        page.until(lambda: "page=2" in page.driver.current_url, "an address with the page")
        assert f"office={','.join(offices)}" in unquote(page.driver.current_url)
        rows = page.column(1)
        page.driver.refresh()
        page.wait_live()
        page.await_text("page 2 of")
        page.until(lambda: page.column(1) == rows, "the same rows")
        assert offices[0] in page.driver.title
        assert "page 2" in page.driver.title

    def test_clear_all(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """One click shows the whole list."""
        page = open_as("supervisor")
        page.open("/lost-track?cause=in_transit&office=WAS&severity=critical&officer=o-1")
        page.await_text("No open alert matches.")
        next(
            each for each in page.driver.find_elements("css selector", ".filters a") if each.text == "Clear all"
        ).click()
        page.await_text(f"{len(standing(system)):,} alerts on")
        assert page.driver.current_url.endswith("/lost-track")

    @pytest.mark.parametrize(("path", "column", "title"), [("/lost-track", 6, "Office"), ("/officers", 2, "Office")])
    def test_a_second_press_reverses(self, open_as: OpenAs, path: str, column: int, title: str) -> None:
        """This holds for every column; the address keeps it."""
        page = open_as("supervisor")
        page.open(path)
        page.until(lambda: page.column(1), "rows")
        head = next(each for each in page.driver.find_elements("css selector", "thead button") if each.text == title)
        head.click()
        page.until(lambda: page.texts("th[aria-sort=ascending]") == [title], "an order")
        page.until(lambda: page.column(column) == sorted(page.column(column)), "rows in order")
        first = page.column(column)[0]
        head.click()
        page.until(lambda: page.texts("th[aria-sort=descending]") == [title], "the reversed order")
        page.until(lambda: page.column(column)[0] > first, "rows in the reversed order")
        page.until(lambda: "order=-office" in page.driver.current_url, "an address with the order")
        rows = page.column(column)
        page.driver.refresh()
        page.wait_live()
        page.until(lambda: page.column(column) == rows, "the same order")


class TestFromCaseToCase:
    def test_next_and_previous_in_the_filtered_list(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """The order is that of the list, up to its ends; each view is recorded, and the page has no other case."""
        page = open_as("supervisor")
        page.open("/lost-track?cause=in_transit&order=case")
        cases = list(dict.fromkeys(page.until(lambda: page.column(1), "rows")))
        page.find("tbody th a").click()
        page.until(lambda: page.texts("h2.id") == cases[:1], "the first case")
        page.until(lambda: f"case 1 of {len(cases)}" in page.texts(".pager span"), "its place")
        assert page.texts(".pager button[disabled]") == ["Previous case"]
        assert cases[1] not in page.driver.page_source
        page.find(".pager button:nth-of-type(2)").click()
        page.until(lambda: page.texts("h2.id") == cases[1:2], "the second case")
        assert [view.case_ids for view in views(system)[-2:]] == [(cases[0],), (cases[1],)]
        assert cases[1] in page.driver.title
        page.find(".pager button:nth-of-type(1)").click()
        page.until(lambda: page.texts("h2.id") == cases[:1], "the first case again")
        page.find(".pager a").click()
        page.until(lambda: list(dict.fromkeys(page.column(1))) == cases, "the list")

    def test_the_search_text_is_in_no_address(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """The list beside a case is the searched one."""
        wanted = standing(system)[0]["case_id"]
        page = open_as("supervisor")
        page.open("/lost-track")
        page.find("input[aria-label='Part of a case id']").send_keys(wanted[2:14])
        page.until(lambda: set(page.column(1)) == {wanted}, "that case alone")
        page.find("tbody th a").click()
        page.until(lambda: "case 1 of 1" in page.texts(".pager span"), "its place in what was searched")
        assert wanted[2:14] not in page.driver.current_url.partition("#")[0]

    def test_a_case_that_was_typed_has_no_list(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """There is no link to another case."""
        page = open_as("supervisor")
        page.open(f"/case#{standing(system)[0]['case_id']}")
        page.await_text("Why it needs a look")
        assert not page.find(".pager").is_displayed()


class TestLinks:
    def test_a_case_leads_to_its_officer_its_office_and_the_case_system(
        self, system: ConsoleSystem, open_as: OpenAs, tmp_path: Path
    ) -> None:
        """The settings have the template of that system; the officer links to the alerts of his cases."""
        alert = next(each for each in standing(system) if each["officer_id"] and each["office"])
        case_id, officer, office = alert["case_id"], alert["officer_id"], alert["office"]
        console = ConsoleProcess(
            system.deployment, tmp_path / "console", case_url="https://cases.example/case/{case_id}?from=docketwatch"
        ).await_data()
        try:
            page = Page(open_as("viewer").driver, console.url)
            page.sign_in(TOKENS["supervisor"], f"/case#{case_id}")
            page.until(lambda: page.texts("h2.id") == [case_id], "the case")
            links = {
                each.text: each.get_attribute("href") for each in page.driver.find_elements("css selector", ".links a")
            }
            assert links["Open in the case system"] == f"https://cases.example/case/{case_id}?from=docketwatch"
            page.driver.get(links[f"Office {office}"])
            page.until(lambda: page.texts("[aria-label='Offices by load'] tbody th") == [office], "the office alone")
            page.driver.get(links[f"Officer {officer}"])
            page.until(lambda: page.column(1) == [officer], "the officer alone")
            page.find("tbody th a").click()
            page.until(lambda: set(page.column(7)) == {officer}, "the alerts of the officer's cases")
        finally:
            console.stop()

    def test_times_of_a_case_are_those_of_its_office_too(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """They are beside UTC in the history, the record and the explanation."""
        alert = next(each for each in standing(system) if each["office"] == "ATL")
        page = open_as("supervisor")
        page.open(f"/case#{alert['case_id']}")
        page.await_text("Why it needs a look")
        times = page.texts(".timeline time")
        assert times
        assert [] == [each for each in times if not each.endswith((" EST)", " EDT)"))]
        assert any(each.endswith((" EST)", " EDT)", " EST).", " EDT).")) for each in page.texts(".facts li"))

    @pytest.mark.parametrize(
        ("path", "title"), [("/no-such-page", "Not found"), ("/officers/", "Not found"), ("/policy/x", "Not found")]
    )
    def test_a_wrong_address_has_a_link_to_the_pages(self, open_as: OpenAs, path: str, title: str) -> None:
        """The page has the navigation of the role, and axe-core finds nothing on it; a program gets a sentence."""
        page = open_as("viewer")
        page.driver.get(page.url + path)
        assert page.texts("h1") == [title]
        assert page.driver.title == f"{title} · docketwatch"
        assert page.texts("header nav a") == ["Overview", "Due soon", "Offices", "Feeds", "Policy"]
        assert page.violations() == []
        page.find("header nav a").click()
        page.until(lambda: page.texts("h1") == ["Overview"], "the overview")

    def test_a_forbidden_page_has_a_link_to_the_others(self, open_as: OpenAs) -> None:
        """The same page gives the reason."""
        page = open_as("viewer")
        page.driver.get(f"{page.url}/officers")
        assert page.texts("main p") == ["The role viewer may not see this: it needs supervisor."]
        assert "Offices" in page.texts("header nav a")


class TestEveryViewFits:
    def test_the_head_is_one_row(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """At 1280 px, on every view, however long the sentence of the health is."""
        page = open_as("supervisor")
        for path in VIEWS:
            page.open(path)
            tops = json.loads(
                page.driver.execute_script(
                    """document.querySelector('.health').textContent = 'not judged since 2026-03-09 14:02 UTC; '
                        + '4,833 events wait, and the feed check-ins has been silent for 3 h';
                    const middles = [...document.querySelectorAll('header.top > *, header.top .tools > *')]
                        .map(each => each.getBoundingClientRect()).filter(box => box.height)
                        .map(box => Math.round((box.top + box.bottom) / 2));
                    return JSON.stringify(middles)"""
                )
            )
            assert max(tops) - min(tops) <= 4, (path, tops)
