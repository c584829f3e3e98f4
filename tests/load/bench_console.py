"""The console's speed with a large docket: `python -m tests.load.bench_console --cases 100000 --days 60`.

Apache Kafka, a worker, a generated docket replayed at full speed, the console, and Debian's chromium share a machine.
`--screenshots DIR` measures nothing and writes a picture of every view, light, dark and in the width of a telephone:
`python -m tests.load.bench_console --cases 6000 --screenshots deploy/console`.
"""

import argparse
import base64
import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from selenium.webdriver import Chrome
from selenium.webdriver.common.keys import Keys

from schemas.case_views import Role
from schemas.instants import to_text
from tests.browser.browsers import Page, narrow, open_browser
from tests.browser.console_reads import work_out
from tests.browser.consoles import TOKENS, ConsoleProcess
from tests.kafka.brokers import KafkaBroker
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import wait_until

_ROUNDS: Final = 7
_VIEWS: Final = ("/", "/lost-track", "/due-soon", "/officers", "/offices", "/report", "/feeds", "/policy")
_DAYS_ONE_BY_ONE: Final = 20
_DAY_MS: Final = 86_400_000
_ALL_DRAWN: Final = "return [...document.querySelectorAll('.plot')].every(each => each.querySelector('svg path'))"
_WATCH: Final = """
    window.shown = 0; window.asked = 0;
    new MutationObserver(() => { window.shown = performance.now(); })
        .observe(document.querySelector('tbody'), { childList: true, subtree: true, characterData: true });
    for (const kind of ['click', 'input'])
        document.addEventListener(kind, () => { window.asked = performance.now(); }, true);
"""


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--screenshots", type=Path)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as scratch,
        _stage(Path(scratch), asked.cases, asked.days, day_by_day=asked.screenshots is not None) as (console, summary),
    ):
        print(summary)
        if asked.screenshots is None:
            _measure(console, Path(scratch))
        else:
            asked.screenshots.mkdir(parents=True, exist_ok=True)
            _pictures(console, Path(scratch), asked.screenshots)


def _measure(console: ConsoleProcess, scratch: Path) -> None:
    _memory(console, "after it has read the topics")
    _first_paints(console, scratch)
    with _as("supervisor", console, scratch) as page:
        _filters(page, console)
        _cases(page)
        _idle(console)
    _memory(console, "at the end")


@contextlib.contextmanager
def _stage(scratch: Path, cases: int, days: int, *, day_by_day: bool = False) -> Iterator[tuple[ConsoleProcess, str]]:
    docket = Docket.make(scratch / "docket", cases=cases, days=days, seed=3)
    with KafkaBroker(scratch / "kafka") as broker:
        deployment = Deployment(broker.bootstrap, "docket").create()
        worker = CliProcess(deployment, scratch / "worker.log", "worker", "--clock", "log").ready()
        # pictures show the last days, which a replay at full speed passes without a record of each
        first = docket.until - _DAYS_ONE_BY_ONE * _DAY_MS if day_by_day else docket.until
        words = ("replay", str(docket.log), "--speed", "max", "--until", to_text(first))
        replay = CliProcess(deployment, scratch / "replay.log", *words)
        assert replay.child.wait(1_800) == 0, replay.output()
        wait_until(lambda: worker.has_passed(first), "a worker that has worked through the log", limit=9_000)
        for day in range(first, docket.until, _DAY_MS):
            _feed_day(deployment, worker, docket, day)
        started = time.perf_counter()
        console = ConsoleProcess(deployment, scratch / "console", EVENT_LOG=str(docket.log)).await_data()
        took = time.perf_counter() - started
        events = replay.output().strip().splitlines()[0]
        try:
            yield console, f"{cases:,} cases over {days} days; {events}\nthe console reads the topics in {took:.1f} s"
        finally:
            for running in (console, worker):
                running.child.stop()


def _feed_day(deployment: Deployment, worker: CliProcess, docket: Docket, day: int) -> None:
    end, began = day + _DAY_MS, time.monotonic()
    deployment.feed((each for each in docket.events if day < each.recorded_at <= end), until=end)
    # a worker publishes its counts at most once a second
    wait_until(lambda: worker.has_passed(end) and time.monotonic() - began > 1.5, "a worker that has passed a day")


@contextlib.contextmanager
def _as(role: Role, console: ConsoleProcess, scratch: Path) -> Iterator[Page]:
    with open_browser(scratch) as driver:
        page = Page(driver, console.url)
        page.sign_in(TOKENS[role])
        page.wait_live()
        yield page


def _first_paints(console: ConsoleProcess, scratch: Path) -> None:
    print("\nfirst contentful paint, ms: with an empty cache, then again (median of the others)")
    for path in ("/", "/lost-track", "/officers"):
        with _as("supervisor", console, scratch) as page:
            page.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
            paints = []
            for _ in range(_ROUNDS):
                page.open(path)
                paints.append(page.until(lambda: _paint(page.driver), "a first paint"))
            print(f"  {path:12} {paints[0]:6.0f} {statistics.median(paints[1:]):6.0f}")


def _paint(driver: Chrome) -> float:
    script = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
    painted: float = driver.execute_script(script)
    return painted


def _filters(page: Page, console: ConsoleProcess) -> None:
    print("\nfrom the press, or the last key, to the rows, ms: median and longest")
    page.open("/lost-track")
    page.driver.execute_script(_WATCH)
    cpu, at = _cpu_seconds(console), time.monotonic()
    timed = {
        f"filter by {label.lower()}": _toggled(page, label, options)
        for label, options in (("Cause", ("In transit", "No contact")), ("Office", ("WAS", "ATL")))
    }
    used = 1000 * (_cpu_seconds(console) - cpu) / (2 * (_ROUNDS + 1))
    took = 1000 * (time.monotonic() - at) / (2 * (_ROUNDS + 1))
    search = page.find("input[aria-label='Part of a case id']")
    timed["search (150 ms of it wait for the next key)"] = [_took(page, partial(search.send_keys, key)) for key in "a1"]
    page.open("/lost-track")
    page.driver.execute_script(_WATCH)
    timed["another order"] = [_took(page, page.find("th[aria-sort] button").click) for _ in range(_ROUNDS)]
    timed["next page"] = [_took(page, page.find(".pager button:last-child").click) for _ in range(_ROUNDS)]
    for what, times in timed.items():
        print(f"  {what:46} {statistics.median(times):6.0f} {max(times):6.0f}")
    print(f"  of a filter the console itself takes {used:.0f} ms of CPU (a person's part of it and all: {took:.0f} ms)")


def _toggled(page: Page, label: str, options: tuple[str, str]) -> list[float]:
    # selected and removed in turn: after an even number of rounds the filter is empty again
    return [_took(page, partial(page.choose, label, option)) for _ in range(_ROUNDS // 2) for option in options * 2]


def _took(page: Page, do: Callable[[], object]) -> float:
    page.driver.execute_script("window.shown = window.asked = 0")
    do()
    script = "return window.asked && window.shown > window.asked ? window.shown - window.asked : 0"
    first: float = page.until(lambda: page.driver.execute_script(script), "other rows")
    return first


def _cases(page: Page) -> None:
    page.open("/lost-track")
    cases = page.until(lambda: page.column(1), "rows")[:_ROUNDS]
    times = []
    for case_id in cases:
        page.driver.get(f"{page.url}/policy")
        started = time.perf_counter()
        page.driver.get(f"{page.url}/case#{case_id}")
        page.until(lambda: page.texts("h2.id") == [case_id], "the case")  # noqa: B023  # asked before the next
        times.append(1000 * (time.perf_counter() - started))
    print(f"  {'a case explained, its page opened anew':46} {statistics.median(times):6.0f} {max(times):6.0f}")


def _idle(console: ConsoleProcess) -> None:
    before, at = _cpu_seconds(console), time.monotonic()
    wait_until(lambda: time.monotonic() - at > 10, "ten seconds")
    share = (_cpu_seconds(console) - before) / (time.monotonic() - at)
    print(f"\nCPU with one page open and nothing new: {100 * share:.1f} % of a core")


def _memory(console: ConsoleProcess, when: str) -> None:
    status = Path(f"/proc/{console.child.pid}/status").read_text()
    kib = int(status.partition("VmRSS:")[2].split()[0])
    print(f"resident memory {when}: {kib / 1024:.0f} MiB")


def _cpu_seconds(console: ConsoleProcess) -> float:
    fields: list[Any] = Path(f"/proc/{console.child.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _pictures(console: ConsoleProcess, scratch: Path, directory: Path) -> None:
    with _as("supervisor", console, scratch) as page:
        page.open("/lost-track?cause=check_in_overdue")
        case_id = page.until(lambda: page.column(1), "rows")[0]
        case = f"/case?cause=check_in_overdue&order=oldest#{case_id}"
        for theme in ("light", "dark"):
            page.driver.add_cookie({"name": "docketwatch_theme", "value": theme})
            for path in (*_VIEWS, case):
                _picture(page, path, directory, theme)
        page.driver.add_cookie({"name": "docketwatch_theme", "value": "light"})
        with narrow(page.driver):
            for path in (*_VIEWS, case):
                _picture(page, path, directory, "narrow")
        page.driver.delete_all_cookies()
        page.driver.get(page.url)
        _sign_in_pictures(page, directory)


def _sign_in_pictures(page: Page, directory: Path) -> None:
    """Take the pictures of the page without a session: its theme is that of the system."""
    for theme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": theme}]
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        page.driver.save_screenshot(str(directory / f"sign-in-{theme}.png"))
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    with narrow(page.driver):
        page.driver.save_screenshot(str(directory / "sign-in-narrow.png"))


def _picture(page: Page, path: str, directory: Path, kind: str) -> None:
    name = path.partition("#")[0].partition("?")[0].strip("/") or "overview"
    page.open(path)
    if name == "case":
        page.await_text("Why it needs a look")
    if name in ("overview", "offices"):
        page.until(lambda: page.driver.execute_script(_ALL_DRAWN), "the charts")
    if name == "due-soon":
        page.until(lambda: page.column(1), "deadlines")
    page.until(lambda: page.texts(".clock") != ["no clock yet"], "a clock")
    page.driver.save_screenshot(str(directory / f"{name}-{kind}.png"))
    if name == "offices":
        _worked_out(page, directory / f"{name}-ahead-{kind}.png")
    if name == "report":
        _made_report(page, directory / f"{name}-made-{kind}.png")


def _made_report(page: Page, picture: Path) -> None:
    """Make the report of an office, and take a picture of its head."""
    page.choose("Office", "ATL")
    page.find(".filters button.button").click()
    wait_until(lambda: ": made at " in page.texts("p.status[role=status]")[0], "a report")
    page.driver.get(page.url + str(page.find("a.button[target=_blank]").get_dom_attribute("href")))
    page.driver.save_screenshot(str(picture))


def _worked_out(page: Page, picture: Path) -> None:
    """Take a picture of the sections whose numbers are worked out on demand."""
    officers, no_officer, *_ = page.driver.find_elements("css selector", ".sliders input[type=range]")
    officers.send_keys(Keys.ARROW_RIGHT * 10)
    no_officer.send_keys(Keys.ARROW_LEFT * 3)
    page.until(lambda: page.texts(".sliders output")[:2] == ["10", "2 business days"], "two values")
    if not page.driver.find_elements("css selector", "#balance ~ div .chart"):
        work_out(page, "Work it out", 0)
    work_out(page, "Try it", 1)
    page.until(lambda: page.driver.execute_script(_ALL_DRAWN), "the charts")
    clip = page.driver.execute_script(
        """const [first, last] = ['weeks-ahead', 'what-if'].map(id =>
             document.getElementById(id).closest('section').getBoundingClientRect());
           const [y, height] = [first.top + scrollY - 8, last.bottom - first.top + 16];
           return { x: 0, y, width: innerWidth, height, scale: 1 }"""
    )
    whole = {"captureBeyondViewport": True, "clip": clip}
    picture.write_bytes(base64.b64decode(page.driver.execute_cdp_cmd("Page.captureScreenshot", whole)["data"]))


if __name__ == "__main__":
    main()
