"""The console in a real browser: roles, filters, explanations, live updates, files and accessibility."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from schemas.causes import OfficerCause
from schemas.policy import load_policy
from streams.core.officers.conditions import threshold
from tests.browser.browsers import Page, narrow
from tests.browser.conftest import Browser, ConsoleSystem
from tests.browser.console_reads import VIEWS, OpenAs, opened, standing, views
from tests.browser.consoles import TOKENS, ConsoleProcess
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import LIMIT, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.kafka]


class TestRoles:
    def test_a_viewer_sees_totals_and_offices(self, open_as: OpenAs) -> None:
        """A viewer sees no officer and no case on any page."""
        page = open_as("viewer")
        assert page.texts("header nav a") == ["Overview", "Due soon", "Offices", "Feeds", "Policy"]
        for path in ("/", "/due-soon", "/offices", "/feeds", "/policy"):
            page.open(path)
            html = page.driver.execute_script("return document.documentElement.outerHTML")
            assert not re.search(r"\b[oc]-[0-9a-f]{10}", html)
        for path in (
            "/officers",
            "/lost-track",
            "/case#c-1",
            "/download/lost-track.csv",
            "/download/officers.csv",
            "/report",
            "/download/report.html",
        ):
            page.driver.get(page.url + path)
            assert "The role viewer may not see this" in page.driver.page_source

    def test_a_supervisor_sees_officers_and_cases_but_no_protected(
        self, system: ConsoleSystem, open_as: OpenAs
    ) -> None:
        """The list has as many rows as the public topic has alerts."""
        page = open_as("supervisor")
        page.open("/officers")
        officers = sorted({json.loads(each)["officer_id"] for each in system.docket.expected.loads})
        page.until(lambda: sorted(page.column(1)) == officers, "every officer")
        page.open("/lost-track")
        alerts = standing(system)
        page.await_text(f"{len(alerts):,} alerts on {len({each['case_id'] for each in alerts}):,} cases")

    def test_protected_cases_are_for_the_restricted_role(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """The restricted role sees them; for a supervisor the case does not exist, and the audit has the refusal."""
        protected = standing(system, "restricted-alerts")
        assert protected, "the docket has protected cases that are lost track of"
        case_id = protected[0]["case_id"]
        page = open_as("supervisor")
        page.open(f"/case#{case_id}")
        page.await_text(f"There is no case {case_id}, or your role may not see it. This request is recorded.")
        page.open("/case#c-made-up")
        page.await_text("There is no case c-made-up, or your role may not see it. This request is recorded.")
        refused = [(view.action, view.case_ids) for view in views(system) if view.outcome == "refused"]
        assert ("opened", (case_id,)) in refused
        page.sign_out()
        page.sign_in(TOKENS["restricted"], "/lost-track")
        page.wait_live()
        page.await_text(f"{len(standing(system)) + len(protected):,} alerts")
        page.open(f"/case#{case_id}")
        page.await_text("Why it needs a look")
        assert page.texts(".head .badge.critical")[0] == "protected"


def newest_cases(system: ConsoleSystem) -> set[str]:
    """Return the cases of the newest alerts now, because tests of the same system add alerts."""
    alerts = standing(system)
    last = max(each["raised_at"] for each in alerts)
    return {each["case_id"] for each in alerts if each["raised_at"] == last}


class TestTheList:
    def test_filters(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """The list filters by cause, by office and by both; the address keeps the filters but not the search text."""
        page = open_as("supervisor")
        page.open("/lost-track")
        alerts = standing(system)
        page.choose("Cause", "In transit")
        of_cause = [each for each in alerts if each["cause"] == "in_transit"]
        page.await_text(f"{len(of_cause):,} alerts on")
        page.until(lambda: set(page.column(2)) == {"In transit"}, "rows of that cause only")
        page.choose("Office", "WAS")
        both = [each for each in of_cause if each["office"] == "WAS"]
        page.await_text(f"{len(both):,} alerts on")
        page.until(lambda: set(page.column(6)) == {"WAS"}, "rows of that office only")
        page.until(lambda: "cause=in_transit" in page.driver.current_url, "an address that keeps the filter")
        page.driver.refresh()
        page.wait_live()
        page.until(lambda: sorted(page.column(1)) == sorted(each["case_id"] for each in both), "the same rows")

    def test_search_by_case_id(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """A part of the id finds the case, and no address contains it."""
        wanted = standing(system)[0]["case_id"]
        page = open_as("supervisor")
        page.open("/lost-track")
        page.find("input[aria-label='Part of a case id']").send_keys(wanted[2:14])
        page.until(lambda: set(page.column(1)) == {wanted}, "that case alone")
        assert wanted[2:14] not in page.driver.current_url

    def test_order_and_pages(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """The longest standing alert is first; a click reverses the order; a page holds fifty rows."""
        page = open_as("supervisor")
        page.open("/lost-track")
        ids = [each["case_id"] for each in sorted(standing(system), key=lambda each: each["raised_at"])]
        page.until(lambda: page.column(1)[:1] == ids[:1], "the one that stands longest")
        assert len(page.column(1)) == 50
        page.find(".pager button:last-child").click()
        page.await_text("page 2 of")
        page.until(lambda: sorted(page.column(1)) == sorted(ids[50:100]), "the rows after the first fifty")
        page.find("th[aria-sort] button").click()
        page.await_text("page 1 of")
        page.until(lambda: page.column(1)[0] in newest_cases(system), "the newest first")

    def test_the_list_as_a_file(self, system: ConsoleSystem, open_as: OpenAs, browser: Browser) -> None:
        """The file has all filtered rows, and the audit records the download."""
        page = open_as("supervisor")
        page.open("/lost-track?cause=no_officer")
        page.find("form[action='/download/lost-track.csv'] button").click()
        file = browser.downloads / "lost-track.csv"
        wait_until(file.exists, "a file")
        with file.open() as lines:
            rows = list(csv.DictReader(lines))
        wanted = sorted(each["alert_id"] for each in standing(system) if each["cause"] == "no_officer")
        assert sorted(row["alert_id"] for row in rows) == wanted
        taken = [view for view in views(system) if view.action == "downloaded"][-1]
        assert set(taken.case_ids) == {row["case_id"] for row in rows}
        assert (taken.actor, taken.role) == ("supervisor-1", "supervisor")

    def test_what_is_shown_is_recorded(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """The audit names every case of a page before the page is sent."""
        page = open_as("supervisor")
        before = len(views(system))
        page.open("/lost-track?cause=in_transit")
        shown = set(page.until(lambda: page.column(1), "rows"))
        recorded = [view for view in views(system)[before:] if view.action == "listed"]
        assert shown <= {case_id for view in recorded for case_id in view.case_ids}


class TestACase:
    def test_it_is_explained_as_the_command_does(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """The page of a case has the sentences of `docketwatch explain` and the history, and the view is audited."""
        page = open_as("supervisor")
        page.open("/lost-track?cause=check_in_overdue")
        link = page.find("tbody th a")
        case_id = link.text
        link.click()
        page.until(lambda: page.texts("h2.id") == [case_id], "the case")
        command = [sys.executable, "-m", "streams.cli.main", "explain", case_id]
        result = subprocess.run(
            command, env=system.deployment.environment, capture_output=True, text=True, check=True, timeout=LIMIT
        ).stdout
        shown = page.driver.find_element("tag name", "main").text
        for line in result.splitlines()[1:]:
            if line.startswith("! "):
                sentence = line.partition(": stands: ")[2].partition(";")[0]
                assert sentence[1:] in shown, sentence
        assert any("alert raised" in text for text in page.texts(".timeline .alert"))
        assert views(system)[-1].case_ids == (case_id,)
        assert views(system)[-1].action == "opened"

    def test_its_id_is_in_no_log(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """No address of a request contains it, so neither the console's nor a proxy's log has it."""
        case_id = standing(system)[0]["case_id"]
        page = open_as("supervisor")
        page.open(f"/case#{case_id}")
        page.until(lambda: page.texts("h2.id") == [case_id], "the case")
        asked: list[str] = page.driver.execute_script(
            "return performance.getEntries().map(each => each.name).filter(name => !name.includes('#'))"
        )
        assert not [name for name in asked if case_id in name]
        assert "GET /case 200" in system.console.output()
        assert case_id not in system.console.output()

    @pytest.mark.parametrize("typed", ["A123456789", "not an id!"])
    def test_a_malformed_case_id_is_not_looked_up(self, system: ConsoleSystem, open_as: OpenAs, typed: str) -> None:
        """The audit does not record it either, because it may be a person's number."""
        page = open_as("supervisor")
        page.open("/case")
        before = len(views(system))
        page.find("input[aria-label='Case id']").send_keys(typed, Keys.ENTER)
        page.await_text("This is not a case id")
        page.driver.get(f"{page.url}/policy")
        page.open(f"/case#{typed}")
        page.await_text("This is not a case id")
        assert len(views(system)) == before


class TestPolicy:
    def test_it_shows_every_officer_cause(self, system: ConsoleSystem, open_as: OpenAs, tmp_path: Path) -> None:
        """The page shows name, class, threshold and critical threshold of every officer cause of the policy."""
        file = tmp_path / "policy.toml"
        file.write_text(
            'name = "busy"\nversion = "7"\nreview_by = 2031-05-01\noffices.X = { tz = "UTC", holidays = "NL" }\n'
            "[officers]\noverloaded = { raise = 1.16, clear = 1.0, periods = 2 }\n"
            '[officers.causes.critical]\nenabled = false\nescalate_after = "3bd"\n'
        )
        console = ConsoleProcess(system.deployment, tmp_path / "console", "--policy", str(file)).await_data()
        try:
            page = Page(open_as("viewer").driver, console.url)
            page.sign_in(TOKENS["viewer"], "/policy")
            page.until(lambda: page.texts("h1") == ["Policy"], "the policy")
            cells = page.texts("[aria-label='Causes of officer alerts'] tbody tr > *")
            offices = page.texts("[aria-label='Time zones and holidays of business days'] tbody tr > *")
            unzoned = page.texts("p.aside.unzoned")
        finally:
            console.stop()
        assert [
            ("Overloaded", "officer", "yes", "load of 116% or more at 2 period ends in a row; ends below 100%"),
            ("Critical load", "officer", "no: never raised", threshold(load_policy(), OfficerCause.CRITICAL)),
            ("Officer away", "officer", "yes", "on leave or departed for 5 business days with open cases"),
            ("Training lapsed", "officer", "yes", "never: no course is required"),
            ("Intake too fast", "officer", "yes", threshold(load_policy(), OfficerCause.INTAKE_TOO_FAST)),
            ("Policy review overdue", "policy", "yes", "the review date 2031-05-01 has passed"),
        ] == list(zip(*(cells[column::5] for column in range(4)), strict=True))
        assert (["30 days", "3 business days", *["30 days"] * 4], "NL") == (cells[4::5], offices[-1])
        assert [""] == unzoned  # the default names every office of the docket


class TestLive:
    def test_a_new_alert_appears_without_a_reload(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """An open list shows a new alert within seconds; a paused list does not change."""
        page = open_as("supervisor")
        page.open("/lost-track?order=newest")
        at = system.docket.until + 3_600_000
        system.deployment.feed([opened("c-live-1", at)], until=at)
        page.until(lambda: "c-live-1" in page.column(1), "the new case")
        page.find("button.live").click()
        page.until(lambda: page.texts("button.live") == ["Paused"], "a paused page")
        system.deployment.feed([opened("c-live-2", at + 60_000)], until=at + 60_000)
        wait_until(lambda: "c-live-2" in {each["case_id"] for each in standing(system)}, "its alert")
        assert "c-live-2" not in page.column(1)
        page.find("button.live").click()
        page.until(lambda: "c-live-2" in page.column(1), "the other new case")

    def test_the_page_continues_when_another_worker_starts(
        self, system: ConsoleSystem, open_as: OpenAs, tmp_path: Path
    ) -> None:
        """The page depends on the broker and not on a worker."""
        page = open_as("supervisor")
        page.open("/lost-track?order=newest")
        system.worker.child.kill()
        system.worker = CliProcess(system.deployment, tmp_path / "worker.log", "worker", "--clock", "log").ready()
        at = system.docket.until + 7_200_000
        system.deployment.feed([opened("c-live-3", at)], until=at)
        wait_until(lambda: "c-live-3" in {each["case_id"] for each in standing(system)}, "its alert")
        page.until(lambda: "c-live-3" in page.column(1), "the new case")

    def test_the_page_returns_after_a_restart_of_the_console(
        self, system: ConsoleSystem, page: Page, tmp_path: Path
    ) -> None:
        """An open page asks for the token and returns to the same view."""
        port = system.console.url.rstrip("/").rpartition(":")[2]
        page.sign_in(TOKENS["supervisor"], "/officers")
        page.wait_live()
        system.console.stop()
        log = str(system.docket.log)
        system.console = ConsoleProcess(
            system.deployment, tmp_path / "console", "--port", port, EVENT_LOG=log
        ).await_data()
        page.until(lambda: "Sign in" in page.driver.title, "the way in")
        page.find("#token").send_keys(TOKENS["supervisor"], Keys.ENTER)
        page.until(lambda: page.texts("h1") == ["Officers"], "the page that was open")


class TestAccessibility:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_axe_core_finds_nothing(self, system: ConsoleSystem, open_as: OpenAs, theme: str) -> None:
        """The test checks every view and the sign-in page."""
        page = open_as("restricted")
        page.driver.add_cookie({"name": "docketwatch_theme", "value": theme})
        case = standing(system)[0]["case_id"]
        found = {}
        for path in VIEWS:
            page.open(path)
            found[path] = page.violations()
        page.open(f"/case#{case}")
        page.await_text("Why it needs a look")
        found["/case"] = page.violations()
        dark = page.driver.execute_script("return document.body.classList.contains('body--dark')")
        page.driver.delete_all_cookies()
        page.driver.get(page.url)
        found["the way in"] = page.violations()
        assert {path: [] for path in found} == found
        assert dark is (theme == "dark")

    def test_the_keyboard_reaches_everything(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """The keyboard alone reaches the navigation, the filters, the order of the table and a case."""
        page = open_as("supervisor")
        page.open("/lost-track")

        def focused() -> str:
            result: str = page.driver.execute_script(
                "const at = document.activeElement; return at.getAttribute('aria-label') || at.textContent.trim()"
            )
            return result

        def press(*keys: str) -> None:
            ActionChains(page.driver).send_keys(*keys).perform()

        press(Keys.TAB)
        assert focused() == "Skip to the content"
        press(Keys.ENTER)
        page.until(lambda: focused() == "Records that need a human look", "the content in focus")
        seen = []
        while "Severity" not in seen:
            press(Keys.TAB)
            seen.append(focused())
            assert len(seen) < 30, seen
        assert [label for label in seen if label in ("Part of a case id", "Office", "Cause", "Side")] == [
            "Part of a case id", "Office", "Cause", "Side",
        ]  # fmt: skip
        press(Keys.SPACE)
        page.until(lambda: "critical" in page.texts(".q-menu .q-item"), "the choices")
        while "critical" not in page.texts(".q-item.q-manual-focusable--focused"):
            press(Keys.ARROW_DOWN)
        press(Keys.ENTER, Keys.ESCAPE)
        page.until(lambda: set(page.column(4)) == {"critical"}, "critical ones only")
        page.until(lambda: "alerts on" in page.texts("[role=status]")[0], "the count, said to who does not see it")
        while focused() != "Case":
            press(Keys.TAB)
            seen.append(focused())
            assert len(seen) < 60, seen
        press(Keys.ENTER)
        page.until(lambda: page.find("th[aria-sort]").text.startswith("Case"), "the order of the case ids")
        page.until(lambda: page.column(1) == sorted(page.column(1)), "that order")
        first = page.column(1)[0]
        while focused() != first:
            press(Keys.TAB)
            seen.append(focused())
            assert len(seen) < 90, seen
        press(Keys.ENTER)
        page.until(lambda: page.texts("h2.id") == [first], "the case")

    def test_a_live_update_keeps_the_focus(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """The focused element keeps the focus while rows change."""
        page = open_as("supervisor")
        page.open("/lost-track")
        page.driver.execute_script("document.querySelector('tbody th a').focus()")
        before = page.find("header .clock").text
        at = system.docket.until + 10 * 3_600_000
        system.deployment.feed([opened("c-live-4", at)], until=at)
        page.until(lambda: page.find("header .clock").text != before, "a later clock")
        assert page.driver.execute_script("return document.activeElement.matches('tbody th a')")

    def test_a_narrow_window_is_enough(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """At 390 px nothing is wider than the page, and each table shows its columns completely."""
        page = open_as("supervisor")
        too_wide = """return [...document.querySelectorAll('.table')]
            .filter(each => each.scrollWidth > each.clientWidth + 1)
            .map(each => `${each.getAttribute('aria-label')}: ${each.scrollWidth} of ${each.clientWidth}`)"""
        shown = """return [...document.querySelectorAll('thead')].map(head =>
            [...head.querySelectorAll('th')].filter(each => each.offsetWidth).map(each => each.textContent))"""
        found, columns = {}, {}
        with narrow(page.driver):
            for path in VIEWS:
                page.open(path)
                if path in ("/lost-track", "/officers", "/offices"):
                    page.until(lambda: page.column(1), "rows")
                assert page.driver.execute_script("return document.documentElement.scrollWidth <= innerWidth"), path
                found[path], columns[path] = (page.driver.execute_script(each) for each in (too_wide, shown))
            page.open(f"/case#{standing(system)[0]['case_id']}")
            page.await_text("Why it needs a look")
            assert page.driver.execute_script("return document.documentElement.scrollWidth <= innerWidth"), "/case"
            found["/case"] = page.driver.execute_script(too_wide)
            cut = page.driver.execute_script(
                """return [...document.querySelectorAll('main *')].filter(each => each.offsetWidth
                    && each.getBoundingClientRect().right > innerWidth + 1).map(each => each.outerHTML.slice(0, 80))"""
            )
        assert {path: [] for path in (*VIEWS, "/case")} == found
        assert [] == cut
        assert ["Case", "Cause", "Severity", "Open for"] == columns["/lost-track"][0]
        assert ["Officer", "Min/case", "Open cases", "Load", "Lost track"] == columns["/officers"][0]
        assert "Officers needed" in columns["/offices"][0]
