"""Files on the command line: `-`, the check that no output is an input, and where summaries go."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from streams.errors import OutputError
from streams.files.outputs import OutputFile, OutputGroup
from streams.files.paths import STDIN, STDOUT
from streams.files.registry import FileRegistry

__all__ = ["FORCE", "INPUT", "OUTPUT", "FolderPath", "InputPath", "OutputPath", "print_line", "registry", "write_below"]

_DASH: Final = "-"


class InputPath(click.Path):
    """A file that a command reads; `-` is the standard input.

    Args:
        must_exist: Refuse a missing file when the command line is parsed.
    """

    def __init__(self, *, must_exist: bool = True) -> None:
        super().__init__(exists=must_exist, dir_okay=not must_exist, path_type=Path)

    def convert(
        self, value: "str | os.PathLike[str]", param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """The path, entered in the command's registry of files."""
        path = STDIN if value == _DASH else Path(os.fsdecode(super().convert(value, param, ctx)))
        if ctx is not None and param is not None:
            registry(ctx).add_input(path, _name(param, value))
        return path


class OutputPath(click.Path):
    """A file that a command writes; `-` is the standard output."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(
        self, value: "str | os.PathLike[str]", param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """The path, entered in the command's registry of files."""
        path = STDOUT if value == _DASH else Path(os.fsdecode(super().convert(value, param, ctx)))
        if ctx is not None and param is not None:
            registry(ctx).add_output(path, _name(param, value))
        return path


class FolderPath(click.Path):
    """A folder. Stock: an empty argument, such as an unset variable, means the current folder.

    Args:
        must_exist: Refuse a missing folder when the command line is parsed.
    """

    def __init__(self, *, must_exist: bool = False) -> None:
        super().__init__(exists=must_exist, path_type=Path)
        self.name = "directory"  # the name in help texts; the reader of the folder reports a file

    def convert(
        self, value: "str | os.PathLike[str]", param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """The path."""
        if not os.fspath(value):
            self.fail("must name a folder, and is empty", param, ctx)
        return Path(os.fsdecode(super().convert(value, param, ctx)))


INPUT: Final = InputPath()
OUTPUT: Final = OutputPath()
FORCE: Final = click.option("--force", is_flag=True, help="Replace files of these names that have other contents.")


def registry(ctx: click.Context | None = None) -> FileRegistry:
    """The files of the running command, with those that no option names, such as the files in a folder."""
    meta = (ctx or click.get_current_context()).meta
    found = meta.setdefault(__name__, FileRegistry())
    assert isinstance(found, FileRegistry)
    return found


def print_line(text: str) -> None:
    """Print a line for a person: to standard error if an output uses the standard output."""
    click.echo(text, err=registry().writes_to_stdout)


def write_below(directory: Path, documents: Mapping[str, str], *, force: bool) -> list[Path]:
    """Write documents below a directory, all or none; create the directory when it is missing.

    Args:
        directory: The directory.
        documents: Texts by their path below it.
        force: Replace files with other contents.

    Returns:
        The written paths, sorted.

    Raises:
        UsageError: A document would replace a file that the command reads.
        OutputError: A document cannot be written, or would replace a file with other contents.
    """
    paths = {directory / name: text for name, text in sorted(documents.items())}
    for path in paths:
        registry().add_output(path, f"the output {path}")
    if not force:
        for path, text in paths.items():
            _refuse_other(path, text.encode())
    try:
        for folder in {path.parent for path in paths}:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(str(directory), f"cannot be written: {error.strerror or error}") from error
    with OutputGroup() as outputs:
        for path, text in paths.items():
            output = outputs.add(OutputFile(path))
            output.write(text.encode())
            output.finish()
    return list(paths)


def _refuse_other(path: Path, content: bytes) -> None:
    if not path.is_file():
        return
    try:
        is_other = path.stat().st_size != len(content) or path.read_bytes() != content
    except OSError as error:
        raise OutputError(str(path), f"cannot be read: {error.strerror or error}") from error
    if is_other:
        raise OutputError(str(path), "exists with other contents: name another directory, or use --force")


def _name(param: click.Parameter, value: object) -> str:
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return f"the input {value}" if isinstance(param.type, InputPath) else f"the output {value}"
