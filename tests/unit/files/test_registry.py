"""No output is an input or another output, under any of their names."""

import os
from pathlib import Path

import pytest

from streams.errors import UsageError
from streams.files.registry import FileRegistry


def registry(*inputs: Path) -> FileRegistry:
    made = FileRegistry()
    for path in inputs:
        made.add_input(path, f"the input {path.name}")
    return made


class TestFileRegistry:
    def test_an_output_that_is_an_input(self, tmp_path: Path) -> None:
        """The error names both, the output first."""
        (tmp_path / "log").touch()
        with pytest.raises(UsageError, match=r"^--out is the same file as the input log$"):
            registry(tmp_path / "log").add_output(tmp_path / "log", "--out")

    def test_an_input_that_is_an_output(self, tmp_path: Path) -> None:
        """The order does not matter."""
        (tmp_path / "key").touch()
        files = registry()
        files.add_output(tmp_path / "key", "--out")
        with pytest.raises(UsageError, match=r"^--out is the same file as --key-file$"):
            files.add_input(tmp_path / "key", "--key-file")

    @pytest.mark.parametrize("way", ["symlink", "hard link", "dots", "relative", "folder link"])
    def test_another_name_of_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
        """The file itself is compared, not its name."""
        (tmp_path / "in").mkdir()
        log = tmp_path / "in" / "log"
        log.touch()
        other = tmp_path / "other"
        if way == "symlink":
            other.symlink_to(log)
        elif way == "hard link":
            other.hardlink_to(log)
        elif way == "dots":
            other = tmp_path / "in" / ".." / "in" / "log"
        elif way == "relative":
            monkeypatch.chdir(tmp_path)
            other = Path("in/log")
        else:
            other.symlink_to(tmp_path / "in")
            other /= "log"
        with pytest.raises(UsageError, match=r"^--out is the same file as the input log$"):
            registry(log).add_output(other, "--out")

    @pytest.mark.parametrize("is_there", [False, True])
    def test_two_outputs(self, tmp_path: Path, is_there: bool) -> None:
        """This holds for a file that does not exist yet, also through a link."""
        if is_there:
            (tmp_path / "out").touch()
        (tmp_path / "link").symlink_to("out")
        files = registry()
        files.add_output(tmp_path / "out", "--alerts")
        with pytest.raises(UsageError, match=r"^--loads is the same file as --alerts$"):
            files.add_output(tmp_path / "link", "--loads")

    def test_two_inputs(self, tmp_path: Path) -> None:
        """A file may be read twice."""
        (tmp_path / "log").touch()
        assert not registry(tmp_path / "log", tmp_path / "log").writes_to_stdout

    def test_a_pipe_is_read_once(self, tmp_path: Path) -> None:
        """A second reading would find nothing."""
        os.mkfifo(tmp_path / "pipe")
        files = registry(tmp_path / "pipe")
        with pytest.raises(UsageError, match=r"^--policy is the same file as the input pipe$"):
            files.add_input(tmp_path / "pipe", "--policy")

    def test_a_descriptor_of_a_file_is_read_once(self, tmp_path: Path) -> None:
        """Both inputs would share its position; the file's own name may be an input besides."""
        (tmp_path / "log").touch()
        with (tmp_path / "log").open("rb") as file:
            descriptor = Path(f"/dev/fd/{file.fileno()}")
            files = registry(tmp_path / "log", descriptor)
            with pytest.raises(UsageError, match=r"^--policy is the same file as the input \d+$"):
                files.add_input(descriptor, "--policy")

    def test_dev_null(self) -> None:
        """It may be any number of inputs and outputs."""
        files = registry(Path(os.devnull))
        files.add_output(Path(os.devnull), "--alerts")
        files.add_output(Path(os.devnull), "--loads")
        assert not files.writes_to_stdout

    @pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
    def test_the_standard_output(self, name: str) -> None:
        """All of its names are known, and it takes one output."""
        files = registry()
        files.add_output(Path(name), "--alerts")
        assert files.writes_to_stdout
        with pytest.raises(UsageError, match=r"^--loads is the same file as --alerts$"):
            files.add_output(Path("/dev/stdout"), "--loads")
