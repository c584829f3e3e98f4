"""How a command that runs on is ended: by Ctrl-C, or as a supervisor does, but always so that it tidies up."""

import os
import signal
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    import asyncio

__all__ = ["TerminatedError", "ends_in_order", "how_to_end", "run_loop"]

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)
_Result = TypeVar("_Result")


class TerminatedError(KeyboardInterrupt):
    """Somebody ended the process by a signal; whoever tidies up at Ctrl-C does so here.

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
    """Raise `TerminatedError` at SIGTERM and SIGHUP for as long as the block runs.

    Their default would end the process at once and leave unfinished outputs behind. What ignores one (`nohup`) still
    does, and a command with handlers of its own sets them over these.
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
    """`asyncio.run`, whose coroutine is cancelled at SIGTERM and SIGHUP as it is at Ctrl-C: its `finally` is awaited.

    Raises:
        EndedError: A signal came; it is raised when the coroutine has ended.
    """
    import asyncio  # not at the top: a tenth of the start of a command that runs no loop

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
    """What ends this process, as the end of a sentence.

    A shell without job control ignores SIGINT for its background jobs, as `nohup ... &` and many CI runners do; a
    command inherits that. Call it before any handler is set.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return f"SIGTERM (`kill {os.getpid()}`): it was started in the background, where Ctrl-C and SIGINT are ignored"
    return "Ctrl-C"


def _end(number: int, _: FrameType | None) -> None:
    ended_by = signal.Signals(number)
    if _running and _running[-1].ended_by is None:
        _running[-1].ended_by = ended_by
        _running[-1].task.cancel()
        _running[-1].loop.call_soon_threadsafe(_wake)
        return
    if not _running and _is_in_a_loop():
        # a loop of another kind, which an exception from nowhere would leave half way: what the system does by default
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    raise TerminatedError(ended_by)


def _is_in_a_loop() -> bool:
    """Whether an event loop runs in this thread, asked of asyncio only where something loaded it."""
    loops = sys.modules.get("asyncio")
    if loops is None:
        return False
    try:
        loops.get_running_loop()
    except RuntimeError:
        return False
    return True


def _wake() -> None:
    """The loop looks up from waiting, and sees that its task is cancelled."""
