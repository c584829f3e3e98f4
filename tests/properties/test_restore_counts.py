"""The counts that C reads from packed states equal those that msgspec reads."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.load import plain_restore_counts
from streams.core.load import restore_counts as installed
from streams.core.load.plain_restore_counts import ARRIVALS_KEPT, RestoreCounts
from streams.core.state.case_state import CLOSED, IN_TRANSIT, ON_DOCKET, CaseHead, CaseState, Move, StandingAlert
from streams.core.state.packed_state import pack
from streams.core.state.statements import Register
from tests.compiler import needs_compiler

encode = msgspec.msgpack.Encoder().encode

# the widths of msgpack's forms: each is another branch
NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-200, 200) | st.integers(-70_000, 70_000)
TEXTS = st.sampled_from(["", "a", "é" * 15, "é" * 16, "x" * 255, "x" * 256])
NAMES = st.sampled_from(["o-1", "o-2", "é" * 20]) | st.none()
KEYS = st.tuples(NUMBERS, st.integers(0, 4), NUMBERS, TEXTS, st.integers(0, 300))
ALERTS: st.SearchStrategy[StandingAlert] = st.builds(
    StandingAlert,
    cause=st.integers(0, 8),
    instance=st.none() | TEXTS,
    anchor=NUMBERS,
    deadline=NUMBERS,
    raised_at=NUMBERS,
    escalated_at=st.none() | NUMBERS,
    revision=NUMBERS,
    evidence=st.lists(TEXTS, max_size=2),
)
MOVES: st.SearchStrategy[list[Move]] = st.lists(st.tuples(NUMBERS, NAMES, NAMES), max_size=17)
CASES: st.SearchStrategy[CaseState] = st.builds(
    CaseState,
    next_timer=NUMBERS,
    opened=st.booleans(),
    counts=st.booleans(),
    level=st.integers(0, 3),
    office=st.none() | TEXTS | st.just("y" * 70_000),
    assignment=st.builds(Register[str | None], NAMES, st.none() | KEYS, st.none() | KEYS, st.booleans()),
    custody=st.builds(Register[int], st.integers(0, 2), st.none() | KEYS),
    standing=st.lists(ALERTS, max_size=3),
    bookings_due=st.lists(NUMBERS, max_size=17),
    hearings_due=st.lists(NUMBERS, max_size=3),
    moves=MOVES,
    archived=st.binary(max_size=300),
    shared=st.sampled_from([0, CLOSED, ON_DOCKET, IN_TRANSIT]),
)


@needs_compiler
def test_an_installation_with_a_compiler_has_compiled_it() -> None:
    """Without it Python would be tested twice here."""
    assert installed.RestoreCounts is not plain_restore_counts.RestoreCounts


def counts(found: RestoreCounts) -> dict[str, Any]:
    """Return everything in the restore counts."""
    officers = {
        name: {
            "assigned": officer.assigned,
            "unassigned": officer.unassigned,
            "order": list(officer.cells),
            "cells": {
                office: {field: getattr(cell, field) for field in plain_restore_counts.OfficeRestoreCounts.__slots__}
                for office, cell in officer.cells.items()
            },
        }
        for name, officer in found.officers.items()
    }
    return {
        "timers": found.timers,
        "largest": found.largest,
        "unregistered": found.unregistered,
        "standing": found.standing,
        "escalating": found.escalating,
        "unplaced": found.unplaced,
        "officers": officers,
        "order": list(officers),
    }


@given(st.lists(CASES, max_size=8))
def test_counts_are_equal(cases: list[CaseState]) -> None:
    """The states hold anything, in any form that msgpack writes."""
    packed = {f"c-{number}": pack(case) for number, case in enumerate(cases)}
    assert counts(installed.RestoreCounts(packed)) == counts(plain_restore_counts.RestoreCounts(packed))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 1)), min_size=ARRIVALS_KEPT, max_size=170))
def test_the_kept_arrivals_are_equal(sinces: list[tuple[int, int]]) -> None:
    """The latest arrivals are kept, however many begin in one instant."""
    heads = [
        CaseHead(counts=True, assignment=Register[str | None]("o-1", (at, rank, 0, "e", 0))) for at, rank in sinces
    ]
    packed = {f"c-{number % 40}-{number}": encode(head) for number, head in enumerate(heads)}
    ours = installed.RestoreCounts(packed).officers["o-1"].cells[""].arrivals
    assert ours == plain_restore_counts.RestoreCounts(packed).officers["o-1"].cells[""].arrivals
    assert len(ours) == ARRIVALS_KEPT


@given(CASES, st.data())
def test_damaged_bytes_change_no_other_count(case: CaseState, data: st.DataObject) -> None:
    """The bytes are truncated or have a changed byte: what msgspec can read counts alike or is refused.

    The restore counts do not check the fields that they skip; unpacking the case does.
    """
    whole = bytearray(encode(case))
    if data.draw(st.booleans()):
        del whole[data.draw(st.integers(0, len(whole))) :]
    else:
        whole[data.draw(st.integers(0, min(len(whole), 300) - 1))] = data.draw(st.integers(0, 255))
    packed = {"c": bytes(whole)}
    ours = plain = None
    with suppress(msgspec.MsgspecError, ValueError):
        ours = counts(installed.RestoreCounts(packed))
    with suppress(msgspec.MsgspecError, ValueError, IndexError):
        plain = counts(plain_restore_counts.RestoreCounts(packed))
    assert None in (ours, plain) or ours == plain


def test_a_truncated_state_is_refused() -> None:
    """The error is msgspec's own, wherever the state ends."""
    head = CaseHead(
        counts=True,
        office="ATL",
        assignment=Register[str | None]("o-1", (1 << 40, 3, 70_000, "e", 0)),
        standing=[StandingAlert(3, None, 1, 2, 3, None, 1, ["e"])],
        bookings_due=[1 << 40],
        hearings_due=[300],
        moves=[(1, None, "o-1")],
    )
    whole = encode(head)
    assert installed.RestoreCounts({"c": whole}).officers["o-1"].cells["ATL"].cases == 1
    for size in range(len(whole)):
        with pytest.raises(msgspec.MsgspecError):
            installed.RestoreCounts({"c": whole[:size]})


@needs_compiler
def test_a_state_of_another_form_is_refused() -> None:
    """msgspec would read it, because an omitted field has its default."""
    with pytest.raises(ValueError, match=r"not packed as this program packs it: 1 fields where there are at least 11"):
        installed.RestoreCounts({"c": encode([7])})
