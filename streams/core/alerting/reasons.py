"""Why the core did what it did: every decision returns one of these, so that it can be counted and explained."""

from enum import StrEnum

__all__ = ["Reason"]


class Reason(StrEnum):
    """One decision of the core; the value is the label under which metrics count it."""

    APPLIED = "applied"
    LATE = "late"
    UNCHANGED = "unchanged"
    UNREGISTERED = "unregistered"
    RAISED = "raised"
    RAISED_AGAIN = "raised_again"
    ESCALATED = "escalated"
    REPUBLISHED = "republished"
    RESOLVED = "resolved"
    RETRACTED = "retracted"
    SUPERSEDED = "superseded"
    MADE_PROTECTED = "made_protected"
    TIMER_FIRED = "timer_fired"
