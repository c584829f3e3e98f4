"""`docketwatch convert inspect`, `convert check`, `convert --ids` and `docketwatch pseudonym`."""

import gzip
import json
import stat

import pytest

from tests.unit.cli.test_exports import EXPORTS, KEYS, Folder, folder
from tests.unit.sources.eoir_files import Release

__all__ = ["folder"]

MAPPINGS = EXPORTS.parents[2] / "deploy" / "mappings"
ROWS = "Ticket;Who;Status;Updated;Note;Note\n7;ann;Open;13/03/2024 09:00;x;y\n7;ann;Closed;14/03/2024 09:00;;\n"


class TestInspect:
    def test_a_csv_file(self, folder: Folder) -> None:
        """The output has columns with shapes, activities with counts, duplicates, and no value of another column."""
        file = folder.path / "in.csv"
        file.write_text(ROWS + ROWS.splitlines()[2] + "\n")
        done = folder.run("convert", "inspect", file)
        assert 0 == done.code
        assert f"{file}: 3 records, 5 attributes, delimiter ';'" in done.out
        assert "2 columns are called Note: a mapping cannot name one of them" in done.out
        assert "1 records say nothing but what one before them says" in done.out
        assert "activities (Status):\n           2 Closed\n           1 Open\n" in done.out
        assert 'timestamp_format = "%d/%m/%Y %H:%M" # days stand first' in done.out
        assert "ann " not in done.out

    def test_counts_and_shapes_of_an_attribute(self, folder: Folder) -> None:
        """They are the filled and different values, the dates, and the most frequent shapes."""
        done = folder.run("convert", "inspect", EXPORTS / "servicenow" / "incident.csv")
        lines = {line.split()[0]: line.split()[1:] for line in done.out.splitlines() if line[:1].isalpha()}
        assert ["3", "3", "3", "9999-99-99", "99:99:99"] == lines["opened_at"]
        assert ["2", "2", "0", "AAA,", "AA"] == lines["assigned_to"]
        assert ["1", "1", "1", "9999-99-99", "99:99:99"] == lines["closed_at"]

    @pytest.mark.parametrize(
        ("file", "kind"),
        [("servicenow/incident.csv", "csv"), ("jira/issues.csv", "csv"), ("permits/receipt.xes", "xes")],
    )
    def test_the_suggested_mapping_converts(self, folder: Folder, file: str, kind: str) -> None:
        """It needs no edit."""
        mapping, key = folder.path / "start.toml", folder.path / "key"
        key.write_text(KEYS[0])
        assert 0 == folder.run("convert", "inspect", EXPORTS / file, "--out", mapping).code
        out = ("--mapping", mapping, "--out", folder.path / "o.jsonl", "--key-file", key)
        assert 0 == folder.run("convert", kind, EXPORTS / file, *out).code
        assert {"case_opened", "officer_assigned"} <= {event["type"] for event in folder.events()}

    def test_gzip_and_another_encoding(self, folder: Folder) -> None:
        """The output names an encoding other than UTF-8."""
        file = folder.path / "in.csv.gz"
        file.write_bytes(gzip.compress("case,état,time\n1,fermé,2024-03-04\n".encode("cp1252")))
        done = folder.run("convert", "inspect", file)
        assert 2 == done.code
        assert "is not in the encoding utf-8-sig: name it with --encoding" in done.err
        assert "1 records, 3 attributes" in folder.run("convert", "inspect", file, "--encoding", "cp1252").out

    def test_an_xes_log_without_standard_names(self, folder: Folder) -> None:
        """The output lists its attributes all the same."""
        file = folder.path / "log.xes"
        file.write_text(
            '<log><trace><string key="nr" value="7"/><event><string key="what" value="open"/>'
            '<date key="when" value="2024-03-04"/></event></trace></log>'
        )
        done = folder.run("convert", "inspect", file)
        assert 0 == done.code
        assert f"{file}: 1 records, 3 attributes" in done.out
        assert {"what", "when", "trace:nr"} <= {line.split()[0] for line in done.out.splitlines() if line[:1].isalpha()}

    def test_no_value_of_another_attribute_is_shown(self, folder: Folder) -> None:
        """A column of few values may name people."""
        file = folder.path / "in.csv"
        file.write_text("nr,by,at\n1,Springfield,2024-03-04\n2,Springfield,2024-03-05\n")
        done = folder.run("convert", "inspect", file)
        assert "activities: no attribute has a name that says so" in done.out
        assert "Springfield" not in done.out

    @pytest.mark.parametrize("words", [("--delimiter", ";;"), ("--encoding", "utf-9")])
    def test_an_invalid_option(self, folder: Folder, words: tuple[str, str]) -> None:
        """The error names it with its value."""
        done = folder.run("convert", "inspect", EXPORTS / "jira" / "issues.csv", *words)
        assert 2 == done.code
        assert f"{words[0]} {words[1]!r} must be one " in done.err


class TestCheck:
    def test_a_mapping_with_a_name_that_no_record_has(self, folder: Folder) -> None:
        """The exit code is 1, and no file is written."""
        folder = EXPORTS / "brackets-in-activity"
        mapping = folder.path / "n.toml"
        mapping.write_text((folder / "n.toml").read_text().replace("Returned", "returned"))
        done = folder.run("convert", "check", folder / "in.csv", "--mapping", mapping)
        assert 1 == done.code
        assert 'events[3].activity "returned" is in no record; the nearest that the log has is "Returned"' in done.out
        assert "the mapping has 2 names that no record has" in done.err
        assert {"n.toml"} == {path.name for path in folder.path.iterdir()}

    def test_a_mapping_that_fits(self, folder: Folder) -> None:
        """The exit code is 0."""
        folder = EXPORTS / "dst-fall-back"
        done = folder.run("convert", "check", folder / "in.csv", "--mapping", folder / "d.toml")
        assert 0 == done.code
        assert "the mapping fits: each of its names is in some record" in done.out

    def test_rows_that_give_no_event(self, folder: Folder) -> None:
        """The exit code is 1."""
        folder = EXPORTS / "sentinel-dates"
        done = folder.run("convert", "check", folder / "in.csv", "--mapping", folder / "m.toml")
        assert 1 == done.code
        assert "not one event came of what was read" in done.err

    def test_xes(self, folder: Folder) -> None:
        """The command recognises the form of the file."""
        log = EXPORTS / "same-instant-order"
        assert 0 == folder.run("convert", "check", log / "in.xes", "--mapping", log / "x.toml").code


class TestPseudonym:
    def test_it_is_the_one_of_the_log(self, folder: Folder) -> None:
        """This holds for a case and an officer; the file of ids has the way back, for its owner only."""
        folder = EXPORTS / "dst-fall-back"
        key, ids = folder.path / "key", folder.path / "ids.jsonl"
        key.write_text(KEYS[0])
        ids.touch(mode=0o644)
        words = ("--mapping", folder / "d.toml", "--key-file", key)
        assert 0 == folder.run(
            "convert", "csv", folder / "in.csv", *words, "--out", folder.path / "o.jsonl", "--ids", ids
        ).code  # fmt: skip
        case = folder.run("pseudonym", "INC1", *words).out.strip()
        officers = folder.run("pseudonym", "Ann", "Bob", "--kind", "officer", *words).out.split()
        assert {case} == {event["case_id"] for event in folder.events()}
        assert set(officers) == {one["officer_id"] for one in folder.events() if one["type"] == "officer_assigned"}
        assert [("case", "INC1", case), ("officer", "Ann", officers[0]), ("officer", "Bob", officers[1])] == sorted(
            (one["kind"], one["id"], one["pseudonym"]) for one in map(json.loads, ids.read_text().splitlines())
        )
        assert 0o600 == stat.S_IMODE(ids.stat().st_mode)

    def test_of_court_tables(self, folder: Folder) -> None:
        """Their source is called eoir."""
        key = folder.path / "key"
        key.write_text(KEYS[0])
        folder = Release().case(7).proceeding(1, 7).write(folder.path / "release")
        ids = folder.path / "ids.jsonl"
        words = ("--out", folder.path / "o.jsonl", "--key-file", key, "--ids", ids)
        assert 0 == folder.run("convert", "eoir", folder, *words).code
        case = folder.run("pseudonym", "7", "--source", "eoir", "--key-file", key).out.strip()
        assert case in {event["case_id"] for event in folder.events()}
        assert {"case": "7", "officer": "JAD"} == {
            one["kind"]: one["id"] for one in map(json.loads, ids.read_text().splitlines())
        }

    @pytest.mark.parametrize("words", [(), ("--mapping", MAPPINGS / "jira.toml", "--source", "jira")])
    def test_the_kind_of_the_id_must_be_given(self, folder: Folder, words: tuple[object, ...]) -> None:
        """The error does not repeat the id."""
        (folder.path / "key").write_text(KEYS[0])
        done = folder.run("pseudonym", "A123456789", "--key-file", folder.path / "key", *words)
        assert 2 == done.code
        assert "give --mapping or --source, one of the two" in done.err
        assert "123456789" not in done.err
