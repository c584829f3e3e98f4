"""Keeps the board: reads the output topics from their beginning, then what comes, and begins anew after a failure."""

import asyncio
import logging
from functools import partial
from typing import Final

import msgspec

from schemas.topics import topic
from streams.errors import BrokerError
from streams.kafka.client.settings import Settings
from streams.kafka.client.table_reader import read_as_table
from streams.web.output_tables import OutputTables
from streams.web.topics import BOARD_TOPICS

__all__ = ["TopicFollower"]

_log: Final = logging.getLogger(__name__)
_PAUSE_SECONDS: Final = 2.0


class TopicFollower:
    """A reader and what it has read.

    Args:
        settings: How to reach the brokers; names and partitions of the topics.

    Attributes:
        board: What is shown.
        is_caught_up: Whether everything that was there is read.
        fault: Why nothing is read now; None while it is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = [topic(short, settings.prefix).name for short in BOARD_TOPICS]
        self._alerts, self._restricted, self._loads, self._offices, self._docket_alerts, self._dead_letters = (
            self._names
        )
        self.board = OutputTables()
        self.is_caught_up = False
        self.fault: str | None = None

    def now(self) -> OutputTables:
        """The board of now."""
        return self.board

    async def run(self) -> None:
        """Read for ever."""
        while True:
            board = OutputTables()
            if not self.is_caught_up:
                self.board = board  # better what is read so far than nothing
            try:
                await read_as_table(
                    self._settings, self._names, partial(self._take, board), on_caught_up=partial(self._show, board)
                )
            except BrokerError as error:
                _log.error("%s", error)
                self.fault = str(error)
            await asyncio.sleep(_PAUSE_SECONDS)

    def _show(self, board: OutputTables) -> None:
        self.board, self.is_caught_up, self.fault = board, True, None

    def _take(self, board: OutputTables, name: str, key: bytes, value: bytes | None) -> None:
        try:
            if name == self._loads:
                board.take_load(value)
            elif name == self._offices:
                board.take_offices(key, value)
            elif name == self._docket_alerts:
                board.take_docket_alert(key, value)
            elif name == self._dead_letters:
                board.take_dead_letter(value)
            else:
                board.take_alert(key, value, is_restricted=name == self._restricted)
        except (ValueError, msgspec.ValidationError):
            # not its text: who knows what is in it
            _log.error("a record of %s is not what the catalogue says, and is left out", name)
