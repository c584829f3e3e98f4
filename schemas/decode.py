"""The hot path: one JSON event to one struct of `schemas.hot`, checked as strictly as its Pydantic model would.

A record that is refused here is read again by `schemas.reading`, whose sentence is raised; so nothing of Pydantic is
imported before the first refusal.

Compiled where the installation has a C compiler (`deploy/wheel/compile.py`): `decode.pxd` gives the types.
"""

from collections.abc import Callable, Sequence
from copy import copy
from typing import Final

from msgspec import MsgspecError
from msgspec.json import Decoder, Encoder

from schemas import hot
from schemas.hot_checks import CHECKS
from schemas.instants import to_text
from schemas.refusals import MAX_EVENT_BYTES, RefusalCode, Refused

__all__ = ["RefusalCode", "Refused", "canonical", "decode", "decode_lines", "encode_event"]

_read: Final = Decoder(hot.AnyEvent).decode
_encode: Final = Encoder().encode
_encode_sorted: Final = Encoder(order="sorted").encode
_checks: Final[dict[type, Callable[..., None]]] = dict(CHECKS)


def decode(raw: bytes) -> hot.AnyEvent:
    """Read one event; its instants are UTC milliseconds.

    Args:
        raw: One JSON object in UTF-8.

    Raises:
        Refused: It is no event of the contract.
    """
    if len(raw) > MAX_EVENT_BYTES:
        raise _refusal(raw)
    try:
        event: hot.AnyEvent = _read(raw)
        _checks[event.__class__](event, raw)
    except (MsgspecError, ValueError, RecursionError):
        raise _refusal(raw) from None
    return event


def decode_lines(lines: Sequence[bytes], into: list[hot.AnyEvent]) -> None:
    """Read one event a line, in order.

    Args:
        lines: One JSON object each.
        into: Takes the events; those before a line that is refused are in it when that is raised.

    Raises:
        Refused: A line is no event of the contract.
    """
    for raw in lines:
        into.append(decode(raw))  # noqa: PERF401  # what was read before a line that is refused is to be in it


def canonical(event: hot.AnyEvent) -> str:
    """The event's canonical JSON: every field, keys sorted, no spaces, instants in UTC with three decimals."""
    return _encode_sorted(_with_texts(event)).decode()


def encode_event(event: hot.AnyEvent) -> bytes:
    """The event as one JSON object, without a line end."""
    return _encode(_with_texts(event))


def _with_texts(event: hot.AnyEvent) -> hot.AnyEvent:
    event = copy(event)
    for name in event.instants:
        setattr(event, name, to_text(getattr(event, name)))
    return event


def _refusal(raw: bytes) -> Refused:
    """Why the exact reader refuses a record that the hot path refuses."""
    from schemas.reading import read  # brings in Pydantic, which most workers never need

    try:
        read(raw)
    except Refused as refused:
        return refused
    # tests search for such a record; should one exist, the stricter reader has the last word
    return Refused(RefusalCode.BAD_VALUE, "", "the record is not as the contract's schema says")
