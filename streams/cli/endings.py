"""Ending a running command by Ctrl-C or by a supervisor's signal, so that it always cleans up."""

import os
import signal
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    import asyncio

__all__ = ["TerminatedError", "ends_in_order", "how_to_end", "note_ignored_interrupts", "run_loop"]

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)
_Result = TypeVar("_Result")


class TerminatedError(KeyboardInterrupt):
    """A signal ended the process; cleanup runs as at Ctrl-C.

    Args:
        number: The signal.
    """

    def __init__(self, number: signal.Signals) -> None:
        self.signal = number
        super().__init__(number.name)


@dataclass(slots=True)
class _RunOutcome:
    loop: "asyncio.AbstractEventLoop"
    task: "asyncio.Task[Any]"
    ended_by: signal.Signals | None = None


_running: list[_RunOutcome] = []


@contextmanager
def ends_in_order() -> Iterator[None]:
    """Raise `TerminatedError` at SIGTERM and SIGHUP while the block runs.

    Their default would end the process at once and leave unfinished outputs behind. An ignored signal (`nohup`) stays
    ignored, and a command's own handlers replace these.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_loop(main: Coroutine[Any, Any, _Result]) -> _Result:
    """`asyncio.run` that also cancels the coroutine at SIGTERM and SIGHUP, and awaits its cleanup.

    Raises:
        TerminatedError: A signal came; raised when the coroutine has ended.
    """
    import asyncio  # not at the top: it would add a tenth to the start of a command without a loop

    async def noted() -> _Result:
        task = asyncio.current_task()
        assert task is not None
        _running.append(_RunOutcome(asyncio.get_running_loop(), task))
        return await main

    try:
        return asyncio.run(noted())
    except asyncio.CancelledError:
        if _running and _running[-1].ended_by is not None:
            raise TerminatedError(_running[-1].ended_by) from None
        raise
    finally:
        _running.clear()


def how_to_end() -> str:
    """What ends this process, as a part of a sentence: Ctrl-C, or a command where SIGINT is ignored."""
    return f"`kill {os.getpid()}`" if _ignores_interrupts() else "Ctrl-C"


def note_ignored_interrupts(effect: str = "ends it") -> None:
    """Print on stderr that SIGINT is ignored, and what ends the process, where that is so.

    A shell without job control ignores SIGINT for its background jobs, as many CI runners do, and a command inherits
    that. It stays ignored: Ctrl-C at the terminal is meant for the job in the foreground.

    Args:
        effect: What SIGTERM does.
    """
    if _ignores_interrupts():
        click.echo(
            f"SIGINT and Ctrl-C are ignored, as they were at the start: SIGTERM ({how_to_end()}) {effect}", err=True
        )


def _ignores_interrupts() -> bool:
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def _end(number: int, _: FrameType | None) -> None:
    ended_by = signal.Signals(number)
    if _running and _running[-1].ended_by is None:
        _running[-1].ended_by = ended_by
        _running[-1].task.cancel()
        _running[-1].loop.call_soon_threadsafe(_wake)
        return
    if not _running and _is_in_a_loop():
        # an exception would leave this loop in an inconsistent state, so fall back to the system's default
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    raise TerminatedError(ended_by)


def _is_in_a_loop() -> bool:
    """Whether an event loop runs in this thread; it does not load asyncio for this."""
    loops = sys.modules.get("asyncio")
    if loops is None:
        return False
    try:
        loops.get_running_loop()
    except RuntimeError:
        return False
    return True


def _wake() -> None:
    """Wake the loop, so that it notices the cancelled task."""
