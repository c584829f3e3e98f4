"""Token files: their users, the error of a wrong line, and the effect of a change."""

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
    def test_a_token_has_a_user_and_a_role(self, tmp_path: Path) -> None:
        """Each role has one file; comments and empty lines are ignored."""
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

    def test_no_token_is_in_memory(self, tmp_path: Path) -> None:
        """A memory dump would show digests."""
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
        """The error has its file and number, and not its token."""
        with pytest.raises(InputError) as caught:
            Tokens({"viewer": a_file(tmp_path / "v", f"# first\n{line}\n")})
        assert str(caught.value).endswith(sentence)
        assert "secret" not in str(caught.value)

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        """The error is one sentence."""
        with pytest.raises(InputError, match=r"none: cannot be read: No such file or directory"):
            Tokens({"viewer": tmp_path / "none"})

    def test_a_removed_token_is_invalid(self, tmp_path: Path) -> None:
        """Its sessions end at once, too."""
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
        """A supervisor who becomes a viewer has to sign in again."""
        viewers, supervisors = a_file(tmp_path / "v", ""), a_file(tmp_path / "s", f"ana {ANA}\n")
        tokens = Tokens({"viewer": viewers, "supervisor": supervisors})
        ana = tokens.identify(ANA)
        assert ana is not None
        a_file(viewers, f"ana {ANA}\n")
        a_file(supervisors, "")

        assert not tokens.knows(ana)

    def test_an_unreadable_file_gives_no_access(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """The log says so; the other files still count."""
        viewers, supervisors = a_file(tmp_path / "v", f"ana {ANA}\n"), a_file(tmp_path / "s", f"bo {BO}\n")
        tokens = Tokens({"viewer": viewers, "supervisor": supervisors})
        viewers.unlink()
        with caplog.at_level(logging.ERROR):
            assert tokens.identify(ANA) is None
        assert tokens.identify(BO) is not None
        assert "no token of the role viewer is accepted" in caplog.text
