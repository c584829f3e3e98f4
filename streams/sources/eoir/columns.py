"""The tables and columns of EOIR CASE data that are read, what a value in each may look like, and older names of them.

Only these columns are taken out of a row. Nationality, language, sex, birth date, address, attorney and the like are
never among them; a few are looked at (`witnesses`) to see whether a row is shifted, and forgotten at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["ALIASES", "CASE_ID", "DATE_SHAPE", "TABLES", "TIME_SHAPE", "SourceColumn", "SourceTable"]

_PAD: Final = rb"[ \r]*+"
_NOTHING: Final = rb"(?:NULL|N/A)"


def _shape(value: bytes) -> bytes:
    """Padded value or nothing; one group, which holds the value without its padding."""
    return rb"%b(?:%b|(%b)|)%b" % (_PAD, _NOTHING, value, _PAD)


_ID: Final = rb"%b(\d{1,14})%b" % (_PAD, _PAD)
_DATE: Final = rb"%b(?:(\d{4}-\d\d-\d\d)(?:[ T]\d\d:\d\d:\d\d(?:\.\d+)?)?|%b|)%b" % (_PAD, _NOTHING, _PAD)
_TIME: Final = _shape(rb"[\d:.]{1,16}")
_CITY: Final = _shape(rb"[A-Za-z0-9]{2,4}")
_JUDGE: Final = _shape(rb"[A-Za-z0-9]{1,4}")
_CODE: Final = _shape(rb"[A-Za-z0-9]{1,3}")
_LETTER: Final = _shape(rb"[A-Za-z0-9]")
_CASE_TYPE: Final = _shape(rb"[A-Za-z]{3}")
_YES_NO: Final = _shape(rb"[YNyn]")
_CUSTODY: Final = _shape(rb"[NRDnrd]")  # SP or ENG here is the language of a shifted row
_LANGUAGE: Final = _shape(rb"[A-Za-z?]{1,3}")
_COUNTRY: Final = _shape(rb"[A-Za-z?]{2}")
_NUMBER: Final = _shape(rb"\d{1,4}")

DATE_SHAPE: Final = _DATE
"""What every column of dates looks like."""
TIME_SHAPE: Final = _TIME
"""What every column of times of day looks like."""


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column that is taken.

    Attributes:
        name: As newer releases call it.
        shape: Pattern of a field with one group, the value.
        required: Without it the table is of no use.
    """

    name: str
    shape: bytes
    required: bool = False


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table of the release.

    Attributes:
        name: File name without `.csv`.
        tag: One byte that marks its rows when the rows of a case are gathered.
        required: Without it there is no conversion.
        columns: What is taken, in this order; IDNCASE is taken too, from every table.
        witnesses: Other columns, by name, whose values tell a shifted row.
    """

    name: str
    tag: bytes
    required: bool
    columns: tuple[SourceColumn, ...]
    witnesses: Mapping[str, bytes]


_CASES: Final = SourceTable(
    name="A_TblCase",
    tag=b"c",
    required=True,
    columns=(
        SourceColumn("CUSTODY", _CUSTODY),
        SourceColumn("ADDRESS_CHANGEDON", _DATE),
        SourceColumn("DATE_DETAINED", _DATE),
        SourceColumn("DATE_RELEASED", _DATE),
    ),
    witnesses={
        "LANG": _LANGUAGE,
        "NAT": _COUNTRY,
        "CASE_TYPE": _CASE_TYPE,
        "E_28_DATE": _DATE,
        "LATEST_HEARING": _DATE,
        "LATEST_CAL_TYPE": _LETTER,
        "DATE_OF_ENTRY": _DATE,
        "C_RELEASE_DATE": _DATE,
        "SEX": _LETTER,
        "LPR": _LETTER,
        "DETENTION_DATE": _DATE,
    },
)

_PROCEEDINGS: Final = SourceTable(
    name="B_TblProceeding",
    tag=b"p",
    required=True,
    columns=(
        SourceColumn("IDNPROCEEDING", _ID, required=True),
        SourceColumn("OSC_DATE", _DATE),
        SourceColumn("INPUT_DATE", _DATE, required=True),
        SourceColumn("BASE_CITY_CODE", _CITY, required=True),
        SourceColumn("IJ_CODE", _JUDGE),
        SourceColumn("TRANS_IN_DATE", _DATE),
        SourceColumn("PREV_HEARING_BASE", _CITY),
        SourceColumn("DEC_CODE", _LETTER, required=True),
        SourceColumn("OTHER_COMP", _LETTER, required=True),
        SourceColumn("COMP_DATE", _DATE, required=True),
        SourceColumn("ABSENTIA", _YES_NO, required=True),
        SourceColumn("VENUE_CHG_GRANTED", _DATE),
        SourceColumn("TRANSFER_TO", _CODE),
        SourceColumn("CASE_TYPE", _CASE_TYPE),
        SourceColumn("DATE_DETAINED", _DATE),
        SourceColumn("DATE_RELEASED", _DATE),
    ),
    witnesses={
        "HEARING_LOC_CODE": _CITY,
        "PREV_HEARING_LOC": _CITY,
        "PREV_IJ_CODE": _JUDGE,
        "TRANS_NBR": _NUMBER,
        "HEARING_DATE": _DATE,
        "HEARING_TIME": _TIME,
        "DEC_TYPE": _shape(rb"[OWow67]"),
        "DEPORTED_1": _COUNTRY,
        "DEPORTED_2": _COUNTRY,
        "APPEAL_RSVD": _LETTER,
        "APPEAL_NOT_FILED": _LETTER,
        "DATE_APPEAL_DUE_STATUS": _DATE,
        "TRANSFER_STATUS": _LETTER,
        "CUSTODY": _CUSTODY,
        "NAT": _COUNTRY,
        "LANG": _LANGUAGE,
        "CRIM_IND": _YES_NO,
        "IHP": _LETTER,
        "AGGRAVATE_FELON": _LETTER,
    },
)

_SCHEDULE: Final = SourceTable(
    name="tbl_schedule",
    tag=b"s",
    required=True,
    columns=(
        SourceColumn("IDNSCHEDULE", _ID, required=True),
        SourceColumn("IDNPROCEEDING", _ID, required=True),
        SourceColumn("BASE_CITY_CODE", _CITY),
        SourceColumn("IJ_CODE", _JUDGE),
        SourceColumn("INPUT_DATE", _DATE, required=True),
        SourceColumn("INPUT_TIME", _TIME),
        SourceColumn("UPDATE_DATE", _DATE),
        SourceColumn("UPDATE_TIME", _TIME),
        SourceColumn("CAL_TYPE", _CODE),
        SourceColumn("ADJ_DATE", _DATE, required=True),
        SourceColumn("ADJ_TIME_START", _TIME),
        SourceColumn("ADJ_RSN", _CODE, required=True),
        SourceColumn("SCHEDULE_TYPE", _CODE),
    ),
    witnesses={
        "OSC_DATE": _DATE,
        "LANG": _LANGUAGE,
        "HEARING_LOC_CODE": _CITY,
        "ADJ_TIME_STOP": _TIME,
        "ADJ_MEDIUM": _LETTER,
        "ADJ_ELAP_DAYS": _NUMBER,
    },
)

_CUSTODY_HISTORY: Final = SourceTable(
    name="tbl_CustodyHistory",
    tag=b"u",
    required=False,
    columns=(
        SourceColumn("IDNCUSTODY", _ID, required=True),
        SourceColumn("CUSTODY", _CUSTODY),
        SourceColumn("DATDETAINED", _DATE, required=True),
        SourceColumn("DATRELEASED", _DATE, required=True),
    ),
    witnesses={},
)

_MOTIONS: Final = SourceTable(
    name="tbl_Court_Motions",
    tag=b"m",
    required=False,
    columns=(
        SourceColumn("IDNMOTION", _ID, required=True),
        SourceColumn("REC_TYPE", _CODE),
        SourceColumn("COMP_DATE", _DATE, required=True),
        SourceColumn("DEC", _CODE, required=True),
    ),
    witnesses={"MOTION_RECD_DATE": _DATE, "OSC_DATE": _DATE},
)

CASE_ID: Final = SourceColumn("IDNCASE", _ID, required=True)

TABLES: Final = (_CASES, _PROCEEDINGS, _SCHEDULE, _CUSTODY_HISTORY, _MOTIONS)
"""Every table that is read."""

ALIASES: Final[Mapping[str, str]] = {
    "TRANSFER_DATE": "TRANS_IN_DATE",
    "TRANSFER_IN_DATE": "TRANS_IN_DATE",
    "ADJ_MED": "ADJ_MEDIUM",
    "ADJ_REASON": "ADJ_RSN",
    "CASETYPE": "CASE_TYPE",
    "GENDER": "SEX",
    "UPDATED_SITE": "UPDATE_SITE",
    "ADDRESS_CHANGED_ON": "ADDRESS_CHANGEDON",
    "DATE_DETAIN": "DATE_DETAINED",
    "DATE_RELEASE": "DATE_RELEASED",
    "DAT_DETAINED": "DATDETAINED",
    "DAT_RELEASED": "DATRELEASED",
    "STRDEC": "DEC",
}
"""Names that other releases use, in capitals, and what they mean; a name is also found in any case of its letters."""
