"""Tokens from files: who comes in, what a wrong line is told, and what a change of a file does."""

import logging
from pathlib import Path

import pytest

from streams.errors import InputError
from streams.web.tokens import Tokens

ANA, BO = "a" * 24, "b" * 24


def a_file(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


class TestTokens:
    def test_a_token_names_who_bears_it_and_what_he_may_see(self, tmp_path: Path) -> None:
        """One file a role; remarks and empty lines are none."""
        tokens = Tokens(
            {
                "viewer": a_file(tmp_path / "v", f"# readers\n\nana {ANA}\n"),
                "supervisor": a_file(tmp_path / "s", f"bo\t{BO}\n"),
            }
        )

        ana, bo = tokens.identify(ANA), tokens.identify(BO)
        assert ana is not None
        assert bo is not None
        assert [("ana", "viewer"), ("bo", "supervisor")] == [(each.actor, each.role) for each in (ana, bo)]
        assert tokens.identify("c" * 24) is None
        assert tokens.identify("") is None
        assert len(tokens) == 2

    def test_no_token_is_kept(self, tmp_path: Path) -> None:
        """What a dump of the memory would show is digests."""
        ana = Tokens({"viewer": a_file(tmp_path / "v", f"ana {ANA}")}).identify(ANA)
        assert ANA not in repr(ana)

    @pytest.mark.parametrize(
        ("line", "sentence"),
        [
            ("ana", "v:2: must be a name and a token, divided by a blank"),
            (f"ana {ANA} {BO}", "v:2: must be a name and a token, divided by a blank"),
            (f"an/a {ANA}", "v:2: name: must be 1 to 128 characters, each one of A-Z a-z 0-9 . _ : @ + -"),
            ("ana secret", "v:2: token: must be 24 characters or more, such as `openssl rand -hex 24` makes"),
        ],
    )
    def test_a_wrong_line_is_named(self, tmp_path: Path, line: str, sentence: str) -> None:
        """With its file and number, and without its token."""
        with pytest.raises(InputError) as caught:
            Tokens({"viewer": a_file(tmp_path / "v", f"# first\n{line}\n")})
        assert str(caught.value).endswith(sentence)
        assert "secret" not in str(caught.value)

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        """One sentence."""
        with pytest.raises(InputError, match=r"none: cannot be read: No such file or directory"):
            Tokens({"viewer": tmp_path / "none"})

    def test_a_token_that_was_taken_out_counts_no_more(self, tmp_path: Path) -> None:
        """At once, also for who came in with it."""
        file = a_file(tmp_path / "v", f"ana {ANA}\n")
        tokens = Tokens({"viewer": file})
        ana = tokens.identify(ANA)
        assert ana is not None
        assert tokens.knows(ana)
        a_file(tmp_path / "v", f"bo {BO}\n")

        assert not tokens.knows(ana)
        assert tokens.identify(ANA) is None
        assert tokens.identify(BO) is not None

    def test_a_token_of_another_role_is_another(self, tmp_path: Path) -> None:
        """Who was a supervisor and is a viewer now has to come in again."""
        viewers, supervisors = a_file(tmp_path / "v", ""), a_file(tmp_path / "s", f"ana {ANA}\n")
        tokens = Tokens({"viewer": viewers, "supervisor": supervisors})
        ana = tokens.identify(ANA)
        assert ana is not None
        a_file(viewers, f"ana {ANA}\n")
        a_file(supervisors, "")

        assert not tokens.knows(ana)

    def test_a_file_that_cannot_be_checked_opens_nothing(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is said in the log; the other files go on."""
        viewers, supervisors = a_file(tmp_path / "v", f"ana {ANA}\n"), a_file(tmp_path / "s", f"bo {BO}\n")
        tokens = Tokens({"viewer": viewers, "supervisor": supervisors})
        viewers.unlink()
        with caplog.at_level(logging.ERROR):
            assert tokens.identify(ANA) is None
        assert tokens.identify(BO) is not None
        assert "no token of the role viewer is accepted" in caplog.text
