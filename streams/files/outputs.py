"""The one writer of every command: a file appears whole or not at all; what is no regular file is streamed to."""

import os
import secrets
import stat
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self, TypeVar

from streams.errors import OutputError, ReaderGoneError
from streams.files.paths import descriptor_of

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["Output", "OutputFile", "OutputGroup", "PublishedAtExit", "write_file"]

_NEW_MODE: Final = 0o666  # less the umask
_PRIVATE_MODE: Final = 0o600


class Output(Protocol):
    """An output written in two steps, so that several outputs of a command appear together or not at all."""

    def finish(self) -> None:
        """Write what is pending; nothing more can be added. A second call does nothing."""

    def publish(self) -> None:
        """Give the finished file its name. A second call does nothing."""

    def abandon(self) -> None:
        """Remove what was written, unless it is published already."""


_Output = TypeVar("_Output", bound=Output)


class PublishedAtExit(ABC):
    """A context manager: leaving the block publishes what was written, leaving it by an error publishes nothing."""

    @abstractmethod
    def publish(self) -> None:
        """Finish, and give the files their names."""

    @abstractmethod
    def abandon(self) -> None:
        """Remove what was written, unless it is published already."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if error is None:
                self.publish()
        finally:
            self.abandon()


class OutputGroup(PublishedAtExit):
    """The outputs of one command: leaving the block publishes all of them, leaving it by an error none."""

    def __init__(self) -> None:
        self._outputs: list[Output] = []

    def add(self, output: _Output) -> _Output:
        """Take an output in and give it back."""
        self._outputs.append(output)
        return output

    def publish(self) -> None:
        """Finish all, then give all their names: a full disk is met before the first file is replaced."""
        for output in self._outputs:
            output.finish()
        for output in self._outputs:
            output.publish()

    def abandon(self) -> None:
        """Remove what was written of each that is not published already."""
        for output in self._outputs:
            output.abandon()


class OutputFile(PublishedAtExit):
    """An output at a path, in bytes.

    A regular file is written beside its place, under another name, and renamed over it by `publish`; links are
    followed, so the file that a link names is replaced and the link stays. To a pipe, a device or a descriptor
    (/dev/stdout, /dev/fd/63) the bytes go as they come. As a context manager it publishes, or abandons on an error.

    Args:
        path: Where to; its directory must exist.
        is_private: Whether only its owner may read a regular file (mode 0600), whatever its mode was before.

    Raises:
        OutputError: It is a directory, or cannot be written.
    """

    def __init__(self, path: Path, *, is_private: bool = False) -> None:
        self._path, self._is_private = path, is_private
        self._target: Path | None = None  # of a regular file: what its name will be
        self._temporary: Path | None = None  # and where it is until then
        self._descriptor: int | None = None
        try:
            self._descriptor = self._open()
        except OSError as error:
            raise self._refused(error) from error

    def _open(self) -> int:
        inherited = descriptor_of(self._path)
        if inherited is not None:
            return os.dup(inherited)
        target = Path(os.path.realpath(self._path))
        try:
            before = target.stat()
        except FileNotFoundError:
            return self._open_beside(target)
        if stat.S_ISDIR(before.st_mode):
            raise OutputError(str(self._path), "is a directory: name a file in it")
        if stat.S_ISBLK(before.st_mode):
            raise OutputError(str(self._path), "is a disk: writing there would destroy what is on it")
        if not os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise OutputError(str(self._path), "cannot be written: it is read-only")
        if not stat.S_ISREG(before.st_mode):
            return os.open(target, os.O_WRONLY | os.O_CLOEXEC)
        descriptor = self._open_beside(target)
        with suppress(PermissionError):
            os.fchown(descriptor, before.st_uid, before.st_gid)
        if not self._is_private:
            os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
        return descriptor

    def _open_beside(self, target: Path) -> int:
        # not the file's own name with more to it: that may be as long as names can be
        mode = _PRIVATE_MODE if self._is_private else _NEW_MODE
        temporary = target.with_name(f".docketwatch-{secrets.token_hex(8)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        self._target, self._temporary = target, temporary
        return descriptor

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write all of it.

        Raises:
            OutputError: There is no room, or another reason why it cannot be written.
            ReaderGoneError: What reads the pipe has ended.
        """
        if self._descriptor is None:
            raise ValueError(f"{self._path}: written to after its end")
        whole = memoryview(data).cast("B")
        rest = whole
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except BrokenPipeError:
            raise ReaderGoneError(str(self._path)) from None
        except OSError as error:
            raise self._refused(error) from error
        return len(whole)

    def finish(self) -> None:
        """Have the disk hold what was written; nothing more can be added.

        Raises:
            OutputError: It cannot.
        """
        if self._descriptor is None:
            return
        try:
            if self._temporary is not None:
                os.fsync(self._descriptor)
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)
        except OSError as error:
            raise self._refused(error) from error

    def publish(self) -> None:
        """Finish, and give a regular file its name.

        Raises:
            OutputError: It cannot be, or something that is no regular file has taken its place meanwhile.
        """
        self.finish()
        if self._temporary is None or self._target is None:
            return
        try:
            with suppress(FileNotFoundError):
                if not stat.S_ISREG(self._target.lstat().st_mode):
                    raise OutputError(str(self._path), "is no regular file any more, so it was not replaced")
            self._temporary.replace(self._target)
        except OSError as error:
            raise self._refused(error) from error
        self._temporary = None

    def abandon(self) -> None:
        """Remove what was written, unless it is published already; of a stream nothing can be taken back."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with suppress(OSError):
                os.close(descriptor)
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)
            self._temporary = None

    def _refused(self, error: OSError) -> OutputError:
        return OutputError(str(self._path), f"cannot be written: {error.strerror or error}")


def write_file(path: Path, content: bytes) -> None:
    """Write one file whole or not at all.

    Raises:
        OutputError: It cannot be written.
    """
    with OutputFile(path) as file:
        file.write(content)
