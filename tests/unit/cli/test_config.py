"""`docketwatch config`: the settings in effect and their origins, without secrets."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from streams.cli.reference.effective_settings import effective_settings
from streams.kafka.client.settings import Settings
from streams.web.settings import ConsoleSettings
from tests.unit.cli.test_evaluate import run


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("DOCKETWATCH_"):
            monkeypatch.delenv(name)


def rows(out: str) -> dict[str, tuple[str, str]]:
    """Return value and origin by variable."""
    return {name: (value, origin) for name, value, origin in (line.split() for line in out.splitlines())}


class TestOrigins:
    def test_each_value_names_its_origin(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A flag overrides the environment, which overrides the default."""
        monkeypatch.setenv("DOCKETWATCH_PREFIX", "mine")
        monkeypatch.setenv("DOCKETWATCH_GROUP", "night")
        code, out, err = run(capsys, "config", "--prefix", "yours")
        found = rows(out)
        assert (0, "") == (code, err)
        assert ("yours", "flag") == found["DOCKETWATCH_PREFIX"]
        assert ("night", "environment") == found["DOCKETWATCH_GROUP"]
        assert ("8", "default") == found["DOCKETWATCH_PARTITIONS"]
        assert ("-", "default") == found["DOCKETWATCH_INSTANCE_ID"]

    def test_a_value_set_to_the_default_counts_as_set(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A variable in small letters is read, too."""
        monkeypatch.setenv("docketwatch_partitions", "8")
        assert ("8", "environment") == rows(run(capsys, "config")[1])["DOCKETWATCH_PARTITIONS"]

    def test_every_setting_is_listed(self, capsys: pytest.CaptureFixture[str]) -> None:
        """JSON and text have the same; those of the console are there only if one of them is set."""
        names = [f"DOCKETWATCH_{name.upper()}" for name in Settings.model_fields]
        assert names == list(rows(run(capsys, "config")[1]))
        result = json.loads(run(capsys, "config", "--json")[1])
        assert names == [each["name"] for each in result["settings"]]
        assert [] == result["unknown"]

    def test_the_console_is_listed_when_it_is_set_up(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        """The output has the path of its tokens and not the tokens."""
        tokens = tmp_path / "tokens"
        tokens.write_text("ann s3cret\n")
        monkeypatch.setenv("DOCKETWATCH_CONSOLE_VIEWER_TOKENS_FILE", str(tokens))
        code, out, err = run(capsys, "config")
        found = rows(out)
        assert (0, (str(tokens), "environment")) == (code, found["DOCKETWATCH_CONSOLE_VIEWER_TOKENS_FILE"])
        assert ("9180", "default") == found["DOCKETWATCH_CONSOLE_PORT"]
        assert len(found) == len(Settings.model_fields) + len(ConsoleSettings.model_fields)
        assert "s3cret" not in out + err

    @pytest.mark.parametrize(
        ("span", "text"),
        [
            ({"milliseconds": 0}, "0s"),
            ({"milliseconds": 1500}, "1500ms"),
            ({"seconds": 90}, "90s"),
            ({"days": 1}, "1d"),
        ],
    )
    def test_a_duration_is_written_as_it_is_read(self, span: dict[str, int], text: str) -> None:
        """Every printed value is valid input."""
        settings = Settings.load(hold_back=timedelta(**span))
        (result,) = (each.value for each in effective_settings(settings, {}) if each.name == "DOCKETWATCH_HOLD_BACK")
        assert text == result
        assert settings.hold_back == Settings.load(hold_back=result).hold_back


class TestSecrets:
    def test_a_password_file_is_named_and_not_read(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        """Neither form has its contents."""
        file = tmp_path / "password"
        file.write_text("s3cret\n")
        monkeypatch.setenv("DOCKETWATCH_SASL_PASSWORD_FILE", str(file))
        for words in (["config"], ["config", "--json"]):
            code, out, err = run(capsys, *words)
            assert 0 == code
            assert str(file) in out
            assert "s3cret" not in out + err

    def test_a_key_in_the_environment_is_masked(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It is the only secret that a variable may hold itself."""
        monkeypatch.setenv("DOCKETWATCH_PSEUDONYM_KEY", "s3cret-s3cret")
        code, out, err = run(capsys, "config")
        assert (0, ("********", "environment")) == (code, rows(out)["DOCKETWATCH_PSEUDONYM_KEY"])
        assert "s3cret" not in out + err


class TestUnknownVariables:
    def test_a_misspelt_variable_is_reported_with_the_nearest(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The exit code is 1; the value is not printed, because it may be a password."""
        monkeypatch.setenv("DOCKETWATCH_SESION_TIMEOUT", "s3cret")
        code, out, err = run(capsys, "config")
        assert 1 == code
        assert "DOCKETWATCH_SESION_TIMEOUT is set but unknown: did you mean DOCKETWATCH_SESSION_TIMEOUT?\n" == err
        assert "s3cret" not in out + err

    def test_one_without_a_near_name_is_reported_alone(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """There is no suggestion; JSON says the same."""
        monkeypatch.setenv("DOCKETWATCH_ZZZ", "s3cret")
        code, out, err = run(capsys, "config", "--json")
        assert (1, "DOCKETWATCH_ZZZ is set but unknown\n") == (code, err)
        assert [{"name": "DOCKETWATCH_ZZZ", "meant": None}] == json.loads(out)["unknown"]
        assert "s3cret" not in out

    def test_variables_of_the_tests_are_known(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Other programs read them."""
        monkeypatch.setenv("DOCKETWATCH_REQUIRE_KAFKA", "1")
        assert (0, "") == run(capsys, "config")[::2]

    def test_a_wrong_value_is_one_sentence(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The message is the same as in every command."""
        monkeypatch.setenv("DOCKETWATCH_SESSION_TIMEOUT", "1s")
        assert (2, "", "docketwatch: DOCKETWATCH_SESSION_TIMEOUT: must be 6s or more\n") == run(capsys, "config")
