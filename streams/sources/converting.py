"""What every conversion does alike: history at once, and a sentence when there is no room for temporary files."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from schemas import hot
from streams.errors import DocketwatchError, UsageError

__all__ = ["NothingConvertedError", "at_once", "room_on_disk"]


class NothingConvertedError(DocketwatchError):
    """Not one event came of what was read; nothing is written."""

    exit_code = 1


def at_once(events: Sequence[hot.AnyEvent]) -> None:
    """Give all events of a case one recorded_at, the latest of them: an old case is judged once, whole."""
    known = max((event.recorded_at for event in events), default=0)
    for event in events:
        event.recorded_at = known


@contextmanager
def room_on_disk() -> Iterator[None]:
    """For as long as temporary files and the log are written.

    Raises:
        UsageError: They cannot be.
    """
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"no room to sort or to write: {error.strerror or error}; point TMPDIR to a place with twice the room that "
            "the tables take"
        ) from error
