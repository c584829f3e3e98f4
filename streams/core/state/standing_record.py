"""The state that the lifecycle of an alert keeps, of a case or of an officer (CONTRACT.md §5)."""

from msgspec import Struct

__all__ = ["EndedAlert", "StandingRecord"]


class StandingRecord(Struct, array_like=True, gc=False):
    """An alert that stands, as it was last raised; a subclass adds the fields of its record that may change.

    Attributes:
        cause: Place of the cause in contract order, of its kind of alert.
        instance: Id of the check-in, hearing or course that the alert is about, or None.
        anchor, deadline, raised_at: Milliseconds.
        escalated_at: When it became critical (ms), or None.
        revision: Of the last record published.
        evidence: Sorted ids of the events whose value is the anchor.
    """

    cause: int
    instance: str | None
    anchor: int
    deadline: int
    raised_at: int
    escalated_at: int | None
    revision: int
    evidence: list[str]


EndedAlert = tuple[int, str | None, int, int]
"""(cause, instance, anchor, revision) of an alert that ended: it may come back, and its revision goes on."""
