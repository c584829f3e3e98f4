"""The lookup tables of a release, where they are there: who asked for an adjournment, what a decision is called."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from streams.errors import InputError
from streams.sources.eoir.codes import CASE_TYPES, Outcome, Reason, is_fear_review
from streams.sources.eoir.codes import hearing_outcome as documented_outcome
from streams.sources.eoir.codes import reason_of_decision as documented_reason
from streams.sources.eoir.files import LOOKUPS, find_lookup
from streams.sources.report import ConversionReport

__all__ = ["Lookups"]

_SIDES: Final[dict[bytes, Outcome]] = {b"I": "agency", b"A": "person"}
_WORDS: Final[tuple[tuple[bytes, Reason], ...]] = (
    # in this order: "relief/rescinded" grants, "voluntary departure" departs, whatever else they hold
    (b"VOLUNTARY", "voluntary_departure"),
    (b"GRANT", "relief_granted"),
    (b"RELIEF", "relief_granted"),
    (b"LEGALLY ADMITTED", "relief_granted"),
    (b"TERMINAT", "terminated"),
    (b"DISMISS", "terminated"),
    (b"REMOV", "removed"),
    (b"DEPORT", "removed"),
    (b"EXCLU", "removed"),
)
_MISSING: Final = "lookup table not in the release: the built-in meanings of its codes were used"
_ADJOURNMENTS, _DECISIONS, _CITIES = LOOKUPS


class Lookups:
    """The meaning of codes: the documented ones are built in, the others come from the release.

    Args:
        folder: Of the release.
        report: Receives the missing lookup tables.

    Raises:
        InputError: A lookup table cannot be read.
    """

    def __init__(self, folder: Path, report: ConversionReport) -> None:
        self._adjournments: dict[bytes, Outcome] = {
            _field(row, "STRCODE", "STRADJCODE"): _SIDES.get(_field(row, "REGD_BY"), "unknown")
            for row in _rows(folder, _ADJOURNMENTS, report)
        }
        self._decisions: dict[tuple[bytes, bytes], Reason] = {}
        for row in _rows(folder, _DECISIONS, report):
            if _field(row, "STRDECTYPE") in (b"", b"C"):
                key = _field(row, "STRCASETYPE"), _field(row, "STRDECCODE")
                self._decisions[key] = _reason(_field(row, "STRDECDESCRIPTION"))
        cities = {_field(row, "BASE_CITY_CODE") for row in _rows(folder, _CITIES, report)}
        self._cities = frozenset(cities - {b""})

    def outcome(self, reason: bytes) -> Outcome | None:
        """Outcome of a hearing, from ADJ_RSN; None when no source says what the code means."""
        return documented_outcome(reason) or self._adjournments.get(reason)

    def reason(self, case_type: bytes, decision: bytes) -> Reason | None:
        """Why a case was closed, from CASE_TYPE and DEC_CODE; None when no source says what the code means."""
        if is_fear_review(case_type):
            return "other"
        return self._decisions.get((case_type, decision)) or documented_reason(decision)

    def is_city(self, code: bytes) -> bool:
        """Whether a BASE_CITY_CODE is one: in the lookup table, or without that at least no case type gone astray."""
        return code in self._cities if self._cities else bool(code) and code not in CASE_TYPES


def _rows(folder: Path, name: str, report: ConversionReport) -> Iterator[Mapping[str, bytes]]:
    """The rows of a lookup table: NUL bytes and padding removed, everything in capitals; none when it is not there."""
    path = find_lookup(folder, name)
    if path is None:
        report.note(name, _MISSING)
        return
    try:
        content = path.read_bytes().replace(b"\0", b"")
    except OSError as error:
        raise InputError(str(path), None, None, f"cannot be read: {error.strerror or error}") from None
    lines = content.splitlines()
    names = [field.decode("latin-1").strip().upper().lstrip("\ufeff") for field in (lines or [b""])[0].split(b"\t")]
    for line in lines[1:]:
        report.rows[name] += 1
        yield dict(zip(names, (field.strip().upper() for field in line.split(b"\t")), strict=False))


def _field(row: Mapping[str, bytes], *names: str) -> bytes:
    return next((row[name] for name in names if name in row), b"")


def _reason(description: bytes) -> Reason:
    return next((reason for word, reason in _WORDS if word in description), "other")
