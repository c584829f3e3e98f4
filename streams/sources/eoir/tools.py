"""Shared parts of the derivation of a case: clocks, codes, the report, and the user's options."""

from dataclasses import dataclass
from enum import StrEnum

from streams.sources.eoir.lookups import Lookups
from streams.sources.eoir.when import OfficeClocks
from streams.sources.report import ConversionReport

__all__ = ["CaseFault", "CaseNote", "ConversionContext"]


class CaseFault(StrEnum):
    """Why a row, or a whole case, gives no event."""

    NO_PROCEEDING = "no proceeding that can be used: nothing says where and when the case was opened"
    NO_START = "neither INPUT_DATE nor OSC_DATE is a day from 1900 to 2100"
    NO_CITY = "BASE_CITY_CODE is no court"
    NO_ENTRY = "INPUT_DATE is no day from 1900 to 2100: when the hearing was set is unknown"
    NO_HEARING_DATE = "ADJ_DATE is no day from 1900 to 2100"
    REPEATED = "a row with the same number was there before"


class CaseNote(StrEnum):
    """Doubtful values of a case that were used."""

    UNKNOWN_OUTCOME = "the reason of an adjournment is not in the table of codes: by = unknown"
    UNKNOWN_DECISION = "a decision is not in the table of codes: reason = other"
    UNDATED_DECISION = "a decision without COMP_DATE: the case stays open"
    STILL_PENDING = "completed while another proceeding of the case is pending: the case stays open"
    MISSED_UNSCHEDULED = "ordered in absence on a day without a hearing: the hearing gets an id of its own"
    UNKNOWN_COURT = "sent to a court that the table does not name: to_office = UNKNOWN"
    RELEASED_FIRST = "released before detained: the release is left out"
    UNDATED_JUDGE = "the judge of the proceeding is not that of its last hearing: since when is unknown"


@dataclass(frozen=True, slots=True)
class ConversionContext:
    """Shared by all cases of a conversion.

    Attributes:
        offices: Their clocks.
        lookups: What codes mean.
        report: Counts faults and notes.
        closes_in_absentia: Whether an order of removal in absence closes the case.
    """

    offices: OfficeClocks
    lookups: Lookups
    report: ConversionReport
    closes_in_absentia: bool
