"""Logs which offices have no time zone in the policy, each once a worker."""

import logging
from collections.abc import Iterable
from typing import Final

from schemas.policy import Policy
from streams.core.load.office_zones import offices_without_zone, zone_sentence

__all__ = ["OfficeZones"]

_log: Final = logging.getLogger(__name__)

_MOST: Final = 100
"""A feed that invents offices cannot flood the log; the metric counts all of them."""


class OfficeZones:
    """Logs offices at their first open case.

    Args:
        policy: Its offices have time zones.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._logged: set[str] = set()

    def log_new(self, offices: Iterable[str]) -> None:
        """Log those of some offices that have no time zone and were not logged before."""
        new = [office for office in offices_without_zone(self._policy, offices) if office not in self._logged]
        if new and len(self._logged) < _MOST:
            self._logged.update(new)
            _log.warning("%s", zone_sentence(new))
