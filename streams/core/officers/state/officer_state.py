"""The state of one officer from one period end to the next; its msgpack is the changelog record."""

from typing import Final

import msgspec
from msgspec import Struct

from streams.core.officers.state.registers import OfficerRegisters, PendingFact
from streams.core.state.standing_record import EndedAlert, StandingRecord

__all__ = ["OfficerState", "StandingOfficerAlert", "pack_officer", "unpack_officer"]


class StandingOfficerAlert(StandingRecord, array_like=True, gc=False):
    """An alert of an officer that stands.

    Attributes:
        office: The officer's office as last published.
        policy: name@version in the last record published; empty where a program that did not keep it wrote, which kept
            none of the fields below either.
        policy_hash: Of that policy.
        open_cases, in_custody, utilisation: The officer's load in the last record published.
    """

    office: str | None
    policy: str = ""
    policy_hash: str = ""
    open_cases: int | None = None
    in_custody: int | None = None
    utilisation: float | None = None


class OfficerState(Struct, array_like=True, gc=False):
    """Everything that judging an officer needs besides the loads.

    Attributes:
        registers: What officer events said, as of the last period end judged.
        pending: What they said since then.
        overloaded_since: First period end (ms) of the run at or above `overloaded.raise`; 0 when there is none.
        critical_since: The same for `critical.raise`.
        standing: Alerts that stand.
        ended: Alerts that ended and may come back, but for the oldest ones, when there are too many.
        overloaded_from: Where the run would have begun (ms) had `load.period` always been what it is: as many period
            ends ago as it has lasted. 0 in a record of a program that did not know of it: then overloaded_since.
        critical_from: The same for the other.
        forgotten_until: The latest anchor (ms) of those that `ended` has no room for.
        forgotten_revision: The greatest revision of those; 0 when there is none.
    """

    registers: OfficerRegisters = msgspec.field(default_factory=OfficerRegisters)
    pending: list[PendingFact] = []
    overloaded_since: int = 0
    critical_since: int = 0
    standing: list[StandingOfficerAlert] = []
    ended: list[EndedAlert] = []
    overloaded_from: int = 0
    critical_from: int = 0
    forgotten_until: int = 0
    forgotten_revision: int = 0


pack_officer: Final = msgspec.msgpack.Encoder().encode
unpack_officer: Final = msgspec.msgpack.Decoder(OfficerState).decode
