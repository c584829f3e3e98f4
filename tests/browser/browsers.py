"""Drive Debian's chromium with the mouse and the keyboard, and find what axe-core calls inaccessible."""

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.kafka.waiting import LIMIT, wait_until

__all__ = ["BrowserMissingError", "Page", "axe_core", "check_installed", "open_browser"]

_AXE: Final = "axe-core@4.14.1"

WIDTH: Final = 1280
HEIGHT: Final = 1000
NARROW: Final = 390

T = TypeVar("T")


class BrowserMissingError(Exception):
    """No usable browser is on this machine; the text names what to install."""


def check_installed() -> None:
    """Check that every part is installed.

    Raises:
        BrowserMissingError: A part is missing.
    """
    for program in ("chromium", "chromedriver", "npm"):
        if shutil.which(program) is None:
            raise BrowserMissingError(f"no {program} on PATH: install the packages chromium, chromium-driver and npm")


def axe_core() -> str:
    """Return the script of axe-core, which npm fetches once."""
    library = Path.home() / ".cache" / "docketwatch" / _AXE / "axe.min.js"
    if not library.exists():
        with tempfile.TemporaryDirectory() as scratch:
            subprocess.run(
                ["npm", "pack", "--silent", _AXE], cwd=scratch, check=True, capture_output=True, timeout=LIMIT
            )
            (packed,) = Path(scratch).glob("*.tgz")
            with tarfile.open(packed) as files:
                script = files.extractfile("package/axe.min.js")
                assert script is not None
                library.parent.mkdir(parents=True, exist_ok=True)
                library.write_bytes(script.read())
    return library.read_text()


@contextmanager
def open_browser(downloads: Path, *, width: int = WIDTH, height: int = HEIGHT) -> Iterator[Chrome]:
    """Open a window for one test and close it at the end.

    Args:
        downloads: The folder of its downloads.
        width, height: The size of the page in pixels.
    """
    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for word in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "hide-scrollbars", "force-color-profile=srgb"):
        options.add_argument(f"--{word}")
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver"), env=dict(os.environ)))
    try:
        _size(driver, width, height)
        driver.set_script_timeout(60)
        yield driver
    finally:
        driver.quit()


@contextmanager
def narrow(driver: Chrome) -> Iterator[None]:
    """Give the window the width of a telephone for one block."""
    _size(driver, NARROW, 844)
    try:
        yield
    finally:
        _size(driver, WIDTH, HEIGHT)


def _size(driver: Chrome, width: int, height: int) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


class Page:
    """The open page of a browser.

    Args:
        driver: The browser.
        url: The console's address.
    """

    def __init__(self, driver: Chrome, url: str) -> None:
        self.driver, self.url = driver, url.rstrip("/")

    def open(self, path: str) -> None:
        """Go to a path and wait until the page works."""
        self.driver.get(self.url + path)
        if "#" in path:
            self.driver.refresh()  # a new fragment alone loads no page
        self.wait_live()

    def wait_live(self) -> None:
        """Wait until the page is connected to the server."""
        self.until(lambda: self.driver.execute_script("return window.did_handshake === true"), "a page that is live")

    def sign_in(self, token: str, path: str = "/") -> None:
        """Sign in with a token on the page that asks for one."""
        self.driver.get(self.url + path)
        self.find("#token").send_keys(token)
        self.find("button[type=submit]").click()
        self.until(lambda: "Sign in" not in self.driver.title, "a page behind the one that asks for a token")

    def find(self, css: str) -> WebElement:
        """Return the first element that matches, as soon as it exists."""
        return self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, css), css)[0]

    def texts(self, css: str) -> list[str]:
        """Return the texts of all elements that match."""
        script = "return [...document.querySelectorAll(arguments[0])].map(each => each.textContent.trim())"
        result: list[str] = self.driver.execute_script(script, css)
        return result

    def column(self, number: int) -> list[str]:
        """Return the texts of one column of the last table; the first column is 1."""
        script = """
            const rows = [...document.querySelectorAll('table')].at(-1)?.querySelectorAll('tbody tr') ?? [];
            return [...rows].map(row => row.children[arguments[0] - 1].textContent.trim())"""
        result: list[str] = self.driver.execute_script(script, number)
        return result

    def choose(self, label: str, option: str) -> None:
        """Select from a list of choices with the mouse; where several can be selected, add one or remove it."""
        fields = self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, "label.q-field"), "fields")
        next(each for each in fields if label in each.text.split("\n")).find_element(
            By.CSS_SELECTOR,
            ".q-field__append:last-child",  # beside what clears it
        ).click()

        def item() -> WebElement | None:
            items = self.driver.find_elements(By.CSS_SELECTOR, ".q-menu .q-item")
            return next((each for each in items if each.text == option), None)  # the list is empty while it still opens

        self.until(item, f"a choice {option}").click()
        ActionChains(self.driver).send_keys(Keys.ESCAPE).perform()  # a list of several stays open
        self.until(lambda: not self.driver.find_elements(By.CSS_SELECTOR, ".q-menu"), "an end of the choices")

    def sign_out(self) -> None:
        """Sign out, by the menu of the user."""
        self.find("header summary").click()
        self.find("form[action='/logout'] button").click()
        self.until(lambda: "Sign in" in self.driver.title, "the way in")

    def await_text(self, text: str) -> None:
        """Wait until the page shows a text."""
        self.until(lambda: text in self.driver.find_element(By.TAG_NAME, "body").text, f"a page that says {text!r}")

    def until(self, condition: Callable[[], T], what: str) -> T:
        """Wait for a condition; elements that the page replaced are looked up again."""

        def ask() -> T | None:
            try:
                return condition()
            except StaleElementReferenceException:
                return None

        try:
            found = wait_until(ask, what)
        except AssertionError as error:
            body = self.driver.find_element(By.TAG_NAME, "body").text
            raise AssertionError(f"{error}\n{self.driver.current_url} says:\n{body[:3000]}") from error
        assert found is not None
        return found

    def violations(self) -> list[str]:
        """Return what axe-core finds."""
        self.driver.execute_script(axe_core())
        result: list[dict[str, Any]] = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run().then(found => done(found.violations))"
        )
        return [
            f"{each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0]['failureSummary']}" for each in result
        ]
