"""An open page names the time since which nothing is judged or known while its worker and its broker are killed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.browsers import Page
from tests.browser.conftest import Browser
from tests.browser.consoles import TOKENS, ConsoleProcess, ask
from tests.kafka.brokers import KafkaBroker
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.kafka]

BEARER = {"Authorization": f"Bearer {TOKENS['supervisor']}"}
NO_MATCH = "/lost-track?search=no-such-case"
LOST_TRACK = "/lost-track"


class HealthDisplays:
    """Every surface that shows the state of the pipeline."""

    def __init__(self, page: Page, console: ConsoleProcess) -> None:
        self.page, self.console = page, console

    def header(self) -> str:
        """Return the header's text on the open page."""
        return self.page.texts("header .health")[0]

    def await_header(self, pattern: str) -> str:
        """Wait until the header of the open page shows a text, without a reload."""
        wait_until(lambda: re.fullmatch(pattern, self.header()), f"a header that says {pattern}")
        return self.header()

    def await_empty(self, text: str) -> None:
        """Wait until the empty list of the open page shows a text."""

        def says_so() -> bool:
            return any(text in each for each in self.page.texts(".table .empty"))

        self.page.until(says_so, f"a list that says {text}")

    def readiness(self) -> tuple[int, str]:
        """Return status and text of /readyz."""
        return ask(f"{self.console.url}readyz")[:2]

    def api(self) -> dict[str, object]:
        """Return the answer of the API."""
        found: dict[str, object] = json.loads(ask(f"{self.console.url}api/health", headers=BEARER)[1])
        return found

    def metric(self, sample: str) -> float | None:
        """Return one sample of the console's metrics."""
        lines = ask(f"{self.console.url}metrics")[1].splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{sample} ")), None)


@pytest.fixture
def broker(browser_needed: None, kafka_needed: None, tmp_path: Path) -> Iterator[KafkaBroker]:
    """A broker that the test may kill."""
    with KafkaBroker(tmp_path / "broker") as broker:
        yield broker


class TestBlindness:
    def test_an_open_page_says_since_when_nothing_is_judged_and_nothing_is_known(
        self, broker: KafkaBroker, browser: Browser, tmp_path: Path
    ) -> None:
        """The worker judges every event; then it is killed, another one starts, and the broker is killed."""
        docket = Docket.make(tmp_path / "docket", cases=200, days=20)
        deployment = Deployment(broker.bootstrap, "blind").create()
        half = len(docket.events) // 2
        first, rest = docket.events[:half], docket.events[half:]
        deployment.feed(first, until=first[-1].recorded_at)
        worker = CliProcess(deployment, tmp_path / "worker.log", "worker", "--clock", "log").ready()
        console = ConsoleProcess(deployment, tmp_path / "console").await_data()
        browser.driver.get("about:blank")
        browser.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        page = Page(browser.driver, console.url)
        seen = HealthDisplays(page, console)
        try:
            page.sign_in(TOKENS["supervisor"], NO_MATCH)
            page.wait_live()
            seen.await_header("judging; nothing waits")
            seen.await_empty("No open alert matches.")
            assert (200, "ready: judging; nothing waits\n") == seen.readiness()
            assert 1.0 == seen.metric('docketwatch_console_state{state="judging"}')
            assert 0.0 == seen.metric('docketwatch_console_waiting_events{topic="check-ins"}')

            worker.child.kill()
            deployment.feed(rest, until=docket.until)
            found = seen.await_header(rf"not judged since \d\d:\d\d UTC; {len(rest):,} events wait; no worker runs")
            seen.await_empty(f"Not known: {found}.")
            assert "An empty list does not mean that all is well" in page.texts("p.banner")[0]
            assert (503, f"not ready: {found}\n") == seen.readiness()
            api = seen.api()
            assert ("not_judging", found, len(rest)) == (api["state"], api["sentence"], api["waiting"])
            assert 1.0 == seen.metric('docketwatch_console_state{state="not_judging"}')
            assert 0.0 == seen.metric('docketwatch_console_state{state="judging"}')
            page.open("/feeds")
            page.await_text("not judged")
            assert "arriving" not in page.texts("tbody .badge")
            assert f"{found[0].upper()}{found[1:]}." in page.texts("section p")

            worker = CliProcess(deployment, tmp_path / "another.log", "worker", "--clock", "log").ready()
            page.open(NO_MATCH)
            seen.await_header("judging; nothing waits")
            seen.await_empty("No open alert matches.")

            page.open(LOST_TRACK)
            page.until(lambda: page.column(1), "rows")
            summary = page.texts("main p.status")[0]
            assert re.match(r"\d+ alerts on \d+ cases", summary), summary

            page.open(NO_MATCH)
            broker.kill()
            found = seen.await_header(r"not known since \d\d:\d\d UTC: the broker does not answer")
            seen.await_empty(f"Not known: {found}.")
            assert (503, f"not ready: {found}\n") == seen.readiness()
            page.open(LOST_TRACK)  # the rows match, but nothing may be shown unrecorded
            withheld = "Not shown: no case can be shown: the console cannot write to "
            page.until(lambda: page.texts("main p.status")[0].startswith(withheld), "a summary that says why")
            assert page.texts("main p.status")[:1] == page.texts(".table .empty")
            assert [] == page.column(1)
            assert not re.search(r"alerts? on |No open alert matches", page.find("main").text)
            api = seen.api()
            assert ("unreachable", None, []) == (api["state"], api["waiting"], api["feeds"])
            assert seen.metric('docketwatch_console_waiting_events{topic="check-ins"}') is None
        finally:
            console.child.stop()
            worker.child.kill()
