"""Ids: their characters, their length, and the shape that no pseudonym may have."""

import re

import pytest

from schemas.ids import (
    EVENT_ID_PATTERN,
    ID_PATTERN,
    PSEUDONYM_PATTERN,
    is_event_id,
    is_id,
    is_pseudonym,
    looks_like_a_number,
)


class TestIds:
    @pytest.mark.parametrize("text", ["a", "A-1.b_c:d", "x" * 64, "123", "123456789"])
    def test_an_id_is_1_to_64_of_its_characters(self, text: str) -> None:
        """They are letters, digits, dot, underscore, colon and hyphen."""
        assert is_id(text)
        assert re.search(ID_PATTERN, text)

    @pytest.mark.parametrize("text", ["", "x" * 65, "a b", "a\n", "é", "a/b", "a\x00", "\u0661"])
    def test_anything_else_is_none(self, text: str) -> None:
        """It has no space, no line end, nothing beyond ASCII."""
        assert not is_id(text)

    @pytest.mark.parametrize(
        "text",
        [
            "A1234567",
            "a12345678",
            "A123456789",
            "1234567",
            "123456789",
            "A-123456789",
            "a 1234567",
            "-1234567",
            " 1234567",
        ],
    )
    def test_the_shape_of_an_a_number_is_recognised(self, text: str) -> None:
        """It may have its A, a hyphen or a space, and has 7 to 9 digits."""
        assert looks_like_a_number(text)
        assert not is_pseudonym(text)
        assert not re.search(PSEUDONYM_PATTERN, text)

    @pytest.mark.parametrize("text", ["A123456", "1234567890", "A-123-456-789", "c-1234567", "A1234567x", "AA1234567"])
    def test_the_whole_id_must_have_the_shape(self, text: str) -> None:
        """A pseudonym may contain digits, also many."""
        assert not looks_like_a_number(text)
        assert is_pseudonym(text)
        assert re.search(PSEUDONYM_PATTERN, text)

    @pytest.mark.parametrize("text", ["A1234567", "a123456789", "A-12345678", "a-1234567", "-1234567"])
    def test_an_event_id_is_no_written_a_number(self, text: str) -> None:
        """It must not have the A or a hyphen."""
        assert not is_event_id(text)
        assert not re.search(EVENT_ID_PATTERN, text)

    @pytest.mark.parametrize("text", ["1", "1234567", "123456789", "A123456", "A1234567890", "e-1234567", "x" * 64])
    def test_an_event_id_may_be_a_counter(self, text: str) -> None:
        """It may have any length."""
        assert is_event_id(text)
        assert re.search(EVENT_ID_PATTERN, text)

    @pytest.mark.parametrize("text", ["", "x" * 65, "a b", "a 1234567", " 1234567"])
    def test_an_event_id_is_an_id(self, text: str) -> None:
        """Other characters are refused."""
        assert not is_event_id(text)
        assert not re.search(EVENT_ID_PATTERN, text)
