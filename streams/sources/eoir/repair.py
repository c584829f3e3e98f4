"""Rows that do not fit their columns: shifted by stray tabs, cut off, or beyond help.

Such files quote nothing, so a tab inside a value splits it and pushes what follows to the right. A row is shifted back
only when exactly one reading of it fits every column whose values are known; two readings are a reason to skip it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum, StrEnum, auto
from typing import Final, NamedTuple

from streams.sources.eoir.rewriting import rewritten

__all__ = ["Fault", "FaultyRow", "Layout", "Repair", "RepairedRow"]

_MOST_EXTRA: Final = 3
_ANYTHING: Final = rb"[^\t]*+"
_Values = tuple[bytes, ...]


class Fault(StrEnum):
    """Why a row is skipped."""

    TOO_FEW = "too few columns"
    TRUNCATED = "the last line is cut off"
    NO_NUMBER = "no case number, or no number of its own"
    SHIFTED = "the row does not fit its columns (shifted by stray tabs) and cannot be shifted back"
    AMBIGUOUS = "the row does not fit its columns (shifted by stray tabs) and can be shifted back in several ways"
    MISFIT = "as many fields as columns, and values that do not fit theirs"


class Repair(Enum):
    """How a row was made to fit."""

    AS_IT_STANDS = auto()
    OVERFLOW = auto()
    SHIFTED = auto()
    REWRITTEN = auto()
    WITHOUT_MISFITS = auto()


class RepairedRow(NamedTuple):
    """A row that fits.

    Attributes:
        values: Value of every taken column by its place in the file (nothing in the other places).
        how: What was done.
        columns: The places of the columns that it was done to, where it was done to single values.
    """

    values: Sequence[bytes]
    how: Repair
    columns: Sequence[int] = ()


class FaultyRow(NamedTuple):
    """A row that cannot be made to fit.

    Attributes:
        fault: Why.
        columns: The places of the columns whose values do not fit; none where no column is to blame.
    """

    fault: Fault
    columns: Sequence[int] = ()


class Layout:
    """The columns of a file, and which values fit where.

    Args:
        width: How many columns the file has.
        taken: Shapes of the columns that are read, by place.
        witnesses: Shapes of others that tell a shifted row, by place.
    """

    def __init__(self, width: int, taken: Mapping[int, bytes], witnesses: Mapping[int, bytes]) -> None:
        self.width = width
        self._shapes = dict(taken)
        self._taken = {place: re.compile(shape).fullmatch for place, shape in taken.items()}
        self._witnesses = {place: re.compile(shape).fullmatch for place, shape in witnesses.items()}
        self._numbers = [place for place, fits in self._taken.items() if fits(b"") is None]
        self._known = {**witnesses, **taken}
        self._least = max(taken) + 1

    def shape_or_any(self, place: int) -> bytes:
        """Pattern of the column at a place, with a group if it is read."""
        return self._shapes.get(place, _ANYTHING)

    def mend(self, fields: Sequence[bytes], *, is_whole: bool) -> RepairedRow | FaultyRow:
        """Make a row fit that does not.

        Args:
            fields: What stands between the tabs.
            is_whole: Whether the row ends with a line end.
        """
        if len(fields) < self._least:
            return FaultyRow(Fault.TOO_FEW if is_whole else Fault.TRUNCATED)
        plain = self._values(fields)
        if plain is not None:
            if not any(field.strip() for field in fields[self.width :]):
                return RepairedRow(plain, Repair.AS_IT_STANDS)
            other = set(self._shifted(fields, _with_blanks)) - {plain}
            return FaultyRow(Fault.AMBIGUOUS) if other else RepairedRow(plain, Repair.OVERFLOW)
        if self._lacks_only_a_number(fields):
            return FaultyRow(Fault.NO_NUMBER)
        if not is_whole and len(fields) < self.width:
            return FaultyRow(Fault.TRUNCATED)
        if len(fields) <= self.width:
            misfits = self._misfits(fields)
            fields = [rewritten(one, self._known[at]) if at in misfits else one for at, one in enumerate(fields)]
            values = self._values(fields)
            if values is not None:
                return RepairedRow(values, Repair.REWRITTEN, misfits)
            misfits = self._misfits(fields)
            if not any(self._fits_before(place, fields[place]) for place in misfits):
                return self._without(misfits, fields)
        for reads in (_with_blanks, _with_any):
            readings = set(self._shifted(fields, reads))
            if len(readings) == 1:
                return RepairedRow(readings.pop(), Repair.SHIFTED)
            if readings:
                return FaultyRow(Fault.AMBIGUOUS)
        return FaultyRow(Fault.SHIFTED, self._misfits(fields))

    def _without(self, misfits: Sequence[int], fields: Sequence[bytes]) -> RepairedRow | FaultyRow:
        """The row without some values, unless they say what the row is about."""
        values = self._values([b"" if place in misfits else field for place, field in enumerate(fields)])
        return (
            FaultyRow(Fault.MISFIT, misfits) if values is None else RepairedRow(values, Repair.WITHOUT_MISFITS, misfits)
        )

    def _misfits(self, fields: Sequence[bytes]) -> Sequence[int]:
        fits = self._taken | self._witnesses
        return [place for place in sorted(fits) if place < len(fields) and fits[place](fields[place]) is None]

    def _fits_before(self, place: int, field: bytes) -> bool:
        """Whether a value would fit one of the two columns to the left of its own: tabs push values to the right."""
        fits = self._taken | self._witnesses
        return any(fits[left](field) is not None for left in (place - 1, place - 2) if left in fits)

    def _shifted(self, fields: Sequence[bytes], may_join: Callable[[Sequence[bytes]], bool]) -> Iterator[_Values]:
        """Every reading that fits with some tabs taken for part of one value."""
        extra = len(fields) - self.width
        # as many stray tabs as there are fields too many, or a few when what they pushed out at the end was cut off
        for count in (extra,) if 0 < extra <= _MOST_EXTRA else range(1, _MOST_EXTRA) if extra <= 0 else ():
            padded = [*fields, *([b""] * (self.width + count - len(fields)))]
            for place in range(self.width):
                parts = padded[place : place + count + 1]
                if may_join(parts):
                    values = self._values([*padded[:place], b"".join(parts), *padded[place + count + 1 :]])
                    if values is not None:
                        yield values

    def _lacks_only_a_number(self, fields: Sequence[bytes]) -> bool:
        lacking = {place: b"0" for place in self._numbers if not fields[place].strip()}
        filled = [lacking.get(place, field) for place, field in enumerate(fields)]
        return bool(lacking) and self._values(filled) is not None

    def _values(self, fields: Sequence[bytes]) -> _Values | None:
        """The values that are read when every column that is known fits, else None."""
        values = [b""] * self.width
        for place, fits in self._taken.items():
            fitting = fits(fields[place])
            if fitting is None:
                return None
            values[place] = fitting[1] or b""
        for place, fits in self._witnesses.items():
            if place < len(fields) and fits(fields[place]) is None:
                return None
        return tuple(values)


def _with_blanks(parts: Sequence[bytes]) -> bool:
    """A stray tab beside a value, or between nothing and nothing."""
    return sum(1 for part in parts if part.strip()) <= 1


def _with_any(parts: Sequence[bytes]) -> bool:  # noqa: ARG001  # the other way of reading
    """A stray tab in the middle of a value."""
    return True
