"""How a command that runs on is ended: by Ctrl-C, or as a supervisor does, but always so that it tidies up."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

__all__ = ["EndedError", "ends_in_order", "how_to_end"]

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)


class EndedError(KeyboardInterrupt):
    """Somebody ended the process by a signal; whoever tidies up at Ctrl-C does so here.

    Args:
        number: The signal.
    """

    def __init__(self, number: signal.Signals) -> None:
        self.signal = number
        super().__init__(number.name)


@contextmanager
def ends_in_order() -> Iterator[None]:
    """Raise `EndedError` at SIGTERM and SIGHUP for as long as the block runs.

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


def how_to_end() -> str:
    """What ends this process, as the end of a sentence.

    A shell without job control ignores SIGINT for its background jobs, as `nohup ... &` and many CI runners do; a
    command inherits that. Call it before any handler is set.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return f"SIGTERM (`kill {os.getpid()}`): it was started in the background, where Ctrl-C and SIGINT are ignored"
    return "Ctrl-C"


def _end(number: int, _: FrameType | None) -> None:
    raise EndedError(signal.Signals(number))
