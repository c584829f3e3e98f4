"""What no command expects: it ends in one sentence that names the fault, with exit code 2, and in no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.cli import main as cli
from tests.unit.cli.test_evaluate import ASSIGNED, OPENED, UNTIL, log

POLICY = 'name = "mine"\nversion = "1"\nreview_by = 2030-01-01\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a log and a policy; the current one."""
    monkeypatch.chdir(tmp_path)
    log(tmp_path / "log.jsonl", [OPENED, ASSIGNED])
    (tmp_path / "p.toml").write_text(POLICY)
    return tmp_path


def run(*words: str) -> int | str | None:
    """Exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main(list(words))
    return ended.value.code


def child(*words: str, redirect: str = "", **settings: str) -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own, its standard streams as a shell would redirect them."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DOCKETWATCH_")}
    command = ["sh", "-c", f'exec "$@" {redirect}', "sh", sys.executable, "-m", "streams.cli.main", *words]
    return subprocess.run(
        command, env={**ours, "PYTHONPATH": os.pathsep.join(sys.path), **settings}, capture_output=True, timeout=120,
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
    def test_it_is_named(self, here: Path, words: str) -> None:
        """1 would be an answer; and Python does not complain once more at its end."""
        done = child(*words.split(), redirect=">/dev/full")
        assert (2, b"docketwatch: the standard output cannot be written: No space left on device\n") == (
            done.returncode,
            done.stderr,
        )

    def test_a_full_standard_error_changes_no_exit_code(self, here: Path) -> None:
        """There is nowhere to say what is wrong."""
        assert [2, 2] == [
            child(*words, redirect="2>/dev/full").returncode for words in (["policy", "check", "nope"], ["nope"])
        ]


class TestAFaultOfOurs:
    def test_it_is_no_answer(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """Exit 70, with what a report of it needs."""

        def fail(*_: object, **__: object) -> None:
            raise ZeroDivisionError("of a test")

        monkeypatch.setattr(cli.docketwatch, "main", fail)
        assert 70 == run("config")
        said = capsys.readouterr().err.splitlines()
        assert "Traceback (most recent call last):" == said[0]
        assert "ZeroDivisionError: of a test" == said[-2]
        assert "docketwatch: this is a fault of docketwatch; please report the lines above" == said[-1]


class TestNotUtf8:
    @pytest.mark.parametrize("name", ["DOCKETWATCH_CONSOLE_BIND", "DOCKETWATCH_METRICS_BIND"])
    def test_a_setting(self, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """It is named and not repeated."""
        monkeypatch.setenv(name, "h\udcff")
        assert 2 == run("config")
        assert f"docketwatch: {name}: must be text in UTF-8\n" == capsys.readouterr().err

    def test_the_name_of_a_file_is_printed_as_it_is(self, here: Path) -> None:
        """It may be any bytes."""
        (here / "p.toml").rename(os.fsdecode(b"p\xff.toml"))
        done = child("policy", "check", os.fsdecode(b"p\xff.toml"), PYTHONUTF8="1")
        assert 0 == done.returncode, done.stderr
        assert done.stdout.startswith(b"p\xff.toml: mine@1 is valid; review due by 2030-01-01\n")

    @pytest.mark.parametrize("name", ["METRICS_TOKEN_FILE", "SASL_PASSWORD_FILE"])
    def test_a_file_with_a_secret(
        self, here: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Its setting and its path, not its bytes."""
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
    def test_it_is_not_where_one_stands(
        self, here: Path, words: list[str], name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A variable of a script that is not set would fill, or read, the current directory."""
        before = sorted(here.iterdir())
        assert 2 == run(*words, "")
        assert f"Invalid value for '{name}': must name a folder, and is empty" in capsys.readouterr().err
        assert before == sorted(here.iterdir())


class TestCaseId:
    @pytest.mark.parametrize("case_id", ["", "A123456789", "123456789", "two\nlines", "\udcff"])
    def test_what_is_none_is_not_repeated(self, here: Path, case_id: str, capsys: pytest.CaptureFixture[str]) -> None:
        """It may be somebody's number."""
        assert 2 == run("explain", case_id, "log.jsonl")
        assert capsys.readouterr().err.startswith("docketwatch: CASE_ID must be 1 to 64 characters, each one of ")
