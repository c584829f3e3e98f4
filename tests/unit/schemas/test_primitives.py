"""The checks of every event: equal in C and in Python, and compiled where a compiler is available."""

from importlib import import_module
from types import ModuleType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import plain_primitives, primitives
from schemas.instants import to_text
from tests.compiler import needs_compiler

DIGITS = st.text("0123456789", min_size=5, max_size=11)
IDS = st.one_of(
    st.text("Ab9._:-", max_size=66),
    st.text(max_size=8),
    st.builds("{}{}{}".format, st.sampled_from(["", "A", "a", "b"]), st.sampled_from(["", "-", " ", "--"]), DIGITS),
)
PLACES = st.integers(0, 23)
LETTERS = st.sampled_from([*"0123456789-:.TtZz +", "\u0662", "\0"])
INSTANTS = st.integers(-62_135_596_800_000, 253_402_300_799_999).map(to_text)


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    return import_module("schemas._primitives")


@needs_compiler
def test_an_installation_with_a_compiler_has_compiled_them() -> None:
    """Otherwise the other tests would compare Python with itself."""
    assert primitives.COMPILED


@needs_compiler
@given(text=IDS)
@example(text="")
@example(text="x" * 64)
@example(text="x" * 65)
@example(text="A-123456789")
@example(text="a1234567")
@example(text="1234567\n")
def test_ids_are_checked_alike(compiled: ModuleType, text: str) -> None:
    """The checks are for ids and for numbers of persons."""
    assert compiled.is_id(text) is plain_primitives.is_id(text)
    assert compiled.is_pseudonym(text) is plain_primitives.is_pseudonym(text)
    assert compiled.is_event_id(text) is plain_primitives.is_event_id(text)


@needs_compiler
@given(raw=st.binary() | st.text('ab"\\\\').map(str.encode))
def test_quotation_marks_are_counted_alike(compiled: ModuleType, raw: bytes) -> None:
    """The record may be anything."""
    assert compiled.count_quotes(raw) == plain_primitives.count_quotes(raw)


@needs_compiler
@given(text=INSTANTS)
@example(text="0001-01-01T00:00:00.000Z")
@example(text="1899-12-31T23:59:59.999Z")
@example(text="1900-01-01T00:00:00.000Z")
@example(text="1900-02-28T23:59:59.999Z")
@example(text="2000-02-29T00:00:00.000Z")
@example(text="9999-12-31T23:59:59.999Z")
def test_an_instant_is_read_alike(compiled: ModuleType, text: str) -> None:
    """Every millisecond of RFC 3339 is read; an instant before 1900 is refused with the same message."""
    assert result(compiled, text) == result(plain_primitives, text)


@needs_compiler
@given(text=INSTANTS, index=PLACES, letter=LETTERS, second=st.tuples(PLACES, LETTERS) | st.none())
@example(text="2026-02-28T00:00:00.000Z", index=9, letter="9", second=None)
@example(text="2100-02-28T00:00:00.000Z", index=9, letter="9", second=None)
@example(text="2026-04-30T00:00:00.000Z", index=9, letter="1", second=None)
@example(text="2026-01-01T00:00:00.000Z", index=6, letter="0", second=None)
@example(text="2026-01-19T00:00:00.000Z", index=11, letter="2", second=(12, "4"))
@example(text="0001-01-01T00:00:00.000Z", index=3, letter="0", second=None)
@pytest.mark.parametrize("cut", [24, 23])
def test_almost_valid_instants_are_treated_alike(
    compiled: ModuleType, text: str, index: int, letter: str, second: tuple[int, str] | None, cut: int
) -> None:
    """The messages are equal, too."""
    letters = list(text)
    letters[index] = letter
    if second is not None:
        letters[second[0]] = second[1]
    wrong = "".join(letters)[:cut]

    assert result(compiled, wrong) == result(plain_primitives, wrong)


def result(asked: ModuleType, text: str) -> int | str:
    try:
        answer: int = asked.instant(text)
    except ValueError as error:
        return str(error)
    return answer
