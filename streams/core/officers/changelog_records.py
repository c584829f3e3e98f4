"""The changelog records of an officer table: what a restore needs to continue as if it had not stopped.

| key | value |
|---|---|
| `m` | the clock, the period end judged last, the policy, how far each partition has come |
| `o:<officer>` | the state of one officer |
| `f:<partition>:<instant>` | a final partial that waits, or was judged since the last whole one of its partition |
| `n:<partition>:<officer>` | a live row, with its instant; out of date once a final partial is newer |
| `h:<instant>:<part>` | open cases at a period end: of all officers at the first one of a day, else the changes |
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from streams.core.load.partials import Partial, PartialRow
from streams.core.officers.open_case_history import LOOK_BACK_MS
from streams.core.officers.state.officer_state import OfficerState, pack_officer, unpack_officer
from streams.core.time.business_days import DAY_MS

__all__ = ["OfficerChangelog", "OpenCaseSnapshot", "RestoredTable", "TableMeta"]

Record = tuple[bytes, bytes | None]

_META_KEY: Final = b"m"
_OFFICERS_A_PART: Final = 4096


class TableMeta(Struct, array_like=True, gc=False):
    """The progress of the officer table.

    Attributes:
        watermark: Its clock (ms).
        judged: The period end judged last (ms), or None.
        policy: name@version it was judged under.
        clocks: How far each partition has come (ms).
        first: When the first event became known (ms); None before, and where a program that did not keep it wrote.
        period: Load period it was judged under (ms); 0 where a program that did not keep it wrote.
        others_progress: How far the other officer partitions have come (ms), until the first period end is judged.
    """

    watermark: int
    judged: int | None
    policy: str
    clocks: list[int | None]
    first: int | None = None
    period: int = 0
    others_progress: dict[int, int] = {}


class OpenCaseSnapshot(Struct, array_like=True, gc=False):
    """Open cases at a period end.

    Attributes:
        is_whole: Whether officers that are not in it had none; else they had as many as before.
        counts: (officer_id, open cases).
    """

    is_whole: bool
    counts: list[tuple[str, int]]


class RestoredTable(Struct):
    """The records of a changelog, read back.

    Attributes:
        meta: None when the changelog is empty.
        officers: State by officer.
        finals: Final partials, by instant.
        live: Live rows, each as a partial of its own.
        history: (period end, open cases) by instant.
    """

    meta: TableMeta | None
    officers: dict[str, OfficerState]
    finals: list[Partial]
    live: list[Partial]
    history: list[tuple[int, OpenCaseSnapshot]]


class OfficerChangelog:
    """Collects the records of an officer table until they are drained.

    Args:
        is_kept: False when no restore follows: then nothing is collected.
    """

    __slots__ = ("_days", "_meta", "_records", "_whole_day", "is_kept")

    def __init__(self, *, is_kept: bool) -> None:
        self.is_kept = is_kept
        self._records: list[Record] = []
        self._meta: TableMeta | None = None
        self._days: deque[tuple[int, int, bool]] = deque()  # (period end, parts, is it whole) of every one kept
        self._whole_day: int | None = None

    def drain(self) -> list[Record]:
        """The records since the last call, oldest first."""
        records, self._records = self._records, []
        return records

    def meta(self, meta: TableMeta) -> None:
        """Keep where the officer table stands, unless only its clock moved: reading on finds that again."""
        kept = self._meta
        if self._records or kept is None or msgspec.structs.replace(kept, watermark=meta.watermark) != meta:
            self._meta = meta
            self._records.append((_META_KEY, _encode(meta)))

    def officer(self, officer_id: str, state: OfficerState) -> None:
        """Keep the state of an officer."""
        self._records.append((f"o:{officer_id}".encode(), pack_officer(state)))

    def partial(self, partial: Partial, touched: set[str], *, is_final: bool) -> None:
        """Keep a partial that was just taken.

        Args:
            partial: The partial.
            touched: Officers whose rows in it are news.
            is_final: Whether period ends are judged by it.
        """
        number = partial.partition
        if is_final:
            self._records.append((f"f:{number}:{partial.as_of}".encode(), _encode(partial)))
            return
        for row in partial.rows:
            if row.officer_id in touched:
                self._records.append((f"n:{number}:{row.officer_id}".encode(), _encode((partial.as_of, row))))

    def forget_finals(self, spent: Iterable[tuple[int, int]]) -> None:
        """Drop final partials that no restore needs any more."""
        self._records += [(f"f:{number}:{as_of}".encode(), None) for number, as_of in spent]

    def history(self, at: int, snapshot: OpenCaseSnapshot) -> None:
        """Keep the open cases at a period end, and drop what no later period end needs."""
        counts = snapshot.counts
        parts = range(0, len(counts) or 1, _OFFICERS_A_PART)
        for part, start in enumerate(parts):
            few = OpenCaseSnapshot(snapshot.is_whole, counts[start : start + _OFFICERS_A_PART])
            self._records.append((f"h:{at}:{part}".encode(), _encode(few)))
        self._days.append((at, len(parts), snapshot.is_whole))
        if not snapshot.is_whole:
            return
        self._whole_day = at // DAY_MS
        # the last whole record before then, and those after it, give what held 30 days ago
        horizon = at - LOOK_BACK_MS
        first = max((day for day, _, is_whole in self._days if is_whole and day <= horizon), default=None)
        while first is not None and self._days[0][0] < first:
            old, parts_of_old, _ = self._days.popleft()
            self._records += [(f"h:{old}:{part}".encode(), None) for part in range(parts_of_old)]

    def is_whole_due(self, at: int) -> bool:
        """Whether no record of the day of a period end (ms) holds the open cases of all officers yet."""
        return self._whole_day != at // DAY_MS

    def read(self, records: Mapping[str, bytes]) -> RestoredTable:
        """Read back the newest record of each key, and go on from there."""
        restored = RestoredTable(None, {}, [], [], [])
        parts: dict[int, list[OpenCaseSnapshot]] = {}
        for key, value in sorted(records.items()):
            kind, _, rest = key.partition(":")
            number, _, _ = rest.partition(":")
            if kind == "m":
                restored.meta = _meta_of(value)
            elif kind == "o":
                restored.officers[rest] = unpack_officer(value)
            elif kind == "f":
                restored.finals.append(_partial_of(value))
            elif kind == "n":
                as_of, row = _live_of(value)
                restored.live.append(Partial(int(number), as_of, False, [row]))
            elif kind == "h":
                parts.setdefault(int(number), []).append(_snapshot_of(value))
        restored.finals.sort(key=lambda partial: partial.as_of)
        restored.live.sort(key=lambda partial: partial.as_of)
        restored.history = list(_joined(parts))
        self._days = deque((at, len(parts[at]), snapshot.is_whole) for at, snapshot in restored.history)
        self._whole_day = max((at // DAY_MS for at, _, is_whole in self._days if is_whole), default=None)
        return restored


_encode: Final = msgspec.msgpack.Encoder().encode
_meta_of: Final = msgspec.msgpack.Decoder(TableMeta).decode
_partial_of: Final = msgspec.msgpack.Decoder(Partial).decode
_live_of: Final = msgspec.msgpack.Decoder(tuple[int, PartialRow]).decode
_snapshot_of: Final = msgspec.msgpack.Decoder(OpenCaseSnapshot).decode


def _joined(parts: dict[int, list[OpenCaseSnapshot]]) -> Iterator[tuple[int, OpenCaseSnapshot]]:
    for at in sorted(parts):
        yield at, OpenCaseSnapshot(parts[at][0].is_whole, [count for part in parts[at] for count in part.counts])
