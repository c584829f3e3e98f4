"""Records of an event log, whatever file they come from."""

from collections.abc import Mapping
from dataclasses import dataclass

from streams.sources.mapping_fields import Reference

__all__ = ["SourceRecord", "value_of"]


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One event of a log: an action in a case.

    Attributes:
        case: Whose, as the source calls it.
        at: When, in UTC milliseconds.
        again: When the clock on the wall shows the same time once more; `at` but for the night it is put back.
        activity: What was done.
        transition: Lifecycle transition, or "".
        own: Attributes of the record itself.
        trace: Attributes of its trace; none where there are no traces.
        line: Where it is in the file, if that means anything.
        is_change: Whether it says what became of one field; its activity is the name of that field.
    """

    case: str
    at: int
    again: int
    activity: str
    transition: str
    own: Mapping[str, str]
    trace: Mapping[str, str]
    line: int | None
    is_change: bool = False

    def value(self, reference: Reference) -> str | None:
        """The value of an attribute, without the blanks around it; None when there is none."""
        return value_of(reference, self.own, self.trace)


def value_of(reference: Reference, own: Mapping[str, str], trace: Mapping[str, str]) -> str | None:
    """The value that a reference names, without the blanks around it; None when there is none."""
    text = None if reference.scope == "trace" else own.get(reference.name)
    if text is None and reference.scope != "event":
        text = trace.get(reference.name)
    return text.strip() or None if text is not None else None
