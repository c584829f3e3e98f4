"""Checks that a changelog holds the newest record of every case, decoded as the system packed it."""

import json
import struct
from collections.abc import Callable
from typing import Final

from tests.load.peers.broker_view import BrokerView
from tests.load.peers.docketwatch_kernel import MARK
from tests.load.peers.events import Kept
from tests.load.peers.kernel import unpack

__all__ = ["FORMATS", "Format", "check"]

Format = Callable[[bytes, bytes], tuple[str, Kept]]
"""Key and value of a record to a case and what is kept of it."""


def _msgpack(key: bytes, value: bytes) -> tuple[str, Kept]:
    case = unpack(value)
    return key.decode(), (case.last_contact, case.last_event, case.officer, case.count)


def _kafka_streams(key: bytes, value: bytes) -> tuple[str, Kept]:
    texts, at = [], 0
    for _ in range(3):
        end = at + 1 + value[at]
        texts.append(value[at + 1 : end].decode("ascii"))
        at = end
    return key.decode(), (texts[0], texts[1], texts[2], struct.unpack_from(">i", value, at)[0])


def _faust(key: bytes, value: bytes) -> tuple[str, Kept]:
    case = json.loads(value)
    return json.loads(key), (case["last_contact"], case["last_event"], case["officer"], case["count"])


def _quix(key: bytes, value: bytes) -> tuple[str, Kept]:
    contact, last, officer, count = json.loads(value)
    return json.loads(key.rpartition(b"|")[0]), (contact, last, officer, count)


FORMATS: Final[dict[str, Format]] = {
    "faust": _faust,
    "kafka streams": _kafka_streams,
    "msgpack": _msgpack,
    "quix": _quix,
}


async def check(view: BrokerView, changelog: str, form: Format, kept: dict[str, Kept]) -> int:
    """Compare a changelog with the expected cases.

    Returns:
        How many records the changelog holds.

    Raises:
        AssertionError: A case is missing, unknown, or not as expected.
    """
    found: dict[bytes, bytes] = {}
    records = 0
    async for key, value in view.records(changelog):
        if key is None or key == MARK:
            continue
        records += 1
        if value is not None:
            found[key] = value
    state = dict(form(key, value) for key, value in found.items())
    wrong = [
        f"{case}: {state.get(case)} where it must be {must}" for case, must in kept.items() if state.get(case) != must
    ]
    assert not wrong, f"{changelog}: {len(wrong)} of {len(kept)} cases are not as they must be, first {wrong[0]}"
    assert len(state) == len(kept), f"{changelog}: holds {len(state) - len(kept)} cases that no event is about"
    return records
