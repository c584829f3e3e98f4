import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.errors import InputError
from streams.sources.eoir.conversion import EoirConverter, EoirOptions
from streams.sources.pseudonym_key import Secret
from tests.unit.sources.eoir_files import KEY, Release, convert, day

A_NUMBER = re.compile(r"A?[- ]?\d{7,9}", re.IGNORECASE)


def full_release() -> Release:
    """Return a case with every kind of row, and numbers as long as real ones."""
    release = Release().case(
        12345678, CASE_TYPE="AOC", C_ASY_TYPE="I", LANG="QQQ", NAT="ZZ", ADDRESS_CHANGEDON=day("2020-05-05")
    )
    ended = {"DEC_CODE": "X", "COMP_DATE": day("2020-06-15"), "ABSENTIA": "Y", "CASE_TYPE": "AOC"}
    release.proceeding(2345678, 12345678, LANG="QQQ", NAT="ZZ", IJ_CODE="WQK", **ended)
    release.hearing(34567890, 2345678, 12345678, SCHEDULE_TYPE="IA", CAL_TYPE="I", ADJ_RSN="AS", IJ_CODE="WQK")
    release.hearing(34567891, 2345678, 12345678, SCHEDULE_TYPE="RR", ADJ_RSN="23", IJ_CODE="WQK")
    release.custody(4567890, 12345678, DATDETAINED=day("2020-01-20"), DATRELEASED=day("2020-02-10"))
    release.motion(5678901, 12345678, REC_TYPE="MA", COMP_DATE=day("2020-09-01"))
    release.line("tbl_schedule", "34567892\t2345678\t12345678\tshifted\tQQQ\tZZ")
    return release


class TestPrivacy:
    def test_no_number_of_the_source_is_in_the_log_or_the_report(self, tmp_path: Path) -> None:
        """They are case, proceeding, hearing, custody and motion numbers, and the judge's code."""
        text = convert(full_release(), tmp_path).text
        for own in ("12345678", "2345678", "34567890", "34567891", "34567892", "4567890", "5678901", "WQK"):
            assert own not in text

    def test_nothing_looks_like_a_part_of_an_a_number(self, tmp_path: Path) -> None:
        """Pseudonyms have no digits at all."""
        assert A_NUMBER.search(convert(full_release(), tmp_path).text) is None

    def test_nothing_of_a_person_is_in_it(self, tmp_path: Path) -> None:
        """It has no place, ZIP code, birth date, nationality, language or attorney."""
        text = convert(full_release(), tmp_path).text
        for value in ("SPRINGFIELD", "99950", "7/1984", "ZZ", "QQQ", "Q7654321"):
            assert value not in text

    def test_no_code_about_asylum_is_in_it(self, tmp_path: Path) -> None:
        """The codes are schedule types, adjournment reasons and case types."""
        text = convert(full_release(), tmp_path).text
        assert re.search(r"\b(IA|RR|AS|23|AOC|MA)\b", re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z|line \d+", "", text)) is None

    def test_an_error_has_no_value(self, tmp_path: Path) -> None:
        """It names the column."""
        release = full_release()
        release.columns["tbl_schedule"].remove("ADJ_DATE")
        folder = release.write(tmp_path / "release")
        with pytest.raises(InputError) as refused, EoirConverter(folder, KEY, EoirOptions()) as conversion:
            conversion.read()
        assert A_NUMBER.search(str(refused.value).replace(str(tmp_path), "")) is None


class TestDeterminism:
    def test_two_conversions_are_equal(self, tmp_path: Path) -> None:
        """Event ids are derived from rows and not random."""
        convert(full_release(), tmp_path / "one")
        convert(full_release(), tmp_path / "two")
        assert (tmp_path / "one" / "log.jsonl").read_bytes() == (tmp_path / "two" / "log.jsonl").read_bytes()

    def test_the_memory_of_the_sorts_changes_nothing(self, tmp_path: Path) -> None:
        """They spill to disk after every few rows, or never."""
        assert (
            convert(full_release(), tmp_path / "one").events
            == convert(full_release(), tmp_path / "two", chunk_bytes=64).events
        )

    def test_the_order_of_the_rows_changes_nothing(self, tmp_path: Path) -> None:
        """The court may sort its tables in any way."""
        release = full_release()
        straight = convert(release, tmp_path / "one")
        for rows in release.rows.values():
            rows.reverse()
        assert straight.events == convert(release, tmp_path / "two").events

    def test_the_log_is_in_order(self, tmp_path: Path) -> None:
        """The order is by recorded_at."""
        known = [event.recorded_at for event in convert(full_release(), tmp_path).events]
        assert sorted(known) == known

    def test_another_key_gives_other_ids(self, tmp_path: Path) -> None:
        """The key_id in the source of every event differs, too."""
        first = convert(full_release(), tmp_path)
        with EoirConverter(tmp_path / "release", Secret(bytes(range(1, 33)), "another"), EoirOptions()) as second:
            assert first.report.key_id != second.report.key_id
        assert {f"eoir.{first.report.key_id}"} == {event.source for event in first.events}

    def test_every_event_id_is_unique(self, tmp_path: Path) -> None:
        """A row gives several events, each with its own id."""
        ids = [event.event_id for event in convert(full_release(), tmp_path).events]
        assert len(set(ids)) == len(ids)


class TestRobustness:
    @given(rows=st.lists(st.lists(st.text(alphabet="AZNRDYX019 -:.", max_size=12), max_size=45), max_size=6))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_row_is_read_or_skipped(self, tmp_path: Path, rows: list[list[str]]) -> None:
        """No row raises an error; every event is of the contract, and every row is counted."""
        release = Release().case(7).proceeding(1, 7)
        for row in rows:
            release.line("tbl_schedule", "\t".join(row))
            release.line("B_TblProceeding", "\t".join(row))
        converted = convert(release, tmp_path)
        assert converted.events
        assert all(event.occurred_at <= event.recorded_at for event in converted.events)
