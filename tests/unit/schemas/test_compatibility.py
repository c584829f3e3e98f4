"""Version 1 stays version 1: released records can still be read, and new records can still be understood."""

from copy import deepcopy

import pytest

from schemas.compatibility import WITHDRAWN, breaks_consumers, breaks_producers, frozen
from schemas.json_schemas import VALUES_SO_FAR, JsonObject, every_schema

EVENTS = sorted(path for path in frozen() if path.startswith("events/"))
RECORDS = sorted(path for path in frozen() if not path.startswith("events/"))


class TestVersion1:
    def test_no_type_of_record_was_removed(self) -> None:
        """Every released schema still exists."""
        assert set(frozen()) <= set(every_schema())

    @pytest.mark.parametrize("path", EVENTS)
    def test_every_released_event_can_be_read(self, path: str) -> None:
        """No field is missing or newly required, and no accepted value is refused, except A-numbers."""
        withdrawn = sorted(WITHDRAWN & set(frozen()[path]["properties"]))
        found = breaks_producers(frozen()[path], every_schema()[path])
        assert [f"{name} takes less than before" for name in withdrawn] == found

    @pytest.mark.parametrize("path", RECORDS)
    def test_every_released_consumer_can_continue(self, path: str) -> None:
        """No field is missing, and no closed enumeration has a new value."""
        assert breaks_consumers(frozen()[path], every_schema()[path]) == []


def changed(path: str, **fields: JsonObject | None) -> tuple[JsonObject, JsonObject]:
    """Return a schema with some fields replaced; None removes one."""
    old = every_schema()[path]
    new = deepcopy(old)
    for name, field in fields.items():
        if field is None:
            del new["properties"][name]
            new["required"].remove(name)
        else:
            new["properties"][name] = {**new["properties"].get(name, {}), **field}
    return old, new


class TestBreaksProducers:
    def test_a_removed_field_breaks(self) -> None:
        """A producer that sends it would be refused."""
        assert breaks_producers(*changed("events/case_opened.json", office=None)) == ["office was removed"]

    def test_a_new_required_field_breaks(self) -> None:
        """A producer that does not send it would be refused."""
        old, new = changed("events/case_opened.json", wing={"type": "string"})
        assert breaks_producers(old, new) == []
        new["required"].append("wing")
        assert breaks_producers(old, new) == ["wing became required"]

    def test_a_field_that_becomes_required_breaks(self) -> None:
        """Producers may omit it so far."""
        old, new = changed("events/case_opened.json")
        new["required"].append("protected")
        assert breaks_producers(old, new) == ["protected became required"]

    def test_a_lost_value_breaks_and_a_new_one_does_not(self) -> None:
        """An enumeration may only grow."""
        old, new = changed("events/case_opened.json", level={"enum": ["intensive", "standard", "low", "daily"]})
        assert breaks_producers(old, new) == ["level takes less than before: annual"]
        old, new = changed(
            "events/case_opened.json", level={"enum": ["intensive", "standard", "low", "annual", "daily"]}
        )
        assert breaks_producers(old, new) == []

    @pytest.mark.parametrize(
        "office",
        [{"type": "integer"}, {"pattern": "^[A-Z]{3}$"}, {"maxLength": 3}, {"minLength": 2}, {"enum": ["A"]}],
    )
    def test_a_narrower_type_breaks(self, office: JsonObject) -> None:
        """The type, the pattern or the bound changes."""
        old, new = changed("events/case_opened.json", office=office)
        assert [reason.partition(":")[0] for reason in breaks_producers(old, new)] == ["office takes less than before"]

    def test_a_null_that_is_no_longer_accepted_breaks(self) -> None:
        """No alternative may be removed."""
        old, new = changed("events/check_in_completed.json")
        new["properties"]["check_in_id"] = {"type": "string"}
        assert breaks_producers(old, new) == ["check_in_id takes less than before"]

    def test_a_wider_type_does_not_break(self) -> None:
        """Every accepted value still is."""
        old, new = changed("events/officer_updated.json")
        new["properties"]["capacity_hours_month"] = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]}
        assert breaks_producers(old, new) == []


class TestBreaksConsumers:
    def test_a_removed_field_breaks(self) -> None:
        """A consumer reads it."""
        assert breaks_consumers(*changed("alert.json", cause_class=None)) == ["cause_class was removed"]

    def test_a_field_that_may_be_missing_breaks(self) -> None:
        """A consumer relies on it."""
        old, new = changed("alert.json")
        new["required"].remove("level")
        assert breaks_consumers(old, new) == ["level may be missing"]

    def test_a_new_field_does_not_break(self) -> None:
        """A consumer skips it."""
        assert breaks_consumers(*changed("alert.json", wing={"type": "string"})) == []

    def test_a_new_value_of_an_open_enumeration_does_not_break(self) -> None:
        """The reason of a refusal may get new values, also where it may be null; another type may not."""
        old, new = changed("audit_record.json")
        new["$defs"]["RefusalCode"][VALUES_SO_FAR].append("of_a_new_kind")
        assert breaks_consumers(old, new) == []
        new["properties"]["code"] = {"type": "string"}
        assert breaks_consumers(old, new) == ["code may hold what it could not before"]

    def test_a_new_value_breaks(self) -> None:
        """A consumer would not understand it."""
        old, new = changed("alert.json")
        new["$defs"]["Status"]["enum"].append("snoozed")
        assert breaks_consumers(old, new) == ["status may hold what it could not before: snoozed"]

    def test_a_change_within_a_record_is_seen(self) -> None:
        """The comparison reaches the load by cause."""
        old, new = changed("load.json")
        new["$defs"]["LoadByCause"]["properties"]["no_officer"] = {"type": "string"}
        assert breaks_consumers(old, new) == ["by_cause may hold what it could not before"]
