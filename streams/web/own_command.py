"""Runs a `docketwatch` command in a process of its own: long work neither stops the pages nor leaves memory behind."""

import asyncio
import logging
import sys
from collections.abc import Sequence
from typing import Final

from streams.errors import DocketwatchError
from streams.files.shown_paths import without_folders

__all__ = ["CommandFailedError", "run_command"]

_log: Final = logging.getLogger(__name__)
_OURS: Final = ("docketwatch: ", "Error: ")
"""What the sentence of a command that fails begins with; click's own errors have the second."""


class CommandFailedError(DocketwatchError):
    """A command that the console ran has failed; its sentence names files without their folders."""


async def run_command(words: Sequence[str]) -> bytes:
    """Run a command with the environment of this process; a cancelled task ends it.

    Args:
        words: The command and its arguments.

    Returns:
        Its standard output.

    Raises:
        CommandFailedError: It could not be started, or ended with another code than 0.
    """
    try:
        running = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "streams.cli.main",
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:  # the machine lacks memory, files or processes
        raise CommandFailedError(f"docketwatch {words[0]} could not be started: {error.strerror}") from error
    try:
        out, err = await running.communicate()
    except asyncio.CancelledError:
        running.kill()
        await running.wait()
        raise
    if running.returncode:
        last = err.decode(errors="replace").strip().rpartition("\n")[2]
        for prefix in _OURS:
            last = last.removeprefix(prefix)
        _log.warning("docketwatch %s ended with code %s: %s", words[0], running.returncode, last)
        shown = without_folders(last, words)
        raise CommandFailedError(shown or f"docketwatch {words[0]} ended with code {running.returncode}")
    return out
