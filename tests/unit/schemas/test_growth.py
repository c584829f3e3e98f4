"""The contract grows under `v` = 1: a first consumer reads later records (CONTRACT.md §12)."""

import json
from copy import deepcopy
from typing import Any

import jsonschema
import msgspec
import pytest

from schemas.compatibility import breaks_consumers, breaks_producers, frozen
from schemas.examples import examples
from schemas.json_schemas import VALUES_SO_FAR, JsonObject, every_schema
from tests.unit.schemas.frozen_consumer import read_event, read_record
from tests.unit.schemas.test_records import ALERT, load

NEW = {
    "cause": "no_interpreter",
    "agency_causes": ["no_courtroom", "nothing_scheduled"],
    "status": "resolved",
    "ended_at": "2026-03-20T12:00:00.000Z",
    "ended_by": "interpreter_booked",
    "language_line": {"called": True},
}


def written(**changes: Any) -> bytes:
    return json.dumps({**ALERT, **changes}).encode()


class TestFrozenConsumer:
    def test_it_reads_todays_records(self) -> None:
        """It knows every value of the alert."""
        read = read_record("alert.json", written())
        assert ("no_contact", "person", ["nothing_scheduled"]) == (read.cause, read.cause_class, read.agency_causes)

    def test_it_reads_an_unknown_cause_end_and_field(self) -> None:
        """It knows the cause's class, and ignores the field."""
        read = read_record("alert.json", written(**NEW))
        assert ("no_interpreter", "person", "interpreter_booked") == (read.cause, read.cause_class, read.ended_by)
        assert read.agency_causes == NEW["agency_causes"]

    def test_it_reads_a_load_that_counts_a_new_cause(self) -> None:
        """The causes that it knows count as before."""
        record = json.loads(msgspec.json.encode(load()))
        record["as_of"] = "2026-03-09T12:00:00.000Z"
        record["by_cause"] |= {"no_contact": 2, "no_interpreter": 3}
        assert read_record("load.json", json.dumps(record).encode()).by_cause.no_contact == 2

    def test_it_skips_an_event_of_an_unknown_type(self) -> None:
        """It reads the next one."""
        event = examples()["case_reopened"]
        assert read_event(json.dumps({**event, "type": "interpreter_booked"}).encode()) is None
        assert read_event(json.dumps(event).encode()).case_id == event["case_id"]

    @pytest.mark.parametrize(
        "change", [{"status": "snoozed"}, {"cause_class": "court"}, {"severity": "mild"}, {"revision": "1"}, {"v": 2}]
    )
    def test_it_refuses_changes_that_need_version_2(self, change: dict[str, Any]) -> None:
        """They are a value of a closed enumeration, another type, and another version."""
        with pytest.raises(msgspec.ValidationError):
            read_record("alert.json", written(**change))


class TestRule:
    def grown(self, path: str) -> JsonObject:
        """Return today's schema of a record, with an additional cause, event type and refusal code."""
        schema = deepcopy(every_schema()[path])
        for definition in (schema, *schema.get("$defs", {}).values()):
            if definition.get("title") in ("Cause", "OfficerCause", "RefusalCode"):
                definition[VALUES_SO_FAR].append("of_a_new_kind")
            if definition.get("title") == "LoadByCause":
                definition["properties"]["of_a_new_kind"] = {"type": "integer", "minimum": 0, "default": 0}
            for part in definition.get("properties", {}).get("ended_by", {}).get("anyOf", ()):
                if VALUES_SO_FAR in part:
                    part[VALUES_SO_FAR].append("interpreter_booked")
        assert schema != every_schema()[path]
        return schema

    @pytest.mark.parametrize(
        "path", ["alert.json", "officer_alert.json", "load.json", "dead_letter.json", "audit_record.json"]
    )
    def test_a_new_cause_type_or_code_needs_no_version_2(self, path: str) -> None:
        """This holds beside the first release and beside today's schemas."""
        grown = self.grown(path)
        assert breaks_consumers(frozen()[path], grown) == []
        assert breaks_consumers(every_schema()[path], grown) == []

    def test_a_new_kind_or_channel_of_an_event_needs_no_version_2(self) -> None:
        """Every event that was ever sent is still accepted."""
        for path, name in (("hearing_scheduled", "kind"), ("check_in_scheduled", "channel"), ("case_closed", "reason")):
            old = every_schema()[f"events/{path}.json"]
            new = deepcopy(old)
            new["properties"][name]["enum"].append("of_a_new_kind")
            assert breaks_producers(old, new) == []

    @pytest.mark.parametrize("name", ["Status", "Severity", "CauseClass"])
    def test_a_closed_enumeration_stays_closed(self, name: str) -> None:
        """A consumer decides by its values."""
        old = every_schema()["alert.json"]
        new = deepcopy(old)
        new["$defs"][name]["enum"].append("of_a_new_kind")
        assert [line.partition(":")[2] for line in breaks_consumers(old, new)] == [" of_a_new_kind"]


class TestSchemas:
    def test_a_record_may_have_later_values(self) -> None:
        """A consumer that validates with the exported schema refuses nothing that §12 allows."""
        validator = jsonschema.Draft202012Validator(every_schema()["alert.json"])
        assert validator.is_valid(ALERT)
        assert validator.is_valid({**ALERT, **NEW})
        assert not validator.is_valid({**ALERT, "status": "snoozed"})

    def test_the_current_values_are_listed(self) -> None:
        """The schema of an open enumeration lists them."""
        alert = every_schema()["alert.json"]
        assert "no_officer" in alert["$defs"]["Cause"][VALUES_SO_FAR]
        assert "superseded" in alert["properties"]["ended_by"]["anyOf"][0][VALUES_SO_FAR]
