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
        """No part of them looks like an A-number."""
        names = Pseudonyms(SECRET, "shop")
        made = [names.case(own), names.officer(own), names.check_in(own), names.hearing(own), names.event(own)]
        assert all(is_pseudonym(name) for name in made)
        assert all(re.fullmatch(r"[cokhe]-[a-p]{24}", name) for name in made)

    def test_one_number_of_two_types_has_unrelated_pseudonyms(self) -> None:
        """Each type of id has its key."""
        names = Pseudonyms(SECRET, "shop")
        made = {names.case(b"7"), names.officer(b"7"), names.check_in(b"7"), names.hearing(b"7"), names.office(b"7")}
        assert 5 == len({name[2:] for name in made})

    def test_one_number_of_two_systems_is_two_cases(self) -> None:
        """The derivation includes the namespace."""
        assert Pseudonyms(SECRET, "shop").case(b"7") != Pseudonyms(SECRET, "court").case(b"7")

    def test_the_same_key_gives_the_same_pseudonym(self) -> None:
        """The expected pseudonym is written down here."""
        assert "c-lghdhmcjpakochdpgicfgihc" == Pseudonyms(SECRET, "shop").case(b"7")

    def test_it_is_hmac_sha_256(self) -> None:
        """Hashing the padded blocks once does not change the function."""
        key = hmac.digest(bytes.fromhex(HEX), b"docketwatch pseudonym v1: 4:case,4:shop", hashlib.sha256)
        digits = hmac.digest(key, b"7", hashlib.sha256).hex()[:24]
        assert "c-" + "".join("abcdefghijklmnop"[int(digit, 16)] for digit in digits) == Pseudonyms(
            SECRET, "shop"
        ).case(b"7")

    def test_the_key_id_distinguishes_only_keys(self) -> None:
        """It does not depend on the kind of ids."""
        other = Secret(HEX[::-1].encode(), "another")
        assert Pseudonyms(SECRET, "shop").key_id == Pseudonyms(SECRET, "court").key_id
        assert Pseudonyms(SECRET, "shop").key_id != Pseudonyms(other, "shop").key_id
        assert re.fullmatch(r"[a-p]{8}", Pseudonyms(SECRET, "shop").key_id)


class TestSecret:
    def test_hex_digits_are_bytes(self) -> None:
        """openssl writes them so, with the line end that echo adds."""
        assert bytes.fromhex(HEX) == Secret(HEX.encode() + b"\r\n", "here").reveal()

    def test_other_bytes_are_used_unchanged(self) -> None:
        """They are a binary key."""
        assert bytes(range(200, 240)) == Secret(bytes(range(200, 240)), "here").reveal()

    @pytest.mark.parametrize(
        ("content", "count"), [(b"", 0), (b"password", 8), (HEX[:32].encode(), 16), (b"x" * 31, 31)]
    )
    def test_a_short_one_is_refused(self, content: bytes, count: int) -> None:
        """The error has its length, the required length, and how to make one."""
        with pytest.raises(UsageError) as refused:
            Secret(content, "key.txt")
        expected = (
            f"key.txt: the key has {count} bytes, and 32 are the least: make one with `openssl rand -hex 32 > FILE`"
        )
        assert str(refused.value).startswith(expected)

    def test_a_guessable_one_is_refused(self) -> None:
        """32 times the same letter is no key."""
        with pytest.raises(UsageError, match="the key repeats a few bytes, so it can be guessed"):
            Secret(b"ab" * 20 + b"z", "key.txt")

    def test_it_does_not_print(self) -> None:
        """No log and no traceback shows it."""
        assert "Secret(...)" == repr(SECRET) == str(SECRET)


class TestReading:
    def test_the_option_comes_first(self, tmp_path: Path) -> None:
        """It overrides the environment."""
        (tmp_path / "key").write_text(HEX)
        (tmp_path / "other").write_text("f" + HEX[1:])
        other = {KEY_FILE_VARIABLE: str(tmp_path / "other")}
        assert bytes.fromhex(HEX) == read_secret(tmp_path / "key", other).reveal()

    def test_the_environment_names_its_file(self, tmp_path: Path) -> None:
        """It is used without the option."""
        (tmp_path / "key").write_text(HEX)
        assert bytes.fromhex(HEX) == read_secret(None, {KEY_FILE_VARIABLE: str(tmp_path / "key")}).reveal()

    def test_a_key_in_the_environment_is_refused(self) -> None:
        """This holds even beside a file: the variable should not exist, and the error does not repeat it."""
        with pytest.raises(UsageError, match="holds a key where others can see it: write it to a file") as refused:
            read_secret(None, {"DOCKETWATCH_PSEUDONYM_KEY": HEX, KEY_FILE_VARIABLE: "key"})
        assert HEX not in str(refused.value)

    def test_without_a_key_the_error_says_how_to_make_one(self) -> None:
        """One sentence has every step."""
        with pytest.raises(UsageError) as refused:
            read_secret(None, {})
        assert (
            "ids become pseudonyms with a secret key, and there is none: name its file with --key-file or "
            "DOCKETWATCH_PSEUDONYM_KEY_FILE; make one with `openssl rand -hex 32 > FILE` (or --new-key FILE) and "
            "keep it: another key, other ids"
        ) == str(refused.value)

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        """The error says how to make one."""
        with pytest.raises(
            UsageError, match=r"nokey: the key file cannot be read: No such file or directory; make one"
        ):
            read_secret(tmp_path / "nokey", {})


class TestNewKey:
    def test_only_its_owner_can_read_it(self, tmp_path: Path) -> None:
        """The mode is 0600, and the file has the 32 bytes."""
        made = NewSecret(tmp_path / "key").secret
        assert 0o600 == stat.S_IMODE((tmp_path / "key").stat().st_mode)
        assert 32 == len(made.reveal())
        assert made.reveal() == read_secret(tmp_path / "key", {}).reveal()

    def test_two_are_different(self, tmp_path: Path) -> None:
        """They are random."""
        assert NewSecret(tmp_path / "one").secret.reveal() != NewSecret(tmp_path / "two").secret.reveal()

    def test_an_old_key_is_never_overwritten(self, tmp_path: Path) -> None:
        """Without it no later conversion could match the earlier ones."""
        (tmp_path / "key").write_text(HEX)
        with pytest.raises(UsageError, match="is there already, and a key is never overwritten"):
            NewSecret(tmp_path / "key")
        assert HEX == (tmp_path / "key").read_text()
