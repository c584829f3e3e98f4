import gzip
from pathlib import Path

import pytest

from schemas import hot
from schemas.instants import to_ms
from streams.errors import InputError
from tests.unit.sources.mappings import ASSIGNED, HEAD, from_csv

ROWS = """case,activity,time,desk,clerk,due,seen
17,open,2024-03-04 09:00,front,ann,2024-04-01,yes
17,work,2024-03-05 10:00,front,ann,,
18,open,2024-03-04T09:30:00+02:00,back,bob,,
17,work,2024-03-06 11:00,front,bob,,
"""


def refusal(folder: Path, mapping: str, rows: str | bytes) -> str:
    """Return the error of a conversion, without the folder's name."""
    with pytest.raises(InputError) as refused:
        from_csv(folder, mapping, rows)
    return str(refused.value).replace(f"{folder}/", "")


class TestRows:
    def test_a_row_is_an_event(self, tmp_path: Path) -> None:
        """Each case is opened by its first row, at its desk."""
        converted = from_csv(tmp_path, HEAD, ROWS)
        opened = [event for event in converted.events if isinstance(event, hot.CaseOpened)]
        assert {to_ms("2024-03-04T08:00:00Z"), to_ms("2024-03-04T07:30:00Z")} == {event.occurred_at for event in opened}
        assert "FRONT" in {event.office for event in opened}
        assert {"rows": 4} == converted.report.rows_read
        assert 2 == converted.report.cases

    def test_local_times_are_of_the_mappings_zone(self, tmp_path: Path) -> None:
        """This holds in summer, too; an offset overrides the zone."""
        rows = "case,activity,time,desk,clerk\n1,open,2024-07-01 09:00,front,ann\n"
        assert to_ms("2024-07-01T07:00:00Z") == from_csv(tmp_path, HEAD, rows).events[0].occurred_at

    def test_rows_of_a_case_may_be_anywhere(self, tmp_path: Path) -> None:
        """They need no order: the earliest row is the first."""
        lines = ROWS.splitlines()
        turned = "\n".join([lines[0], *reversed(lines[1:])])
        (tmp_path / "a").mkdir()
        straight, other = from_csv(tmp_path / "a", HEAD + ASSIGNED, ROWS), from_csv(tmp_path, HEAD + ASSIGNED, turned)
        assert straight.events == other.events

    def test_the_memory_of_the_sort_changes_nothing(self, tmp_path: Path) -> None:
        """It spills to disk after every row."""
        (tmp_path / "a").mkdir()
        straight, other = from_csv(tmp_path / "a", HEAD, ROWS), from_csv(tmp_path, HEAD, ROWS, chunk_bytes=1)
        assert straight.events == other.events

    def test_delimiter_encoding_and_pattern(self, tmp_path: Path) -> None:
        """They are those of a Dutch spreadsheet."""
        head = HEAD.replace('time = "time"', 'time = "tijd"')
        extra = 'timestamp = "tijd"\ndelimiter = ";"\nencoding = "cp1252"\ntimestamp_format = "%d-%m-%Y %H:%M"\n'
        head = (
            HEAD.replace('timestamp = "time"\n', extra).replace('"desk"', '"b\u00e9"').replace("front =", "caf\u00e9 =")
        )
        head = head.replace('"front" = "FRONT"', '"caf\u00e9" = "FRONT"')
        rows = "case;activity;tijd;b\u00e9;clerk\n1;open;04-03-2024 09:00;caf\u00e9;ann\n".encode("cp1252")
        (event,) = from_csv(tmp_path, head, rows).events
        assert isinstance(event, hot.CaseOpened)
        assert ("FRONT", to_ms("2024-03-04T08:00:00Z")) == (event.office, event.occurred_at)

    def test_gzip_is_recognised_by_its_bytes(self, tmp_path: Path) -> None:
        """The file may have any name; and a byte order mark is no part of a column's name."""
        (tmp_path / "a").mkdir()
        straight = from_csv(tmp_path / "a", HEAD, ROWS)
        assert straight.events == from_csv(tmp_path, HEAD, gzip.compress(b"\xef\xbb\xbf" + ROWS.encode())).events


class TestSkipped:
    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (",open,2024-03-04,front,ann,,", "no value for log.case"),
            ("9, ,2024-03-04,front,ann,,", "no value for log.activity"),
            ("9,open,,front,ann,,", "no value for log.timestamp"),
            (
                "9,open,yesterday,front,ann,,",
                (
                    "the value for log.timestamp is no date and time of a known form; its shape is AAAAAAAAA: name its "
                    "form in log.timestamp_format"
                ),
            ),
            ("9,open,2024-03-04,front,ann,,,,x", "more values than the first line has columns"),
        ],
    )
    def test_an_incomplete_row(self, tmp_path: Path, row: str, reason: str) -> None:
        """It is counted, with its line; the others are read."""
        converted = from_csv(tmp_path, HEAD, ROWS + row + "\n")
        assert {f"rows: {reason}": 1} == converted.skipped()
        assert 6 == converted.report.skipped[0].first_line
        assert 2 == converted.report.cases


class TestRepaired:
    def test_a_short_row_is_padded(self, tmp_path: Path) -> None:
        """A spreadsheet writes rows with empty last cells so."""
        converted = from_csv(tmp_path, HEAD, ROWS + "9,open,2024-03-04,front\n")
        assert 3 == converted.report.cases
        note = "rows: fewer values than the first line has columns: the missing ones at its end are taken for empty"
        assert {note: 1} == converted.noted()

    def test_empty_cells_behind_the_last_column_are_ignored(self, tmp_path: Path) -> None:
        """Each row of some exports ends with a delimiter."""
        converted = from_csv(tmp_path, HEAD, ROWS + "9,open,2024-03-04,front,ann,,,, \n")
        assert 3 == converted.report.cases
        assert {"rows: empty values behind the last column: left out": 1} == converted.noted()

    def test_an_unused_field_may_have_any_size(self, tmp_path: Path) -> None:
        """It may have the notes of ten years."""
        assert 3 == from_csv(tmp_path, HEAD, f"{ROWS}9,open,2024-03-04,front,ann,{'x' * 200_000},\n").report.cases

    def test_a_quoted_field_of_several_lines_is_one_value(self, tmp_path: Path) -> None:
        """The row is one event, and the line number of the next one is right."""
        rows = f'{ROWS}9,open,2024-03-04,front,ann,"first\nsecond ""third""",\n9,open,soon,front,ann,,\n'
        converted = from_csv(tmp_path, HEAD, rows)
        assert (3, [8]) == (converted.report.cases, [one.first_line for one in converted.report.skipped])

    def test_quotes_have_no_meaning_where_the_mapping_says_so(self, tmp_path: Path) -> None:
        """Some exports never quote."""
        mapping = HEAD.replace('case = "case"', 'case = "case"\nquote = ""')
        assert 3 == from_csv(tmp_path, mapping, ROWS + '9,"open,2024-03-04,front,ann,,\n').report.cases

    @pytest.mark.parametrize("nothing", ["NULL", "null", "None", "N/A", "nan", " NaN "])
    def test_a_word_for_no_value_is_no_value(self, tmp_path: Path, nothing: str) -> None:
        """Its letters may have any case."""
        rows = f"case,activity,time,desk,clerk\n1,a,2024-03-04,front,{nothing}\n"
        assert [] == from_csv(tmp_path, HEAD + ASSIGNED, rows).of("officer_assigned")

    def test_those_words_can_be_changed(self, tmp_path: Path) -> None:
        """An officer may have such a name."""
        mapping = HEAD.replace('case = "case"', 'case = "case"\nempty = ["-"]') + ASSIGNED
        rows = "case,activity,time,desk,clerk\n1,a,2024-03-04,front,None\n1,b,2024-03-05,front,-\n"
        assert 1 == len(from_csv(tmp_path, mapping, rows).of("officer_assigned"))


class TestRefused:
    def test_a_missing_column(self, tmp_path: Path) -> None:
        """The error names it and a probable cause."""
        expected = (
            "log.csv:1: clerk: is not among the columns that the first line names, and the mapping needs it; "
            "is log.delimiter right?"
        )
        assert expected == refusal(tmp_path, HEAD, "case,activity,time,desk\n")

    def test_another_encoding(self, tmp_path: Path) -> None:
        """The error says how to set it."""
        expected = "log.csv: is not in the encoding utf-8-sig: set log.encoding in the mapping"
        assert expected == refusal(tmp_path, HEAD, ROWS.encode() + b"1,\xe9,2024-03-04,front,ann,,\n")

    def test_a_truncated_gzip_stream(self, tmp_path: Path) -> None:
        """No half of a log is written."""
        content = gzip.compress(ROWS.encode() * 100)
        assert "log.csv: the gzip stream is cut off or damaged" == refusal(tmp_path, HEAD, content[:-30])
        assert not (tmp_path / "out.jsonl").exists()

    @pytest.mark.parametrize("rest", ["", "9,\n" * 3, '9,"a, b"\n'], ids=["at the end", "open", "closed elsewhere"])
    def test_a_quotation_without_an_end(self, tmp_path: Path, rest: str) -> None:
        """The error names the line where it opens, and no row disappears silently."""
        found = refusal(tmp_path, HEAD, f'{ROWS}1,"he said,\n{rest}')
        assert found.startswith("log.csv:6: a quote opens here that is not closed where its value ends")

    def test_a_similar_column_name(self, tmp_path: Path) -> None:
        """The error names it, too."""
        assert "the nearest is 'Clerk'" in refusal(tmp_path, HEAD, "case,activity,time,desk,Clerk\n")

    def test_a_repeated_column(self, tmp_path: Path) -> None:
        """The converter does not guess which is meant; an unused column may be repeated."""
        expected = "log.csv:1: clerk: is the name of the columns 5 and 7: name one of them otherwise"
        assert refusal(tmp_path, HEAD, "case,activity,time,desk,clerk,x,clerk,x\n").startswith(expected)

    def test_day_first_dates(self, tmp_path: Path) -> None:
        """One of them shows that the others were read month first."""
        rows = "case,activity,time,desk,clerk\n1,a,03/04/2024 9:00,front,ann\n1,b,13/04/2024 9:00,front,ann\n"
        found = refusal(tmp_path, HEAD, rows)
        assert found.startswith("log.csv:3: log.timestamp: is written day/month/year")
        assert "13" not in found


class TestPrivacy:
    def test_nothing_of_the_source_is_in_the_log_or_the_report(self, tmp_path: Path) -> None:
        """Case numbers, names of clerks and unmapped names of desks do not occur."""
        row = "A123456789,lodged,2024-03-04,Springfield,J. Doe\n"
        text = from_csv(tmp_path, HEAD + ASSIGNED, "case,activity,time,desk,clerk\n" + row + row).text
        for own in ("123456789", "Springfield", "Doe", "lodged"):
            assert own not in text
