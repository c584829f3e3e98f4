"""Every file that a command reads or writes, so that no output is an input or another output."""

import stat
from dataclasses import dataclass, field
from pathlib import Path

from streams.errors import UsageError
from streams.files.paths import STDOUT, Identity, descriptor_of, identity, is_null_device, is_stream

__all__ = ["FileRegistry"]


@dataclass(frozen=True, slots=True)
class _Use:
    name: str
    is_output: bool
    is_stream: bool
    mode: int


@dataclass(slots=True)
class FileRegistry:
    """The files of one command. Fill it before anything is opened for writing.

    Attributes:
        writes_to_stdout: Whether an output goes to the standard output, so that the summary must not.
    """

    writes_to_stdout: bool = False
    _uses: dict[Identity, list[_Use]] = field(default_factory=dict)

    def add_input(self, path: Path, name: str) -> None:
        """Register an input.

        Args:
            path: Where it is; one that is not there cannot be destroyed.
            name: What to call it: an option, a variable, or `the input FILE`.

        Raises:
            UsageError: It is also an output, or a stream that something else reads already.
        """
        found, mode = identity(path)
        if mode is not None and not is_null_device(path):
            self._add(found, _Use(name, is_output=False, is_stream=is_stream(path), mode=mode))

    def add_output(self, path: Path, name: str) -> None:
        """Register an output.

        Args:
            path: Where to.
            name: What to call it: an option, or `the output FILE`.

        Raises:
            UsageError: It is also an input or another output, or where the standard output or error go.
        """
        found, mode = identity(path)
        self.writes_to_stdout |= descriptor_of(path) == 1 or found == identity(STDOUT)[0]
        if is_null_device(path):
            return
        if mode is not None and stat.S_ISREG(mode) and descriptor_of(path) is None:
            for number, stream in ((1, "the standard output"), (2, "the standard error")):
                if identity(Path(f"/dev/fd/{number}"))[0] == found:
                    raise UsageError(_same(name, stream))
        self._add(found, _Use(name, is_output=True, is_stream=is_stream(path), mode=mode or stat.S_IFREG))

    def _add(self, found: Identity, use: _Use) -> None:
        uses = self._uses.setdefault(found, [])
        for other in uses:
            if (other.name, other.is_output) == (use.name, use.is_output):
                return  # click converts a value more than once
            if _clash(use, other):
                first, second = (use, other) if use.is_output or not other.is_output else (other, use)
                raise UsageError(_same(first.name, second.name))
        uses.append(use)


def _clash(one: _Use, other: _Use) -> bool:
    """Whether two uses of the same file cannot be.

    A terminal or a socket may well be read and written at once: it is one file with two directions.
    """
    if one.is_output and other.is_output:
        return True
    if one.is_output or other.is_output:
        return not stat.S_ISCHR(one.mode) and not stat.S_ISSOCK(one.mode)
    return one.is_stream and other.is_stream  # the second reading would find nothing


def _same(name: str, other: str) -> str:
    return f"{name} is the same file as {other}"
