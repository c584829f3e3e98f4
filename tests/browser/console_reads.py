"""Reads of the console's pages, and of the topics that they show."""

import json
from collections.abc import Callable

from schemas.case_views import CaseView, Role
from schemas.decode import decode
from schemas.hot import Event
from schemas.instants import to_text
from tests.browser.browsers import Page
from tests.browser.conftest import ConsoleSystem
from tests.kafka.deployment import Deployment
from tests.kafka.same_outputs import newest
from tests.kafka.waiting import wait_until

OpenAs = Callable[[Role], Page]
"""The time limit of a study: its process has a low priority, and the machine may be busy."""
VIEWS = ("/", "/lost-track", "/due-soon", "/officers", "/offices", "/report", "/feeds", "/policy")


def standing(system: ConsoleSystem, topic: str = "lost-track-alerts") -> list[dict[str, str]]:
    """Read the open alerts from their topic."""
    alerts = [json.loads(value) for value in newest(system.deployment.read(topic)).values()]
    return [each for each in alerts if each["status"] in ("raised", "escalated")]


def table_of(page: Page, number: int) -> list[list[str]]:
    """Open the table of a chart, the first is 0, and return it."""
    page.driver.find_elements("css selector", ".chart summary")[number].click()
    rows: list[list[str]] = page.until(
        lambda: page.driver.execute_script(
            """const rows = document.querySelectorAll('.chart')[arguments[0]].querySelectorAll('tbody tr');
            return [...rows].map(row => [...row.children].map(each => each.textContent.trim()))""",
            number,
        ),
        "the table of a chart",
    )
    return rows


def views(system: ConsoleSystem) -> list[CaseView]:
    """Return every record of the view audit so far."""
    records = Deployment(system.deployment.broker, system.deployment.prefix, 1).read("case-views")
    return [CaseView.model_validate_json(each.value) for each in records if each.value]


def opened(case_id: str, at: int) -> Event:
    """Return a case without an officer that becomes an alert at once."""
    record = {
        "v": 1, "type": "case_opened", "event_id": f"e-{case_id}", "case_id": case_id, "source": "test",
        "occurred_at": to_text(at - 30 * 86_400_000), "recorded_at": to_text(at), "office": "ATL", "level": "low",
        "protected": False,
    }  # fmt: skip
    return decode(json.dumps(record).encode())


def work_out(page: Page, name: str, index: int) -> None:
    """Press a button of the page of offices, and wait for the answer."""
    page.until(lambda: page.driver.find_elements("css selector", ".study button")[index].is_enabled(), f"{name!r}")
    page.driver.find_elements("css selector", ".study button")[index].click()
    page.until(lambda: "%" in page.texts(".study [role=status]")[index], "how far it is")
    wait_until(lambda: "%" not in page.texts(".study [role=status]")[index], f"an answer of {name!r}")
    assert page.texts(".study [role=status]")[index].startswith("The console keeps the answer"), page.texts(".study")
