"""`docketwatch convert inspect`, `convert check`, `convert --ids` and `docketwatch pseudonym`."""

import gzip
import json
import stat

import pytest

from tests.unit.cli.test_exports import EXPORTS, KEYS, Desk, desk
from tests.unit.sources.eoir_files import Release

__all__ = ["desk"]

MAPPINGS = EXPORTS.parents[2] / "deploy" / "mappings"
ROWS = "Ticket;Who;Status;Updated;Note;Note\n7;ann;Open;13/03/2024 09:00;x;y\n7;ann;Closed;14/03/2024 09:00;;\n"


class TestInspect:
    def test_a_csv_file(self, desk: Desk) -> None:
        """Its columns with shapes, its activities with counts, what stands twice; no value of another column."""
        file = desk.folder / "in.csv"
        file.write_text(ROWS + ROWS.splitlines()[2] + "\n")
        done = desk.run("convert", "inspect", file)
        assert 0 == done.code
        assert f"{file}: 3 records, 5 attributes, delimiter ';'" in done.out
        assert "2 columns are called Note: a mapping cannot name one of them" in done.out
        assert "1 records say nothing but what one before them says" in done.out
        assert "activities (Status):\n           2 Closed\n           1 Open\n" in done.out
        assert 'timestamp_format = "%d/%m/%Y %H:%M" # days stand first' in done.out
        assert "ann " not in done.out

    def test_counts_and_shapes_of_an_attribute(self, desk: Desk) -> None:
        """Filled, different, dates, and the shapes that most have."""
        done = desk.run("convert", "inspect", EXPORTS / "servicenow" / "incident.csv")
        lines = {line.split()[0]: line.split()[1:] for line in done.out.splitlines() if line[:1].isalpha()}
        assert ["3", "3", "3", "9999-99-99", "99:99:99"] == lines["opened_at"]
        assert ["2", "2", "0", "AAA,", "AA"] == lines["assigned_to"]
        assert ["1", "1", "1", "9999-99-99", "99:99:99"] == lines["closed_at"]

    @pytest.mark.parametrize(
        ("file", "kind"),
        [("servicenow/incident.csv", "csv"), ("jira/issues.csv", "csv"), ("permits/receipt.xes", "xes")],
    )
    def test_the_mapping_to_start_from_converts(self, desk: Desk, file: str, kind: str) -> None:
        """As it is written, before anybody has changed it."""
        mapping, key = desk.folder / "start.toml", desk.folder / "key"
        key.write_text(KEYS[0])
        assert 0 == desk.run("convert", "inspect", EXPORTS / file, "--out", mapping).code
        out = ("--mapping", mapping, "--out", desk.folder / "o.jsonl", "--key-file", key)
        assert 0 == desk.run("convert", kind, EXPORTS / file, *out).code
        assert {"case_opened", "officer_assigned"} <= {event["type"] for event in desk.events()}

    def test_gzip_and_another_encoding(self, desk: Desk) -> None:
        """An encoding is named when it is not UTF-8."""
        file = desk.folder / "in.csv.gz"
        file.write_bytes(gzip.compress("case,état,time\n1,fermé,2024-03-04\n".encode("cp1252")))
        done = desk.run("convert", "inspect", file)
        assert 2 == done.code
        assert "is not in the encoding utf-8-sig: name it with --encoding" in done.err
        assert "1 records, 3 attributes" in desk.run("convert", "inspect", file, "--encoding", "cp1252").out

    def test_an_xes_log_in_which_nothing_has_the_name_of_the_standard(self, desk: Desk) -> None:
        """Its attributes are listed all the same."""
        file = desk.folder / "log.xes"
        file.write_text(
            '<log><trace><string key="nr" value="7"/><event><string key="what" value="open"/>'
            '<date key="when" value="2024-03-04"/></event></trace></log>'
        )
        done = desk.run("convert", "inspect", file)
        assert 0 == done.code
        assert f"{file}: 1 records, 3 attributes" in done.out
        assert {"what", "when", "trace:nr"} <= {line.split()[0] for line in done.out.splitlines() if line[:1].isalpha()}

    def test_values_of_no_other_attribute_are_shown(self, desk: Desk) -> None:
        """A column of few values may be one of people."""
        file = desk.folder / "in.csv"
        file.write_text("nr,by,at\n1,Springfield,2024-03-04\n2,Springfield,2024-03-05\n")
        done = desk.run("convert", "inspect", file)
        assert "activities: no attribute has a name that says so" in done.out
        assert "Springfield" not in done.out

    @pytest.mark.parametrize("words", [("--delimiter", ";;"), ("--encoding", "utf-9")])
    def test_an_option_that_cannot_be(self, desk: Desk, words: tuple[str, str]) -> None:
        """Is named with its value."""
        done = desk.run("convert", "inspect", EXPORTS / "jira" / "issues.csv", *words)
        assert 2 == done.code
        assert f"{words[0]} {words[1]!r} must be one " in done.err


class TestCheck:
    def test_a_mapping_with_a_name_that_no_record_has(self, desk: Desk) -> None:
        """Exit code 1, and nothing is written."""
        folder = EXPORTS / "brackets-in-activity"
        mapping = desk.folder / "n.toml"
        mapping.write_text((folder / "n.toml").read_text().replace("Returned", "returned"))
        done = desk.run("convert", "check", folder / "in.csv", "--mapping", mapping)
        assert 1 == done.code
        assert 'events[3].activity "returned" is in no record; the nearest that the log has is "Returned"' in done.out
        assert "the mapping has 2 names that no record has" in done.err
        assert {"n.toml"} == {path.name for path in desk.folder.iterdir()}

    def test_a_mapping_that_fits(self, desk: Desk) -> None:
        """Exit code 0."""
        folder = EXPORTS / "dst-fall-back"
        done = desk.run("convert", "check", folder / "in.csv", "--mapping", folder / "d.toml")
        assert 0 == done.code
        assert "the mapping fits: each of its names is in some record" in done.out

    def test_rows_that_give_no_event(self, desk: Desk) -> None:
        """Exit code 1."""
        folder = EXPORTS / "sentinel-dates"
        done = desk.run("convert", "check", folder / "in.csv", "--mapping", folder / "m.toml")
        assert 1 == done.code
        assert "not one event came of what was read" in done.err

    def test_xes(self, desk: Desk) -> None:
        """Seen from the file."""
        log = EXPORTS / "same-instant-order"
        assert 0 == desk.run("convert", "check", log / "in.xes", "--mapping", log / "x.toml").code


class TestPseudonym:
    def test_it_is_the_one_in_the_log(self, desk: Desk) -> None:
        """Of a case and of an officer; the file of ids has the way back, for its owner only."""
        folder = EXPORTS / "dst-fall-back"
        key, ids = desk.folder / "key", desk.folder / "ids.jsonl"
        key.write_text(KEYS[0])
        ids.touch(mode=0o644)
        words = ("--mapping", folder / "d.toml", "--key-file", key)
        assert 0 == desk.run(
            "convert", "csv", folder / "in.csv", *words, "--out", desk.folder / "o.jsonl", "--ids", ids
        ).code  # fmt: skip
        case = desk.run("pseudonym", "INC1", *words).out.strip()
        officers = desk.run("pseudonym", "Ann", "Bob", "--kind", "officer", *words).out.split()
        assert {case} == {event["case_id"] for event in desk.events()}
        assert set(officers) == {one["officer_id"] for one in desk.events() if one["type"] == "officer_assigned"}
        assert [("case", "INC1", case), ("officer", "Ann", officers[0]), ("officer", "Bob", officers[1])] == sorted(
            (one["kind"], one["id"], one["pseudonym"]) for one in map(json.loads, ids.read_text().splitlines())
        )
        assert 0o600 == stat.S_IMODE(ids.stat().st_mode)

    def test_of_court_tables(self, desk: Desk) -> None:
        """Their source is called eoir."""
        key = desk.folder / "key"
        key.write_text(KEYS[0])
        folder = Release().case(7).proceeding(1, 7).write(desk.folder / "release")
        ids = desk.folder / "ids.jsonl"
        words = ("--out", desk.folder / "o.jsonl", "--key-file", key, "--ids", ids)
        assert 0 == desk.run("convert", "eoir", folder, *words).code
        case = desk.run("pseudonym", "7", "--source", "eoir", "--key-file", key).out.strip()
        assert case in {event["case_id"] for event in desk.events()}
        assert {"case": "7", "officer": "JAD"} == {
            one["kind"]: one["id"] for one in map(json.loads, ids.read_text().splitlines())
        }

    @pytest.mark.parametrize("words", [(), ("--mapping", MAPPINGS / "jira.toml", "--source", "jira")])
    def test_whose_ids_they_are_must_be_known(self, desk: Desk, words: tuple[object, ...]) -> None:
        """The id is not repeated."""
        (desk.folder / "key").write_text(KEYS[0])
        done = desk.run("pseudonym", "A123456789", "--key-file", desk.folder / "key", *words)
        assert 2 == done.code
        assert "give --mapping or --source, one of the two" in done.err
        assert "123456789" not in done.err
