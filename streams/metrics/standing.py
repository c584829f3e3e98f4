"""Counts the standing alerts of one partition as their revisions are published."""

from collections import Counter
from typing import Final, NamedTuple, Protocol

from schemas.causes import Severity, Status

__all__ = ["OUTCOMES", "REPUBLISHED", "Revision", "StandingAlertCounts", "StandingCounts"]

REPUBLISHED: Final = "republished"
"""The outcome of a revision in which only the officer or the office changed."""

OUTCOMES: Final = (
    Status.RAISED.value,
    Status.ESCALATED.value,
    REPUBLISHED,
    Status.RESOLVED.value,
    Status.RETRACTED.value,
)
"""All outcomes of a revision."""

_ENDED: Final = frozenset({Status.RESOLVED, Status.RETRACTED})


class Revision(Protocol):
    """The fields of a published alert revision that are counted; as in CONTRACT.md §5."""

    @property
    def alert_id(self) -> str: ...  # noqa: D102
    @property
    def cause(self) -> str: ...  # noqa: D102
    @property
    def status(self) -> str: ...  # noqa: D102
    @property
    def severity(self) -> str: ...  # noqa: D102
    @property
    def office(self) -> str | None: ...  # noqa: D102


class StandingCounts(NamedTuple):
    """The labels of a standing alert.

    Attributes:
        cause: Value of a Cause or an OfficerCause.
        office: As last published; empty when none is known.
        severity: Value of a Severity.
    """

    cause: str
    office: str
    severity: str


class StandingAlertCounts:
    """Counts each alert once, however often it is published.

    Attributes:
        counts: Standing alerts by labels; from any thread.
    """

    __slots__ = ("_alerts", "_kinds", "counts")

    def __init__(self) -> None:
        self._alerts: dict[bytes, StandingCounts] = {}
        self._kinds: dict[StandingCounts, StandingCounts] = {}  # one object for all alerts with the same labels
        self.counts: Counter[StandingCounts] = Counter()

    def __len__(self) -> int:
        return len(self._alerts)

    def restore(self, alert_id: str, cause: str, office: str | None, *, is_escalated: bool) -> None:
        """Add a standing alert of a restored state."""
        severity = Severity.CRITICAL if is_escalated else Severity.WARNING
        self._set(bytes.fromhex(alert_id), StandingCounts(cause, office or "", severity.value))

    def publish(self, revision: Revision) -> str:
        """Apply a revision.

        Returns:
            The outcome: `raised`, `escalated`, `republished`, `resolved` or `retracted`.
        """
        key = bytes.fromhex(revision.alert_id)  # half the memory of the text: a docket has hundreds of thousands
        if revision.status in _ENDED:
            self._decrement(self._alerts.pop(key, None))
            return revision.status
        before = self._set(key, StandingCounts(revision.cause, revision.office or "", revision.severity))
        if before is None:
            return Status.RAISED.value
        return Status.ESCALATED.value if before.severity != revision.severity else REPUBLISHED

    def _set(self, key: bytes, standing: StandingCounts) -> StandingCounts | None:
        before = self._alerts.get(key)
        if before != standing:
            self._alerts[key] = self._kinds.setdefault(standing, standing)
            self.counts[standing] += 1
            self._decrement(before)
        return before

    def _decrement(self, standing: StandingCounts | None) -> None:
        if standing is not None:
            self.counts[standing] -= 1
            if not self.counts[standing]:
                del self.counts[standing]
