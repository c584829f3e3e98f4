"""Logs when an officer partition misses a final load partial of a case partition, and when a whole one replaces it.

Between the two the officer partition judges no period end (`streams.core.load.partials`); loads go on. A partial that
is missed and replaced within a batch delays nothing and is not logged.
"""

import logging
from collections.abc import Mapping
from typing import Final

from schemas.instants import to_text

__all__ = ["MissedPartials"]

_log: Final = logging.getLogger(__name__)


class MissedPartials:
    """Logs which load partials one officer partition misses.

    Args:
        name: The topic.
        number: The officer partition.
    """

    def __init__(self, name: str, number: int) -> None:
        self._name, self._number = name, number
        self._reported: set[int] = set()

    def log_changes(self, missed: Mapping[int, int | None]) -> None:
        """Log what began and what ended since the last call, one line for each case partition.

        Args:
            missed: Case partitions of which a final partial never came, and the period end (ms) that judging stands at
                for it; None before the first.
        """
        if missed.keys() == self._reported:
            return
        for source in sorted(missed.keys() - self._reported):
            at = missed[source]
            _log.warning(
                "%s: officer partition %d missed a final partial of case partition %d and judges no period end%s until "
                "case partition %d sends a whole one: at its first period end after a rebalance, or within 6 hours",
                self._name,
                self._number,
                source,
                "" if at is None else f" after {to_text(at)}",
                source,
            )
        for source in sorted(self._reported - missed.keys()):
            _log.info(
                "%s: officer partition %d has a whole partial of case partition %d again; period ends are judged on",
                self._name,
                self._number,
                source,
            )
        self._reported = set(missed)
