from pathlib import Path

from tests.unit.sources.mappings import ASSIGNED, HEAD, event, from_csv, from_xes, trace, xes

HEADER = "case,activity,time,desk,clerk,note\n"
ROWS = HEADER + "1,Opened,2024-03-04,front,ann,P1\n1,Closed,2024-03-05,front,system,P2\n"
CLOSED = '[[events]]\nemit = "case_closed"\nactivity = "{}"\nset = {{ reason = "other" }}\n'


class TestMappingCoverage:
    def test_a_mapping_that_fits_gives_no_note(self, tmp_path: Path) -> None:
        """Each of its names is in the log."""
        assert [] == from_csv(tmp_path, HEAD + CLOSED.format("Clos*"), ROWS).unmatched()

    def test_an_activity_with_other_letters(self, tmp_path: Path) -> None:
        """The note names the nearest one; another note names the rule that matches nothing."""
        assert [
            'events[2].activity "closed" is in no record; the nearest that the log has is "Closed"',
            "rule 2 (case_closed) matches no record",
        ] == from_csv(tmp_path, HEAD + CLOSED.format("closed"), ROWS).unmatched()

    def test_a_condition_whose_parts_never_occur_together(self, tmp_path: Path) -> None:
        """Each part is in the log, and no record has both."""
        rule = CLOSED.format("Closed") + 'where = { note = "P1" }\n'
        assert ["rule 2 (case_closed) matches no record"] == from_csv(tmp_path, HEAD + rule, ROWS).unmatched()

    def test_values_and_conditions(self, tmp_path: Path) -> None:
        """They are checked like activities."""
        level = '{ from = "note", values = { p1 = "low", P2 = "low", P9 = "low" }, default = "low" }'
        mapping = HEAD.replace('level = "standard"', f"level = {level}").replace(
            'on = "first"', 'on = "first"\nwhere = { note = "P?" }'
        )
        assert [
            'events[1].set.level.values "P9" is in no record',
            'events[1].set.level.values "p1" is in no record; the nearest that the log has is "P1"',
        ] == sorted(
            one.split('; the nearest that the log has is "P2"')[0]
            for one in from_csv(tmp_path, mapping, ROWS).unmatched()
        )

    def test_an_office(self, tmp_path: Path) -> None:
        """The office is one of office.names."""
        mapping = HEAD.replace('"front" = "FRONT"', '"Front" = "FRONT"')
        assert ['office.names "Front" is in no record; the nearest that the log has is "front"'] == from_csv(
            tmp_path, mapping, ROWS
        ).unmatched()

    def test_the_name_of_a_person_is_not_shown(self, tmp_path: Path) -> None:
        """The notes show neither the mapping's name nor the log's."""
        mapping = HEAD.replace('["system"]', '["System", "robot", "an"]') + ASSIGNED
        converted = from_csv(tmp_path, mapping, ROWS)
        assert [
            "officer.nobody[1] is in no record; the log has it in other letters or with other blanks",
            "officer.nobody[2] is in no record",
            "officer.nobody[3] is in no record",
        ] == converted.unmatched()
        assert "robot" not in converted.text

    def test_an_attribute_that_no_event_has(self, tmp_path: Path) -> None:
        """The note names the nearest attribute of an event."""
        mapping = HEAD.replace('"case"', '"trace:concept:name"').replace('"activity"', '"concept:name"')
        mapping = mapping.replace('"time"', '"time:timestamp"').replace(
            'from = "desk"', 'from = "org:grup"\ndefault = "A"'
        )
        found = from_xes(tmp_path, mapping, xes(trace("7", event("a", "2024-03-04", **{"org:group": "x"})))).unmatched()
        assert 'org:grup has no value in any record; the nearest that the log has is "org:group"' in found
        assert "clerk has no value in any record" in found
