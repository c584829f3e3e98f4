"""The decoder: what it reads, what it writes back, and the message of every refusal."""

import json
import subprocess
import sys

import pytest

from schemas import hot, soundness
from schemas.decode import canonical, decode, encode_event
from schemas.events import EVENT_MODELS
from schemas.examples import example_of
from schemas.instants import to_ms
from schemas.reading import read
from tests.unit.schemas.event_lines import DUE, line


class TestDecode:
    @pytest.mark.parametrize("kind", EVENT_MODELS)
    def test_every_type_is_read_by_both_readers(self, kind: str) -> None:
        """The struct has the model's values, and instants as milliseconds."""
        raw = line(kind)
        model, event = read(raw), decode(raw)
        assert type(event) is hot.EVENTS[kind]
        assert event.type == kind
        fields = {**{name: getattr(event, name) for name in event.__struct_fields__}, "type": event.type}
        assert model.model_dump() == fields

    def test_instants_become_milliseconds(self) -> None:
        """No code behind the decoder gets a text."""
        event = decode(line("check_in_scheduled", due_at="2026-04-13T10:30:00.0009-04:00"))
        assert isinstance(event, hot.CheckInScheduled)
        assert to_ms(DUE) == event.due_at
        assert event.occurred_at < event.recorded_at

    @pytest.mark.parametrize(
        ("kind", "field", "value"),
        [
            ("check_in_completed", "check_in_id", None),
            ("officer_updated", "capacity_hours_month", None),
            ("case_opened", "protected", False),
        ],
    )
    def test_an_omitted_field_has_its_default(self, kind: str, field: str, value: object) -> None:
        """An omitted field equals an explicit default."""
        absent, given = decode(line(kind, **{field: ...})), decode(line(kind, **{field: value}))
        assert absent == given
        assert value == getattr(absent, field)

    def test_a_whole_number_of_hours_is_a_number(self) -> None:
        """96 and 96.0 are one capacity."""
        assert decode(line("officer_updated", capacity_hours_month=96)) == decode(line("officer_updated"))

    def test_an_event_recorded_at_its_own_instant_is_accepted(self) -> None:
        """occurred_at may equal recorded_at."""
        at = "2026-03-09T15:00:00Z"
        assert decode(line("case_reopened", occurred_at=at, recorded_at=at)).occurred_at == to_ms(at)

    def test_form_does_not_matter(self) -> None:
        """White space, order and escapes of JSON may vary."""
        event = example_of(EVENT_MODELS["case_closed"])
        spread = json.dumps(dict(reversed(event.items())), indent=3).replace("c-4f1d20b7a9", "c-\\u0034f1d20b7a9")
        assert decode(line("case_closed")) == decode(spread.encode())

    def test_it_imports_no_model_library(self) -> None:
        """A worker loads Pydantic at its first refusal, not before."""
        program = "import sys, schemas.decode; sys.exit('pydantic' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

    def test_the_memory_for_sources_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A producer that invents a source per event fills no memory."""
        monkeypatch.setattr(soundness, "_SOURCES_KEPT", 4)
        soundness.SOURCES.clear()
        for number in range(50):
            decode(line("clock", source=f"feed-{number}"))
        assert len(soundness.SOURCES) <= 4


class TestEncode:
    @pytest.mark.parametrize("kind", EVENT_MODELS)
    def test_what_is_written_is_read_back(self, kind: str) -> None:
        """A log line has the whole event; the event itself is unchanged."""
        event = decode(line(kind))
        assert event == decode(encode_event(event))
        assert decode(line(kind)) == event

    def test_canonical_json_has_every_field_sorted_and_no_spaces(self) -> None:
        """Equal facts have equal texts, from any producer."""
        expected = (
            '{"case_id":"c-4f1d20b7a9","channel":"office","check_in_id":null,"event_id":"e-000001",'
            '"occurred_at":"2026-03-09T15:00:00.000Z","recorded_at":"2026-03-09T15:02:11.250Z",'
            '"source":"case-feed","type":"check_in_completed","v":1}'
        )
        assert expected == canonical(decode(line("check_in_completed", check_in_id=...)))
        shifted = line("check_in_completed", check_in_id=None, occurred_at="2026-03-09T11:00:00-04:00")
        assert expected == canonical(decode(shifted))

    @pytest.mark.parametrize("kind", EVENT_MODELS)
    def test_canonical_json_is_sorted_json(self, kind: str) -> None:
        """The json module would write the same."""
        text = canonical(decode(line(kind)))
        assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) == text
