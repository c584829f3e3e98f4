"""Sentences for the pages of a server: a file is called by its name, without the folders of that machine."""

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Final

__all__ = ["without_folders"]

_FOLDERS: Final = re.compile(r"(?<![\w.~:/-])/(?:[^\s/:;,'\"()]+/)+(?=[^\s/])")
"""The folders of an absolute path; those of a URL follow its host."""


def without_folders(sentence: str, paths: Iterable[str] = ()) -> str:
    """A sentence with the names of files in place of their paths.

    Args:
        sentence: What a command or a client says.
        paths: Paths that it may name, relative ones and ones with blanks among them; others are seen by their form.
    """
    for path in sorted(paths, key=len, reverse=True):
        if "/" in path:
            sentence = sentence.replace(path, PurePath(path).name)
    return _FOLDERS.sub("", sentence)
