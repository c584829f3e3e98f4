"""One docket, one worker and one console for all tests of the console, and a browser for each."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from schemas.case_views import Role
from tests.browser.browsers import BrowserMissingError, Page, check_installed, open_browser
from tests.browser.consoles import TOKENS, ConsoleProcess
from tests.kafka.conftest import apache_kafka, kafka_needed
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import wait_until

__all__ = [
    "Browser",
    "ConsoleSystem",
    "apache_kafka",
    "browser",
    "browser_needed",
    "kafka_needed",
    "open_as",
    "page",
    "system",
]


@dataclass
class ConsoleSystem:
    """A worker and a console on the topics of one log.

    Attributes:
        docket: The log that the worker read.
        deployment: Its topics.
        worker: The worker that has processed the log.
        console: The console that shows the topics.
    """

    docket: Docket
    deployment: Deployment
    worker: CliProcess
    console: ConsoleProcess


@dataclass
class Browser:
    """A window and the folder of its downloads."""

    driver: Chrome
    downloads: Path


@pytest.fixture(scope="session")
def browser_needed() -> None:
    """Skip the test without a browser; fail it where a browser is required."""
    try:
        check_installed()
    except BrowserMissingError as why:
        if os.environ.get("DOCKETWATCH_REQUIRE_BROWSER") == "1":
            pytest.fail(f"DOCKETWATCH_REQUIRE_BROWSER=1, but {why}")
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def system(
    browser_needed: None, apache_kafka: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ConsoleSystem]:
    """Start everything once for all tests."""
    directory = tmp_path_factory.mktemp("console")
    docket = Docket.make(directory / "docket", cases=2_000, days=40)
    deployment = Deployment(apache_kafka, "console").create()
    deployment.feed(docket.events, until=docket.until)
    worker = CliProcess(deployment, directory / "worker.log", "worker", "--clock", "log").ready()
    wait_until(lambda: worker.has_passed(docket.until), "a worker that has worked through the log")
    console = ConsoleProcess(deployment, directory / "console", EVENT_LOG=str(docket.log)).await_data()
    system = ConsoleSystem(docket, deployment, worker, console)
    yield system
    for running in (system.console, system.worker):  # a test may have replaced it
        running.child.stop()


@pytest.fixture(scope="session")
def browser(browser_needed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Open one window for all tests: a start takes longer than most tests."""
    downloads = tmp_path_factory.mktemp("downloads")
    with open_browser(downloads) as driver:
        yield Browser(driver, downloads)


@pytest.fixture
def page(browser: Browser, system: ConsoleSystem) -> Page:
    """Return the console in that window, signed out."""
    browser.driver.get("about:blank")
    browser.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    return Page(browser.driver, system.console.url)


@pytest.fixture
def open_as(page: Page) -> Callable[[Role], Page]:
    """Return a function that signs in with a role."""

    def enter(role: Role) -> Page:
        page.sign_in(TOKENS[role])
        page.wait_live()
        return page

    return enter
