"""The kernel that every system runs: decode an event, merge it into its case, last writer wins.

It imports msgspec alone, so that the throw-away environments of the peers can run it.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

__all__ = ["KernelCase", "KernelEvent", "advance_all", "decode", "pack", "unpack"]


class KernelEvent(msgspec.Struct, gc=False):
    """An event of about 200 bytes of JSON."""

    event_id: str
    type: str
    case_id: str
    officer_id: str
    occurred_at: str
    recorded_at: str
    office: str


class KernelCase(msgspec.Struct, array_like=True, gc=False):
    """The record of a case."""

    last_contact: str = ""
    last_event: str = ""
    officer: str = ""
    count: int = 0


decode: Final = msgspec.json.Decoder(KernelEvent).decode
pack: Final = msgspec.msgpack.Encoder().encode
unpack: Final = msgspec.msgpack.Decoder(KernelCase).decode


def advance_all(cases: dict[bytes, bytes], events: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Apply events, in order.

    Args:
        cases: All packed cases by key; updated here.
        events: Key and JSON of each.

    Returns:
        The changelog: key and packed case after each event.
    """
    changelog = []
    get, note = cases.get, changelog.append
    for key, value in events:
        packed = get(key)
        case = KernelCase() if packed is None else unpack(packed)
        event = decode(value)
        at = event.occurred_at
        if at >= case.last_event:
            case.last_event = at
            case.officer = event.officer_id
        if event.type == "check_in_completed" and at > case.last_contact:
            case.last_contact = at
        case.count += 1
        packed = cases[key] = pack(case)
        note((key, packed))
    return changelog
