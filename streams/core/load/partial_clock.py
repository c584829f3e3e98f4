"""The clock of a load partial, read without its rows: how far a case partition, or an officer partition, has judged."""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from streams.core.load.partials import OfficerProgress

__all__ = ["PartialClock", "read_clock"]


class PartialClock(Struct, array_like=True, frozen=True):
    """A `Partial` without its rows; a partial is written once the alerts up to its clock are durable.

    Attributes:
        partition, as_of, final, first, previous, officers: As in `Partial`.
        rows: Not read.
    """

    partition: int
    as_of: int
    final: bool | int
    rows: Raw
    first: int | None = None
    previous: int | None = None
    officers: OfficerProgress | None = None

    @property
    def is_of_cases(self) -> bool:
        """Whether it is the clock of a case partition; else `as_of` is before all instants and means nothing."""
        return self.officers is None


read_clock: Final = msgspec.json.Decoder(PartialClock).decode
"""The clock of a record of the load partials; raises msgspec.ValidationError where it is none."""
