"""A mapping to start from, guessed from the names of attributes and from what their values look like."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from streams.sources.inspection.attributes import AttributeSummary
from streams.sources.inspection.inspecting import Inspection

__all__ = ["Guess", "guessed", "mapping_text"]

_MOST_ACTIVITIES: Final = 200
_LISTED: Final = 40
_CASE: Final = (
    r"^trace:concept:name$",
    r"case",
    r"^issue key$",
    r"^(number|sys_id|documentkey)$",
    r"ticket|incident",
    r"(^|_| )id$",
)
_ACTIVITY: Final = (r"^concept:name$", r"activity", r"^(state|status)$", r"^field(name)?$", r"event|action|task|step")
_TIMESTAMP: Final = (r"^time:timestamp$", r"timestamp", r"updated", r"created|opened", r"time|date")
_OFFICER: Final = (r"^org:resource$", r"assign(ed_to|ee)", r"officer|resource|owner|agent|clerk", r"user")
_OFFICE: Final = (r"^org:group$", r"assignment_group", r"office|department|group|team|queue|unit", r"project")
_NO_OFFICER: Final = (
    "# Nothing looks like the person who has a case. Without [officer] every open case raises no_officer.",
    "# [officer]",
    "# from = ",
    "",
)
_ENDS: Final = re.compile(r"clos|resolv|done|cancel|complet|finish|archiv|\bend", re.IGNORECASE)


class Guess(NamedTuple):
    """Which attribute may be what; None where nothing looks like it.

    The activity is one whose name says so: its values are shown, and those of another attribute may be of people.
    """

    case: AttributeSummary | None
    activity: AttributeSummary | None
    timestamp: AttributeSummary | None
    officer: AttributeSummary | None
    office: AttributeSummary | None


def guessed(inspection: Inspection) -> Guess:
    """Guess which attribute is what."""
    every = [one for one in inspection.attributes.values() if one.filled]
    undated = [one for one in every if not one.is_dated]
    case = _first(undated, _CASE, lambda one: one.filled == inspection.records)
    activity = _first(undated, _ACTIVITY, lambda one: one is not case and len(one.values) <= _MOST_ACTIVITIES)
    timestamp = _first([one for one in every if one.is_dated], _TIMESTAMP, lambda one: one.filled == inspection.records)
    rest = [one for one in undated if one not in (case, activity)]
    return Guess(
        case or next(iter(undated), None),
        activity,
        timestamp or next((one for one in every if one.is_dated), None),
        _first(rest, _OFFICER, lambda _: True),
        _first(rest, _OFFICE, lambda _: True),
    )


def mapping_text(inspection: Inspection) -> str:
    """A mapping to start from, as TOML; what must be decided is said in comments."""
    guess = guessed(inspection)
    day_first = guess.timestamp is not None and guess.timestamp.day_first
    lines = [
        'source = "my-system" # the id of the feed',
        'timezone = "UTC" # the zone in which times without an offset were written down',
        "",
        "[log]",
        f"case = {_name(guess.case)}",
        f"activity = {_name(guess.activity)}",
        f"timestamp = {_name(guess.timestamp)}",
        *(['timestamp_format = "%d/%m/%Y %H:%M" # days stand first: name the whole form'] if day_first else []),
        *([f"delimiter = {_toml(inspection.delimiter)}"] if inspection.delimiter not in (None, ",") else []),
        "",
        "[office]",
        *([f"from = {_name(guess.office)}"] if guess.office else ["# from = "]),
        'default = "NO-OFFICE"',
        "",
        *(["[officer]", f"from = {_name(guess.officer)}", ""] if guess.officer else _NO_OFFICER),
        "[[events]]",
        'emit = "case_opened"',
        'on = "first"',
        'set = { level = "standard" } # intensive, standard, low or annual',
        "",
        *(['[[events]]\nemit = "officer_assigned"\non = "change"', ""] if guess.officer else []),
        "# Every record counts as a sign of work on the case; name the activities that are none.",
        '[[events]]\nemit = "check_in_completed"\nset = { channel = "office" }',
        "",
        *_closing(guess.activity),
    ]
    return "\n".join(lines) + "\n"


def _closing(activity: AttributeSummary | None) -> Sequence[str]:
    names = [name for name, _ in activity.values.most_common(_LISTED)] if activity is not None else []
    ends = [name for name in names if _ENDS.search(name)]
    rule = [
        "[[events]]",
        'emit = "case_closed"',
        f"activity = [{', '.join(map(_toml, ends))}]",
        'set = { reason = "other" }',
    ]
    listed = f"# Which activities end a case? The log has: {', '.join(map(_toml, names))}"
    return [listed, *(rule if ends else [f"# {line}" for line in rule])]


def _first(
    attributes: Sequence[AttributeSummary], patterns: Sequence[str], suits: Callable[[AttributeSummary], bool]
) -> AttributeSummary | None:
    for pattern in patterns:
        for one in attributes:
            if re.search(pattern, one.name, re.IGNORECASE) and suits(one):
                return one
    return None


def _name(attribute: AttributeSummary | None) -> str:
    return '"?" # nothing looks like it' if attribute is None else _toml(attribute.name)


def _toml(text: str | None) -> str:
    return json.dumps(text, ensure_ascii=False)
