"""The truth has the open alerts: two readings of the contract, the generator's and the core's, agree on hard logs."""

import json
from collections import defaultdict

import pytest

from schemas import hot
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.sources.generate.truth import Truth
from tests.builders import address, assigned, booked, checked_in, missed, ms, opened, policy, when
from tests.driver import hot_event
from tests.strategies import Scenario, seeded

Identity = tuple[str, str, str | None, str]


def case_events(scenario: Scenario) -> list[hot.AnyEvent]:
    """Return the events known in the end, each with an id of its own, as in a generated log."""
    texts = sorted({json.dumps(event, sort_keys=True) for event in scenario.events})
    events = []
    for event in scenario.events:
        number = texts.index(json.dumps(event, sort_keys=True))
        events.append(hot_event({**event, "event_id": f"{event['event_id']}.{number:03d}"}))
    return [event for event in events if isinstance(event, hot.CaseEvent) and event.recorded_at <= scenario.until]


def standing(scenario: Scenario, events: list[hot.AnyEvent]) -> set[Identity]:
    """Return the core's open alerts."""
    newest = {}
    for revision in CasePartition(Rules(scenario.policy)).advance(events, scenario.until).alerts:
        record = json.loads(revision.json(None))
        newest[record["alert_id"]] = record
    return {
        (record["case_id"], record["cause"], record["instance"], record["anchor_at"])
        for record in newest.values()
        if record["status"] in ("raised", "escalated")
    }


def true(scenario: Scenario, events: list[hot.AnyEvent]) -> set[Identity]:
    """Return the generator's open alerts."""
    by_case = defaultdict(list)
    for event in events:
        by_case[event.case_id].append(event)
    judge = Truth(scenario.policy, scenario.until)
    return {
        (lost.case_id, str(lost.cause), lost.instance, lost.since)
        for case_id, events_of_case in by_case.items()
        for lost in judge.of(case_id, events_of_case)
    }


class TestAgreement:
    @pytest.mark.parametrize("block", range(6))
    def test_with_the_core(self, block):
        """Both readings of the contract agree, under any policy and in any disorder."""
        found = 0
        for seed in range(100 * block, 100 * block + 100):
            scenario = seeded(seed)
            events = case_events(scenario)
            expected = standing(scenario, events)
            assert expected == true(scenario, events), f"seed {seed}"
            found += len(expected)
        assert found > 100

    def test_order_of_the_events_given(self):
        """The order of the given events does not matter."""
        for seed in range(50):
            scenario = seeded(seed)
            events = case_events(scenario)
            assert true(scenario, events) == true(scenario, events[::-1])


class TestWords:
    def test_a_line(self):
        """A line has beginning, deadline, office and reason in words."""
        result = [opened("day 1"), assigned("day 1", "X"), booked("day 1", "day 10"), address("day 2", "missing")]
        lost = Truth(policy(), ms("day 10")).of("case-A", [hot_event(event) for event in result])
        assert ["notice_undeliverable"] == [each.cause for each in lost]
        assert (when("day 2"), when("day 9"), "the address on record has been no good since 2026-03-03") == (
            lost[0].since,
            lost[0].deadline,
            lost[0].why,
        )

    def test_nothing(self):
        """A case that was never opened is not lost."""
        result = [assigned("day 1", "X"), booked("day 1", "day 2"), missed("day 3"), checked_in("day 4")]
        assert [] == Truth(policy(), ms("day 90")).of("case-A", [hot_event(event) for event in result])
