"""The offices of a generated docket: the four that were audited, or up to 25 with the audit's spread of caseloads."""

from dataclasses import dataclass
from typing import Final

from streams.sources.generate.options import AUDITED_OFFICES, Options

__all__ = ["OfficeShape", "office_sizes", "offices_of"]


@dataclass(frozen=True, slots=True)
class OfficeShape:
    """An office.

    Attributes:
        name: Its code.
        zone: IANA time zone of its office hours.
        share: Its share of the docket, by the sum of all offices' shares.
        per_officer: Non-detained cases an officer.
    """

    name: str
    zone: str
    share: float
    per_officer: float


_AUDITED: Final = (
    OfficeShape("ATL", "America/New_York", 0.30, 5_200),
    OfficeShape("STP", "America/Chicago", 0.08, 1_700),
    OfficeShape("SEA", "America/Los_Angeles", 0.12, 2_900),
    OfficeShape("WAS", "America/New_York", 0.50, 10_156),
)
"""The audit (OIG-17-51) gives 1,700 to 10,156 cases an officer over the four, 10,156 for Washington and more than 5,000
for Atlanta. Which of the others has the 1,700 is an assumption."""

_LEAST, _MOST = 1_700, 10_156
_EAST, _CENTRAL, _MOUNTAIN, _PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_FIELD_OFFICES: Final = (
    ("WAS", _EAST), ("ATL", _EAST), ("SEA", _PACIFIC), ("STP", _CENTRAL), ("NYC", _EAST), ("MIA", _EAST),
    ("LOS", _PACIFIC), ("HOU", _CENTRAL), ("DAL", _CENTRAL), ("CHI", _CENTRAL), ("SFR", _PACIFIC), ("NEW", _EAST),
    ("NOL", _CENTRAL), ("SNA", _CENTRAL), ("PHI", _EAST), ("BOS", _EAST), ("BAL", _EAST), ("DEN", _MOUNTAIN),
    ("DET", _EAST), ("PHO", "America/Phoenix"), ("SND", _PACIFIC), ("ELP", _MOUNTAIN), ("HLG", _CENTRAL),
    ("BUF", _EAST), ("SLC", _MOUNTAIN),
)  # fmt: skip
_LEAST_OFFICERS: Final = 3  # one to leave, one to take over, one to hand on to


def offices_of(options: Options) -> tuple[OfficeShape, ...]:
    """The offices of a docket.

    Four are the audited ones. Of another number, the share of an office falls with its rank (1, 1/2, 1/3, ...), and
    its cases an officer fall from 10,156 to 1,700 by equal factors, as the largest audited office has the most.
    """
    if options.offices == AUDITED_OFFICES:
        return _AUDITED
    chosen = _FIELD_OFFICES[: options.offices]
    step = (_LEAST / _MOST) ** (1 / (len(chosen) - 1))
    return tuple(
        OfficeShape(name, zone, 1 / (rank + 1), _MOST * step**rank) for rank, (name, zone) in enumerate(chosen)
    )


def office_sizes(options: Options) -> list[int]:
    """How many officers each office has, at least three."""
    shapes = offices_of(options)
    whole = sum(shape.share for shape in shapes)
    wanted = [options.cases * shape.share / whole / shape.per_officer for shape in shapes]
    if options.officers is None:
        return [max(_LEAST_OFFICERS, round(size)) for size in wanted]
    spare = options.officers - _LEAST_OFFICERS * len(shapes)
    sizes = [spare * size / sum(wanted) for size in wanted]
    floors = [int(size) for size in sizes]
    rest = spare - sum(floors)
    for place in sorted(range(len(sizes)), key=lambda place: floors[place] - sizes[place])[:rest]:
        floors[place] += 1
    return [_LEAST_OFFICERS + size for size in floors]
