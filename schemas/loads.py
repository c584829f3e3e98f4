"""The load of an officer, as consumers get it (CONTRACT.md §8), and the partials that case workers send for it.

Structs, not models: a worker writes thousands of them a second. Their JSON Schema is exported like any other.
"""

from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from schemas.causes import Cause
from schemas.instants import to_ms, to_text

__all__ = ["Load", "LoadByCause", "LoadByLevel", "LoadPartial", "LoadPartialRow"]

Count = Annotated[int, Meta(ge=0)]
OfficerStatus = Literal["active", "leave", "departed"]


class LoadByLevel(Struct, frozen=True, gc=False):
    """Open cases at liberty, by level of supervision."""

    intensive: Count = 0
    standard: Count = 0
    low: Count = 0
    annual: Count = 0


if TYPE_CHECKING:

    class LoadByCause(Struct):
        """Cases with a standing alert, by its cause, in the contract's order."""

        def __init__(self, *counts: int, **by_name: int) -> None: ...

else:
    LoadByCause = msgspec.defstruct(
        "LoadByCause",
        [(cause.value, Count, 0) for cause in Cause],
        namespace={"__doc__": "Cases with a standing alert, by its cause, in the contract's order."},
        module=__name__,
        frozen=True,
        gc=False,
    )


class Load(Struct, frozen=True, gc=False, kw_only=True):
    """What an officer carries, as of an instant; key = officer_id."""

    v: Literal[1] = 1
    officer_id: Annotated[str, Meta(description="Pseudonym of the officer.")]
    open_cases: Annotated[Count, Meta(description="Open cases at liberty.")]
    in_custody: Annotated[Count, Meta(description="Open cases in custody.")]
    by_level: LoadByLevel
    bookings_7d: Annotated[Count, Meta(description="Unsatisfied bookings due within 7 days.")]
    hearings_7d: Annotated[Count, Meta(description="Hearings still scheduled, due within 7 days.")]
    hearings_30d: Annotated[Count, Meta(description="Hearings still scheduled, due within 30 days.")]
    deadlines_7d: Annotated[
        Count | None,
        Meta(description="Cases with a deadline within 7 days; null while an older worker counts some of them."),
    ] = None
    overdue: Annotated[Count, Meta(description="Cases with a standing check_in_overdue.")]
    lost_track: Annotated[Count, Meta(description="Cases with any standing alert.")]
    by_cause: LoadByCause
    assigned_30d: Annotated[Count, Meta(description="Cases that became the officer's within 30 days.")]
    unassigned_30d: Annotated[Count, Meta(description="Cases that ceased to be the officer's within 30 days.")]
    workload_minutes_month: Annotated[float, Meta(ge=0, description="What the cases need under the policy's weights.")]
    capacity_minutes_month: Annotated[float, Meta(ge=0, description="What the officer has for cases.")]
    utilisation: Annotated[float | None, Meta(description="Workload by capacity; null when the capacity is 0.")]
    minutes_per_case_month: Annotated[float | None, Meta(description="Capacity by open cases; null when none is open.")]
    status: Annotated[OfficerStatus | None, Meta(description="As officer_updated says; null when none did.")]
    office: Annotated[str | None, Meta(description="The officer's office; null when nothing says one.")]
    as_of: Annotated[int, Meta(description="The instant of the counts: UTC milliseconds here, RFC 3339 text in JSON.")]

    def json(self) -> bytes:
        """The record as one JSON object, the instant as text."""
        record = msgspec.structs.replace(self)
        force_setattr(record, "as_of", to_text(self.as_of))
        return _encode(record)

    @classmethod
    def from_json(cls, raw: bytes) -> "Load":
        """Read a record of the load topic, or a line of a load table; pass over what a newer program says beside it.

        Raises:
            ValueError: It is none.
        """
        members = msgspec.json.decode(raw, type=dict[str, object])
        as_of = members.get("as_of")
        return msgspec.convert({**members, "as_of": to_ms(as_of if isinstance(as_of, str) else "")}, cls)


class LoadPartialRow(Struct, frozen=True, gc=False, array_like=True):
    """What the cases of one partition count for one officer; fields as in Load, by place."""

    officer_id: str
    open_cases: Count
    in_custody: Count
    by_level: tuple[Count, Count, Count, Count]
    bookings_7d: Count
    bookings_30d: Count
    hearings_7d: Count
    hearings_30d: Count
    overdue: Count
    lost_track: Count
    by_cause: tuple[Count, ...]
    assigned_30d: Count
    unassigned_30d: Count
    office: str | None
    office_since: tuple[int, int, int, str, int] | None
    by_office: tuple[tuple[str, Count], ...] = ()
    deadlines_7d: Count | None = None


class LoadPartialProgress(Struct, frozen=True, gc=False, array_like=True):
    """How far an officer partition has come: its officer events, the first event it knows of, what is judged (ms)."""

    partition: Count
    through: int
    first: int | None
    judged: int | None


class LoadPartial(Struct, frozen=True, gc=False, array_like=True):
    """Rows of one case partition as of one instant, each absolute: it replaces the officer's row of that partition.

    Between workers only; a JSON array, its places in the order of the fields. `final` is true at the end of a load
    period when every officer has a row, 2 when those have one whose row is another than in the final one of the instant
    `previous`, false when it is no end of a period, and 0 when it is none but builds on `previous`.
    """

    partition: Count
    as_of: int
    final: bool | Literal[0, 2]
    rows: list[LoadPartialRow]
    first: int | None = None
    previous: int | None = None
    officers: LoadPartialProgress | None = None


_encode: Final = msgspec.json.Encoder().encode
