"""The one exit after an unexpected error: nothing acks, commits or flushes after it."""

import logging
import os
import sys
from typing import Final, NoReturn

from streams.errors import DocketwatchError, UsageError

__all__ = ["EXIT_UNEXPECTED", "exit_at_once"]

EXIT_UNEXPECTED: Final = 70

_log: Final = logging.getLogger(__name__)


def exit_at_once(why: str) -> NoReturn:
    """End the process; the supervisor restarts it from the durable state.

    It logs the exception being handled: one of ours as its sentence, any other with its traceback. The exit code is 70,
    or that of a `UsageError`, which no restart can fix.

    Args:
        why: The reason, for the log.
    """
    error = sys.exc_info()[1]
    if isinstance(error, DocketwatchError):
        _log.critical("the worker stops: %s: %s", why, error)
    else:
        _log.critical("the worker stops: %s", why, exc_info=error is not None)
    logging.shutdown()
    os._exit(error.exit_code if isinstance(error, UsageError) else EXIT_UNEXPECTED)
