"""Writes how far the work is: a line a step, and one a hundredth of all."""

import sys

import msgspec

from streams.web.studies.questions import StudyLine

__all__ = ["StudyWriter", "write_line"]

_STEP: float = 0.01


def write_line(line: StudyLine) -> None:
    """Write one line to the standard output, at once."""
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


class StudyWriter:
    """Writes the progress of one stretch of the work.

    Args:
        step: What is done.
        begin, end: The shares of all, 0 to 1, that it begins and ends with.
    """

    def __init__(self, step: str, begin: float, end: float) -> None:
        self._step, self._begin, self._end = step, begin, end
        self._written = begin
        write_line(StudyLine(step=step, share=begin))

    def __call__(self, done: int, total: int) -> None:
        """Say that so much of the stretch is done."""
        share = self._begin + (self._end - self._begin) * min(1.0, done / max(1, total))
        if share - self._written >= _STEP:
            self._written = share
            write_line(StudyLine(step=self._step, share=round(share, 3)))
