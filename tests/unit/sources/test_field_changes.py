from pathlib import Path

import pytest

from schemas import hot
from streams.errors import InputError
from streams.sources.mapping import MappingError, load_mapping
from tests.unit.sources.mappings import ConvertedLog, from_csv, write_mapping

MAPPING = """
source = "desk"
timezone = "UTC"
[log]
case = "id"
activity = "state"
timestamp = "opened"
[changes]
field = "field"
value = "to"
old = "from"
timestamp = "when"
[office]
from = "office"
names = { "a" = "A", "b" = "B" }
default = "NONE"
[officer]
from = "clerk"
[[events]]
emit = "case_opened"
rows = "log"
on = "first"
set = { level = "standard" }
[[events]]
emit = "officer_assigned"
on = "change"
"""
LOG = "id,opened,state,clerk,office\n1,2024-03-01,done,bob,b\n"
AUDIT = "id,field,from,to,when\n1,office,a,b,2024-03-03\n1,clerk,ann,bob,2024-03-05\n"


def assigned(converted: ConvertedLog) -> list[tuple[str, str]]:
    """Return day and office of each assignment."""
    events = [event for event in converted.events if isinstance(event, hot.OfficerAssigned)]
    days = {event.occurred_at // 86_400_000 - 19782 for event in events}
    assert len(days) == len(events)
    return sorted((str(event.occurred_at // 86_400_000 - 19782), event.office) for event in events)


class TestFieldChanges:
    def test_values_are_carried_forward(self, tmp_path: Path) -> None:
        """Each change of one field has the other fields' values of its time."""
        converted = from_csv(tmp_path, MAPPING, LOG, AUDIT)
        assert [("1", "A"), ("3", "B"), ("5", "B")] == assigned(converted)
        assert 2 == len({event.officer_id for event in converted.events if isinstance(event, hot.OfficerAssigned)})

    def test_an_unchanged_field_has_the_logs_value(self, tmp_path: Path) -> None:
        """The rows of the audit have it, too."""
        audit = "id,field,from,to,when\n1,clerk,ann,bob,2024-03-05\n"
        assert [("1", "B"), ("5", "B")] == assigned(from_csv(tmp_path, MAPPING, LOG, audit))

    def test_without_old_values_the_time_before_the_first_change_is_unknown(self, tmp_path: Path) -> None:
        """The value of the day of the export is not used for the beginning."""
        mapping = MAPPING.replace('old = "from"\n', "")
        audit = "id,field,to,when\n1,clerk,bob,2024-03-05\n"
        assert [("5", "B")] == assigned(from_csv(tmp_path, mapping, LOG, audit))

    def test_an_emptied_field_has_no_value(self, tmp_path: Path) -> None:
        """It has none until it is filled again."""
        audit = "id,field,from,to,when\n1,office,a,NULL,2024-03-03\n1,clerk,ann,bob,2024-03-05\n"
        assert [("1", "A"), ("3", "NONE"), ("5", "NONE")] == assigned(from_csv(tmp_path, MAPPING, LOG, audit))

    def test_the_log_has_the_values_of_its_time(self, tmp_path: Path) -> None:
        """Rules about the activity of its rows use the value at the opening of the case."""
        mapping = MAPPING + '[[events]]\nemit = "case_closed"\nactivity = "done"\nset = { reason = "other" }\n'
        audit = "id,field,from,to,when\n1,state,new,done,2024-03-05\n"
        assert 1 == len(from_csv(tmp_path, mapping, LOG).of("case_closed"))
        assert 0 == len(from_csv(tmp_path, mapping, LOG, audit).of("case_closed"))

    def test_an_audit_alone_is_a_log(self, tmp_path: Path) -> None:
        """Its rows open the case."""
        mapping = MAPPING.replace('rows = "log"\n', "").replace('timestamp = "opened"', 'timestamp = "when"')
        converted = from_csv(tmp_path, mapping, AUDIT)
        assert 1 == len(converted.of("case_opened"))
        assert [("3", "B"), ("5", "B")] == assigned(converted)

    def test_a_file_of_changes_needs_its_columns(self, tmp_path: Path) -> None:
        """The error names the file."""
        with pytest.raises(InputError, match=r"log1\.csv:1: to: is not among the columns"):
            from_csv(tmp_path, MAPPING, LOG, "id,field,from,too,when\n")

    def test_several_files_of_events_are_one_log(self, tmp_path: Path) -> None:
        """They may be one per month; each has all columns."""
        mapping = MAPPING[: MAPPING.index("[changes]")] + MAPPING[MAPPING.index("[office]") :]
        converted = from_csv(tmp_path, mapping, LOG, LOG.replace("2024-03-01", "2024-03-09").replace(",b\n", ",a\n"))
        assert [("1", "B"), ("9", "A")] == assigned(converted)
        assert {"rows of file 1": 1, "rows of file 2": 1} == converted.report.rows_read

    def test_an_xes_log_has_none(self, tmp_path: Path) -> None:
        """The whole mapping is refused."""
        with pytest.raises(MappingError, match="only a CSV log has rows of changes"):
            load_mapping(write_mapping(tmp_path, MAPPING))
