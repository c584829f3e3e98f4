"""A case at rest: its state packed, what is read of it without unpacking it, and unpacking; in C where compiled.

`deploy/wheel/compile.py` compiles `streams/core/state/_packed_state.pyx`; what it does is said, and done without it, in
`streams.core.state.plain_packed_state`.
"""

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from streams.core.state.case_state import PLACE, CaseHead, CaseState
from streams.core.state.plain_packed_state import LAST_OF_HEADER, decode

__all__ = ["SHARED_IS_LAST", "contents", "head_of", "next_timer_of", "pack", "place_of", "unpack"]

if TYPE_CHECKING:
    from streams.core.state.plain_packed_state import pack, unpack
else:
    try:
        from streams.core.state._packed_state import pack, unpack
    except ImportError:
        from streams.core.state.plain_packed_state import pack, unpack


class _NextDeadline(Struct, array_like=True, gc=False):
    next_timer: int


SHARED_IS_LAST: Final = CaseState.__struct_fields__.index("shared") + 1
"""The last byte of a packed state's header when `shared` is its last field."""

_UINT64: Final = 0xCF
_encode: Final = msgspec.msgpack.Encoder().encode
_next_timer: Final = msgspec.msgpack.Decoder(_NextDeadline).decode

head_of: Final = msgspec.msgpack.Decoder(CaseHead).decode
"""The first fields of a packed state."""


def contents(state: CaseState) -> bytes:
    """All that is known of a case but what said nothing, to see whether an event changes any of it."""
    repetitions, state.repetitions = state.repetitions, {}
    held = _encode(state)
    state.repetitions = repetitions
    return held


def place_of(packed: bytes) -> int:
    """The place of a packed case in its office's docket; 0 when an older program packed it and does not say."""
    # its last byte, or a field follows that few states have
    return (packed[-1] if packed[LAST_OF_HEADER] == SHARED_IS_LAST else decode(packed).shared) & PLACE


def next_timer_of(packed: bytes) -> int:
    """The instant (ms) at which a packed case must be judged though nothing happens; 0 for never."""
    # `next_timer` lies behind the array's header of 3 bytes: reading it in place is far cheaper than unpacking the case
    if packed[3] == _UINT64:
        return int.from_bytes(packed[4:12])
    return _next_timer(packed).next_timer
