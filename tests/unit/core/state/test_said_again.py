"""Dockets in which an event comes again, or becomes known late, judged by the core (CONTRACT.md §3)."""

import json
from pathlib import Path

from schemas.policy import load_policy
from tests.driver import Driver, Record

DOCKETS = Path(__file__).parents[3] / "data" / "dockets"


def events(name: str) -> list[Record]:
    return [json.loads(line) for line in (DOCKETS / f"{name}.jsonl").read_text().splitlines()]


class TestSaidAgain:
    def test_an_event_without_effect_has_none_again(self) -> None:
        """It repeats the officer from another office than the one that received the case; later it comes again."""
        docket = events("said-again")
        once = Driver(load_policy()).feed(*docket).at("2026-03-01T00:00:00Z").at("2026-03-02T00:00:00Z")
        again = (
            Driver(load_policy()).feed(*docket).at("2026-03-01T00:00:00Z").feed(docket[3]).at("2026-03-02T00:00:00Z")
        )
        assert once.alerts() == again.alerts()
        assert "handoff_stalled" not in {one["cause"] for one in again.alerts()}


class TestAssignedBeforeTheTransfer:
    def test_it_is_the_first_assignment(self) -> None:
        """It becomes known late and is of the office that the case left, so it is no handoff."""
        driver = Driver(load_policy()).feed(*events("assigned-before-the-transfer")).at("2022-07-08T05:53:54.165Z")
        status = {one["cause"]: one["status"] for one in driver.alerts()}
        assert {"no_contact", "nothing_scheduled"} == {
            cause for cause, now in status.items() if now in ("raised", "escalated")
        }
        assert "handoff_stalled" not in status
