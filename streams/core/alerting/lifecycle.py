"""The lifecycle of alerts, of cases and of officers alike: raised, escalated, republished, ended (CONTRACT.md §5).

What stands is worked out anew at each judging and compared with what stood; no timer is kept. The records of one
judging come in the contract's order: what ended, what was raised, what escalated, what is published again for a new
officer or office; each of them by alert_id.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from streams.core.alerting.published_alert import PublishedAlert
from streams.core.alerting.reasons import Reason
from streams.core.state.standing_record import EndedAlert, StandingRecord

__all__ = ["AlertLifecycle"]


Alert = TypeVar("Alert", bound=StandingRecord)
Held = TypeVar("Held", bound=tuple[object, ...])
Fact = TypeVar("Fact")
Revision = TypeVar("Revision", bound=PublishedAlert)


class AlertLifecycle(ABC, Generic[Alert, Held, Fact, Revision]):
    """One judging of one case or officer.

    A `Held` is a tuple that begins with (cause, instance, anchor in ms): a condition that holds, with its deadline
    passed.

    Args:
        at: The instant of the judging (ms).
        ended: Alerts that ended and may come back; renewed.

    Attributes:
        revisions: The records to publish, in the contract's order.
        reasons: What was decided, for metrics.
    """

    __slots__ = ("_at", "_ended", "reasons", "revisions")

    def __init__(self, at: int, ended: list[EndedAlert]) -> None:
        self._at, self._ended = at, ended
        self.revisions: list[Revision] = []
        self.reasons: list[Reason] = []

    def renew(self, standing: Sequence[Alert], due: Sequence[Held], facts: Sequence[Fact] | None) -> None:
        """Compare what holds with what stood, and leave the records in `revisions`.

        Args:
            standing: What stood.
            due: What holds.
            facts: What became known since the judging before; None when the policy changed.
        """
        before = {(alert.cause, alert.instance, alert.anchor): alert for alert in standing}
        now = {held[:3] for held in due}
        fresh = [self._raise(held) for held in due if held[:3] not in before]
        ended = [alert for key, alert in before.items() if key not in now]
        kept = [alert for key, alert in before.items() if key in now]
        self._set_standing(kept + fresh)
        escalated = [a for a in kept if a.escalated_at is None and self._escalates_at(a) <= self._at]
        moved = [alert for alert in kept if self._has_moved(alert) and alert not in escalated]
        if not (fresh or ended or escalated or moved):
            return  # most judgings of a case with an alert
        for alert in escalated:
            alert.escalated_at = self._at
        self.reasons += [Reason.ESCALATED] * len(escalated) + [Reason.REPUBLISHED] * len(moved)
        for group in (
            [self._end(alert, fresh, facts) for alert in ended],
            [self._record(alert) for alert in fresh],
            [self._record_again(alert) for alert in escalated],
            [self._record_again(alert) for alert in moved],
        ):
            group.sort(key=lambda revision: revision.alert_id)
            self.revisions += group

    def _raise(self, holding: Held) -> Alert:
        revision = self._least_revision(holding)
        for place, ended in enumerate(self._ended):
            if ended[:3] == holding[:3]:
                revision = self._ended.pop(place)[3] + 1
                break
        self.reasons.append(Reason.RAISED if revision == 1 else Reason.RAISED_AGAIN)
        return self._new(holding, revision)

    def _end(self, alert: Alert, fresh: Sequence[Alert], facts: Sequence[Fact] | None) -> Revision:
        if facts is None:
            status, ended_by = "resolved", "policy_changed"
        else:
            status, ended_by = self._ending(alert, facts)
            if any(self._supersedes(new, alert) for new in fresh):
                ended_by = "superseded"
                self.reasons.append(Reason.SUPERSEDED)
        self.reasons.append(Reason(status))
        alert.revision += 1
        self._ended.append((alert.cause, alert.instance, alert.anchor, alert.revision))
        return self._record(alert, status, self._at, ended_by)

    def _record_again(self, alert: Alert) -> Revision:
        alert.revision += 1
        return self._record(alert)

    def _least_revision(self, holding: Held) -> int:  # noqa: ARG002  # an officer's may go on from one that is forgotten
        """Revision of an alert of which no ended one is remembered."""
        return 1

    @abstractmethod
    def _set_standing(self, standing: list[Alert]) -> None:
        """Keep what stands from now on."""

    @abstractmethod
    def _new(self, holding: Held, revision: int) -> Alert:
        """An alert that is raised now."""

    @abstractmethod
    def _escalates_at(self, alert: Alert) -> int:
        """When an alert becomes critical (ms)."""

    @abstractmethod
    def _has_moved(self, alert: Alert) -> bool:
        """Whether its last record names another officer or office than it has now."""

    @abstractmethod
    def _ending(self, alert: Alert, facts: Sequence[Fact]) -> tuple[str, str]:
        """Status and `ended_by` of an alert that stands no longer."""

    @abstractmethod
    def _supersedes(self, new: Alert, old: Alert) -> bool:
        """Whether a newly raised alert takes the place of one that ended in the same judging."""

    @abstractmethod
    def _record(
        self, alert: Alert, status: str | None = None, ended_at: int | None = None, ended_by: str | None = None
    ) -> Revision:
        """The record of an alert; without a status it stands."""
