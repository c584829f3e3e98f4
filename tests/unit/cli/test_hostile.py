"""Unexpected input of a command: it ends with one sentence that names the fault, exit code 2, and no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.cli import main as cli
from tests.kafka.waiting import LIMIT
from tests.unit.cli.test_evaluate import ASSIGNED, OPENED, UNTIL, log

POLICY = 'name = "mine"\nversion = "1"\nreview_by = 2030-01-01\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory with a log and a policy; it is the current one."""
    monkeypatch.chdir(tmp_path)
    log(tmp_path / "log.jsonl", [OPENED, ASSIGNED])
    (tmp_path / "p.toml").write_text(POLICY)
    return tmp_path


def run(*words: str) -> int | str | None:
    """Return the exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main(list(words))
    return ended.value.code


def child(*words: str, redirect: str = "", **settings: str) -> subprocess.CompletedProcess[bytes]:
    """Start the command as a process whose standard streams are redirected as a shell would."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DOCKETWATCH_")}
    command = ["sh", "-c", f'exec "$@" {redirect}', "sh", sys.executable, "-m", "streams.cli.main", *words]
    return subprocess.run(
        command, env={**ours, "PYTHONPATH": os.pathsep.join(sys.path), **settings}, capture_output=True, timeout=LIMIT,
        check=False,
    )  # fmt: skip


class TestFullStandardOutput:
    @pytest.mark.parametrize(
        "words",
        [
            "--help",
            "config",
            "policy check p.toml",
            f"evaluate log.jsonl --until {UNTIL}",
            f"load log.jsonl --until {UNTIL} --json",
            "schemas export d",
        ],
    )
    def test_it_is_reported(self, here: Path, words: str) -> None:
        """1 would be an answer; and Python prints no second error at its end."""
        done = child(*words.split(), redirect=">/dev/full")
        assert (2, b"docketwatch: the standard output cannot be written: No space left on device\n") == (
            done.returncode,
            done.stderr,
        )

    def test_a_full_standard_error_changes_no_exit_code(self, here: Path) -> None:
        """The error cannot be printed."""
        assert [2, 2] == [
            child(*words, redirect="2>/dev/full").returncode for words in (["policy", "check", "nope"], ["nope"])
        ]


class TestInternalError:
    def test_it_has_its_own_exit_code(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The exit code is 70, and the output has what a bug report needs."""

        def fail(*_: object, **__: object) -> None:
            raise ZeroDivisionError("of a test")

        monkeypatch.setattr(cli.docketwatch, "main", fail)
        assert 70 == run("config")
        printed = capsys.readouterr().err.splitlines()
        assert "Traceback (most recent call last):" == printed[0]
        assert "ZeroDivisionError: of a test" == printed[-2]
        assert "docketwatch: this is a fault of docketwatch; please report the lines above" == printed[-1]


class TestNotUtf8:
    @pytest.mark.parametrize("name", ["DOCKETWATCH_CONSOLE_BIND", "DOCKETWATCH_METRICS_BIND"])
    def test_a_setting(self, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """The error names it and does not repeat the value."""
        monkeypatch.setenv(name, "h\udcff")
        assert 2 == run("config")
        assert f"docketwatch: {name}: must be text in UTF-8\n" == capsys.readouterr().err

    def test_a_file_name_is_printed_unchanged(self, here: Path) -> None:
        """A file name may have any bytes."""
        (here / "p.toml").rename(os.fsdecode(b"p\xff.toml"))
        done = child("policy", "check", os.fsdecode(b"p\xff.toml"), PYTHONUTF8="1")
        assert 0 == done.returncode, done.stderr
        assert done.stdout.startswith(b"p\xff.toml: mine@1 is valid; review due by 2030-01-01\n")

    @pytest.mark.parametrize("name", ["METRICS_TOKEN_FILE", "SASL_PASSWORD_FILE"])
    def test_a_file_with_a_secret(
        self, here: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The error has its setting and its path, and not its bytes."""
        from streams.errors import UsageError
        from streams.kafka.client.settings import Settings

        (here / "secret").write_bytes(b"\xff\xfe")
        monkeypatch.setenv(f"DOCKETWATCH_{name}", "secret")
        with pytest.raises(UsageError, match=f"^DOCKETWATCH_{name}: secret must be text in UTF-8$"):
            getattr(Settings.load(), "metrics_token" if name == "METRICS_TOKEN_FILE" else "sasl_password")


class TestEmptyFolder:
    @pytest.mark.parametrize(
        ("words", "name"),
        [
            (["generate", "--cases", "1", "--out"], "--out"),
            (["schemas", "export"], "DIR"),
            (["monitoring", "export"], "DIR"),
            (["convert", "eoir", "--out", "o"], "DIR"),
        ],
    )
    def test_it_is_not_the_current_folder(
        self, here: Path, words: list[str], name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """An unset variable of a script would otherwise fill, or read, the current directory."""
        before = sorted(here.iterdir())
        assert 2 == run(*words, "")
        assert f"Invalid value for '{name}': must name a folder, and is empty" in capsys.readouterr().err
        assert before == sorted(here.iterdir())


class TestCaseId:
    @pytest.mark.parametrize("case_id", ["", "A123456789", "123456789", "two\nlines", "\udcff"])
    def test_a_malformed_id_is_not_repeated(self, here: Path, case_id: str, capsys: pytest.CaptureFixture[str]) -> None:
        """It may be a person's number."""
        assert 2 == run("explain", case_id, "log.jsonl")
        assert capsys.readouterr().err.startswith("docketwatch: CASE_ID must be 1 to 64 characters, each one of ")
