"""The definition that the file of a cause makes, and its types."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from streams.core.alerting.causes.plain_case_view import OpenCaseView
from streams.core.policy.rules import Rules, Terms
from streams.core.state.case_state import CaseState

__all__ = ["CauseDefinition", "Explained", "Holding", "Source"]

Holding = tuple[int, str | None, int, int]
"""(place of the cause, instance, anchor ms, deadline ms)"""

Source = tuple[int, str]
"""(value ms, id of the event it came from)"""


class Explained(NamedTuple):
    """A condition that holds, to be explained.

    Attributes:
        instance: The hearing or check-in it is about, or None.
        anchor: The instant from which the deadline counts (ms).
        is_ahead: Whether the anchor is later than the clock.
    """

    instance: str | None
    anchor: int
    is_ahead: bool


class CauseDefinition(NamedTuple):
    """One cause.

    Attributes:
        find: Appends what holds of it for an open case, whatever the clock says.
        sources: The values of which its anchor is the latest, with their events, of (state, instance, policy).
        why: Why it holds; a sentence that says only what the record does.
        why_not: Why it does not hold for an open case.
        prevented_by: What would prevent the alert before its deadline, as the end of "comes due unless ...".
    """

    find: Callable[[OpenCaseView, Terms, list[Holding]], None]
    sources: Callable[[CaseState, str | None, Rules], Iterator[Source]]
    why: Callable[[OpenCaseView, Rules, Explained], str]
    why_not: Callable[[OpenCaseView, Rules], str]
    prevented_by: str
