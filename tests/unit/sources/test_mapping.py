from datetime import date
from pathlib import Path

import pytest

from streams.sources.mapping import MappingError, Reference, load_mapping
from tests.unit.sources.mappings import HEAD, write_mapping

PERMITS = Path(__file__).parents[3] / "deploy" / "mappings" / "permits.toml"


def problems(folder: Path, text: str, *, of_csv: bool = False) -> list[str]:
    """Return a mapping's faults, without the file's name."""
    path = write_mapping(folder, text)
    with pytest.raises(MappingError) as refused:
        load_mapping(path, of_csv=of_csv)
    return [problem.removeprefix(f"{path}: ") for problem in refused.value.problems]


class TestValidMappings:
    def test_the_one_of_the_repository_is_valid(self) -> None:
        """It is deploy/mappings/permits.toml."""
        assert "permits" == load_mapping(PERMITS).source

    def test_references_name_their_place(self, tmp_path: Path) -> None:
        """trace: and event: are places, any other colon is part of a name."""
        mapping = load_mapping(
            write_mapping(tmp_path, HEAD.replace('"clerk"', '"org:resource"').replace('"desk"', '"trace:desk"'))
        )
        assert {Reference("any", "org:resource"), Reference("trace", "desk")} < mapping.references()

    def test_a_text_alone_is_a_list_of_one(self, tmp_path: Path) -> None:
        """Several patterns may stand there."""
        rule = '[[events]]\nemit = "case_reopened"\nactivity = "back"\n'
        assert ("back",) == load_mapping(write_mapping(tmp_path, HEAD + rule)).events[1].activity

    @pytest.mark.parametrize("pattern", ["%d/%m/%Y %H:%M", "%Y-%j", "%d %b %y", "%c", "%G-W%V-%u"])
    def test_a_pattern_of_a_whole_day_is_valid(self, tmp_path: Path, pattern: str) -> None:
        """It may use any of strptime's forms."""
        text = HEAD.replace('case = "case"', f'case = "case"\ntimestamp_format = "{pattern}"')
        assert pattern == load_mapping(write_mapping(tmp_path, text)).log.timestamp_format

    def test_a_bound_is_a_day_with_or_without_quotes(self, tmp_path: Path) -> None:
        """TOML has both."""
        text = HEAD.replace('case = "case"', 'case = "case"\nearliest = 2015-01-01\nlatest = "2020-12-31"')
        log = load_mapping(write_mapping(tmp_path, text)).log
        assert (date(2015, 1, 1), date(2020, 12, 31)) == (log.earliest, log.latest)


class TestFaults:
    @pytest.mark.parametrize(
        ("rule", "problem"),
        [
            ('emit = "case_opend"', 'events[2].emit = "case_opend": must be a type of event: case_opened, case_closed'),
            ('emit = "clock"', 'events[2].emit = "clock": must be a type of event: case_opened'),
            ('emit = "case_reopened"\non = "once"', 'events[2].on = "once": must be one of: each, first, last, change'),
            (
                'emit = "case_reopened"\nactivty = "x"',
                "events[2].activty is not a key of events[2]: its keys are emit, on",
            ),
            (
                'emit = "case_reopened"\nactivity = 3',
                "events[2].activity = 3: must be a text or a list of texts, such as",
            ),
            (
                'emit = "case_closed"\nset = { reason = "done" }',
                'events[2].set.reason = "done": must be one of: removed, voluntary_departure, relief_granted',
            ),
            (
                'emit = "case_closed"\nset = { reason = { from = "x", values = { "a.b" = "done" } } }',
                'events[2].set.reason.values.a.b = "done": must be one of: removed',
            ),
            (
                'emit = "case_closed"\nset = { reason = { form = "x" } }',
                "events[2].set.reason.from is missing: it has no default",
            ),
            ('emit = "case_closed"', "events[2].set: needs reason: removed, voluntary_departure"),
            (
                'emit = "case_closed"\nset = { reason = "other", why = "x" }',
                'events[2].set.why = "x": is not a field to set of case_closed: those are reason',
            ),
            (
                'emit = "case_opened"\nset = { level = "low", protected = "no" }',
                'events[2].set.protected = "no": must be one of: true, false',
            ),
            (
                'emit = "case_closed"\nset = { reason = [1] }',
                "events[2].set.reason: must be a text, a number, true or false",
            ),
            (
                'emit = "hearing_scheduled"\nset = { kind = "other" }',
                "events[2]: needs due_after or due_from, one of them: it is the due_at of hearing_scheduled",
            ),
            (
                'emit = "hearing_scheduled"\ndue_after = "5bd"\nset = { kind = "other" }',
                'events[2].due_after = "5bd": must be in "d", "h", "m" or "s": a log knows no business days',
            ),
            (
                'emit = "hearing_scheduled"\ndue_after = "soon"\nset = { kind = "other" }',
                'events[2].due_after = "soon": must be a duration such as',
            ),
            (
                'emit = "case_reopened"\ndue_after = "5d"',
                "events[2]: case_reopened has no due date: take due_after and due_from away",
            ),
            (
                'emit = "hearing_missed"',
                "events[2]: needs id or id_from: which hearing of the case hearing_missed is about",
            ),
            ('emit = "hearing_missed"\nid = "a"\nid_from = "b"', "events[2]: takes id or id_from, not both"),
            ('emit = "case_reopened"\nid = "a"', "events[2]: case_reopened has no id: take id and id_from away"),
            (
                'emit = "supervision_changed"\non = "change"\nset = { level = "low" }',
                'events[2].on = "change": needs of: the attribute that changes',
            ),
            (
                'emit = "case_reopened"\nknown = "then"',
                'events[2].known = "then": needs at: the attribute with the time',
            ),
            (
                'emit = "case_reopened"\nat = ""',
                'events[2].at = "": must be the name of an attribute or column, such as',
            ),
            (
                'emit = "transferred_out"\nset = { from_office = "A" }',
                "events[2].set: needs to_office: a value or { from = ATTRIBUTE }",
            ),
        ],
    )
    def test_a_rule(self, tmp_path: Path, rule: str, problem: str) -> None:
        """The fault has the rule's number, its key, the value, and what would be valid."""
        found = problems(tmp_path, f"{HEAD}[[events]]\n{rule}\n")
        assert any(one.startswith(problem) for one in found), found

    @pytest.mark.parametrize(
        ("before", "after", "problem"),
        [
            ('source = "shop"', "", "source is missing: it has no default"),
            ('source = "shop"', 'source = "a shop"', 'source = "a shop": must be 1 to 64 characters, each one of A-Z'),
            ('source = "shop"', f'source = "{"s" * 60}"', f'source = "{"s" * 60}": must have at most 55 characters'),
            ("Europe/Amsterdam", "Amsterdam", 'timezone = "Amsterdam": must be an IANA time zone'),
            ('activity = "activity"\n', "", "log.activity is missing: it has no default"),
            (
                'activity = "activity"',
                'activity = "activity"\ndelimiter = ";;"',
                'log.delimiter = ";;": must be one character, such as ";"',
            ),
            (
                'activity = "activity"',
                'activity = "activity"\nencoding = "utf-9"',
                'log.encoding = "utf-9": must be an encoding that Python knows',
            ),
            (
                'activity = "activity"',
                'activity = "activity"\ntimestamp_format = "dd/MM/yyyy"',
                'log.timestamp_format = "dd/MM/yyyy": names nothing: strptime\'s directives begin with %',
            ),
            (
                'activity = "activity"',
                'activity = "activity"\ntimestamp_format = "%Q"',
                'log.timestamp_format = "%Q": %Q is no directive of strptime: those that can be used are %Y %y',
            ),
            (
                'activity = "activity"',
                'activity = "activity"\ntimestamp_format = "%Y-%M-%d"',
                'log.timestamp_format = "%Y-%M-%d": must name the year (%Y), the month (%m, %b) and the day (%d)',
            ),
            (
                'activity = "activity"',
                'activity = "activity"\nearliest = "soon"',
                'log.earliest = "soon": must be a day, such as 2015-01-01',
            ),
            (
                'activity = "activity"',
                'activity = "activity"\nquote = "no"',
                'log.quote = "no": must be one character, or "" where quotes mean nothing',
            ),
            (
                'activity = "activity"',
                'activity = "activity"\ncolour = 1',
                "log.colour is not a key of log: its keys are case",
            ),
            ('from = "desk"', "", "office: needs from (an attribute), default (an office id), or both"),
            ('"front" = "FRONT"', '"front" = "A B"', 'office.names.front = "A B": must be 1 to 64 characters'),
            (
                '"front" = "FRONT"',
                '"front" = "1234567"',
                'office.names.front = "1234567": must not have the shape of an A-number',
            ),
            (
                '[officer]\nfrom = "clerk"\nnobody = ["system"]',
                "",
                'events[2].emit = "officer_assigned": needs an [officer] table: who officer_assigned is about',
            ),
            (
                '[office]\nfrom = "desk"\nnames = { "front" = "FRONT" }',
                "",
                'events[1].emit = "case_opened": needs an [office] table, or set.office: where case_opened is',
            ),
            (
                'emit = "case_opened"\non = "first"',
                'emit = "supervision_changed"',
                'events: needs a rule with emit = "case_opened"',
            ),
            (
                "source",
                "sauce",
                "sauce is not a key of a mapping: its keys are source, namespace, timezone, history, log",
            ),
        ],
    )
    def test_the_other_keys(self, tmp_path: Path, before: str, after: str, problem: str) -> None:
        """The fault has table and key, the value, and what would be valid."""
        text = HEAD + '[[events]]\nemit = "officer_assigned"\non = "change"\n'
        found = problems(tmp_path, text.replace(before, after, 1))
        assert any(one.startswith(problem) for one in found), found

    def test_no_rules(self, tmp_path: Path) -> None:
        """Such a mapping converts nothing."""
        head = HEAD[: HEAD.index("[[events]]")]
        assert ["events is missing: it has no default"] == problems(tmp_path, head)
        assert ["events: must have at least one rule: [[events]]"] == problems(tmp_path, "events = []\n" + head)

    def test_no_toml(self, tmp_path: Path) -> None:
        """The error names the line."""
        assert [f"{tmp_path / 'mapping.toml'}:2: this is not TOML: Invalid value"] == problems(
            tmp_path, "a = 1\nb = \n"
        )

    def test_no_file(self, tmp_path: Path) -> None:
        """The error names the file."""
        with pytest.raises(MappingError, match=r"none\.toml: the file cannot be read: No such file or directory"):
            load_mapping(tmp_path / "none.toml")

    def test_no_utf_8(self, tmp_path: Path) -> None:
        """A mapping is TOML, and TOML is UTF-8."""
        (tmp_path / "mapping.toml").write_bytes(b"source = '\xe9'")
        with pytest.raises(MappingError, match="the file is not UTF-8 text"):
            load_mapping(tmp_path / "mapping.toml")

    def test_all_faults_are_reported_together(self, tmp_path: Path) -> None:
        """One run shows them."""
        text = HEAD.replace("Europe/Amsterdam", "Nowhere").replace('source = "shop"', 'source = ""')
        assert 2 == len(problems(tmp_path, text))

    def test_a_csv_log_has_no_traces(self, tmp_path: Path) -> None:
        """The same mapping is valid for XES."""
        text = HEAD.replace('"desk"', '"trace:desk"')
        assert ["trace:desk: a CSV log has no traces: name the column alone"] == problems(tmp_path, text, of_csv=True)
        assert load_mapping(tmp_path / "mapping.toml")
