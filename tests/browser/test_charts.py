"""Charts in a real browser: the drawing, the sentence and the table have the same numbers."""

import json
import re

import pytest

from schemas.causes import CauseClass
from streams.web.pages.chart_content import AUDIT_CASELOADS, change_since
from tests.browser.conftest import ConsoleSystem
from tests.browser.console_reads import OpenAs, standing, table_of

pytestmark = [pytest.mark.browser, pytest.mark.kafka]

RELIEVED = ", and what would relieve it"


class TestOverview:
    def test_lost_track_over_ninety_days(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """The last day has the topics' current counts, including protected cases; the lines are drawn."""
        page = open_as("viewer")
        page.open("/")
        page.until(lambda: len(page.driver.find_elements("css selector", ".plot svg path")) > 10, "drawings")
        alerts = standing(system) + standing(system, "restricted-alerts")
        cases = {side: {each["case_id"] for each in alerts if each["cause_class"] == side} for side in CauseClass}
        rows = table_of(page, 0)
        assert len(rows) == 90
        assert rows[0][1:] == [f"{len(each):,}" for each in (set().union(*cases.values()), *cases.values())]
        assert page.texts(".chart figcaption")[0].startswith(f"{rows[0][1]} cases now ({rows[0][2]} agency")

    def test_raised_and_ended_by_week(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """The number of alerts is that of the topics for the weeks shown."""
        page = open_as("viewer")
        page.open("/")
        page.until(lambda: page.texts(".chart figcaption")[1:2], "a sentence")
        rows = table_of(page, 1)
        known: dict[str, dict[str, str]] = {}
        for topic in ("lost-track-alerts", "restricted-alerts"):
            for record in system.deployment.read(topic):
                if record.key is not None and record.value is not None:
                    known[record.key.decode()] = json.loads(record.value)
        first = rows[-1][0]
        assert len(rows) == 13
        assert sum(each["raised_at"] >= first for each in known.values()) == sum(
            int(row[1].replace(",", "")) for row in rows
        )

    def test_the_next_fourteen_days(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """By day from the clock on; appointments of the next days are booked in this docket."""
        page = open_as("viewer")
        page.open("/")
        page.until(lambda: page.texts(".chart figcaption")[2:3] != [""], "a sentence")
        rows = table_of(page, 2)
        assert len(rows) == 14
        assert rows[0][0] == page.texts(".clock")[0].split()[2]
        assert sum(int(row[1].replace(",", "")) for row in rows) > 0

    def test_every_tile_says_how_it_changed(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """A tile has a line of the last days, and the change since yesterday in words."""
        page = open_as("viewer")
        page.open("/")
        page.until(lambda: page.find(".tile .spark polyline").get_attribute("points"), "a line")
        changes = page.texts(".tile .change")
        today, yesterday = (int(row[1].replace(",", "")) for row in table_of(page, 0)[:2])
        assert (5, change_since(yesterday, today)) == (len(changes), changes[0])
        # a docket that is replayed at once has no office record of yesterday: those tiles may say nothing
        words = r"(as yesterday|[+-][\d,.]+ since yesterday)?"
        assert [] == [each for each in changes if not re.fullmatch(words, each)]


class TestOffices:
    def test_the_caseloads_of_each_office(self, system: ConsoleSystem, open_as: OpenAs) -> None:
        """Each office has a box; the two caseloads of the audit are marked and named."""
        page = open_as("viewer")
        page.open("/offices")
        page.until(lambda: page.driver.find_elements("css selector", "#caseloads ~ .chart svg path"), "a drawing")
        marked = page.texts(".plot svg text")
        for cases in AUDIT_CASELOADS:
            assert f"audit: {cases:,}" in marked
        rows = table_of(page, 1)
        loads = [json.loads(each) for each in system.docket.expected.loads]
        at_work = [each for each in loads if each["status"] not in ("leave", "departed")]
        assert [row[0] for row in rows] == sorted({each["office"] for each in at_work})
        for office, officers, *_, most in rows:
            theirs = [each["open_cases"] for each in at_work if each["office"] == office]
            assert (f"{len(theirs):,}", f"{max(theirs):,}") == (officers, most)
        assert page.violations() == []

    def test_what_is_achievable_in_an_office_and_what_would_relieve_it(
        self, system: ConsoleSystem, open_as: OpenAs
    ) -> None:
        """The numbers of the office's row, in sentences; of all offices together until one is chosen."""
        page = open_as("viewer")
        page.open("/offices")
        page.until(
            lambda: page.texts("#achievable") == [f"What is achievable in all offices together{RELIEVED}"], "all"
        )
        page.choose("Office", "WAS")
        page.until(lambda: page.texts("#achievable") == [f"What is achievable in WAS{RELIEVED}"], "one office")
        row = page.texts("[aria-label='Offices by load'] tbody tr > *")
        at_work, wanted, achievable = row[5:8]
        text = " ".join(page.texts("p.statement"))
        assert f"One officer has time for {achievable} cases of this mix" in text
        assert f"{wanted} officers are needed and {at_work} are at work" in text
        assert "If all weights move together" in page.find("#achievable ~ p").text
