"""Judging an officer at a period end: which alerts begin, escalate, end or are told to a new office (contract §5, §10).

As with cases, what stands is worked out anew each time and compared with what stood. What differs:

- `ended_by` is the type of the newest officer event that became known since the period end before and changed what the
  cause reads; without one it is `load`: the cases themselves changed. `retracted` needs such an event, occurred at or
  before the deadline; a load is exact as of its instant and takes nothing back.
- Every alert escalates 30 days after it was raised (OFFICER_ESCALATE_AFTER_MS).
- The alert_id of policy_review_overdue is made with an empty officer_id.
"""

from collections.abc import Sequence
from typing import Final

from schemas.alerts import OfficerCause, alert_id
from streams.core.officer_alerts import OfficerAlertRevision
from streams.core.officer_causes import Holding, reads
from streams.core.officer_registers import Change, OfficerFact, type_of
from streams.core.officer_rules import OFFICER_CAUSES, OFFICER_ESCALATE_AFTER_MS
from streams.core.officer_state import OfficerState, StandingOfficerAlert
from streams.core.reasons import Reason

__all__ = ["ENDED_BY_LOAD", "NOBODY", "AppliedFact", "OfficerJudging", "id_of"]

ENDED_BY_LOAD: Final = "load"
"""`ended_by` of an alert that ended because the cases changed."""

NOBODY: Final = ""
"""Stands for the officer of an alert that has none."""

AppliedFact = tuple[OfficerFact, Change]
"""What an officer event said that became known since the period end before, and what that changed."""

_NAMES: Final = tuple(str(cause) for cause in OFFICER_CAUSES)
_COMES_BACK: Final = frozenset(
    OFFICER_CAUSES.index(cause)
    for cause in (OfficerCause.ORPHANED_CASELOAD, OfficerCause.TRAINING_LAPSED, OfficerCause.POLICY_REVIEW_OVERDUE)
)
"""Causes whose anchor is no period end: the same alert can be raised again, and its revision must go on."""


class OfficerJudging:
    """One judging of one officer.

    Args:
        officer_id: The officer; NOBODY for the policy itself.
        state: `standing` and `ended` are renewed.
        office: The officer's office, or None.
        policy_id: name@version.
        at: The period end (ms).
    """

    __slots__ = ("_at", "_office", "_policy_id", "_state", "officer_id", "reasons", "revisions")

    def __init__(self, officer_id: str, state: OfficerState, office: str | None, policy_id: str, at: int) -> None:
        self.officer_id, self._state, self._office = officer_id, state, office
        self._policy_id, self._at = policy_id, at
        self.revisions: list[OfficerAlertRevision] = []
        self.reasons: list[Reason] = []

    def run(self, due: Sequence[Holding], facts: Sequence[AppliedFact] | None) -> bool:
        """Judge, leave the records in `revisions` in the contract's order, and say whether there are any.

        Args:
            due: What holds and whose deadline has passed.
            facts: What became known since the period end before; None when the policy changed.
        """
        state, at = self._state, self._at
        if not due and not state.standing:
            return False
        before = {(alert.cause, alert.instance, alert.anchor): alert for alert in state.standing}
        now = {holding[:3] for holding in due}
        fresh = [self._raise(holding) for holding in due if holding[:3] not in before]
        ended = [alert for key, alert in before.items() if key not in now]
        kept = [alert for key, alert in before.items() if key in now]
        state.standing = kept + fresh
        escalated = [
            alert for alert in kept if alert.escalated_at is None and alert.raised_at + OFFICER_ESCALATE_AFTER_MS <= at
        ]
        republished = [alert for alert in kept if alert.office != self._office and alert not in escalated]
        for alert in escalated:
            alert.escalated_at = at
        self.reasons += [Reason.ESCALATED] * len(escalated) + [Reason.REPUBLISHED] * len(republished)
        for group in (
            [self._end(alert, fresh, facts) for alert in ended],
            [self._record(alert) for alert in fresh],
            [self._again(alert) for alert in escalated],
            [self._again(alert) for alert in republished],
        ):
            group.sort(key=lambda revision: revision.alert_id)
            self.revisions += group
        return bool(self.revisions)

    def _raise(self, holding: Holding) -> StandingOfficerAlert:
        ended, key = self._state.ended, holding[:3]
        revision = 1
        for place, one in enumerate(ended):
            if one[:3] == key:
                revision = ended.pop(place)[3] + 1
                break
        self.reasons.append(Reason.RAISED if revision == 1 else Reason.RAISED_AGAIN)
        return StandingOfficerAlert(
            cause=holding.cause,
            instance=holding.instance,
            anchor=holding.anchor,
            deadline=holding.deadline,
            raised_at=self._at,
            escalated_at=None,
            revision=revision,
            evidence=holding.evidence,
            office=self._office,
        )

    def _end(
        self,
        alert: StandingOfficerAlert,
        fresh: Sequence[StandingOfficerAlert],
        facts: Sequence[AppliedFact] | None,
    ) -> OfficerAlertRevision:
        status, ended_by = _verdict(alert, facts)
        self.reasons.append(Reason(status))
        if any(new.cause == alert.cause and new.instance == alert.instance for new in fresh):
            ended_by = "superseded"
            self.reasons.append(Reason.SUPERSEDED)
        alert.revision += 1
        if alert.cause in _COMES_BACK:
            self._state.ended.append((alert.cause, alert.instance, alert.anchor, alert.revision))
        return self._record(alert, status, self._at, ended_by)

    def _again(self, alert: StandingOfficerAlert) -> OfficerAlertRevision:
        alert.revision += 1
        alert.office = self._office
        return self._record(alert)

    def _record(
        self,
        alert: StandingOfficerAlert,
        status: str | None = None,
        ended_at: int | None = None,
        ended_by: str | None = None,
    ) -> OfficerAlertRevision:
        cause, is_escalated = _NAMES[alert.cause], alert.escalated_at is not None
        return OfficerAlertRevision(
            at=self._at,
            alert_id=id_of(self.officer_id, alert),
            officer_id=self.officer_id or None,
            cause=cause,
            instance=alert.instance,
            anchor_at=alert.anchor,
            deadline_at=alert.deadline,
            status=status or ("escalated" if is_escalated else "raised"),
            severity="critical" if is_escalated else "warning",
            raised_at=alert.raised_at,
            escalated_at=alert.escalated_at,
            ended_at=ended_at,
            ended_by=ended_by,
            office=self._office,
            policy=self._policy_id,
            revision=alert.revision,
            evidence=alert.evidence,
        )


def id_of(officer_id: str, alert: StandingOfficerAlert) -> str:
    """The id of an officer's alert (contract §10)."""
    return alert_id(f"officer|{officer_id}", _NAMES[alert.cause], alert.instance, alert.anchor)


def _verdict(alert: StandingOfficerAlert, facts: Sequence[AppliedFact] | None) -> tuple[str, str]:
    """Status and ended_by of an alert that stands no longer."""
    if facts is None:
        return "resolved", "policy_changed"
    read = [fact for fact, change in facts if reads(alert.cause, alert.instance, fact, change)]
    if not read:
        return "resolved", ENDED_BY_LOAD
    newest = max(read, key=lambda fact: fact.key)
    return ("retracted" if newest.key[0] <= alert.deadline else "resolved"), type_of(newest)
