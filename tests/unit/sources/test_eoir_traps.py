import zipfile
from pathlib import Path

import pytest

from streams.errors import InputError
from streams.sources.eoir.conversion import EoirConverter, EoirOptions
from tests.unit.sources.eoir_files import KEY, PROCEEDING_COLUMNS, SCHEDULE_COLUMNS, Release, convert, day

ENDED = {"DEC_CODE": "X", "COMP_DATE": day("2021-03-01"), "ABSENTIA": "N"}


def shifted(row: str, place: int, *, cut: bool = False) -> str:
    """Return a row with a stray tab before a column; `cut` drops the field that it pushes out."""
    fields = row.split("\t")
    fields.insert(place, "")
    return "\t".join(fields[:-1] if cut else fields)


def refusal(folder: Path) -> str:
    """Return the error of a conversion of a folder."""
    with pytest.raises(InputError) as refused, EoirConverter(folder, KEY, EoirOptions()) as conversion:
        conversion.read()
    return str(refused.value)


class TestShiftedRows:
    @pytest.mark.parametrize(
        "column", ["HEARING_LOC_CODE", "HEARING_DATE", "DEC_TYPE", "APPEAL_RSVD", "TRANSFER_TO", "CASE_TYPE"]
    )
    def test_a_row_with_an_extra_tab_is_shifted_back(self, tmp_path: Path, column: str) -> None:
        """Only one position of the tab fits the columns: the events are the same, and the row is counted."""
        release = Release().case(7).proceeding(1, 7, **ENDED).hearing(1, 1, 7)
        straight = convert(release, tmp_path / "straight")
        rows = release.rows["B_TblProceeding"]
        rows[0] = shifted(rows[0], PROCEEDING_COLUMNS.split().index(column))
        bent = convert(release, tmp_path / "bent")
        assert straight.events == bent.events
        assert [1] == list(bent.noted().values())

    def test_a_tab_near_the_end_pushes_a_date_out(self, tmp_path: Path) -> None:
        """DATE_DETAINED in the place of DATE_RELEASED fits, too, but a field was pushed out: it is not used."""
        release = Release().case(7).proceeding(1, 7, DATE_DETAINED=day("2020-01-01"), DATE_RELEASED=day("2020-02-01"))
        rows = release.rows["B_TblProceeding"]
        rows[0] = shifted(rows[0], PROCEEDING_COLUMNS.split().index("DATE_DETAINED"))
        assert any("several ways" in reason for reason in convert(release, tmp_path).skipped())

    def test_a_tab_inside_a_value_is_removed(self, tmp_path: Path) -> None:
        """The two halves are one value again."""
        release = Release().case(7).proceeding(1, 7, **ENDED)
        straight = convert(release, tmp_path / "straight")
        release.rows["B_TblProceeding"][0] = release.rows["B_TblProceeding"][0].replace("2021-03-01", "2021-03\t-01")
        assert straight.events == convert(release, tmp_path / "bent").events

    def test_a_language_in_the_column_of_custody_shows_the_shift(self, tmp_path: Path) -> None:
        """The row has as many fields as columns, with SP in the place of N, R or D."""
        release = Release().case(7, CUSTODY="D").proceeding(1, 7)
        straight = convert(release, tmp_path / "straight")
        release.rows["A_TblCase"][0] = shifted(release.rows["A_TblCase"][0], 5, cut=True)
        bent = convert(release, tmp_path / "bent")
        assert straight.events == bent.events
        assert [1] == list(bent.noted().values())

    @pytest.mark.parametrize("language", ["SP", "ENG"])
    def test_a_row_that_cannot_be_repaired_is_skipped(self, tmp_path: Path, language: str) -> None:
        """It is counted with its line; the other rows are read."""
        release = Release().case(7).case(8, CUSTODY=language).proceeding(1, 7).proceeding(2, 8)
        converted = convert(release, tmp_path)
        (skipped,) = converted.report.skipped
        assert ("A_TblCase", 1, 3) == (skipped.table, skipped.count, skipped.first_line)
        assert 2 == len(converted.of("case_opened"))

    def test_words_in_a_column_of_dates_show_the_shift(self, tmp_path: Path) -> None:
        """No hearing is scheduled for an invalid date."""
        converted = convert(Release().case(7).proceeding(1, 7).hearing(1, 1, 7, ADJ_DATE="0830"), tmp_path)
        assert [] == converted.of("hearing_scheduled")
        assert 1 == sum(converted.skipped().values())

    def test_two_possible_repairs_are_none(self, tmp_path: Path) -> None:
        """The converter does not guess."""
        row = Release().hearing(1, 1, 7, IJ_CODE="").rows["tbl_schedule"][0]
        fields = row.split("\t")
        # three fields in the place of the judge's code and the interpreter's: KSS may be either
        fields.insert(SCHEDULE_COLUMNS.split().index("INTERPRETER_CODE"), "KSS")
        converted = convert(Release().case(7).proceeding(1, 7).line("tbl_schedule", "\t".join(fields)), tmp_path)
        assert [] == converted.of("hearing_scheduled")
        assert any("several ways" in reason for reason in converted.skipped())

    def test_a_case_type_in_the_place_of_the_court_is_no_court(self, tmp_path: Path) -> None:
        """The code of a fear review must not become the name of an office."""
        converted = convert(Release().case(7).proceeding(1, 7, BASE_CITY_CODE="CFR"), tmp_path)
        assert [] == converted.events
        assert "CFR" not in converted.text

    def test_the_table_of_courts_decides(self, tmp_path: Path) -> None:
        """If the release has it, an unlisted code is no court; the court of a hearing replaces it."""
        release = Release().case(7).proceeding(1, 7, BASE_CITY_CODE="XQZ").hearing(1, 1, 7)
        release.lookups["tblLookupBaseCity"] = "idnBaseCity\tBASE_CITY_CODE\tBASE_CITY_NAME\r\n1\tATL\0 \tATLANTA\r\n"
        assert ("case_opened", "ATL") in convert(release, tmp_path).values("office")


class TestOtherForms:
    @pytest.mark.parametrize(
        "values",
        [
            {"ADJ_DATE": "6/15/2020 12:00:00 AM"},
            {"ADJ_DATE": "06/15/2020"},
            {"ADJ_DATE": "2020-06-15T00:00:00Z"},
            {"ADJ_DATE": "2020-06-15 00:00"},
            {"ADJ_DATE": f'"{day("2020-06-15")}"'},
            {"ADJ_TIME_START": "8:30 AM"},
            {"ADJ_TIME_START": "08:30:00 am", "ADJ_DATE": "6/15/2020"},
            {"BASE_CITY_CODE": '"ATL"'},
        ],
    )
    def test_a_value_in_another_form_is_read(self, tmp_path: Path, values: dict[str, str]) -> None:
        """It is counted by column; no tab is assumed."""
        straight = convert(Release().case(7).proceeding(1, 7).hearing(1, 1, 7), tmp_path / "straight")
        other = convert(Release().case(7).proceeding(1, 7).hearing(1, 1, 7, **values), tmp_path / "other")
        assert straight.events == other.events
        note = "tbl_schedule: a value in another form (a date, a time, or in quotes): read"
        assert {f"{note}: {column}": 1 for column in values} == other.noted()

    @pytest.mark.parametrize(
        ("column", "value"),
        [("CAL_TYPE", "b6/1"), ("SCHEDULE_TYPE", "b6/7"), ("ADJ_TIME_START", "noon"), ("IJ_CODE", "?!")],
    )
    def test_an_invalid_value_loses_only_itself(self, tmp_path: Path, column: str, value: str) -> None:
        """The hearing is scheduled; the report names the column and does not show the value."""
        converted = convert(Release().case(7).proceeding(1, 7).hearing(1, 1, 7, **{column: value}), tmp_path)
        assert 1 == len(converted.of("hearing_scheduled"))
        note = f"tbl_schedule: a value that does not fit its column: left out, the rest of the row is read: {column}"
        assert {note: 1} == converted.noted()
        assert value not in converted.text

    def test_a_bad_code_of_a_decision_leaves_the_case_open(self, tmp_path: Path) -> None:
        """Its proceeding is read all the same."""
        converted = convert(Release().case(7).proceeding(1, 7, **ENDED | {"DEC_CODE": "b6"}), tmp_path)
        assert "case_opened" in [event.type for event in converted.events]
        assert any(reason.endswith("the rest of the row is read: DEC_CODE") for reason in converted.noted())

    def test_an_invalid_number_loses_the_row(self, tmp_path: Path) -> None:
        """The row has no subject without it; the report names the column."""
        converted = convert(Release().case(7).proceeding(1, 7).hearing(1, 1, 7, IDNCASE="seven"), tmp_path)
        assert {
            "tbl_schedule: as many fields as columns, and values that do not fit theirs: IDNCASE": 1
        } == converted.skipped()

    def test_a_court_without_a_zone_is_named_once(self, tmp_path: Path) -> None:
        """Its dates are read as UTC."""
        release = (
            Release().case(7).proceeding(1, 7, BASE_CITY_CODE="SEA").case(8).proceeding(2, 8, BASE_CITY_CODE="SEA")
        )
        noted = [one for one in convert(release, tmp_path).report.noted if one.table == "offices"]
        assert [("no time zone in the policy, so its dates are read as UTC: SEA", 1)] == [
            (one.reason, one.count) for one in noted
        ]


class TestFaultsOfTheFile:
    def test_nul_bytes_are_removed(self, tmp_path: Path) -> None:
        """They are counted."""
        release = Release().case(7).proceeding(1, 7).hearing(1, 1, 7)
        straight = convert(release, tmp_path / "straight")
        release.rows["tbl_schedule"][0] = release.rows["tbl_schedule"][0].replace("ATL", "A\0TL\0")
        bent = convert(release, tmp_path / "bent")
        assert straight.events == bent.events
        assert {"tbl_schedule: NUL bytes removed from the row": 1} == bent.noted()

    def test_padded_codes_are_recognised(self, tmp_path: Path) -> None:
        """`C  ` is C."""
        left = {"OTHER_COMP": "C  ", "COMP_DATE": day("2020-06-15"), "TRANSFER_TO": "BLM  ", "CUSTODY": "N  "}
        converted = convert(Release().case(7).proceeding(1, 7, **left), tmp_path)
        assert ("transferred_out", "BLM") in converted.values("to_office")

    def test_null_is_no_value(self, tmp_path: Path) -> None:
        """Some releases write it as NULL or N/A."""
        values = {"COMP_DATE": "NULL", "TRANS_IN_DATE": "N/A", "DEC_CODE": "NULL", "IJ_CODE": "NULL"}
        converted = convert(Release().case(7).proceeding(1, 7, **values), tmp_path)
        assert ["case_opened"] == [event.type for event in converted.events]

    @pytest.mark.parametrize("cut", [15, 60, 100])
    def test_a_truncated_last_line_is_skipped(self, tmp_path: Path, cut: int) -> None:
        """The download ended early; the lines before it are read."""
        release = Release(last_line_end="").case(7).proceeding(1, 7).hearing(1, 1, 7).hearing(2, 1, 7)
        release.rows["tbl_schedule"][1] = release.rows["tbl_schedule"][1][:cut]
        converted = convert(release, tmp_path)
        assert 1 == len(converted.of("hearing_scheduled"))
        assert {"tbl_schedule: the last line is cut off": 1} == converted.skipped()

    def test_a_complete_last_line_without_a_line_end_is_read(self, tmp_path: Path) -> None:
        """Not every program ends a file with one."""
        assert 1 == len(
            convert(Release(last_line_end="").case(7).proceeding(1, 7).hearing(1, 1, 7), tmp_path).of(
                "hearing_scheduled"
            )
        )

    def test_a_short_row_in_the_middle_is_skipped(self, tmp_path: Path) -> None:
        """It has its own reason and its own line."""
        release = Release().case(7).proceeding(1, 7).line("tbl_schedule", "1\t1\t7\t2020").hearing(2, 1, 7)
        assert {"tbl_schedule: too few columns": 1} == convert(release, tmp_path).skipped()

    def test_rows_that_end_behind_the_used_columns_are_read(self, tmp_path: Path) -> None:
        """Those of the motions do."""
        release = Release().case(7).proceeding(1, 7, **ENDED)
        release.line("tbl_Court_Motions", f"1\t1\t7\t\tO\tG\t{day('2021-06-01')}")
        assert 1 == len(convert(release, tmp_path).of("case_reopened"))

    def test_further_fields_behind_the_used_columns_are_ignored(self, tmp_path: Path) -> None:
        """They come from stray tabs at the end, with words between them."""
        release = Release().case(7).proceeding(1, 7, **ENDED)
        release.line("tbl_Court_Motions", f"1\t1\t7\t\tO\tG\t{day('2021-06-01')}\t\tw\tw\tw\tw\tw")
        assert 1 == len(convert(release, tmp_path).of("case_reopened"))

    def test_renamed_columns_are_found(self, tmp_path: Path) -> None:
        """The converter knows the names of other releases, in any case of their letters."""
        release = Release().case(7).proceeding(1, 7, OTHER_COMP="C", COMP_DATE=day("2020-06-15"))
        release.proceeding(2, 7, BASE_CITY_CODE="BLM", TRANS_IN_DATE=day("2020-07-06"), INPUT_DATE=day("2020-07-08"))
        straight = convert(release, tmp_path / "straight")
        renamed = {"TRANS_IN_DATE": "transfer_date", "CASE_TYPE": "casetype", "IDNCASE": "idnCase", "Sex": "gender"}
        for names in release.columns.values():
            names[:] = [renamed.get(name, name.lower()) for name in names]
        assert straight.events == convert(release, tmp_path / "renamed").events

    def test_the_order_of_the_columns_is_the_files(self, tmp_path: Path) -> None:
        """They are found by name."""
        straight = convert(Release().case(7).proceeding(1, 7).hearing(1, 1, 7), tmp_path / "straight")
        release = Release()
        release.columns["tbl_schedule"].reverse()
        assert straight.events == convert(release.case(7).proceeding(1, 7).hearing(1, 1, 7), tmp_path / "turned").events

    def test_a_row_without_a_case_number_is_skipped(self, tmp_path: Path) -> None:
        """It belongs to no case."""
        release = Release().case(7).proceeding(1, 7).hearing(1, 1, 7, IDNCASE=" ")
        assert {"tbl_schedule: no case number, or no number of its own": 1} == convert(release, tmp_path).skipped()

    def test_a_repeated_row_is_read_once(self, tmp_path: Path) -> None:
        """A row with its number was read before."""
        converted = convert(Release().case(7).proceeding(1, 7).hearing(1, 1, 7).hearing(1, 1, 7), tmp_path)
        assert 1 == len(converted.of("hearing_scheduled"))
        assert 1 == sum(converted.skipped().values())

    @pytest.mark.parametrize("date", ["0201-06-15", "2020-13-40", "2999-01-01"])
    def test_a_typing_error_is_no_date(self, tmp_path: Path, date: str) -> None:
        """Valid dates are those of the calendar from 1900 to 2100."""
        converted = convert(Release().case(7).proceeding(1, 7).hearing(1, 1, 7, ADJ_DATE=day(date)), tmp_path)
        assert [] == converted.of("hearing_scheduled")
        assert 1 == sum(converted.skipped().values())

    def test_a_byte_order_mark_is_no_part_of_a_name(self, tmp_path: Path) -> None:
        """Some tool added it."""
        release = Release().case(7).proceeding(1, 7)
        release.columns["A_TblCase"][0] = "ï»¿IDNCASE"
        assert {} == convert(release, tmp_path).skipped()

    def test_blank_lines_are_no_rows(self, tmp_path: Path) -> None:
        """They are not counted."""
        converted = convert(Release().case(7).line("A_TblCase", "").proceeding(1, 7), tmp_path)
        assert 1 == converted.report.rows_read["A_TblCase"]


class TestMissingParts:
    def test_lookups_may_be_missing(self, tmp_path: Path) -> None:
        """The built-in meanings are used; the report names the missing ones."""
        converted = convert(Release().case(7).proceeding(1, 7), tmp_path)
        missing = {one.table for one in converted.report.noted if "lookup table not in the release" in one.reason}
        assert {"tblAdjournmentcodes", "tblLookupBaseCity", "tblLookupCourtDecision"} == missing

    def test_custody_and_motions_may_be_missing(self, tmp_path: Path) -> None:
        """The report names them."""
        converted = convert(Release().case(7).proceeding(1, 7), tmp_path)
        missing = {one.table for one in converted.report.noted if one.reason == "table not in the release"}
        assert {"tbl_CustodyHistory", "tbl_Court_Motions"} == missing

    def test_a_column_that_is_not_needed_may_be_missing(self, tmp_path: Path) -> None:
        """It is read as empty, and the report names it."""
        release = Release()
        release.columns["tbl_schedule"].remove("UPDATE_TIME")
        converted = convert(release.case(7).proceeding(1, 7).hearing(1, 1, 7), tmp_path)
        assert 1 == len(converted.of("hearing_scheduled"))
        assert any("UPDATE_TIME" in one.reason for one in converted.report.noted)

    def test_a_required_table_may_not_be_missing(self, tmp_path: Path) -> None:
        """The error names it."""
        folder = Release().case(7).proceeding(1, 7).write(tmp_path / "release")
        (folder / "tbl_schedule.csv").unlink()
        assert f"{folder}: holds no tbl_schedule.csv: unpack the whole release and name its folder" == refusal(folder)

    def test_a_required_column_may_not_be_missing(self, tmp_path: Path) -> None:
        """The error names file, line and column."""
        release = Release().case(7).proceeding(1, 7)
        release.columns["tbl_schedule"].remove("ADJ_DATE")
        folder = release.write(tmp_path / "release")
        expected = f"{folder / 'tbl_schedule.csv'}:1: ADJ_DATE: is not among the columns: the first line must name them"
        assert refusal(folder).startswith(expected)

    def test_lines_that_end_with_cr_alone_are_refused(self, tmp_path: Path) -> None:
        """The whole file would be its first line, and no row would be read."""
        folder = Release(line_end="\r", last_line_end="\r").case(7).proceeding(1, 7).write(tmp_path / "release")
        assert f"{folder / 'A_TblCase.csv'}:1: has lines that end with CR alone, as on the classic Mac" in refusal(
            folder
        )

    def test_tables_are_found_in_any_case_and_one_folder_down(self, tmp_path: Path) -> None:
        """Archives unpack so."""
        folder = Release().case(7).proceeding(1, 7).write(tmp_path / "release")
        inner = folder / "EOIR Case Data"
        inner.mkdir()
        for table in list(folder.glob("*.csv")):
            table.rename(inner / table.name.upper())
        with EoirConverter(folder, KEY, EoirOptions()) as conversion:
            conversion.read()
            assert 2 == conversion.report.rows.total()


class TestArchives:
    def test_an_archive_is_refused_with_advice(self, tmp_path: Path) -> None:
        """The error says to unpack it and to name the folder."""
        archive = tmp_path / "EOIR Case Data.zip"
        with zipfile.ZipFile(archive, "w") as opened:
            opened.writestr("A_TblCase.csv", "IDNCASE")
        assert "unpack it (`unzip 'EOIR Case Data.zip' -d FOLDER`)" in refusal(archive)
        assert "unpack it (`unzip 'EOIR Case Data.zip' -d FOLDER`)" in refusal(tmp_path)

    def test_deflate64_is_named(self, tmp_path: Path) -> None:
        """Python cannot unpack it, and many unzip programs cannot either."""
        archive = tmp_path / "EOIR Case Data.zip"
        with zipfile.ZipFile(archive, "w") as opened:
            opened.writestr("A_TblCase.csv", "IDNCASE")
        content = bytearray(archive.read_bytes())
        directory = content.index(b"PK\x01\x02")
        content[directory + 10] = 9  # the method, in the central directory
        archive.write_bytes(content)
        assert "is compressed with deflate64, which Python cannot unpack: unpack it with 7-Zip" in refusal(archive)

    def test_a_table_alone_is_no_release(self, tmp_path: Path) -> None:
        """The error asks for the folder."""
        folder = Release().case(7).write(tmp_path / "release")
        assert "name the folder that holds" in refusal(folder / "A_TblCase.csv")
