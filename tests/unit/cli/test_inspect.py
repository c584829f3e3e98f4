"""`docketwatch convert inspect`, `convert check`, `convert --ids` and `docketwatch pseudonym`."""

import gzip
import json
import stat

import pytest

from tests.unit.cli.test_exports import EXPORTS, KEYS, Workdir, workdir
from tests.unit.sources.eoir_files import Release

__all__ = ["workdir"]

MAPPINGS = EXPORTS.parents[2] / "deploy" / "mappings"
ROWS = "Ticket;Who;Status;Updated;Note;Note\n7;ann;Open;13/03/2024 09:00;x;y\n7;ann;Closed;14/03/2024 09:00;;\n"


class TestInspect:
    def test_a_csv_file(self, workdir: Workdir) -> None:
        """The output has columns with shapes, activities with counts, duplicates, and no value of another column."""
        file = workdir.path / "in.csv"
        file.write_text(ROWS + ROWS.splitlines()[2] + "\n")
        done = workdir.run("convert", "inspect", file)
        assert 0 == done.code
        assert f"{file}: 3 records, 5 attributes, delimiter ';'" in done.out
        assert "2 columns are called Note: a mapping cannot name one of them" in done.out
        assert "1 records say nothing but what one before them says" in done.out
        assert "activities (Status):\n           2 Closed\n           1 Open\n" in done.out
        assert 'timestamp_format = "%d/%m/%Y %H:%M" # days stand first' in done.out
        assert "ann " not in done.out

    def test_counts_and_shapes_of_an_attribute(self, workdir: Workdir) -> None:
        """They are the filled and different values, the dates, and the most frequent shapes."""
        done = workdir.run("convert", "inspect", EXPORTS / "servicenow" / "incident.csv")
        lines = {line.split()[0]: line.split()[1:] for line in done.out.splitlines() if line[:1].isalpha()}
        assert ["3", "3", "3", "9999-99-99", "99:99:99"] == lines["opened_at"]
        assert ["2", "2", "0", "AAA,", "AA"] == lines["assigned_to"]
        assert ["1", "1", "1", "9999-99-99", "99:99:99"] == lines["closed_at"]

    @pytest.mark.parametrize(
        ("file", "kind"),
        [("servicenow/incident.csv", "csv"), ("jira/issues.csv", "csv"), ("permits/receipt.xes", "xes")],
    )
    def test_the_suggested_mapping_converts(self, workdir: Workdir, file: str, kind: str) -> None:
        """It needs no edit."""
        mapping, key = workdir.path / "start.toml", workdir.path / "key"
        key.write_text(KEYS[0])
        assert 0 == workdir.run("convert", "inspect", EXPORTS / file, "--out", mapping).code
        out = ("--mapping", mapping, "--out", workdir.path / "o.jsonl", "--key-file", key)
        assert 0 == workdir.run("convert", kind, EXPORTS / file, *out).code
        assert {"case_opened", "officer_assigned"} <= {event["type"] for event in workdir.events()}

    def test_gzip_and_another_encoding(self, workdir: Workdir) -> None:
        """The output names an encoding other than UTF-8."""
        file = workdir.path / "in.csv.gz"
        file.write_bytes(gzip.compress("case,état,time\n1,fermé,2024-03-04\n".encode("cp1252")))
        done = workdir.run("convert", "inspect", file)
        assert 2 == done.code
        assert "is not in the encoding utf-8-sig: name it with --encoding" in done.err
        assert "1 records, 3 attributes" in workdir.run("convert", "inspect", file, "--encoding", "cp1252").out

    def test_an_xes_log_without_standard_names(self, workdir: Workdir) -> None:
        """The output lists its attributes all the same."""
        file = workdir.path / "log.xes"
        file.write_text(
            '<log><trace><string key="nr" value="7"/><event><string key="what" value="open"/>'
            '<date key="when" value="2024-03-04"/></event></trace></log>'
        )
        done = workdir.run("convert", "inspect", file)
        assert 0 == done.code
        assert f"{file}: 1 records, 3 attributes" in done.out
        assert {"what", "when", "trace:nr"} <= {line.split()[0] for line in done.out.splitlines() if line[:1].isalpha()}

    def test_a_log_without_persons(self, workdir: Workdir) -> None:
        """The suggestion says what comes of that."""
        file = workdir.path / "in.csv"
        file.write_text("case,activity,time\n1,Opened,2024-03-04\n")
        done = workdir.run("convert", "inspect", file)
        assert "Without [officer] every open case raises no_officer.\n# [officer]\n# from = \n" in done.out

    def test_no_value_of_another_attribute_is_shown(self, workdir: Workdir) -> None:
        """A column of few values may name people."""
        file = workdir.path / "in.csv"
        file.write_text("nr,by,at\n1,Springfield,2024-03-04\n2,Springfield,2024-03-05\n")
        done = workdir.run("convert", "inspect", file)
        assert "activities: no attribute has a name that says so" in done.out
        assert "Springfield" not in done.out

    @pytest.mark.parametrize("words", [("--delimiter", ";;"), ("--encoding", "utf-9")])
    def test_an_invalid_option(self, workdir: Workdir, words: tuple[str, str]) -> None:
        """The error names it with its value."""
        done = workdir.run("convert", "inspect", EXPORTS / "jira" / "issues.csv", *words)
        assert 2 == done.code
        assert f"{words[0]} {words[1]!r} must be one " in done.err


class TestCheck:
    def test_a_mapping_with_a_name_that_no_record_has(self, workdir: Workdir) -> None:
        """The exit code is 1, and no file is written."""
        folder = EXPORTS / "brackets-in-activity"
        mapping = workdir.path / "n.toml"
        mapping.write_text((folder / "n.toml").read_text().replace("Returned", "returned"))
        done = workdir.run("convert", "check", folder / "in.csv", "--mapping", mapping)
        assert 1 == done.code
        assert 'events[3].activity "returned" is in no record; the nearest that the log has is "Returned"' in done.out
        assert "the mapping has 2 names that no record has" in done.err
        assert {"n.toml"} == {path.name for path in workdir.path.iterdir()}

    def test_a_mapping_that_fits(self, workdir: Workdir) -> None:
        """The exit code is 0."""
        folder = EXPORTS / "dst-fall-back"
        done = workdir.run("convert", "check", folder / "in.csv", "--mapping", folder / "d.toml")
        assert 0 == done.code
        assert "the mapping fits: each of its names is in some record" in done.out

    def test_rows_that_give_no_event(self, workdir: Workdir) -> None:
        """The exit code is 1."""
        folder = EXPORTS / "sentinel-dates"
        done = workdir.run("convert", "check", folder / "in.csv", "--mapping", folder / "m.toml")
        assert 1 == done.code
        assert "not one event came of what was read" in done.err

    def test_xes(self, workdir: Workdir) -> None:
        """The command recognises the form of the file."""
        log = EXPORTS / "same-instant-order"
        assert 0 == workdir.run("convert", "check", log / "in.xes", "--mapping", log / "x.toml").code


class TestPseudonym:
    def test_it_is_the_one_of_the_log(self, workdir: Workdir) -> None:
        """This holds for a case and an officer; the file of ids has the way back, for its owner only."""
        folder = EXPORTS / "dst-fall-back"
        key, ids = workdir.path / "key", workdir.path / "ids.jsonl"
        key.write_text(KEYS[0])
        ids.touch(mode=0o644)
        words = ("--mapping", folder / "d.toml", "--key-file", key)
        assert 0 == workdir.run(
            "convert", "csv", folder / "in.csv", *words, "--out", workdir.path / "o.jsonl", "--ids", ids
        ).code  # fmt: skip
        case = workdir.run("pseudonym", "INC1", *words).out.strip()
        officers = workdir.run("pseudonym", "Ann", "Bob", "--kind", "officer", *words).out.split()
        assert {case} == {event["case_id"] for event in workdir.events()}
        assert set(officers) == {one["officer_id"] for one in workdir.events() if one["type"] == "officer_assigned"}
        assert [("case", "INC1", case), ("officer", "Ann", officers[0]), ("officer", "Bob", officers[1])] == sorted(
            (one["kind"], one["id"], one["pseudonym"]) for one in map(json.loads, ids.read_text().splitlines())
        )
        assert 0o600 == stat.S_IMODE(ids.stat().st_mode)

    def test_of_court_tables(self, workdir: Workdir) -> None:
        """Their source is called eoir."""
        key = workdir.path / "key"
        key.write_text(KEYS[0])
        folder = Release().case(7).proceeding(1, 7).write(workdir.path / "release")
        ids = workdir.path / "ids.jsonl"
        words = ("--out", workdir.path / "o.jsonl", "--key-file", key, "--ids", ids)
        assert 0 == workdir.run("convert", "eoir", folder, *words).code
        case = workdir.run("pseudonym", "7", "--source", "eoir", "--key-file", key).out.strip()
        assert case in {event["case_id"] for event in workdir.events()}
        assert {"case": "7", "officer": "JAD"} == {
            one["kind"]: one["id"] for one in map(json.loads, ids.read_text().splitlines())
        }

    @pytest.mark.parametrize("words", [(), ("--mapping", MAPPINGS / "jira.toml", "--source", "jira")])
    def test_the_kind_of_the_id_must_be_given(self, workdir: Workdir, words: tuple[object, ...]) -> None:
        """The error does not repeat the id."""
        (workdir.path / "key").write_text(KEYS[0])
        done = workdir.run("pseudonym", "A123456789", "--key-file", workdir.path / "key", *words)
        assert 2 == done.code
        assert "give --mapping or --source, one of the two" in done.err
        assert "123456789" not in done.err
