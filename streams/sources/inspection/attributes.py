"""What the values of one attribute look like: how many, how many different, how many of them dates, in which shapes."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from streams.sources.times.timestamps import DayFirstError, Timestamp, TimestampReader, shape_of

__all__ = ["AttributeSummary"]

_MOST_DIFFERENT: Final = 10_000
_MOST_SHAPES: Final = 1_000
_DATES: Final = TimestampReader("UTC")


@dataclass(slots=True)
class AttributeSummary:
    """Counts while records go by.

    Attributes:
        name: As a mapping refers to it.
        filled: Records in which it has a value.
        dates: Values that are a timestamp of a known form.
        day_first: Values that are one only with the day before the month.
        values: How often each value is there; no more than 10,000 different ones.
        shapes: How often each shape is there; no more than 1,000 different ones.
    """

    name: str
    filled: int = 0
    dates: int = 0
    day_first: int = 0
    values: Counter[str] = field(default_factory=Counter)
    shapes: Counter[str] = field(default_factory=Counter)

    def add(self, text: str) -> None:
        """Count a value; one without anything in it is none."""
        text = text.strip()
        if not text:
            return
        self.filled += 1
        if text in self.values or len(self.values) < _MOST_DIFFERENT:
            self.values[text] += 1
        shape = shape_of(text)
        if shape in self.shapes or len(self.shapes) < _MOST_SHAPES:
            self.shapes[shape] += 1
        try:
            self.dates += isinstance(_DATES.due(text), Timestamp)
        except DayFirstError:
            self.day_first += 1

    @property
    def different(self) -> str:
        """How many different values there are, as a text."""
        return f"{len(self.values):,}" if len(self.values) < _MOST_DIFFERENT else f"{_MOST_DIFFERENT:,} or more"

    @property
    def is_dated(self) -> bool:
        """Whether most of its values are dates and times."""
        return self.filled > 0 and self.dates + self.day_first > 0.9 * self.filled
