"""How a command that runs on can be ended: Ctrl-C, unless its shell started it so that SIGINT does nothing."""

import os
import signal

__all__ = ["how_to_end"]


def how_to_end() -> str:
    """What ends this process, as the end of a sentence.

    A shell without job control ignores SIGINT for its background jobs, as `nohup ... &` and many CI runners do; a
    command inherits that. Call it before any handler is set.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return f"SIGTERM (`kill {os.getpid()}`): it was started in the background, where Ctrl-C and SIGINT are ignored"
    return "Ctrl-C"
