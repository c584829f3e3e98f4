"""CSV files: every row, in chunks, and no formula that a spreadsheet would run."""

import csv
from io import StringIO

import msgspec

from schemas.office_loads import OfficeLoad
from schemas.policy import load_policy
from streams.core.load.office_rows import OfficePartial, OfficeRow
from streams.core.policy.rules import Rules
from streams.web.csv_files import lost_track_csv, officers_csv, offices_csv
from streams.web.totals import count
from tests.unit.web.alerts import alert, load, tables_of

encode = msgspec.json.Encoder().encode


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


class TestCsv:
    def test_alerts(self) -> None:
        """Instants have the contract's form; a missing value is empty."""
        tables = tables_of(alert("1", agency_causes=["in_transit", "no_officer"], cause="no_contact"))
        (row,) = rows("".join(lost_track_csv(tables.standing(with_protected=False))))
        assert ("c-1", "no_contact", "person", "", "2025-12-08T00:00:00.000Z", "in_transit no_officer") == tuple(
            row[name] for name in ("case_id", "cause", "cause_class", "officer_id", "raised_at", "agency_causes")
        )

    def test_a_long_list_comes_in_chunks(self) -> None:
        """No row is lost between two chunks."""
        tables = tables_of(*(alert(str(key)) for key in range(1_200)))
        pieces = list(lost_track_csv(tables.standing(with_protected=False)))
        assert len(pieces) == 3
        assert len(rows("".join(pieces))) == 1_200

    def test_no_cell_is_a_formula(self) -> None:
        """An id may begin with a minus sign; a spreadsheet must not compute with it."""
        tables = tables_of(alert("1", case_id="-2+3", office="=ATL"))
        (row,) = rows("".join(lost_track_csv(tables.standing(with_protected=False))))
        assert ("'-2+3", "'=ATL") == (row["case_id"], row["office"])

    def test_officers_and_offices(self) -> None:
        """Numbers are numbers, rounded to their precision."""
        loads = (load("o-1", open_cases=3, minutes_per_case_month=2400.00001),)
        (officer,) = rows("".join(officers_csv(loads)))
        assert ("o-1", "3", "2400.0", "2026-01-01T00:00:00.000Z") == (
            officer["officer_id"], officer["open_cases"], officer["minutes_per_case_month"], officer["as_of"],
        )  # fmt: skip
        tables = tables_of(alert("1"), loads=loads)
        tables.update_offices(
            b"cases:0", encode(OfficePartial(0, 0, [OfficeRow("ATL", 3, lost_track=1, unassigned=2)]))
        )
        totals = count(tables, Rules(load_policy(None)))
        (office,) = rows("".join(offices_csv([(totals.offices[0], totals.by_office["ATL"])], 60_000)))
        assert ("ATL", "3", "1", "2", "1", "1970-01-01T00:01:00.000Z") == (
            office["office"], office["open_cases"], office["lost_track"], office["unassigned"], office["agency"],
            office["as_of"],
        )  # fmt: skip

    def test_an_office_has_every_number_of_its_record_by_its_name(self) -> None:
        """Nested numbers have one column each."""
        tables = tables_of()
        tables.update_offices(b"cases:0", encode(OfficePartial(0, 0, [OfficeRow("ATL", 3)])))
        totals = count(tables, Rules(load_policy(None)))
        (office,) = rows("".join(offices_csv([(totals.offices[0], totals.counts)], None)))
        names = set(OfficeLoad.__struct_fields__) - {"v", "by_level", "by_cause"}
        assert names | {"by_level.annual", "by_cause.no_contact"} <= set(office)
