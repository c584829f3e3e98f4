"""Event logs as files: JSON Lines, plain, .gz or .zst, read merged by recorded_at and written whole or not at all.

A file in order is streamed as it lies. Whether it is in order is known only at its end, so every file is first read
for its instants alone (`log_order`, a tenth of the price of decoding); one that steps back is sorted on disk.
"""

import heapq
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from operator import attrgetter
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

from schemas import hot
from schemas.decode import Refused, decode, decode_lines
from streams.errors import InputError
from streams.files.paths import is_stream
from streams.sources.external_sort import CHUNK_BYTES, ExternalSort
from streams.sources.log_blocks import BLOCK_BYTES, read_blocks
from streams.sources.log_order import Survey, survey
from streams.sources.log_writer import LogWriter

__all__ = ["LogWriter", "OnRefused", "read_events", "read_lines"]

T = TypeVar("T")
OnRefused = Callable[[Path, int, Refused], None]
"""Takes the file and the line (from 1) of what is no event, and why."""

_AT_ONCE: Final = 512
"""Lines that are read at once: few enough for what they make to stay in the processor's cache."""

_LEAST_BLOCK_BYTES = 64 << 10
_BLOCKS_BYTES = 16 * BLOCK_BYTES  # shared by all files that are open at once


def read_events(
    paths: Sequence[Path | str],
    *,
    on_progress: Callable[[int, int], None] | None = None,
    on_notice: Callable[[str], None] | None = None,
    on_refused: OnRefused | None = None,
    chunk_bytes: int = CHUNK_BYTES,
) -> Iterator[hot.AnyEvent]:
    """Gives every event of the files once, by recorded_at; events of one instant in the order they lie in.

    Memory is bounded: a block a file, and one chunk while a file is sorted.

    Args:
        paths: The files.
        on_progress: Called with the bytes read so far and their total; each pass over a file counts.
        on_notice: Called with a sentence for the user, such as that a file has to be sorted; stderr unless given.
        on_refused: Called with each line that is no event, which is then left out; without it such a line is an error.
        chunk_bytes: Memory for sorting a file that is not in order.

    Raises:
        InputError: A file cannot be read, or a line is not an event; the text names file, line and field.
    """
    progress = _BytesRead(paths, on_progress)
    return _merged(progress, decode_lines, _recorded_at, on_notice or _to_stderr, chunk_bytes, on_refused)


def read_lines(
    paths: Sequence[Path | str],
    *,
    on_progress: Callable[[int, int], None] | None = None,
    on_notice: Callable[[str], None] | None = None,
    chunk_bytes: int = CHUNK_BYTES,
) -> Iterator[tuple[hot.AnyEvent, bytes]]:
    """The same events, each with the line that it stands on, for who passes it on as it is.

    The line has no line end, nor any blank around it. Arguments and errors are those of `read_events`.
    """
    progress = _BytesRead(paths, on_progress)
    return _merged(progress, _with_lines, _recorded_at_of_pair, on_notice or _to_stderr, chunk_bytes)


class _Take(Protocol[T]):
    """Makes of each line what is to be given, and appends it; raises Refused at a line that is no event."""

    def __call__(self, lines: Sequence[bytes], into: list[T]) -> None:
        """Make of each line what is to be given."""


_recorded_at: Final = attrgetter("recorded_at")


def _recorded_at_of_pair(pair: tuple[hot.AnyEvent, bytes]) -> int:
    return pair[0].recorded_at


def _with_lines(lines: Sequence[bytes], into: list[tuple[hot.AnyEvent, bytes]]) -> None:
    for line in lines:
        into.append((decode(line), line.strip()))  # noqa: PERF401  # as in decode_lines


def _merged(
    progress: "_BytesRead",
    take: "_Take[T]",
    instant_of: Callable[[T], int],
    notice: Callable[[str], None],
    chunk_bytes: int,
    on_refused: OnRefused | None = None,
) -> Iterator[T]:
    surveys = [(file, survey(file, on_read=progress.listener())) for file in progress.files]
    progress.surveyed()
    followers = _chains(surveys)
    block_bytes = max(_LEAST_BLOCK_BYTES, min(BLOCK_BYTES, _BLOCKS_BYTES // max(1, len(followers))))
    reader = _LogFiles(take, progress, notice, block_bytes, chunk_bytes, on_refused)
    streams = [chain.from_iterable(reader.follow(files)) for files in followers]
    if len(streams) == 1:
        yield from streams[0]
    else:
        yield from heapq.merge(*streams, key=instant_of)


class _BytesRead:
    """Adds up what has been read of all files, in both readings."""

    def __init__(self, paths: Sequence[Path | str], on_progress: Callable[[int, int], None] | None) -> None:
        files = self.files = [Path(path) for path in paths]
        self._on_progress = on_progress
        self._done = 0
        sizes = {file: file.stat().st_size for file in files if file.is_file() and not is_stream(file)}
        self._once = sum(sizes[file] for file in files if file in sizes)
        self._total = 2 * self._once

    def listener(self) -> Callable[[int], None] | None:
        """What to call with the position reached in one file; None when there is no listener."""
        on_progress = self._on_progress
        if on_progress is None:
            return None
        before = 0

        def on_read(position: int) -> None:
            nonlocal before
            self._done += position - before
            before = position
            on_progress(self._done, self._total)

        return on_read

    def surveyed(self) -> None:
        """The first reading is over; what it did not need to read counts as read."""
        self._done = self._once


def _chains(surveys: Sequence[tuple[Path, Survey]]) -> list[list[tuple[Path, Survey]]]:
    """Files that follow one another, such as one a day, need not be open at once nor be merged."""
    chains: list[list[tuple[Path, Survey]]] = []
    for file, found in sorted(surveys, key=lambda each: each[1].first):
        for held in chains:
            if held[-1][1].last <= found.first:
                held.append((file, found))
                break
        else:
            chains.append([(file, found)])
    return chains


class _LogFiles(Generic[T]):
    """Reads one file after another, as it lies or sorted, in lists; `take` makes of lines what is to be given."""

    def __init__(
        self,
        take: "_Take[T]",
        progress: _BytesRead,
        notice: Callable[[str], None],
        block_bytes: int,
        chunk_bytes: int,
        on_refused: OnRefused | None,
    ) -> None:
        self._take = take
        self._on_refused = on_refused
        self._progress = progress
        self._notice = notice
        self._block_bytes = block_bytes
        self._chunk_bytes = chunk_bytes

    def follow(self, files: Sequence[tuple[Path, Survey]]) -> Iterator[list[T]]:
        for file, found in files:
            # behind a line that is left out, nothing is known of the order
            in_order = found.in_order and not (found.has_bad_line and self._on_refused is not None)
            yield from self._in_order(file, found) if in_order else self._sorted(file, found)

    def _in_order(self, file: Path, survey: Survey) -> Iterator[list[T]]:
        first_line = 1
        for block in read_blocks(file, block_bytes=self._block_bytes, on_read=self._progress.listener()):
            lines = block.split(b"\n")
            if not lines[-1]:
                lines.pop()
            at = 0
            while at < len(lines):
                taken, refused = self._taken(lines[at : at + _AT_ONCE])
                yield taken
                at += len(taken)
                if refused is not None:
                    if lines[at].strip():
                        self._refuse(file, first_line + at, refused)
                    at += 1
            first_line += len(lines)
        if survey.has_changed(file):
            raise InputError(str(file), None, None, "was written to while it was read; read it again, whole")

    def _taken(self, lines: list[bytes]) -> tuple[list[T], Refused | None]:
        """What the lines make up to one that is refused, and why that is."""
        taken: list[T] = []
        try:
            self._take(lines, taken)
        except Refused as refused:
            return taken, refused
        return taken, None

    def _sorted(self, file: Path, survey: Survey) -> Iterator[list[T]]:
        where = "cannot be read twice" if survey.steps_back_at is None else f"goes back at line {survey.steps_back_at}"
        if survey.has_bad_line:
            where = "may go back behind a line that is refused"
        self._notice(f"{file}: recorded_at {where}; sorting the file on disk first")
        try:
            with ExternalSort(chunk_bytes=self._chunk_bytes) as lines:
                self._fill(lines, file)
                merged = lines.merged()
                while some := list(islice(merged, _AT_ONCE)):
                    taken: list[T] = []
                    self._take(some, taken)
                    yield taken
        except OSError as error:
            raise InputError(str(file), None, None, _NO_ROOM.format(error.strerror or error)) from error

    def _fill(self, lines: ExternalSort, file: Path) -> None:
        number = 1
        for block in read_blocks(file, block_bytes=self._block_bytes, on_read=self._progress.listener()):
            for line in block.removesuffix(b"\n").split(b"\n"):
                if line.strip():
                    try:
                        lines.add(decode(line).recorded_at, line)
                    except Refused as refused:
                        self._refuse(file, number, refused)
                number += 1

    def _refuse(self, file: Path, line: int, refused: Refused) -> None:
        if self._on_refused is None:
            raise InputError(str(file), line, refused.field or None, refused.sentence) from refused
        self._on_refused(file, line, refused)


_NO_ROOM = "cannot be sorted on disk: {}; point TMPDIR to a place with as much room as the file, inflated, takes"


def _to_stderr(text: str) -> None:
    sys.stderr.write(f"docketwatch: {text}\n")
