"""A case at rest: its state packed, what is read of it without unpacking it, and unpacking.

What one field holds as its neighbour does is packed once. Compiled where the installation has a C compiler
(`deploy/wheel/compile.py`): `packed_state.pxd` gives the types.
"""

from typing import Final

import msgspec
from msgspec import Struct

from streams.core.state.case_state import (
    FIRST_IS_ASSIGNMENT,
    OFFICE_IS_ASSIGNMENT,
    PLACE,
    SETTLED_IS_CONTACT,
    CaseHead,
    CaseState,
)

__all__ = ["SHARED_IS_LAST", "contents", "head_of", "next_timer_of", "pack", "place_of", "unpack"]


class _NextDeadline(Struct, array_like=True, gc=False):
    next_timer: int


# the bits of `CaseState.shared` for fields that another one holds, too
_LEVEL_KEY: Final = 1
_OFFICE_KEY: Final = OFFICE_IS_ASSIGNMENT
_FIRST_ASSIGNMENT: Final = FIRST_IS_ASSIGNMENT
_LAST_SETTLED: Final = SETTLED_IS_CONTACT
_PLACE: Final = PLACE

_LAST_OF_HEADER: Final = 2
"""The place of the byte that ends the header of a packed state: how many fields follow."""

SHARED_IS_LAST: Final = CaseState.__struct_fields__.index("shared") + 1
"""The last byte of a packed state's header when `shared` is its last field."""

_UINT64: Final = 0xCF
_encode: Final = msgspec.msgpack.Encoder().encode
_encode_into: Final = msgspec.msgpack.Encoder().encode_into
_decode: Final = msgspec.msgpack.Decoder(CaseState).decode
_next_timer: Final = msgspec.msgpack.Decoder(_NextDeadline).decode

_buffer: Final = bytearray(4096)

head_of: Final = msgspec.msgpack.Decoder(CaseHead).decode
"""The first fields of a packed state."""


def pack(state: CaseState) -> bytes:
    """The state as bytes."""
    assignment, lifecycle = state.assignment, state.lifecycle
    level_key, office_key, first = state.level_key, state.office_key, state.first_assignment
    settled, contact = state.last_settled, state.last_contact
    # one event often fills several fields: what is the same as its neighbour is packed once
    place = shared = state.shared & _PLACE
    if level_key == lifecycle.since:
        state.level_key = None
        shared |= _LEVEL_KEY
    if office_key == assignment.since:
        state.office_key = None
        shared |= _OFFICE_KEY
    if first == assignment.since:
        state.first_assignment = None
        shared |= _FIRST_ASSIGNMENT
    if settled is not None and contact is not None and settled.at == contact.at and settled.ids == contact.ids:
        state.last_settled = None
        shared |= _LAST_SETTLED
    state.shared = shared
    # copied out of a buffer that stays: bytes made to size leave no holes, an eighth of the memory of many cases
    _encode_into(state, _buffer)
    state.level_key, state.office_key, state.first_assignment = level_key, office_key, first
    state.last_settled, state.shared = settled, place
    if not state.repetitions:
        # nearly no case has any: the last field is left out, its one byte and its count in the array's header
        del _buffer[-1]
        _buffer[_LAST_OF_HEADER] -= 1
    return bytes(_buffer)


def unpack(packed: bytes) -> CaseState:
    """The state that was packed."""
    state = _decode(packed)
    shared, assignment, lifecycle = state.shared, state.assignment, state.lifecycle
    if shared & _LEVEL_KEY:
        state.level_key = lifecycle.since
    if shared & _OFFICE_KEY:
        state.office_key = assignment.since
    if shared & _FIRST_ASSIGNMENT:
        state.first_assignment = assignment.since
    if shared & _LAST_SETTLED:
        state.last_settled = state.last_contact
    state.shared = shared & _PLACE
    return state


def contents(state: CaseState) -> bytes:
    """All that is known of a case but what said nothing, to see whether an event changes any of it."""
    repetitions, state.repetitions = state.repetitions, {}
    held = _encode(state)
    state.repetitions = repetitions
    return held


def place_of(packed: bytes) -> int:
    """The place of a packed case in its office's docket; 0 when an older program packed it and does not say."""
    # its last byte, or a field follows that few states have
    return (packed[-1] if packed[_LAST_OF_HEADER] == SHARED_IS_LAST else _decode(packed).shared) & _PLACE


def next_timer_of(packed: bytes) -> int:
    """The instant (ms) at which a packed case must be judged though nothing happens; 0 for never."""
    # `next_timer` lies behind the array's header of 3 bytes: reading it in place is far cheaper than unpacking the case
    if packed[3] == _UINT64:
        return int.from_bytes(packed[4:12])
    return _next_timer(packed).next_timer
