"""The one way out when something unexpected happened: nothing after it acks, commits or flushes."""

import logging
import os
import sys
from typing import Final, NoReturn

from streams.errors import DocketwatchError, UsageError

__all__ = ["EXIT_UNEXPECTED", "exit_at_once"]

EXIT_UNEXPECTED: Final = 70

_log: Final = logging.getLogger(__name__)


def exit_at_once(why: str) -> NoReturn:
    """End the process; the supervisor starts it again from what is durable.

    What is being handled is told: an error of ours in its sentence, any other with its traceback. The exit code is 70,
    or that of a `UsageError`, which no restart will mend.

    Args:
        why: What was being done.
    """
    error = sys.exc_info()[1]
    if isinstance(error, DocketwatchError):
        _log.critical("the worker stops: %s: %s", why, error)
    else:
        _log.critical("the worker stops: %s", why, exc_info=error is not None)
    logging.shutdown()
    os._exit(error.exit_code if isinstance(error, UsageError) else EXIT_UNEXPECTED)
