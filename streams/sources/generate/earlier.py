"""What an earlier run left in the directory of a run, and what lies there that no run wrote."""

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import Final

from msgspec import MsgspecError, json

from streams.errors import OutputError
from streams.sources.generate.manifest import MANIFEST, Manifest

__all__ = ["EarlierRun"]

_REPLACE: Final = "name another directory, or replace it with --force"


class EarlierRun:
    """The run whose manifest lies in a directory, if there is one.

    Args:
        directory: Where the next run writes.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._manifest: Manifest | None
        try:
            self._manifest = json.decode((directory / MANIFEST).read_bytes(), type=Manifest)
        except (OSError, MsgspecError):
            self._manifest = None

    def refuse_foreign(self, names: Collection[str]) -> None:
        """See that nothing is replaced that no run wrote, or that was changed since one did.

        What is no regular file is never replaced.

        Args:
            names: What the next run writes.

        Raises:
            OutputError: One of them is there and is no output of an earlier run.
        """
        for name in names:
            path = self._directory / name
            if path.is_file() and not self.wrote(name):
                was = "was changed since generate wrote it" if self._entry(name) else "is no file that generate wrote"
                raise OutputError(str(path), f"{was}: {_REPLACE}")

    def wrote(self, name: str) -> bool:
        """Whether a file of that name is, byte for byte, what the run wrote."""
        if name == MANIFEST:
            return self._manifest is not None
        found = self._entry(name)
        if found is None:
            return False
        size, sha256 = found
        try:
            with (self._directory / name).open("rb") as file:
                if (self._directory / name).stat().st_size != size:
                    return False
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except OSError:
            return False

    def _entry(self, name: str) -> tuple[int, str] | None:
        files = () if self._manifest is None else self._manifest.files
        return next(((entry.bytes, entry.sha256) for entry in files if entry.name == name), None)
