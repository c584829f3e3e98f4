"""Logging to stderr: lines of text for a person, or a JSON object a line for a log collector."""

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Literal, NamedTuple

__all__ = ["JsonLines", "LogFormat", "LogPosition", "announce", "at", "log_to_stderr", "work_at"]

LogFormat = Literal["text", "json"]

_TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_CHATTY: Final = ("aiokafka", "faust", "mode")


class LogPosition(NamedTuple):
    """The topic-partition and the offsets that a log line is about.

    Attributes:
        topic: The topic.
        partition: The partition number.
        offset: The first record being processed; None without a particular one.
        through: The last one.
    """

    topic: str
    partition: int
    offset: int | None = None
    through: int | None = None


_at: Final[ContextVar[LogPosition | None]] = ContextVar("at", default=None)


def work_at(position: LogPosition) -> None:
    """Add a position to all log lines of this task, and of tasks that it starts, until the next call."""
    _at.set(position)


@contextmanager
def at(position: LogPosition) -> Iterator[None]:
    """The same for a block."""
    token = _at.set(position)
    try:
        yield
    finally:
        _at.reset(token)


def announce(sentence: str, style: LogFormat) -> None:
    """Write the line that the starter of the process waits for: plain text, or an object like all others."""
    if style == "json":
        logging.getLogger("docketwatch").info(sentence)
    else:
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()


class JsonLines(logging.Formatter):
    """One JSON object a record: time (RFC 3339, UTC), level, logger, message, log position and exception.

    It writes no other field of a record: messages are chosen so that they name no case.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The object, on one line."""
        seconds, milliseconds = divmod(int(record.created * 1000), 1000)
        entry: dict[str, object] = {
            "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{milliseconds:03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        place = _at.get()
        if place is not None:
            entry |= {name: value for name, value in place._asdict().items() if value is not None}
        if record.exc_info and record.exc_info[0] is not None:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def log_to_stderr(style: LogFormat = "text", *, verbose: bool = False) -> None:
    """Set up the log for an operator.

    Args:
        style: The format.
        verbose: Whether to log the Kafka client, too.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if style == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(logging.INFO if verbose else logging.ERROR)
    # their errors are raised, and logged as one sentence
    for raising in ("aiokafka.producer", "kafka"):
        logging.getLogger(raising).setLevel(logging.INFO if verbose else logging.CRITICAL)
