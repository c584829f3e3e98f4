"""The compiled module and its source pack and unpack a state alike."""

import pytest

from streams.core.policy.rules import Rules
from streams.core.state import packed_state as installed
from streams.core.state.case_state import CaseState
from tests.compiler import needs_compiler
from tests.properties.running import scenarios_of_seeds
from tests.properties.test_case_view import states
from tests.uncompiled import in_python


def test_the_same_bytes_and_the_same_state() -> None:
    """The logs are made to collide; the states include archived parts and events without effect."""
    plain = in_python("streams.core.state.packed_state")["streams.core.state.packed_state"]
    seen = silent = 0
    for seed, scenario in scenarios_of_seeds(200, first=900_000):
        for _, state in states(scenario, Rules(scenario.policy)):
            repetitions = len(state.repetitions)
            packed = installed.pack(state)
            theirs = plain.unpack(packed)
            assert installed.unpack(packed) == theirs, seed
            assert repetitions == len(theirs.repetitions), seed
            assert plain.pack(theirs) == packed, seed
            assert installed.unpack(installed.pack(theirs)) == theirs, "packing leaves the state as it was"
            seen += 1
            silent += not repetitions
    assert 1_000 < silent < seen


class TestPack:
    """What it takes."""

    @needs_compiler
    def test_only_a_state_is_packed(self) -> None:
        """The packing reads fields by their place in a state, so it refuses anything else."""
        with pytest.raises(TypeError, match=r"expected .*CaseState, got dict"):
            installed.pack({})  # type: ignore[arg-type]

    @needs_compiler
    def test_a_state_with_a_number_for_a_statement_is_refused(self) -> None:
        """It is refused rather than read."""
        with pytest.raises(TypeError, match=r"Cannot convert int to .*Register"):
            installed.pack(CaseState(lifecycle=1))  # type: ignore[arg-type]
