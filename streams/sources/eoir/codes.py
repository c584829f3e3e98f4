"""The meaning of the courts' codes: coarse kinds, sides and outcomes. No raw code leaves this module.

Some codes say that a person asked for asylum or was asked about fear (8 CFR 208.6); they are folded into kinds that
most cases share, so that no event tells them from the others.
"""

from typing import Final, Literal

__all__ = [
    "CASE_TYPES",
    "LEAVES",
    "REOPENING_MOTIONS",
    "Kind",
    "Outcome",
    "Reason",
    "custody_by_adjournment",
    "hearing_kind",
    "hearing_outcome",
    "is_fear_review",
    "reason_of_completion",
    "reason_of_decision",
]

Kind = Literal["master", "individual", "custody", "other"]
Outcome = Literal["held", "cancelled", "court", "agency", "person", "unknown"]
"""What became of a hearing: it was held, or never meant, or put off at the instance of one of four."""
Reason = Literal["removed", "voluntary_departure", "relief_granted", "terminated", "other"]


CASE_TYPES: Final = frozenset(b"RMV DEP EXC CFR DDC WHO RFR AOC REC CSR MAA NAC CDR AOL DCC BND".split())
"""Codes of case types: where a court is looked for and one of these is found, the row is shifted."""

LEAVES: Final = frozenset((b"C", b"T"))
"""OTHER_COMP of a proceeding that goes on elsewhere: change of venue, transfer."""

REOPENING_MOTIONS: Final = frozenset((b"O", b"MA", b"MC", b"FD", b"C"))
"""REC_TYPE of motions that bring a completed case back: to reopen, to reconsider, to put on the calendar again."""

_FEAR_REVIEWS: Final = frozenset((b"CFR", b"RFR"))
_CUSTODY_HEARING: Final = b"CY"
_INDIVIDUAL: Final = frozenset((b"I", b"R"))  # a review of fear is heard one by one too, and must not stand out

_OUTCOMES: Final[dict[bytes, Outcome]] = {
    **dict.fromkeys((b"8A", b"8B", b"DD"), "held"),
    b"99": "cancelled",
    **dict.fromkeys((b"01", b"02", b"11", b"12"), "person"),
    b"03": "agency",
    **dict.fromkeys(
        (b"10", b"13", b"17", b"1A", b"1B", b"34", b"59", b"64", b"96", b"97", b"9A", b"9B", b"9C"),
        "court",
    ),
    **dict.fromkeys((b"05", b"21", b"23", b"45", b"AS"), "unknown"),
}
_DECISIONS: Final[dict[bytes, Reason]] = {
    **dict.fromkeys((b"X", b"D", b"E"), "removed"),
    b"V": "voluntary_departure",
    **dict.fromkeys((b"R", b"G", b"H", b"L"), "relief_granted"),
    **dict.fromkeys((b"T", b"U"), "terminated"),
}
_COMPLETIONS: Final[dict[bytes, Reason]] = {b"F": "terminated", b"Y": "terminated"}


def hearing_kind(calendar: bytes, schedule: bytes) -> Kind:
    """Kind of a hearing, from CAL_TYPE and SCHEDULE_TYPE."""
    if schedule == _CUSTODY_HEARING:
        return "custody"
    if calendar == b"M":
        return "master"
    return "individual" if calendar in _INDIVIDUAL else "other"


def hearing_outcome(reason: bytes) -> Outcome | None:
    """Outcome of a hearing, from ADJ_RSN; None when the code is not one of the documented ones."""
    return _OUTCOMES.get(reason)


def custody_by_adjournment(reason: bytes) -> Literal["none", "detained"] | None:
    """The custody that ADJ_RSN implies, if any: the case moved to the detained docket, or from it."""
    return {b"1A": "detained", b"1B": "none"}.get(reason)  # type: ignore[return-value]  # the two literals above


def is_fear_review(case_type: bytes) -> bool:
    """Whether CASE_TYPE is a review whose decision codes mean something else, and must not be distinguished."""
    return case_type in _FEAR_REVIEWS


def reason_of_decision(code: bytes) -> Reason | None:
    """Why a case was closed, from DEC_CODE; None when the code is not known."""
    return _DECISIONS.get(code)


def reason_of_completion(code: bytes) -> Reason:
    """Why a case was closed, from OTHER_COMP."""
    return _COMPLETIONS.get(code, "other")
