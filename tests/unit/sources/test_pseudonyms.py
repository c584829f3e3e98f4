import hashlib
import hmac
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import is_pseudonym
from streams.errors import UsageError
from streams.sources.pseudonym_key import (
    KEY_FILE_VARIABLE,
    NewSecret,
    Secret,
    read_secret,
)
from streams.sources.pseudonyms import Pseudonyms

HEX = "00112233445566778899aabbccddeeff" * 2
SECRET = Secret(HEX.encode(), "the key of the tests")


class TestPseudonyms:
    @given(own=st.binary(max_size=40))
    def test_they_are_ids_of_the_contract_without_a_digit(self, own: bytes) -> None:
        """So nothing in them looks like an A-number."""
        names = Pseudonyms(SECRET, "shop")
        made = [names.case(own), names.officer(own), names.check_in(own), names.hearing(own), names.event(own)]
        assert all(is_pseudonym(name) for name in made)
        assert all(re.fullmatch(r"[cokhe]-[a-p]{24}", name) for name in made)

    def test_the_same_number_of_two_types_has_nothing_in_common(self) -> None:
        """A key for each type of id."""
        names = Pseudonyms(SECRET, "shop")
        made = {names.case(b"7"), names.officer(b"7"), names.check_in(b"7"), names.hearing(b"7"), names.office(b"7")}
        assert 5 == len({name[2:] for name in made})

    def test_the_same_number_of_two_systems_is_two_cases(self) -> None:
        """The namespace is in the derivation."""
        assert Pseudonyms(SECRET, "shop").case(b"7") != Pseudonyms(SECRET, "court").case(b"7")

    def test_the_same_key_gives_the_same_pseudonym(self) -> None:
        """Today and next year: this one is written down here."""
        assert "c-lghdhmcjpakochdpgicfgihc" == Pseudonyms(SECRET, "shop").case(b"7")

    def test_it_is_hmac_sha_256(self) -> None:
        """The padded blocks hashed once make no other function of it."""
        key = hmac.digest(bytes.fromhex(HEX), b"docketwatch pseudonym v1: 4:case,4:shop", hashlib.sha256)
        digits = hmac.digest(key, b"7", hashlib.sha256).hex()[:24]
        assert "c-" + "".join("abcdefghijklmnop"[int(digit, 16)] for digit in digits) == Pseudonyms(
            SECRET, "shop"
        ).case(b"7")

    def test_the_key_id_tells_keys_apart_and_not_more(self) -> None:
        """It does not depend on whose ids they are."""
        other = Secret(HEX[::-1].encode(), "another")
        assert Pseudonyms(SECRET, "shop").key_id == Pseudonyms(SECRET, "court").key_id
        assert Pseudonyms(SECRET, "shop").key_id != Pseudonyms(other, "shop").key_id
        assert re.fullmatch(r"[a-p]{8}", Pseudonyms(SECRET, "shop").key_id)


class TestSecret:
    def test_hex_digits_are_bytes(self) -> None:
        """As openssl writes them, with the line end that echo adds."""
        assert bytes.fromhex(HEX) == Secret(HEX.encode() + b"\r\n", "here").reveal()

    def test_other_bytes_are_taken_as_they_are(self) -> None:
        """A binary key."""
        assert bytes(range(200, 240)) == Secret(bytes(range(200, 240)), "here").reveal()

    @pytest.mark.parametrize(
        ("content", "count"), [(b"", 0), (b"password", 8), (HEX[:32].encode(), 16), (b"x" * 31, 31)]
    )
    def test_a_short_one_is_refused(self, content: bytes, count: int) -> None:
        """The sentence says how long it is, how long it must be and how to make one."""
        with pytest.raises(UsageError) as refused:
            Secret(content, "key.txt")
        expected = (
            f"key.txt: the key has {count} bytes, and 32 are the least: make one with `openssl rand -hex 32 > FILE`"
        )
        assert str(refused.value).startswith(expected)

    def test_one_that_can_be_guessed_is_refused(self) -> None:
        """32 times the same letter is no key."""
        with pytest.raises(UsageError, match="the key repeats a few bytes, so it can be guessed"):
            Secret(b"ab" * 20 + b"z", "key.txt")

    def test_it_does_not_print(self) -> None:
        """Neither in a log nor in a traceback."""
        assert "Secret(...)" == repr(SECRET) == str(SECRET)


class TestReading:
    def test_the_file_that_was_named_comes_first(self, tmp_path: Path) -> None:
        """Before the environment."""
        (tmp_path / "key").write_text(HEX)
        (tmp_path / "other").write_text("f" + HEX[1:])
        other = {KEY_FILE_VARIABLE: str(tmp_path / "other")}
        assert bytes.fromhex(HEX) == read_secret(tmp_path / "key", other).reveal()

    def test_the_environment_names_its_file(self, tmp_path: Path) -> None:
        """When nothing else does."""
        (tmp_path / "key").write_text(HEX)
        assert bytes.fromhex(HEX) == read_secret(None, {KEY_FILE_VARIABLE: str(tmp_path / "key")}).reveal()

    def test_a_key_in_the_environment_is_refused(self) -> None:
        """Even beside a file: it should not be there at all, and it is not told again."""
        with pytest.raises(UsageError, match="holds a key where others can see it: write it to a file") as refused:
            read_secret(None, {"DOCKETWATCH_PSEUDONYM_KEY": HEX, KEY_FILE_VARIABLE: "key"})
        assert HEX not in str(refused.value)

    def test_none_is_told_how_to_make_one(self) -> None:
        """The whole way out in one sentence."""
        with pytest.raises(UsageError) as refused:
            read_secret(None, {})
        assert (
            "ids become pseudonyms with a secret key, and there is none: name its file with --key-file or "
            "DOCKETWATCH_PSEUDONYM_KEY_FILE; make one with `openssl rand -hex 32 > FILE` (or --new-key FILE) and "
            "keep it: another key, other ids"
        ) == str(refused.value)

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        """And how to make one is said."""
        with pytest.raises(
            UsageError, match=r"nokey: the key file cannot be read: No such file or directory; make one"
        ):
            read_secret(tmp_path / "nokey", {})


class TestNewKey:
    def test_only_its_owner_can_read_it(self, tmp_path: Path) -> None:
        """Mode 0600, 32 bytes, and it is what the file holds."""
        made = NewSecret(tmp_path / "key").secret
        assert 0o600 == stat.S_IMODE((tmp_path / "key").stat().st_mode)
        assert 32 == len(made.reveal())
        assert made.reveal() == read_secret(tmp_path / "key", {}).reveal()

    def test_two_are_not_the_same(self, tmp_path: Path) -> None:
        """They are random."""
        assert NewSecret(tmp_path / "one").secret.reveal() != NewSecret(tmp_path / "two").secret.reveal()

    def test_an_old_key_is_never_overwritten(self, tmp_path: Path) -> None:
        """Whoever loses it cannot join what was converted with it."""
        (tmp_path / "key").write_text(HEX)
        with pytest.raises(UsageError, match="is there already, and a key is never overwritten"):
            NewSecret(tmp_path / "key")
        assert HEX == (tmp_path / "key").read_text()
