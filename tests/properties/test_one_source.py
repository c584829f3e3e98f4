"""Compiled modules agree with their Python source: rows, partials, loads and alerts of a log are the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from schemas import decode, hot_checks
from streams.core import applying, case_table, partition
from streams.core.load import load_periods, officer_counts, partition_counts
from streams.core.officers import partial_merge, watch
from streams.core.officers import table as officers
from streams.core.policy.rules import Rules
from streams.core.state import apply_fact, archive, case_states, last_judged, packed_state, registers
from streams.core.time import deadlines
from tests.compiler import needs_compiler
from tests.driver import alert_json, hot_event
from tests.properties.running import known, scenarios_of_seeds
from tests.uncompiled import in_python

if TYPE_CHECKING:
    from types import ModuleType

    from tests.strategies import Scenario

COMPILED = (
    hot_checks,
    decode,
    apply_fact,
    archive,
    packed_state,
    case_states,
    registers,
    last_judged,
    deadlines,
    officer_counts,
    partition_counts,
    load_periods,
    applying,
    case_table,
    partial_merge,
    watch,
)
USERS = (partition, officers)
PORTION = 3


@pytest.fixture(scope="module")
def plain() -> dict[str, ModuleType]:
    return in_python(*(module.__name__ for module in (*COMPILED, *USERS)))


def _said(cases: type[Any], board: type[Any], scenario: Scenario) -> list[Any]:
    """Return all rows of every kind after each step, and what is left at the end."""
    rules, outputs = Rules(scenario.policy), []
    partition, officers = cases(rules), board(rules, sources=1)
    events = [hot_event(event) for event in known(scenario)]
    events.sort(key=lambda event: event.recorded_at)
    for start in range(0, len(events), PORTION):
        portion = events[start : start + PORTION]
        watermark = portion[-1].recorded_at
        for event in portion:
            if not hasattr(event, "case_id"):
                officers.apply(event, event.recorded_at)
        effects = partition.advance([event for event in portion if hasattr(event, "case_id")], watermark)
        outputs += [effects.partials, partition.quiet_until, partition.office_rows()]
        for partial in (*effects.partials, partition.live_partial(), partition.clock_partial()):
            officers.add_partial(partial)
        judged = officers.advance(watermark)
        outputs += [judged.alerts, judged.changelog, sorted(officers.changed_rows(), key=lambda row: row.officer_id)]
    effects = partition.advance([], scenario.until)
    officers.add_partial(partition.final_partial())
    outputs += [effects.partials, list(map(alert_json, effects.alerts)), officers.rows(), partition.final_partial()]
    return outputs


class TestOneSource:
    @needs_compiler
    @pytest.mark.parametrize("module", COMPILED, ids=lambda module: module.__name__.rpartition(".")[2])
    def test_an_installation_with_a_compiler_has_compiled_it(self, module: ModuleType) -> None:
        """It is up to date: after a change of the source or its types the checkout must be installed again."""
        compiled = Path(str(module.__file__))
        assert ".so" == compiled.suffix
        source = compiled.with_name(module.__name__.rpartition(".")[2])
        for file in (source.with_suffix(".py"), source.with_suffix(".pxd")):
            assert file.stat().st_mtime <= compiled.stat().st_mtime, f"install the checkout again: {file.name} is newer"

    def test_its_source_runs_without_a_compiler(self, plain: dict[str, ModuleType]) -> None:
        """The other test compares with it."""
        assert all(str(module.__file__).endswith(".py") for module in plain.values())

    def test_both_agree_on_a_log(self, plain: dict[str, ModuleType]) -> None:
        """After every step final and live rows, offices, loads, officer alerts and officer state are equal."""
        cases, board = plain[partition.__name__].CasePartition, plain[officers.__name__].OfficerTable
        rows = 0
        for seed, scenario in scenarios_of_seeds(150):
            expected = _said(cases, board, scenario)
            assert expected == _said(partition.CasePartition, officers.OfficerTable, scenario), f"seed {seed}"
            rows += sum(len(partial.rows) for partial in expected[0])
        assert rows > 0
