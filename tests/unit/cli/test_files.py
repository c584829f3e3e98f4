"""The files of every command: no output replaces an input, `-` is a standard stream, and outputs are complete."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kafka.waiting import LIMIT
from tests.unit.cli.file_commands import (
    CLASHES,
    CSV,
    ENVIRONMENT,
    EOIR,
    EVALUATE,
    KEY,
    MAPPING,
    POLICY,
    ROWS,
    child,
    contents,
    run,
)
from tests.unit.cli.test_evaluate import ASSIGNED, OPENED, UNTIL, log
from tests.unit.sources.eoir_files import Release


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory with one of every input; it is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DOCKETWATCH_PSEUDONYM_KEY_FILE", raising=False)
    log(tmp_path / "log.jsonl", [OPENED, ASSIGNED])
    for name, text in (("p.toml", POLICY), ("key", KEY), ("in.csv", ROWS), ("m.toml", MAPPING)):
        (tmp_path / name).write_text(text)
    (tmp_path / "in.xes").write_text("<log/>")
    Release().case(7).proceeding(1, 7).hearing(1, 1, 7).write(tmp_path / "release")
    return tmp_path


class TestNoOutputIsAnInput:
    @pytest.mark.parametrize(("words", "output", "other"), CLASHES)
    def test_it_is_refused(
        self, here: Path, capsys: pytest.CaptureFixture[str], words: str, output: str, other: str
    ) -> None:
        """The exit code is 2, the message names both, and no file changes."""
        for folder in ("d", "d/alertmanager"):
            (here / folder).mkdir()
        for name in ("d/manifest.json", "d/alertmanager/alertmanager.yaml"):
            (here / name).write_text(POLICY)
        before = contents(here)
        assert 2 == run(*words.format(here=here.name).split())
        assert f"docketwatch: {output} is the same file as {other}\n" == capsys.readouterr().err
        assert before == contents(here)

    def test_the_key_file_of_the_environment(
        self, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is an input like any other."""
        monkeypatch.setenv("DOCKETWATCH_PSEUDONYM_KEY_FILE", str(here / "key"))
        assert 2 == run("convert", "csv", "in.csv", "--mapping", "m.toml", "--out", "key")
        assert "--out is the same file as DOCKETWATCH_PSEUDONYM_KEY_FILE" in capsys.readouterr().err
        assert KEY == (here / "key").read_text()

    def test_the_file_of_the_summary(self, here: Path) -> None:
        """No output replaces a file that the shell opened for the summary."""
        with (here / "out").open("wb") as out:
            done = child(*EVALUATE.split(), "--alerts", "out", stdout=out, stderr=subprocess.PIPE)
        assert 2 == done.returncode
        assert b"--alerts is the same file as the standard output" in done.stderr

    def test_the_standard_output_is_an_input(self, here: Path) -> None:
        """`cat log >> log` is refused likewise."""
        with (here / "log.jsonl").open("ab") as out:
            done = child(*EVALUATE.split(), "--alerts", "-", stdout=out, stderr=subprocess.PIPE)
        assert 2 == done.returncode
        assert b"--alerts is the same file as the input log.jsonl" in done.stderr


# each command's output, for a directory like `here`; {} is its path
WRITERS = [
    f"{EVALUATE} --alerts {{}}",
    f"{EVALUATE} --loads {{}}",
    f"{EVALUATE} --officer-alerts {{}}",
    f"whatif log.jsonl --until {UNTIL} --policy default --policy no.toml --differences {{}}",
    f"{CSV} --out {{}}",
    f"{CSV} --out o --report {{}}",
    f"{EOIR} --out {{}}",
    f"{EOIR} --out o --report {{}}",
]
by_writer = pytest.mark.parametrize("words", WRITERS)


@pytest.fixture
def written(here: Path) -> Callable[[str], bytes]:
    """Return what a command writes to a file."""
    (here / "no.toml").write_text(POLICY + "[causes.nothing_scheduled]\nenabled = false\n")

    def write(words: str) -> bytes:
        assert 0 == run(*words.format("plain").split())
        return (here / "plain").read_bytes()

    return write


class TestKindsOfOutputs:
    @by_writer
    def test_a_link_is_followed(self, here: Path, written: Callable[[str], bytes], words: str) -> None:
        """The link stays, and its target gets the content."""
        (here / "target").write_text("old")
        (here / "link").symlink_to("target")
        assert 0 == run(*words.format("link").split())
        assert (here / "link").is_symlink()
        assert written(words) == (here / "target").read_bytes()

    @by_writer
    def test_a_pipe_is_streamed_to(self, here: Path, written: Callable[[str], bytes], words: str) -> None:
        """The pipe stays, and its reader gets the content."""
        os.mkfifo(here / "pipe")
        got: list[bytes] = []
        reader = threading.Thread(target=lambda: got.append((here / "pipe").read_bytes()), daemon=True)
        reader.start()
        assert 0 == run(*words.format("pipe").split())
        reader.join(LIMIT)
        assert (here / "pipe").is_fifo()
        assert [written(words)] == got

    @by_writer
    def test_the_standard_output(self, here: Path, written: Callable[[str], bytes], words: str) -> None:
        """`-` and a link to /dev/stdout get only the content; the summary goes to standard error."""
        content = written(words)
        (here / "link").symlink_to("/dev/stdout")
        for name in ("-", "link"):
            done = child(*words.format(name).split(), capture_output=True)
            assert (0, content) == (done.returncode, done.stdout)
            assert done.stderr.strip()
        assert (here / "link").is_symlink()
        assert not (here / "-").exists()

    @by_writer
    def test_dev_null(self, here: Path, written: Callable[[str], bytes], words: str) -> None:
        """A link to it stays, and so does the device."""
        (here / "null").symlink_to(os.devnull)
        assert 0 == run(*words.format("null").split())
        assert (here / "null").is_symlink()
        assert Path(os.devnull).is_char_device()

    @by_writer
    @pytest.mark.parametrize(("place", "reason"), [
        ("release", "release: is a directory: name a file in it"),
        ("absent/out", "absent/out: cannot be written: No such file or directory"),
        ("key/out", "key/out: cannot be written: Not a directory"),
    ])  # fmt: skip
    def test_an_unwritable_output_is_named(
        self, here: Path, capsys: pytest.CaptureFixture[str], words: str, place: str, reason: str
    ) -> None:
        """The exit code is 2; the message has path and reason; no file is created, changed or left."""
        (here / "no.toml").write_text(POLICY)
        before = contents(here)
        assert 2 == run(*words.format(place).split())
        assert f"docketwatch: {reason}\n" == capsys.readouterr().err
        assert before == contents(here)

    @by_writer
    def test_a_full_device_is_named(
        self, here: Path, written: Callable[[str], bytes], capsys: pytest.CaptureFixture[str], words: str
    ) -> None:
        """The exit code is 2; the command's other outputs are not kept either."""
        if not written(words):
            pytest.skip("nothing to write, so there is room for it")
        # it is a link, as everywhere here, so that a faulty command cannot replace a device of the machine
        (here / "full").symlink_to("/dev/full")
        (here / "plain").unlink()
        (here / "o").unlink(missing_ok=True)
        before = contents(here)
        capsys.readouterr()
        assert 2 == run(*words.format("full").split())
        assert "docketwatch: full: cannot be written: No space left on device\n" in capsys.readouterr().err
        assert before == contents(here)


class TestStandardInput:
    @pytest.mark.parametrize(("words", "name", "is_file"), [
        (f"evaluate < --until {UNTIL} --alerts -", "log.jsonl", False),
        (f"evaluate < --until {UNTIL} --alerts -", "log.jsonl", True),
        (f"evaluate log.jsonl --policy < --until {UNTIL} --alerts -", "p.toml", False),
        ("convert csv < --mapping m.toml --key-file key --out -", "in.csv", False),
        ("convert csv in.csv --mapping < --key-file key --out -", "m.toml", False),
        ("convert csv in.csv --mapping m.toml --key-file < --out -", "key", True),
        (f"explain case-1 < --until {UNTIL}", "log.jsonl", False),
        (f"whatif < --until {UNTIL}", "log.jsonl", False),
        ("policy check <", "p.toml", False),
        ("replay < --dry-run", "log.jsonl", False),
    ])  # fmt: skip
    def test_a_dash(self, here: Path, capfd: pytest.CaptureFixture[str], words: str, name: str, is_file: bool) -> None:
        """It stands for a pipe or a file that `<` opened; the output is the same."""
        assert 0 == run(*(name if word == "<" else word for word in words.split()))
        expected = capfd.readouterr().out
        command = [("-" if word == "<" else word) for word in words.split()]
        if is_file:
            with (here / name).open("rb") as file:
                done = child(*command, stdin=file, capture_output=True)
        else:
            done = child(*command, input=(here / name).read_bytes(), capture_output=True)
        assert 0 == done.returncode, done.stderr
        assert expected.replace(name, "/dev/stdin") == done.stdout.decode()

    def test_it_is_read_once(self, here: Path) -> None:
        """Two inputs cannot both be standard input."""
        done = child("evaluate", "-", "--policy", "-", "--until", UNTIL, input=b"", capture_output=True)
        assert 2 == done.returncode
        assert b"the input - is the same file as --policy" in done.stderr

    def test_a_bad_line_is_named(self, here: Path) -> None:
        """The message has its number, as for a file."""
        done = child("evaluate", "-", "--until", UNTIL, input=b'{"v":1}\n', capture_output=True)
        assert 2 == done.returncode
        assert b"docketwatch: /dev/stdin:1: " in done.stderr

    def test_a_file_named_dash(self, here: Path) -> None:
        """Its path is `./-`."""
        (here / "-").write_bytes((here / "log.jsonl").read_bytes())
        assert 0 == run("evaluate", "./-", "--until", UNTIL, "--alerts", "./-out")
        assert (here / "-out").exists()


class TestInterrupted:
    @staticmethod
    def _end(process: subprocess.Popen[bytes], number: signal.Signals) -> bytes:
        """Send a signal until the process ends: one that comes just before a read is seen when the read returns."""
        until = time.monotonic() + LIMIT
        while True:
            process.send_signal(number)
            try:
                return process.communicate(timeout=30)[1]  # limit: the signal is sent again
            except subprocess.TimeoutExpired:
                if time.monotonic() > until:
                    raise

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
    def test_an_ended_command_leaves_the_old_output(self, here: Path, number: signal.Signals) -> None:
        """The old output is unchanged, and no other file is left; the exit code is 128 plus the signal."""
        os.mkfifo(here / "pipe")
        (here / "alerts").write_text("old")
        words = ["evaluate", "pipe", "--until", UNTIL, "--alerts", "alerts"]
        command = [sys.executable, "-m", "streams.cli.main", *words]
        with subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE) as process:
            try:
                with (here / "pipe").open("w") as pipe:  # returns once the command reads
                    assert [path for path in here.iterdir() if path.name.startswith(".docketwatch-")]
                    pipe.write(json.dumps(OPENED) + "\n")
                    pipe.flush()
                    output = self._end(process, number)
            finally:
                process.kill()
        assert 128 + number == process.returncode, output
        assert b"Traceback" not in output
        assert "old" == (here / "alerts").read_text()
        assert not [path for path in here.iterdir() if path.name.startswith(".docketwatch-")]

    def test_a_failed_conversion_keeps_no_new_key(self, here: Path) -> None:
        """No pseudonym of it exists, and the next run would refuse the file."""
        (here / "m.toml").write_text(MAPPING.replace('"state"', '"status"'))
        assert 2 == run("convert", "csv", "in.csv", "--mapping", "m.toml", "--new-key", "new", "--out", "o")
        assert not (here / "new").exists()
        assert not (here / "o").exists()

    def test_a_reader_that_closes_the_pipe(self, here: Path) -> None:
        """The command prints one sentence and has the exit code of SIGPIPE."""
        reading, writing = os.pipe()
        os.close(reading)
        done = child(*EVALUATE.split(), "--alerts", "-", "--loads", "loads", stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)
        assert 141 == done.returncode
        assert b"/dev/stdout: the reader of the pipe went away before all was written" in done.stderr
        assert not (here / "loads").exists()


class TestGenerate:
    def test_a_log_of_an_earlier_run_is_replaced(self, here: Path) -> None:
        """This holds for another compression, too; the manifest names the log."""
        assert 0 == run("generate", "--cases", "1", "--days", "1", "--out", "d", "--compress", "gz")
        assert 0 == run("generate", "--cases", "1", "--days", "1", "--out", "d")
        assert {"events.jsonl", "truth.jsonl", "manifest.json"} == {path.name for path in (here / "d").iterdir()}

    @pytest.mark.parametrize("name", ["events.jsonl", "truth.jsonl", "manifest.json"])
    def test_a_foreign_file_is_refused(self, here: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
        """No other file changes; --force replaces it."""
        (here / "d").mkdir()
        (here / "d" / name).write_text("mine")
        words = ("generate", "--cases", "1", "--days", "1", "--out", "d")
        assert 2 == run(*words)
        assert (
            f"docketwatch: d/{name}: is no file that generate wrote: name another directory, or replace it with "
            "--force\n"
        ) == capsys.readouterr().err
        assert {name: b"mine"} == contents(here / "d")
        assert 0 == run(*words, "--force")
        assert b"mine" != contents(here / "d")[name]

    def test_a_log_that_was_changed_since_is_refused(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The changes would be lost."""
        words = ("generate", "--cases", "1", "--days", "1", "--out", "d")
        assert 0 == run(*words)
        with (here / "d" / "events.jsonl").open("a") as log:
            log.write("mine\n")
        before = contents(here / "d")
        capsys.readouterr()
        assert 2 == run(*words)
        assert "docketwatch: d/events.jsonl: was changed since generate wrote it: " in capsys.readouterr().err
        assert before == contents(here / "d")

    def test_a_foreign_log_stays(self, here: Path) -> None:
        """It only has the name of a log of the command."""
        assert 0 == run("generate", "--cases", "1", "--days", "1", "--out", "d", "--compress", "gz")
        (here / "d" / "events.jsonl.gz").write_bytes(b"mine")
        assert 0 == run("generate", "--cases", "1", "--days", "1", "--out", "d")
        assert b"mine" == (here / "d" / "events.jsonl.gz").read_bytes()


class TestExports:
    @pytest.mark.parametrize("words", ["schemas export d", "monitoring export d --no-addresses"])
    def test_a_file_with_other_contents_is_refused(
        self, here: Path, capsys: pytest.CaptureFixture[str], words: str
    ) -> None:
        """It may be another program's; a file that is equal to the new one is accepted."""
        assert 0 == run(*words.split())
        made = contents(here / "d")
        assert 0 == run(*words.split())
        name = next(iter(made))
        (here / "d" / name).write_text("mine")
        capsys.readouterr()
        assert 2 == run(*words.split())
        assert (
            f"docketwatch: d/{name}: exists with other contents: name another directory, or use --force\n"
        ) == capsys.readouterr().err
        assert {**made, name: b"mine"} == contents(here / "d")
        assert 0 == run(*words.split(), "--force")
        assert made == contents(here / "d")

    @pytest.mark.parametrize("words", ["schemas export d", "monitoring export d --no-addresses"])
    def test_links_below_the_directory_are_followed(self, here: Path, words: str) -> None:
        """A file that an operator linked elsewhere stays a link."""
        assert 0 == run(*words.split())
        made = contents(here / "d")
        name = next(iter(made))
        (here / "d" / name).unlink()
        (here / "elsewhere").write_text("old")
        (here / "d" / name).symlink_to(here / "elsewhere")
        assert 0 == run(*words.split(), "--force")
        assert (here / "d" / name).is_symlink()
        assert made == contents(here / "d")

    @pytest.mark.parametrize("words", ["schemas export d", "monitoring export d --no-addresses"])
    def test_all_or_none(self, here: Path, capsys: pytest.CaptureFixture[str], words: str) -> None:
        """One file that cannot be written leaves the others unchanged."""
        assert 0 == run(*words.split())
        made = sorted(contents(here / "d"))
        for name in made:
            (here / "d" / name).write_text("old")
        (here / "d" / made[-1]).unlink()
        (here / "d" / made[-1]).mkdir()
        capsys.readouterr()
        assert 2 == run(*words.split(), "--force")
        assert f"docketwatch: d/{made[-1]}: is a directory: name a file in it\n" == capsys.readouterr().err
        assert {b"old"} == set(contents(here / "d").values())
