"""Writes small releases in the form of EOIR CASE data and converts them."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from schemas import hot
from schemas.decode import decode
from streams.sources.eoir.conversion import EoirConverter, EoirOptions
from streams.sources.logs import LogWriter
from streams.sources.pseudonym_key import Secret
from streams.sources.report import ReportRecord

KEY = Secret(bytes(range(32)), "the key of the tests")
ZONES = {"ATL": "America/New_York", "BLM": "America/Chicago"}

CASE_COLUMNS = (
    "IDNCASE ALIEN_CITY ALIEN_STATE ALIEN_ZIPCODE UPDATED_ZIPCODE UPDATED_CITY NAT LANG CUSTODY SITE_TYPE E_28_DATE "
    "ATTY_NBR CASE_TYPE UPDATE_SITE LATEST_HEARING LATEST_TIME LATEST_CAL_TYPE UP_BOND_DATE UP_BOND_RSN "
    "CORRECTIONAL_FAC RELEASE_MONTH RELEASE_YEAR INMATE_HOUSING DATE_OF_ENTRY C_ASY_TYPE C_BIRTHDATE C_RELEASE_DATE "
    "UPDATED_STATE ADDRESS_CHANGEDON ZBOND_MRG_FLAG Sex DATE_DETAINED DATE_RELEASED LPR DETENTION_DATE "
    "DETENTION_LOCATION DCO_LOCATION DETENTION_FACILITY_TYPE CASEPRIORITY_CODE"
)
PROCEEDING_COLUMNS = (
    "IDNPROCEEDING IDNCASE OSC_DATE INPUT_DATE BASE_CITY_CODE HEARING_LOC_CODE IJ_CODE TRANS_IN_DATE PREV_HEARING_LOC "
    "PREV_HEARING_BASE PREV_IJ_CODE TRANS_NBR HEARING_DATE HEARING_TIME DEC_TYPE DEC_CODE DEPORTED_1 DEPORTED_2 "
    "OTHER_COMP APPEAL_RSVD APPEAL_NOT_FILED COMP_DATE ABSENTIA VENUE_CHG_GRANTED TRANSFER_TO DATE_APPEAL_DUE_STATUS "
    "TRANSFER_STATUS CUSTODY CASE_TYPE NAT LANG SCHEDULED_HEAR_LOC CORRECTIONAL_FAC CRIM_IND IHP AGGRAVATE_FELON "
    "DATE_DETAINED DATE_RELEASED"
)
SCHEDULE_COLUMNS = (
    "IDNSCHEDULE IDNPROCEEDING IDNCASE OSC_DATE GENERATION SUB_GENERATION REC_TYPE LANG HEARING_LOC_CODE "
    "BASE_CITY_CODE IJ_CODE INTERPRETER_CODE INPUT_DATE INPUT_TIME UPDATE_DATE UPDATE_TIME ASSIGNMENT_PATH CAL_TYPE "
    "ADJ_DATE ADJ_TIME_START ADJ_TIME_STOP ADJ_RSN ADJ_MEDIUM ADJ_MSG ADJ_ELAP_DAYS LNGSESSNID SCHEDULE_TYPE "
    "NOTICE_CODE BLNCLOCKOVERRIDE EOIRAttorneyID"
)
CUSTODY_COLUMNS = "IDNCUSTODY IDNCASE CUSTODY DATDETAINED DATRELEASED"
MOTION_COLUMNS = "IDNMOTION IDNPROCEEDING IDNCASE OSC_DATE REC_TYPE DEC COMP_DATE MOTION_RECD_DATE WU_MSG"

_COLUMNS = {
    "A_TblCase": CASE_COLUMNS,
    "B_TblProceeding": PROCEEDING_COLUMNS,
    "tbl_schedule": SCHEDULE_COLUMNS,
    "tbl_CustodyHistory": CUSTODY_COLUMNS,
    "tbl_Court_Motions": MOTION_COLUMNS,
}


def day(text: str) -> str:
    """Return a date as the release writes it."""
    return f"{text} 00:00:00.000"


@dataclass
class Release:
    """A release under construction; every row is the text of its line."""

    rows: dict[str, list[str]] = field(
        default_factory=lambda: {"A_TblCase": [], "B_TblProceeding": [], "tbl_schedule": []}
    )
    columns: dict[str, list[str]] = field(
        default_factory=lambda: {name: names.split() for name, names in _COLUMNS.items()}
    )
    lookups: dict[str, str] = field(default_factory=dict)
    line_end: str = "\r\n"
    last_line_end: str = "\r\n"

    def case(self, number: int, **values: str) -> "Release":
        plain = {"ALIEN_CITY": "SPRINGFIELD", "NAT": "XX", "LANG": "SP", "CUSTODY": "N", "CASE_TYPE": "RMV"}
        secret = {"ALIEN_ZIPCODE": "99950", "C_BIRTHDATE": "7/1984", "Sex": "F", "ATTY_NBR": "Q7654321"}
        return self._row("A_TblCase", {"IDNCASE": str(number)} | plain | secret | values)

    def proceeding(self, number: int, case: int, **values: str) -> "Release":
        ids = {"IDNPROCEEDING": str(number), "IDNCASE": str(case)}
        plain = {
            "OSC_DATE": day("2020-01-10"),
            "INPUT_DATE": day("2020-02-03"),
            "BASE_CITY_CODE": "ATL",
            "HEARING_LOC_CODE": "ATN",
            "IJ_CODE": "JAD",
            "CUSTODY": "N",
            "CASE_TYPE": "RMV",
            "NAT": "XX",
            "LANG": "SP",
            "CRIM_IND": "N",
        }
        return self._row("B_TblProceeding", ids | plain | values)

    def hearing(self, number: int, proceeding: int, case: int, **values: str) -> "Release":
        ids = {"IDNSCHEDULE": str(number), "IDNPROCEEDING": str(proceeding), "IDNCASE": str(case)}
        plain = {
            "OSC_DATE": day("2020-01-10"),
            "LANG": "SP",
            "BASE_CITY_CODE": "ATL",
            "HEARING_LOC_CODE": "ATN",
            "IJ_CODE": "JAD",
            "INPUT_DATE": day("2020-02-03"),
            "INPUT_TIME": "0915",
            "CAL_TYPE": "M",
            "ADJ_DATE": day("2020-06-15"),
            "ADJ_TIME_START": "0830",
            "SCHEDULE_TYPE": "MR",
        }
        return self._row("tbl_schedule", ids | plain | values)

    def custody(self, number: int, case: int, **values: str) -> "Release":
        return self._row(
            "tbl_CustodyHistory", {"IDNCUSTODY": str(number), "IDNCASE": str(case), "CUSTODY": "R"} | values
        )

    def motion(self, number: int, case: int, **values: str) -> "Release":
        ids = {"IDNMOTION": str(number), "IDNCASE": str(case)}
        return self._row("tbl_Court_Motions", ids | {"REC_TYPE": "O", "DEC": "G"} | values)

    def line(self, table: str, text: str) -> "Release":
        """Add a line unchanged."""
        self.rows.setdefault(table, []).append(text)
        return self

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for table, lines in self.rows.items():
            text = self.line_end.join(["\t".join(self.columns[table]), *lines]) + self.last_line_end
            (folder / f"{table}.csv").write_bytes(text.encode("latin-1"))
        for name, text in self.lookups.items():
            (folder / "Lookup").mkdir(exist_ok=True)
            (folder / "Lookup" / f"{name}.csv").write_bytes(text.encode("latin-1"))
        return folder

    def _row(self, table: str, values: dict[str, str]) -> "Release":
        unknown = set(values) - set(self.columns[table])
        assert not unknown, unknown
        return self.line(table, "\t".join(values.get(column, "") for column in self.columns[table]))


@dataclass(frozen=True)
class ConvertedRelease:
    """The result of a conversion."""

    events: list[hot.AnyEvent]
    report: ReportRecord
    text: str

    def of(self, event_type: str) -> list[hot.AnyEvent]:
        return [event for event in self.events if event.type == event_type]

    def values(self, *fields: str) -> list[tuple[object, ...]]:
        """Return type and fields of every event."""
        return [(event.type, *(getattr(event, name, None) for name in fields)) for event in self.events]

    def skipped(self) -> dict[str, int]:
        return {f"{one.table}: {one.reason}": one.count for one in self.report.skipped}

    def noted(self) -> dict[str, int]:
        return {
            f"{one.table}: {one.reason}": one.count
            for one in self.report.noted
            if "not in the release" not in one.reason
        }


def convert(release: Release, folder: Path, **options: object) -> ConvertedRelease:
    """Convert a release; every line must be an event of the contract."""
    chosen = EoirOptions(zones=ZONES, **options)  # type: ignore[arg-type]
    out = folder / "log.jsonl"
    with EoirConverter(release.write(folder / "release"), KEY, chosen) as conversion:
        conversion.read()
        conversion.derive_events()
        with LogWriter(out) as log:
            conversion.write(log)
        report = conversion.report
        text = out.read_text() + report.text() + json.dumps([str(one) for one in report.record().skipped])
    events = [decode(line) for line in out.read_bytes().splitlines()]
    return ConvertedRelease(events, report.record(), text)
