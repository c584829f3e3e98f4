"""Follows the output topics: reads them from the beginning, then new records, and starts over after a failure."""

import asyncio
import logging
from functools import partial
from typing import Final

import msgspec

from schemas.topics import topic
from streams.errors import DocketwatchError
from streams.files.shown_paths import without_folders
from streams.kafka.client.settings import Settings
from streams.kafka.client.table_reader import read_as_table
from streams.web.tables.output_tables import OutputTables
from streams.web.topics import FOLLOWED_TOPICS

__all__ = ["TopicFollower"]

_log: Final = logging.getLogger(__name__)
_PAUSE_SECONDS: Final = 2.0


class TopicFollower:
    """Keeps the tables of the output topics up to date.

    Args:
        settings: Connection settings; names and partitions of the topics.
        overloaded_at: The utilisation from which an officer is over capacity.

    Attributes:
        tables: The tables that the pages show.
        is_caught_up: Whether the topics have been read to their end.
        fault: Why reading fails now; None while it works.
    """

    def __init__(self, settings: Settings, overloaded_at: float = 1.0) -> None:
        self._settings, self._overloaded_at = settings, overloaded_at
        self._names = [topic(short, settings.prefix).name for short in FOLLOWED_TOPICS]
        self._alerts, self._restricted, self._loads, self._offices, self._docket_alerts, self._dead_letters = (
            self._names
        )
        self.tables = OutputTables(self._overloaded_at)
        self.is_caught_up = False
        self.fault: str | None = None

    def now(self) -> OutputTables:
        """The current tables."""
        return self.tables

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            tables = OutputTables(self._overloaded_at)
            if not self.is_caught_up:
                self.tables = tables  # partial tables are better than none
            try:
                await read_as_table(
                    self._settings, self._names, partial(self._apply, tables), on_caught_up=partial(self._show, tables)
                )
            except DocketwatchError as error:  # also of a file of the connection that cannot be read for a while
                _log.error("%s", error)
                self.fault = without_folders(str(error))
            await asyncio.sleep(_PAUSE_SECONDS)

    def _show(self, tables: OutputTables) -> None:
        self.tables, self.is_caught_up, self.fault = tables, True, None

    def _apply(self, tables: OutputTables, name: str, key: bytes, value: bytes | None) -> None:
        try:
            if name == self._loads:
                tables.update_load(value)
            elif name == self._offices:
                tables.update_offices(key, value)
            elif name == self._docket_alerts:
                tables.update_docket_alert(key, value)
            elif name == self._dead_letters:
                tables.count_dead_letter(value)
            else:
                tables.update_alert(key, value, is_restricted=name == self._restricted)
        except (ValueError, msgspec.ValidationError):
            # without the record's text, which may hold personal data
            _log.error("a record of %s does not have the form of its topic, and is skipped", name)
