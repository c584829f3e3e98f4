"""External merge sort of log lines by an instant, on disk, in memory bounded by one chunk."""

import heapq
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["CHUNK_BYTES", "FAN_IN", "ExternalSort"]

CHUNK_BYTES = 64 << 20
"""Lines held in memory before they are written as one sorted run; the process grows by about 1.5 times this."""

FAN_IN = 64
"""Runs merged at once: more would need more open files and read buffers than a small machine likes to give."""

# A line is stored behind its instant in fixed width, so that comparing bytes compares instants and neither the
# sort nor the merge needs a key function. The bias keeps instants before 1970 in order too.
_BIAS = 10**14
_WIDTH = 15
_READ_BUFFER = 256 << 10


class ExternalSort:
    """Sorts lines by (instant, bytes of the line).

    The order does not depend on the size of the chunks. Use it as a context manager: leaving it, by an error too,
    removes the temporary files (in `TMPDIR`).

    Args:
        chunk_bytes: How many bytes of lines are held in memory.
        fan_in: How many runs are merged at once.
    """

    def __init__(self, *, chunk_bytes: int = CHUNK_BYTES, fan_in: int = FAN_IN) -> None:
        self._chunk_bytes = chunk_bytes
        self._fan_in = fan_in
        self._lines: list[bytes] = []
        self._held = 0
        self._added = 0
        self._runs: list[Path] = []
        self._number = count()
        self._directory: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Drop every line and remove the temporary files; a second call does nothing."""
        self._lines, self._held, self._runs = [], 0, []
        if self._directory is not None:
            self._directory.cleanup()
            self._directory = None

    def __len__(self) -> int:
        """How many lines it has been given."""
        return self._added

    def add(self, instant: int, line: bytes) -> None:
        """Add one line (without its newline) and the instant (ms) that it sorts by."""
        self._lines.append(b"%0*d%b\n" % (_WIDTH, instant + _BIAS, line))
        self._held += len(line)
        self._added += 1
        if self._held >= self._chunk_bytes:
            self._spill()

    def merged(self) -> Iterator[bytes]:
        """Gives every line once, in order, without its newline; no line may be added afterwards."""
        if not self._runs:
            self._lines.sort()
            for line in self._lines:
                yield line[_WIDTH:-1]
            return
        if self._lines:
            self._spill()
        while len(self._runs) > self._fan_in:
            oldest, self._runs = self._runs[: self._fan_in], self._runs[self._fan_in :]
            self._write_run(_merge(oldest))
            for path in oldest:
                path.unlink()
        for line in _merge(self._runs):
            yield line[_WIDTH:-1]

    def _spill(self) -> None:
        self._lines.sort()
        self._write_run(iter(self._lines))
        self._lines, self._held = [], 0

    def _write_run(self, lines: Iterator[bytes]) -> None:
        if self._directory is None:
            self._directory = tempfile.TemporaryDirectory(prefix="docketwatch-sort-")
        path = Path(self._directory.name) / f"run-{next(self._number):06d}"
        with path.open("wb") as file:
            file.writelines(lines)
        self._runs.append(path)


def _merge(runs: list[Path]) -> Iterator[bytes]:
    with ExitStack() as stack:
        yield from heapq.merge(*(stack.enter_context(run.open("rb", buffering=_READ_BUFFER)) for run in runs))
