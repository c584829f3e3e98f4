"""The alerts that stand in one partition, counted as their revisions are published."""

from collections import Counter
from typing import Final, NamedTuple, Protocol

from schemas.causes import Severity, Status

__all__ = ["REPUBLISHED", "Revision", "StandingAlertCounts", "StandingCounts"]

REPUBLISHED: Final = "republished"
"""What happened when nothing but the officer or the office changed."""

_ENDED: Final = frozenset({Status.RESOLVED, Status.RETRACTED})


class Revision(Protocol):
    """What is read of a published revision of an alert; fields as in CONTRACT.md §5."""

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
    """How an alert stands.

    Attributes:
        cause: Value of a Cause or an OfficerCause.
        office: As last published; empty when none is known.
        severity: Value of a Severity.
    """

    cause: str
    office: str
    severity: str


class StandingAlertCounts:
    """Each alert once, however often it is published.

    Attributes:
        counts: How many stand so; from any thread.
    """

    __slots__ = ("_alerts", "_kinds", "counts")

    def __init__(self) -> None:
        self._alerts: dict[bytes, StandingCounts] = {}
        self._kinds: dict[StandingCounts, StandingCounts] = {}  # one object for all that stand alike
        self.counts: Counter[StandingCounts] = Counter()

    def __len__(self) -> int:
        return len(self._alerts)

    def restore(self, alert_id: str, cause: str, office: str | None, *, is_escalated: bool) -> None:
        """Take in an alert that stands, as a restored state says."""
        severity = Severity.CRITICAL if is_escalated else Severity.WARNING
        self._put(bytes.fromhex(alert_id), StandingCounts(cause, office or "", severity.value))

    def publish(self, revision: Revision) -> str:
        """Take in a revision.

        Returns:
            What happened: `raised`, `escalated`, `republished`, `resolved` or `retracted`.
        """
        key = bytes.fromhex(revision.alert_id)  # half of what the text takes: a docket has hundreds of thousands
        if revision.status in _ENDED:
            self._less(self._alerts.pop(key, None))
            return revision.status
        before = self._put(key, StandingCounts(revision.cause, revision.office or "", revision.severity))
        if before is None:
            return Status.RAISED.value
        return Status.ESCALATED.value if before.severity != revision.severity else REPUBLISHED

    def _put(self, key: bytes, standing: StandingCounts) -> StandingCounts | None:
        before = self._alerts.get(key)
        if before != standing:
            self._alerts[key] = self._kinds.setdefault(standing, standing)
            self.counts[standing] += 1
            self._less(before)
        return before

    def _less(self, standing: StandingCounts | None) -> None:
        if standing is not None:
            self.counts[standing] -= 1
            if not self.counts[standing]:
                del self.counts[standing]
