"""The load of an office, as consumers get it (CONTRACT.md §8): of every open case, with or without an officer."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from schemas.instants import to_text
from schemas.loads import LoadByCause, LoadByLevel

__all__ = ["ALL_OFFICES", "OfficeLoad"]

ALL_OFFICES: Final = "*"
"""The office of the record of all offices together; no id can be this."""

Count = Annotated[int, Meta(ge=0)]


class OfficeLoad(Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """What an office carries, as of an instant; key = office."""

    v: Literal[1] = 1
    office: Annotated[str, Meta(description="The office that the cases' own records name; * is all together.")]
    open_cases: Annotated[Count, Meta(description="Open cases at liberty.")]
    in_custody: Annotated[Count, Meta(description="Open cases in custody.")]
    by_level: LoadByLevel
    unassigned: Annotated[Count, Meta(description="Open cases without an officer of record, not in transit.")]
    in_transit: Annotated[Count, Meta(description="Open cases that left an office and did not arrive.")]
    with_absent: Annotated[Count, Meta(description="Open cases whose officer of record is on leave or departed.")]
    lost_track: Annotated[Count, Meta(description="Cases with any standing alert.")]
    by_cause: LoadByCause
    bookings_7d: Annotated[Count, Meta(description="Unsatisfied bookings due within 7 days.")]
    hearings_7d: Annotated[Count, Meta(description="Hearings still scheduled, due within 7 days.")]
    hearings_30d: Annotated[Count, Meta(description="Hearings still scheduled, due within 30 days.")]
    deadlines_7d: Annotated[
        Count | None,
        Meta(description="Cases with a deadline within 7 days; null while an older worker counts some of them."),
    ] = None
    workload_minutes_month: Annotated[float, Meta(ge=0, description="What the cases need under the policy's weights.")]
    officers_at_work: Annotated[Count, Meta(description="Officers of the office whose status is active or unknown.")]
    capacity_minutes_month: Annotated[float, Meta(ge=0, description="What these have for cases.")]
    minutes_per_case_month: Annotated[float | None, Meta(description="Capacity by open cases; null when none is open.")]
    utilisation: Annotated[float | None, Meta(description="Workload by capacity; null when the capacity is 0.")]
    mean_minutes_per_case: Annotated[float | None, Meta(description="Workload by open cases; null when none is open.")]
    achievable_caseload: Annotated[
        float | None, Meta(description="Open cases that one officer's capacity suffices for; null without a mean.")
    ]
    officers_needed: Annotated[
        float | None, Meta(description="Workload by the capacity of one officer, unrounded; null when that is 0.")
    ]
    as_of: Annotated[int, Meta(description="The instant of the counts: UTC milliseconds here, RFC 3339 text in JSON.")]

    def json(self) -> bytes:
        """The record as one JSON object, the instant as text."""
        record = msgspec.structs.replace(self)
        force_setattr(record, "as_of", to_text(self.as_of))
        return _encode(record)


_encode: Final = msgspec.json.Encoder().encode
