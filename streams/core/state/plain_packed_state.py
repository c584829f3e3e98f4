"""Packing the state of a case, and unpacking it: what one field holds as its neighbour does is packed once."""

from typing import Final

import msgspec

from streams.core.state.case_state import PLACE, CaseState

__all__ = [
    "FIRST_ASSIGNMENT",
    "LAST_OF_HEADER",
    "LAST_SETTLED",
    "LEVEL_KEY",
    "OFFICE_KEY",
    "decode",
    "encode_into",
    "pack",
    "unpack",
]

LEVEL_KEY: Final = 1
OFFICE_KEY: Final = 2
FIRST_ASSIGNMENT: Final = 4
LAST_SETTLED: Final = 8
"""The bits of `CaseState.shared` for fields that another one holds, too."""

LAST_OF_HEADER: Final = 2
"""The place of the byte that ends the header of a packed state: how many fields follow."""

encode_into: Final = msgspec.msgpack.Encoder().encode_into
decode: Final = msgspec.msgpack.Decoder(CaseState).decode

_buffer: Final = bytearray(4096)


def pack(state: CaseState) -> bytes:
    """The state as bytes; the state is used up: to go on with the case, unpack the bytes."""
    # one event often fills several fields: what is the same as its neighbour is packed once
    shared = state.shared & PLACE
    if state.level_key is state.lifecycle.since:
        state.level_key = None
        shared |= LEVEL_KEY
    assigned = state.assignment.since
    if state.office_key is assigned:
        state.office_key = None
        shared |= OFFICE_KEY
    if state.first_assignment is assigned:
        state.first_assignment = None
        shared |= FIRST_ASSIGNMENT
    if state.last_settled is not None and state.last_settled == state.last_contact:
        state.last_settled = None
        shared |= LAST_SETTLED
    state.shared = shared
    # copied out of a buffer that stays: bytes made to size leave no holes, an eighth of the memory of many cases
    encode_into(state, _buffer)
    if not state.repetitions:
        # nearly no case has any: the last field is left out, its one byte and its count in the array's header
        del _buffer[-1]
        _buffer[LAST_OF_HEADER] -= 1
    return bytes(_buffer)


def unpack(packed: bytes) -> CaseState:
    """The state that was packed."""
    state = decode(packed)
    shared = state.shared
    if shared & LEVEL_KEY:
        state.level_key = state.lifecycle.since
    if shared & OFFICE_KEY:
        state.office_key = state.assignment.since
    if shared & FIRST_ASSIGNMENT:
        state.first_assignment = state.assignment.since
    if shared & LAST_SETTLED:
        state.last_settled = state.last_contact
    return state
