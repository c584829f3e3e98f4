"""The compiled view of a case equals the Python one, and the same conditions hold."""

from collections.abc import Iterator
from typing import Any

import pytest

from schemas.instants import AFTER_ALL_TIME
from schemas.policy import load_policy
from streams.core.alerting import case_view as installed
from streams.core.alerting import plain_conditions
from streams.core.alerting.causes import plain_case_view
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.core.state.apply_fact import apply_fact
from streams.core.state.case_state import Appointment, AppointmentStatus, CaseState, Lifecycle
from streams.core.state.packed_state import unpack
from streams.core.state.statements import Register
from tests.compiler import needs_compiler
from tests.driver import hot_event
from tests.properties.running import known, scenarios_of_seeds
from tests.strategies import Scenario

SEEN = sorted({*plain_case_view.OpenCaseView.__slots__} - {"state"})


@needs_compiler
def test_an_installation_with_a_compiler_has_compiled_it() -> None:
    """Without it Python would be tested twice here."""
    assert installed.OpenCaseView is not plain_case_view.OpenCaseView
    assert installed.CauseConditions is not plain_conditions.CauseConditions


def states(scenario: Scenario, rules: Rules) -> Iterator[tuple[int, CaseState]]:
    """Yield every case after each of its events: as it is kept, and with its archived part."""
    partition = CasePartition(rules)
    events = sorted((event for event in known(scenario) if "case_id" in event), key=lambda event: event["recorded_at"])
    for start in range(0, len(events), 4):
        portion = [hot_event(event) for event in events[start : start + 4]]
        at = portion[-1].recorded_at
        partition.advance(portion, at)
        for case_id in {event.case_id for event in portion}:
            yield at, unpack(dict(partition.records())[case_id])
            yield at, partition.state(case_id)


def fields(view: Any) -> dict[str, Any]:
    return {name: getattr(view, name) for name in SEEN}


def test_views_and_conditions_are_equal() -> None:
    """The logs are made to collide; the test looks at the watermark, long before it and long after."""
    views = dues = 0
    for seed, scenario in scenarios_of_seeds(400, first=700_000):
        rules = Rules(scenario.policy)
        ours, plain = installed.CauseConditions(rules.enabled), plain_conditions.CauseConditions(rules.enabled)
        for at, state in states(scenario, rules):
            seen, expected = installed.view_of(state, rules), plain_case_view.view_of(state, rules)
            assert (seen is None) == (expected is None), seed
            if seen is None or expected is None:
                continue
            assert fields(seen) == fields(expected), seed
            assert seen.state is state
            terms = rules.terms(state.office)
            for clock in at - (1 << 40), at, at + 30 * 86_400_000, AFTER_ALL_TIME:
                due = ours.due(seen, terms, clock)
                assert due == plain.due(expected, terms, clock), (seed, clock)
                dues += len(due[0])
            views += 1
    assert views > 2_000
    assert dues > 10_000


def opened(**fields: Any) -> CaseState:
    state = CaseState(opened=True, **fields)
    apply_fact(state.lifecycle, (1, 0, 0, "e", 0), Lifecycle.OPEN)
    return state


@needs_compiler
@pytest.mark.parametrize(
    "state",
    [
        object(),
        opened(custody=None),
        opened(custody=Appointment()),
        opened(transfer=Register(1)),
        opened(last_contact=(1, "e")),
        opened(bookings={"k": Register(1)}),
        opened(hearings={"h": None}),
        opened(bookings=[]),
        opened(hearings={"h": Appointment(AppointmentStatus.SCHEDULED, "no key", 1)}),
        opened(hearings={"h": Appointment(AppointmentStatus.SCHEDULED, (2, 0, 0, "e", 0), None)}),
    ],
)
def test_an_invalid_state_is_not_read(state: Any, default_rules: Rules) -> None:
    """In another object a field's place may hold anything."""
    with pytest.raises(TypeError):
        installed.view_of(state, default_rules)


@needs_compiler
def test_an_invalid_level_is_refused(default_rules: Rules) -> None:
    """The policy has no such term."""
    view = installed.view_of(opened(level=17), default_rules)
    with pytest.raises(IndexError):
        installed.CauseConditions(default_rules.enabled).due(view, default_rules.terms(None), 0)


@needs_compiler
def test_invalid_terms_are_refused(default_rules: Rules) -> None:
    """The view reads them by their place, too."""
    view = installed.view_of(opened(), default_rules)
    with pytest.raises(TypeError):
        installed.CauseConditions(default_rules.enabled).due(view, object(), 0)


@pytest.fixture(scope="module")
def default_rules() -> Rules:
    return Rules(load_policy(None))
