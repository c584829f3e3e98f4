"""What a process says of itself on stderr: lines for a person, or a JSON object a line for whatever collects logs."""

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
    """Where in Kafka somebody is at work.

    Attributes:
        topic: The topic.
        partition: The partition number.
        offset: The first record that is worked on; None when there is none in particular.
        through: The last of them.
    """

    topic: str
    partition: int
    offset: int | None = None
    through: int | None = None


_at: Final[ContextVar[LogPosition | None]] = ContextVar("at", default=None)


def work_at(place: LogPosition) -> None:
    """What this task logs from now on, and tasks that it starts, is said while at work there; until the next call."""
    _at.set(place)


@contextmanager
def at(place: LogPosition) -> Iterator[None]:
    """The same for a block."""
    token = _at.set(place)
    try:
        yield
    finally:
        _at.reset(token)


def announce(sentence: str, style: LogFormat) -> None:
    """Say what whoever started the process waits for: a line of its own, or an object like all others."""
    if style == "json":
        logging.getLogger("docketwatch").info(sentence)
    else:
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()


class JsonLines(logging.Formatter):
    """One JSON object a record: time (RFC 3339, UTC), level, logger, message; where it was said, and of what exception.

    Nothing else of a record is told: who logs chooses his words, and they name no case.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The object, on one line."""
        seconds, milliseconds = divmod(int(record.created * 1000), 1000)
        told: dict[str, object] = {
            "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{milliseconds:03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        place = _at.get()
        if place is not None:
            told |= {name: value for name, value in place._asdict().items() if value is not None}
        if record.exc_info and record.exc_info[0] is not None:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def log_to_stderr(style: LogFormat = "text", *, verbose: bool = False) -> None:
    """Log what matters to an operator.

    Args:
        style: How.
        verbose: Whether what the Kafka client does is told, too.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if style == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(logging.INFO if verbose else logging.ERROR)
    # what goes wrong is raised and told in a sentence
    for told in ("aiokafka.producer", "kafka"):
        logging.getLogger(told).setLevel(logging.INFO if verbose else logging.CRITICAL)
