"""Runs a `docketwatch` command in a process of its own: long work neither stops the pages nor leaves memory behind."""

import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from streams.errors import DocketwatchError

__all__ = ["CommandFailedError", "run_command"]

_OURS: Final = "docketwatch: "
"""Begins the sentence of a command that fails."""


class CommandFailedError(DocketwatchError):
    """A command that the console ran has failed; the text is its sentence."""


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
        last = err.decode(errors="replace").strip().rpartition("\n")[2].removeprefix(_OURS)
        raise CommandFailedError(last or f"docketwatch {words[0]} ended with code {running.returncode}")
    return out
