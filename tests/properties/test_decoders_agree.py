"""The hot decoder and the exact reader accept the same records, read the same values, and refuse with one message.

Valid events are mutated as producers, bugs and attackers would, on the JSON text itself, so that the test includes what
only a text can hold (order, white space, escapes, repeated fields, forms of numbers, broken bytes). CI runs a bounded
number of examples; `DOCKETWATCH_FUZZ=100000 python -m pytest tests/properties/test_decoders_agree.py` runs more.
"""

import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas import plain_primitives
from schemas.decode import Refused, canonical, decode, encode_event
from schemas.events import EVENT_MODELS, Event
from schemas.examples import examples
from schemas.reading import read
from tests.uncompiled import in_python

EXAMPLES = int(os.environ.get("DOCKETWATCH_FUZZ", "600"))
EVENTS = examples()
FIELDS = sorted({name for event in EVENTS.values() for name in event})
ANY = TypeAdapter(Event)

fuzz = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(params=["as installed", "in Python"], scope="module", autouse=True)
def decoder(request: pytest.FixtureRequest) -> Iterator[None]:
    """The decoder as installed, and the one that asks Python about ids, instants and quotation marks."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "in Python":
            plain = in_python("schemas.hot_checks", "schemas.decode")
            for name in plain_primitives.__all__:
                patch.setattr(plain["schemas.hot_checks"], name, getattr(plain_primitives, name))
            patch.setitem(globals(), "decode", plain["schemas.decode"].decode)
        yield


# the JSON text of a value
INSTANT_TEXTS = [
    "2026-03-09T15:00:00Z",
    "2026-03-09 15:00:00z",
    "2026-03-09t15:00:00.1234567890123-23:59",
    "2026-03-09T15:00:00+00:00",
    "2026-03-09T15:00:00-00:00",
    "2026-03-09T15:00:00",
    "2026-03-09",
    "2026-03-09T15:00:60Z",
    "2026-03-09T24:00:00Z",
    "2026-02-29T00:00:00Z",
    "2026-03-09T15:00:00+24:00",
    "2026-03-09T15:00:00+0100",
    "2026-03-09T15:00Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+00:01",
    "1899-12-31T23:59:59.999Z",
    "1900-01-01T00:00:00.000Z",
    "1900-01-01T00:00:00+00:01",
    "1899-12-31T23:59:59.999-00:01",
    "9999-12-31T23:59:59.999Z",
    "9999-12-31T23:59:59-00:01",
    "1900-02-28T23:59:59.9Z",
    "2026-03-09T15:00:00.Z",
    "\u0662026-03-09T15:00:00Z",
    "1773068400000",
]
IDS = [
    "",
    "a",
    "x" * 64,
    "x" * 65,
    "A1234567",
    "a-123456789",
    "A 12345678",
    "1234567",
    "123456",
    "1234567890",
    "-12345678",
    "c-1234567",
    "A123456789\n",
    "\nA1234567",
    "a\nb",
    "a b",
    "é",
    "\u0661234567",
    "\uff21" + "1234567",
    "a\x00",
    '"',
    "\\",
    "\U0001f600",
    "check_in_id",
    '"check_in_id":',
    "protected",
]
RAW_VALUES = [
    "null",
    "true",
    "false",
    "0",
    "1",
    "1.0",
    "1e0",
    "10e-1",
    "-0",
    "-0.0",
    "01",
    "1.",
    ".5",
    "+1",
    "744",
    "744.0000000001",
    "1e308",
    "1e400",
    "-1e-400",
    "9223372036854775807",
    "9223372036854775808",
    "123456789012345678901234567890",
    "9" * 5000,
    "NaN",
    "Infinity",
    "-Infinity",
    "{}",
    "[]",
    '{"v":1}',
    '["a"]',
    "[" * 300 + "]" * 300,
    "[" * 5000,
    '"\\u0000"',
    '"\\ud800"',
    '"\\ud800\\udc00"',
    '"\\udc00\\ud800"',
    '"\\u00"',
    '"\\x41"',
    '"\x01"',
    '"\t"',
    "'a'",
    "undefined",
    "",
    '"unterminated',
]

texts = st.one_of(
    st.sampled_from(INSTANT_TEXTS),
    st.sampled_from(IDS),
    st.sampled_from(sorted({str(value) for event in EVENTS.values() for value in event.values()})),
    st.text(max_size=70),
    st.from_regex(r"\A[A-Za-z0-9._:-]{0,66}\Z"),
    st.from_regex(r"\A[Aa]?[- ]?[0-9]{5,11}\Z"),
    st.from_regex(
        r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,10})?(Z|[+-][0-9]{2}:[0-9]{2})\Z"
    ),
)
values = st.one_of(
    texts.map(json.dumps),
    texts.map(lambda text: json.dumps(text, ensure_ascii=False)),
    texts.map(lambda text: '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else c for c in text) + '"'),
    st.sampled_from(RAW_VALUES),
    st.integers().map(str),
    st.floats().map(repr),
)
names = st.one_of(
    st.sampled_from(FIELDS).map(json.dumps),
    st.sampled_from(FIELDS).map(lambda name: f'"\\u{ord(name[0]):04x}{name[1:]}"'),
    st.sampled_from(FIELDS).map(lambda name: json.dumps(name.upper())),
    st.text(max_size=12).map(json.dumps),
    st.sampled_from(['"\\ud800"', '""', "'v'", "v", '"v\x00"']),
)
spaces = st.sampled_from([*["", "", " ", "\n", "\t\r "] * 8, "\u00a0", "\x0b", "/**/"])

Members = list[tuple[str, str]]


@st.composite
def members(draw: st.DrawFn) -> Members:
    """Draw the members of an event as JSON texts, slightly mutated, so that almost valid events occur most."""
    event = EVENTS[draw(st.sampled_from(sorted(EVENTS)))]
    pairs: Members = [(json.dumps(name), json.dumps(value)) for name, value in event.items()]
    random.Random(draw(st.integers(0, 99))).shuffle(pairs)
    for _ in range(draw(st.integers(0, 3))):
        index = draw(st.integers(0, len(pairs) - 1)) if pairs else 0
        match draw(st.sampled_from(["drop", "value", "value", "name", "add", "twice", "twice", "other", "type"])):
            case "drop" if pairs:
                del pairs[index]
            case "value" if pairs:
                pairs[index] = (pairs[index][0], draw(values))
            case "name" if pairs:
                pairs[index] = (draw(names), pairs[index][1])
            case "add":
                pairs.insert(index, (draw(names), draw(values)))
            case "twice" if pairs:
                again = pairs[index] if draw(st.booleans()) else (pairs[index][0], draw(values))
                pairs.insert(draw(st.integers(0, len(pairs))), again)
            case "other":
                name, value = draw(st.sampled_from(sorted(EVENTS[draw(st.sampled_from(sorted(EVENTS)))].items())))
                pairs.append((json.dumps(name), json.dumps(value)))
            case "type":
                kind = json.dumps(draw(st.sampled_from(sorted(EVENTS))))
                pairs = [(name, kind if name == '"type"' else value) for name, value in pairs]
            case _:
                pass
    return pairs


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """Draw the bytes of a record: members with odd white space, sometimes truncated or with a byte changed."""
    pairs = draw(members())
    if draw(st.integers(0, 3)):
        text = "{" + ",".join(f"{name}:{value}" for name, value in pairs) + "}"
    else:
        a, b, c, d = (draw(spaces) for _ in range(4))
        text = a + "{" + b + f"{b},{c}".join(f"{name}{c}:{d}{value}" for name, value in pairs) + d + "}" + a
    raw = text.encode("utf-8", "surrogatepass")
    match draw(st.integers(0, 39)):
        case 0:
            return raw[: draw(st.integers(0, len(raw)))]
        case 1 if raw:
            index = draw(st.integers(0, len(raw) - 1))
            return raw[:index] + draw(st.binary(max_size=2)) + raw[index + 1 :]
        case 2:
            return (
                draw(st.sampled_from([b"\xef\xbb\xbf", b"", b"[", b"\x00"]))
                + raw
                + draw(st.sampled_from([b"", b"]", b"{}"]))
            )
    return raw


def outcome(reader: Any, raw: bytes) -> tuple[str, Any]:
    """Return a reader's result for a record; any exception but a refusal fails the test."""
    try:
        return "taken", reader(raw)
    except Refused as refused:
        return "refused", (refused.code, refused.field, refused.sentence)


def agree(raw: bytes) -> None:
    fast, exact = outcome(decode, raw), outcome(read, raw)
    assert fast[0] == exact[0]
    if fast[0] == "refused":
        assert exact[1] == fast[1]
        return
    event, model = fast[1], exact[1]
    assert model.model_dump() == {
        **{name: getattr(event, name) for name in event.__struct_fields__},
        "type": event.type,
    }
    # and they stay so, whichever reader continues
    assert decode(encode_event(event)) == event
    assert decode(canonical(event).encode()) == event
    assert model == ANY.validate_json(raw)


class TestDecodersAgree:
    @given(records())
    @example(b'{"v":1,"v":1}')
    @fuzz
    def test_on_mutated_events(self, raw: bytes) -> None:
        """Both accept them with the same values, or both refuse them with the same message."""
        agree(raw)

    @given(
        st.one_of(
            st.binary(max_size=80), st.sampled_from(RAW_VALUES).map(str.encode), st.text(max_size=60).map(str.encode)
        )
    )
    @fuzz
    def test_on_random_bytes(self, raw: bytes) -> None:
        """Both refuse noise and raise no other error."""
        agree(raw)

    @pytest.mark.parametrize("kind", sorted(EVENTS))
    def test_on_every_shape_of_each_id(self, kind: str) -> None:
        """A text like an A-number is refused in every field that may not have one, and nowhere else."""
        event = EVENTS[kind]
        for name in (name for name, value in event.items() if isinstance(value, str)):
            for text in IDS:
                agree(json.dumps({**event, name: text}).encode())

    @given(st.sampled_from(sorted(EVENTS)), st.data())
    @fuzz
    def test_on_one_value_of_each_field(self, kind: str, data: st.DataObject) -> None:
        """Every field of every type is tested with every odd value."""
        event = EVENTS[kind]
        name = data.draw(st.sampled_from(sorted(event)))
        pairs = [(json.dumps(n), data.draw(values) if n == name else json.dumps(v)) for n, v in event.items()]
        agree(("{" + ",".join(f"{n}:{v}" for n, v in pairs) + "}").encode("utf-8", "surrogatepass"))

    @given(records())
    @fuzz
    def test_the_published_model_accepts_no_more(self, raw: bytes) -> None:
        """An event that the models accept is not refused here, except for repeated fields."""
        try:
            ANY.validate_json(raw)
        except ValidationError:
            assert outcome(decode, raw)[0] == "refused"
        else:
            verdict = outcome(decode, raw)
            assert verdict[0] == "taken" or verdict[1][0] in ("duplicate_field", "oversized", "not_json")

    def test_every_type_is_among_the_examples(self) -> None:
        """The fuzz starts from all of them."""
        assert set(EVENT_MODELS) == set(EVENTS)
