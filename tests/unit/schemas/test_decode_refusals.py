"""Refusals of the decoder, and the message that says what would be valid."""

import json
import pickle
from typing import Any

import pytest

from schemas.decode import RefusalCode, Refused, decode
from schemas.events import EVENT_MODELS
from schemas.examples import example_of, examples
from schemas.reading import read
from tests.unit.schemas.event_lines import line

TYPES = ", ".join(EVENT_MODELS)


def refusal(raw: bytes) -> Refused:
    """Return the refusal; both readers must refuse for the same reason with the same message."""
    with pytest.raises(Refused) as exact:
        read(raw)
    with pytest.raises(Refused) as fast:
        decode(raw)
    assert (exact.value.code, exact.value.field, exact.value.sentence) == (
        fast.value.code,
        fast.value.field,
        fast.value.sentence,
    )
    return fast.value


NEVER_SET = (
    " must lie in the years 1900 to 9999 of UTC, such as 2026-03-09T15:00:00Z "
    "(0001-01-01 is how Go and .NET write a date that was never set)"
)


class TestRefusals:
    @pytest.mark.parametrize(
        ("kind", "changes", "code", "field", "sentence"),
        [
            (
                "case_closed",
                {"name": "x"},
                "unknown_field",
                "name",
                (
                    "name is not a field of case_closed: its fields are "
                    "v, event_id, occurred_at, recorded_at, source, case_id, type, reason"
                ),
            ),
            (
                "case_closed",
                {"Jane Doe 42": "x"},
                "unknown_field",
                "",
                (
                    "a field with an unusual name is not a field of case_closed: its fields are "
                    "v, event_id, occurred_at, recorded_at, source, case_id, type, reason"
                ),
            ),
            (
                "clock",
                {"case_id": "c-1"},
                "unknown_field",
                "case_id",
                "case_id is not a field of clock: its fields are v, event_id, occurred_at, recorded_at, source, type",
            ),
            (
                "case_closed",
                {"case_id": ...},
                "missing_field",
                "case_id",
                "case_id is missing: every case_closed must have it",
            ),
            ("case_closed", {"v": ...}, "missing_field", "v", "v is missing: every case_closed must have it"),
            ("case_closed", {"type": ...}, "missing_field", "type", "type is missing: every event must have it"),
            ("case_closed", {"type": "case_lost"}, "unknown_type", "type", f"type must be one of: {TYPES}"),
            ("case_closed", {"type": 7}, "unknown_type", "type", f"type must be one of: {TYPES}"),
            ("case_closed", {"v": 2}, "unknown_version", "v", "v must be 1, the version of the contract"),
            ("case_closed", {"v": True}, "unknown_version", "v", "v must be 1, the version of the contract"),
            ("case_closed", {"v": 1.0}, "unknown_version", "v", "v must be 1, the version of the contract"),
            ("case_closed", {"v": "1"}, "unknown_version", "v", "v must be 1, the version of the contract"),
            (
                "case_closed",
                {"reason": "lost"},
                "bad_value",
                "reason",
                (
                    "reason must be one of: removed, voluntary_departure, relief_granted, terminated, died, "
                    "charging_document_canceled, other"
                ),
            ),
            (
                "case_opened",
                {"level": None},
                "bad_value",
                "level",
                "level must be one of: intensive, standard, low, annual",
            ),
            ("case_opened", {"protected": 1}, "bad_value", "protected", "protected must be true or false"),
            ("case_opened", {"protected": None}, "bad_value", "protected", "protected must be true or false"),
            ("case_opened", {"office": 12}, "bad_value", "office", "office must be a text"),
            ("case_opened", {"case_id": ["c"]}, "bad_value", "case_id", "case_id must be a text"),
            (
                "check_in_completed",
                {"check_in_id": 3},
                "bad_value",
                "check_in_id",
                "check_in_id must be a text, or null",
            ),
            (
                "officer_updated",
                {"capacity_hours_month": -1},
                "bad_value",
                "capacity_hours_month",
                "capacity_hours_month must be a number from 0 to 744, or null",
            ),
            (
                "officer_updated",
                {"capacity_hours_month": 745},
                "bad_value",
                "capacity_hours_month",
                "capacity_hours_month must be a number from 0 to 744, or null",
            ),
            (
                "officer_updated",
                {"capacity_hours_month": "120"},
                "bad_value",
                "capacity_hours_month",
                "capacity_hours_month must be a number from 0 to 744, or null",
            ),
            (
                "officer_updated",
                {"capacity_hours_month": 10**400},
                "bad_value",
                "capacity_hours_month",
                "capacity_hours_month must be a number from 0 to 744, or null",
            ),
            (
                "case_opened",
                {"case_id": "c 1"},
                "bad_id",
                "case_id",
                "case_id must be 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -",
            ),
            (
                "case_opened",
                {"office": ""},
                "bad_id",
                "office",
                "office must be 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -",
            ),
            (
                "case_opened",
                {"event_id": "x" * 65},
                "bad_id",
                "event_id",
                "event_id must be 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -",
            ),
            (
                "case_opened",
                {"source": "feed\x00"},
                "bad_id",
                "source",
                "source must be 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -",
            ),
            (
                "check_in_completed",
                {"check_in_id": "k\n"},
                "bad_id",
                "check_in_id",
                "check_in_id must be 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -",
            ),
            (
                "case_opened",
                {"occurred_at": "2026-03-09T15:00:00"},
                "bad_instant",
                "occurred_at",
                "occurred_at must be an instant with an offset from UTC, such as 2026-03-09T15:00:00Z",
            ),
            (
                "clock",
                {"recorded_at": "0001-01-01T00:00:00Z"},
                "bad_instant",
                "recorded_at",
                "recorded_at" + NEVER_SET,
            ),
            (
                "case_opened",
                {"occurred_at": "0001-01-01T00:00:00Z"},
                "bad_instant",
                "occurred_at",
                "occurred_at" + NEVER_SET,
            ),
            (
                "check_in_scheduled",
                {"due_at": "0001-01-01T00:00:00Z"},
                "bad_instant",
                "due_at",
                "due_at" + NEVER_SET,
            ),
            (
                "training_completed",
                {"valid_until": "0001-01-01T00:00:00Z"},
                "bad_instant",
                "valid_until",
                "valid_until" + NEVER_SET,
            ),
            (
                "case_opened",
                {"recorded_at": "yesterday"},
                "bad_instant",
                "recorded_at",
                "recorded_at must be an RFC 3339 instant, such as 2026-03-09T15:00:00Z",
            ),
            (
                "check_in_scheduled",
                {"due_at": "2026-02-30T15:00:00Z"},
                "bad_instant",
                "due_at",
                "due_at must be a date and time that exists, such as 2026-03-09T15:00:00Z",
            ),
            (
                "training_completed",
                {"valid_until": 1_773_000_000_000},
                "bad_instant",
                "valid_until",
                "valid_until must be a text with an RFC 3339 instant, such as 2026-03-09T15:00:00Z",
            ),
            (
                "case_opened",
                {"occurred_at": "2026-03-09T15:02:11.251Z"},
                "time_order",
                "occurred_at",
                "occurred_at must not be later than recorded_at: nothing is recorded before it happened",
            ),
        ],
    )
    def test_the_message_names_the_field_and_what_would_be_valid(
        self, kind: str, changes: dict[str, Any], code: str, field: str, sentence: str
    ) -> None:
        """Each message is compared as a whole."""
        refused = refusal(line(kind, **changes))
        assert (RefusalCode(code), field, sentence) == (refused.code, refused.field, refused.sentence)
        assert sentence == str(refused)

    @pytest.mark.parametrize(
        ("kind", "field"),
        [
            ("case_opened", "case_id"),
            ("officer_assigned", "officer_id"),
            ("officer_updated", "officer_id"),
            ("check_in_missed", "check_in_id"),
            ("check_in_completed", "check_in_id"),
            ("hearing_held", "hearing_id"),
            ("case_opened", "office"),
            ("officer_assigned", "office"),
            ("transferred_in", "office"),
            ("transferred_out", "from_office"),
            ("transferred_out", "to_office"),
            ("officer_updated", "office"),
            ("case_closed", "source"),
            ("clock", "source"),
        ],
    )
    @pytest.mark.parametrize("shape", ["A123456789", "a1234567", "12345678", "A-12345678", "a 1234567"])
    def test_the_shape_of_an_a_number_is_refused_and_not_repeated(self, kind: str, field: str, shape: str) -> None:
        """Neither the message nor the exception has it."""
        refused = refusal(line(kind, **{field: shape}))
        assert refused.code is RefusalCode.IDENTIFIER_SHAPED
        assert field == refused.field
        assert f"{field} has the shape of an A-number: send a pseudonym of it instead" == refused.sentence
        assert shape not in repr(refused)
        assert refused.__cause__ is None

    def test_an_identifier_precedes_every_other_fault(self) -> None:
        """Its dead letter therefore has no payload, whatever else is wrong."""
        refused = refusal(line("case_opened", v=2, case_id="A123456789", office="", extra=1))
        assert refused.code is RefusalCode.IDENTIFIER_SHAPED

    @pytest.mark.parametrize("shape", ["A123456789", "a1234567", "A-12345678", "a 1234567", "-1234567"])
    def test_an_event_id_that_can_only_be_an_a_number(self, shape: str) -> None:
        """It has its A, or a hyphen."""
        refused = refusal(line("case_opened", event_id=shape))
        assert refused.code is RefusalCode.IDENTIFIER_SHAPED
        assert "event_id has the shape of an A-number: give the event an id of its own" == refused.sentence
        assert shape not in repr(refused)

    @pytest.mark.parametrize("number", ["999999", "1000000", "12345678", "123456789", "1000000000"])
    def test_an_event_may_be_numbered(self, number: str) -> None:
        """A feed that counts its events is not refused from the millionth on."""
        assert number == decode(line("case_opened", event_id=number)).event_id

    def test_a_course_may_be_a_number(self) -> None:
        """It names no person."""
        assert "1234567" == decode(line("training_completed", course="1234567")).course

    @pytest.mark.parametrize(
        ("raw", "code", "sentence"),
        [
            (b"", "not_json", "the record is not JSON (line 1, column 1): send one JSON object"),
            (b"{", "not_json", "the record is not JSON (line 1, column 2): send one JSON object"),
            (b"{} {}", "not_json", "the record is not JSON (line 1, column 4): send one JSON object"),
            (b"\xef\xbb\xbf{}", "not_json", "the record is not JSON (line 1, column 1): send one JSON object"),
            (b'{"v":"\x01"}', "not_json", "the record is not JSON (line 1, column 7): send one JSON object"),
            (b'{"v":"\xff"}', "not_json", "the record is not UTF-8: send one JSON object in UTF-8"),
            (b'{"v":NaN}', "not_json", "the record is not JSON: NaN is no JSON number"),
            (b'{"v":-Infinity}', "not_json", "the record is not JSON: -Infinity is no JSON number"),
            (
                b'{"v":"\\ud800"}',
                "not_json",
                "the record is not JSON that can be read: send one flat JSON object",
            ),
            (b'{"v":' + b"[" * 9000, "not_json", "the record is nested too deeply: send one flat JSON object"),
            (b"[]", "not_object", "the record is not a JSON object: send one event as one object"),
            (b"null", "not_object", "the record is not a JSON object: send one event as one object"),
            (b'"A123456789"', "not_object", "the record is not a JSON object: send one event as one object"),
            (b"{}", "missing_field", "type is missing: every event must have it"),
            (
                b'{"v":"' + b"x" * 16_384 + b'"}',
                "oversized",
                "the record is larger than 16384 bytes: an event is one flat JSON object of a few hundred",
            ),
        ],
    )
    def test_anything_but_a_json_object_is_refused(self, raw: bytes, code: str, sentence: str) -> None:
        """Any bytes give a refusal and no other exception."""
        refused = refusal(raw)
        assert (RefusalCode(code), sentence) == (refused.code, refused.sentence)

    @pytest.mark.parametrize("kind", EVENT_MODELS)
    @pytest.mark.parametrize("spaced", [False, True])
    def test_a_repeated_field_is_refused(self, kind: str, spaced: bool) -> None:
        """Two readers could take two values; JSON leaves open which counts."""
        for optional in ({}, {"protected": ...}, {"check_in_id": ...}, {"check_in_id": None}):
            event = {**example_of(EVENT_MODELS[kind])}
            if not optional.keys() <= event.keys():
                continue
            raw = line(kind, **optional)
            for name in json.loads(raw):
                again = json.dumps({name: json.loads(raw)[name]})[1:].encode()
                twice = raw[:-1] + b", " + (again.replace(b'":', b'" :') if spaced else again)
                refused = refusal(twice)
                assert (RefusalCode.DUPLICATE_FIELD, name) == (refused.code, refused.field)
                assert f"{name} stands more than once: write it once" == refused.sentence

    def test_a_refusal_can_be_sent_to_another_process(self) -> None:
        """It keeps its code, field and message."""
        refused = pickle.loads(pickle.dumps(refusal(b"{}")))
        assert (refused.code, refused.field) == (RefusalCode.MISSING_FIELD, "type")

    def test_examples_cover_every_type(self) -> None:
        """These tests start from the examples."""
        assert set(EVENT_MODELS) == set(examples())
