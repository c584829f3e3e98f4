"""The archive of a case: appointments that no judging reads, packed in the state until an event names one of them.

A case of many years has hundreds of satisfied bookings and held hearings. Judging reads only `CaseState.archived_due`
of them, so the cost of an event does not grow with the history of its case.
"""

from typing import Final

import msgspec
from msgspec import Struct

from streams.core.state.case_state import CHECK_IN, HEARING, Appointment, AppointmentStatus, CaseState
from streams.core.state.repetitions import Repetition

__all__ = ["archive", "may_hold", "unarchive"]


class _ArchivedAppointment(Struct, array_like=True, gc=False):
    """One archived appointment; an archive is the concatenated msgpack of its entries."""

    is_hearing: bool
    name: str
    appointment: Appointment


class _ArchivedWithRepetitions(_ArchivedAppointment, array_like=True, gc=False):
    """An archived appointment with repetitions, which are read together with it."""

    repetitions: list[Repetition] = []


_SCHEDULED: Final = int(AppointmentStatus.SCHEDULED)
_ARRAY32: Final = b"\xdd"
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[_ArchivedWithRepetitions]).decode


def may_hold(state: CaseState, name: str) -> bool:
    """Whether an appointment of that id may be archived; it searches the text, so True may be wrong."""
    return bool(state.archived) and name.encode() in state.archived


def unarchive(state: CaseState) -> None:
    """Move all archived appointments back into the registers."""
    if not state.archived:
        return
    for entry in _decode(_ARRAY32 + state.archived_count.to_bytes(4) + state.archived):
        book = state.hearings if entry.is_hearing else state.bookings
        book[entry.name] = entry.appointment
        if entry.repetitions:
            state.repetitions[_register(is_hearing=entry.is_hearing, name=entry.name)] = entry.repetitions
    state.archived, state.archived_count, state.archived_due = b"", 0, None


def archive(state: CaseState, names: list[tuple[bool, str]], max_ahead: int) -> None:
    """Move appointments from the registers to the archive.

    Args:
        state: The case, judged.
        names: (whether it is a hearing, id) of appointments that are satisfied or settled for good, whatever else
            comes but an event that names them.
        max_ahead: How far ahead (ms) a due date counts as something scheduled.
    """
    entries = [state.archived]
    for is_hearing, name in names:
        appointment = (state.hearings if is_hearing else state.bookings).pop(name)
        entry = _ArchivedAppointment(is_hearing, name, appointment)
        if state.repetitions:
            repetitions = state.repetitions.pop(_register(is_hearing=is_hearing, name=name), None)
            if repetitions:
                entry = _ArchivedWithRepetitions(is_hearing, name, appointment, repetitions)
        entries.append(_encode(entry))
        due, scheduled = appointment.due, appointment.scheduled_key
        counts = not is_hearing and (appointment.status == _SCHEDULED or appointment.is_missed)
        if counts and due is not None and scheduled is not None and due <= scheduled[0] + max_ahead:
            state.archived_due = due if state.archived_due is None else max(due, state.archived_due)
    state.archived = b"".join(entries)
    state.archived_count += len(names)


def _register(*, is_hearing: bool, name: str) -> str:
    return (HEARING if is_hearing else CHECK_IN) + name
