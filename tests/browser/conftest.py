"""One docket, one worker and one console for all who look, and a browser for each."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from schemas.case_views import Role
from tests.browser.browsers import BrowserMissingError, Page, a_browser, missing
from tests.browser.consoles import TOKENS, RunningConsole
from tests.kafka.conftest import apache_kafka, kafka_needed
from tests.kafka.docket import Docket, Place, Running
from tests.kafka.waiting import wait_until

__all__ = ["Browser", "Stage", "apache_kafka", "browser", "browser_needed", "kafka_needed", "open_as", "page", "stage"]


@dataclass
class Stage:
    """What is looked at.

    Attributes:
        docket: The log that was played.
        place: Its topics.
        worker: Has worked through it.
        console: Shows it.
    """

    docket: Docket
    place: Place
    worker: Running
    console: RunningConsole


@dataclass
class Browser:
    """A window, and where its downloads go."""

    driver: Chrome
    downloads: Path


@pytest.fixture(scope="session")
def browser_needed() -> None:
    """There is a browser, or the test does not run; where it is required, it fails."""
    try:
        missing()
    except BrowserMissingError as why:
        if os.environ.get("DOCKETWATCH_REQUIRE_BROWSER") == "1":
            pytest.fail(f"DOCKETWATCH_REQUIRE_BROWSER=1, but {why}")
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def stage(browser_needed: None, apache_kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything, running."""
    directory = tmp_path_factory.mktemp("stage")
    docket = Docket.make(directory / "docket", cases=2_000, days=40)
    place = Place(apache_kafka, "stage").create()
    place.feed(docket.events, until=docket.until)
    worker = Running(place, directory / "worker.log", "worker", "--clock", "log").ready()
    wait_until(lambda: worker.has_passed(docket.until), 60, "a worker that has worked through the log")
    console = RunningConsole(place, directory / "console").ready_to_show()
    stage = Stage(docket, place, worker, console)
    yield stage
    for running in (stage.console, stage.worker):  # a test may have put another in its place
        running.child.stop()


@pytest.fixture(scope="session")
def browser(browser_needed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One window for all: to start one takes longer than most tests."""
    downloads = tmp_path_factory.mktemp("downloads")
    with a_browser(downloads) as driver:
        yield Browser(driver, downloads)


@pytest.fixture
def page(browser: Browser, stage: Stage) -> Page:
    """The console in that window, not signed in."""
    browser.driver.get("about:blank")
    browser.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    return Page(browser.driver, stage.console.url)


@pytest.fixture
def open_as(page: Page) -> Callable[[Role], Page]:
    """Signs in with a role."""

    def enter(role: Role) -> Page:
        page.enter(TOKENS[role])
        page.wait_live()
        return page

    return enter
