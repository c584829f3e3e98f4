"""Judging an officer at a period end: alerts begin, escalate, end or go to a new office (CONTRACT.md §5, §10).

As with cases, what stands is worked out anew each time and compared with what stood. What differs:

- `ended_by` is the type of the newest officer event that became known since the period end before and changed what the
  cause reads; without one it is `load`: the cases themselves changed. `retracted` needs such an event, occurred at or
  before the deadline; a load is exact as of its instant and takes nothing back.
- The alert_id of policy_review_overdue is made with an empty officer_id.

An alert that comes back goes on with its revisions, whatever ended it, so those that can come back are remembered; 64
of an officer, or memory had no bound. When there are more, those of the oldest anchors are forgotten but for their
latest anchor and their greatest revision: an alert whose anchor is no later may be one of them, and goes on above it.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from schemas.alerts import alert_id
from streams.core.alerting.reasons import Reason
from streams.core.officers.alert_revision import OfficerAlertRevision
from streams.core.officers.conditions import Holding, can_come_back, reads
from streams.core.officers.registers import Change, OfficerFact, type_of
from streams.core.officers.rules import OFFICER_CAUSES, OfficerRules
from streams.core.officers.state import OfficerState, StandingOfficerAlert

__all__ = ["ENDED_BY_LOAD", "NOBODY", "AppliedFact", "LoadFigures", "OfficerEvaluation", "as_published", "id_of"]

ENDED_BY_LOAD: Final = "load"
"""`ended_by` of an alert that ended because the cases changed."""

NOBODY: Final = ""
"""Stands for the officer of an alert that has none."""

AppliedFact = tuple[OfficerFact, Change]
"""What an officer event said that became known since the period end before, and what that changed."""

_NAMES: Final = tuple(str(cause) for cause in OFFICER_CAUSES)
_MOST_REMEMBERED: Final = 64
"""Alerts of one officer that ended and may come back."""


class LoadFigures(NamedTuple):
    """What a record says of the officer's load as of its period end; None where there is no officer, or no capacity."""

    open_cases: int | None
    in_custody: int | None
    utilisation: float | None


class OfficerEvaluation:
    """One judging of one officer.

    Args:
        officer_id: The officer; NOBODY for the policy itself.
        state: `standing` and `ended` are renewed.
        office: The officer's office, or None.
        rules: The policy.
        at: The period end (ms).
        figures: What records say of the load.
    """

    __slots__ = ("_at", "_figures", "_office", "_rules", "_state", "officer_id", "reasons", "revisions")

    def __init__(
        self,
        officer_id: str,
        state: OfficerState,
        office: str | None,
        rules: OfficerRules,
        at: int,
        figures: LoadFigures,
    ) -> None:
        self.officer_id, self._state, self._office = officer_id, state, office
        self._rules, self._at, self._figures = rules, at, figures
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
        escalates_at, office = self._rules.escalates_at, self._office
        escalated = [
            alert
            for alert in kept
            if alert.escalated_at is None and escalates_at(alert.cause, alert.raised_at, office) <= at
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
        self._forget()
        return bool(self.revisions)

    def _raise(self, holding: Holding) -> StandingOfficerAlert:
        state, ended, key = self._state, self._state.ended, holding[:3]
        revision = 1
        if state.forgotten_revision and holding.anchor <= state.forgotten_until:
            revision = state.forgotten_revision + 1
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
        if facts is not None and any(new.cause == alert.cause and new.instance == alert.instance for new in fresh):
            ended_by = "superseded"
            self.reasons.append(Reason.SUPERSEDED)
        alert.revision += 1
        self._state.ended.append((alert.cause, alert.instance, alert.anchor, alert.revision))
        return self._record(alert, status, self._at, ended_by)

    def _forget(self) -> None:
        """Keep no more of what ended than may come back, and of that no more than there is room for."""
        state = self._state
        ended = [one for one in state.ended if can_come_back(state, one, self._at)]
        if len(ended) > _MOST_REMEMBERED:
            ended.sort(key=lambda one: one[2])
            for _, _, anchor, revision in ended[:-_MOST_REMEMBERED]:
                state.forgotten_until = max(state.forgotten_until, anchor) if state.forgotten_revision else anchor
                state.forgotten_revision = max(state.forgotten_revision, revision)
            del ended[:-_MOST_REMEMBERED]
        state.ended = ended

    def _again(self, alert: StandingOfficerAlert) -> OfficerAlertRevision:
        alert.revision += 1
        return self._record(alert)

    def _record(
        self,
        alert: StandingOfficerAlert,
        status: str | None = None,
        ended_at: int | None = None,
        ended_by: str | None = None,
    ) -> OfficerAlertRevision:
        alert.office = self._office
        alert.policy, alert.policy_hash = self._rules.rules.policy_id, self._rules.rules.policy_hash
        alert.open_cases, alert.in_custody, alert.utilisation = self._figures
        record = as_published(self.officer_id, alert, self._at)
        return record if status is None else replace(record, status=status, ended_at=ended_at, ended_by=ended_by)


def as_published(officer_id: str, alert: StandingOfficerAlert, at: int) -> OfficerAlertRevision:
    """An alert that stands, as its last record says it.

    Args:
        officer_id: The officer; NOBODY for the policy itself.
        alert: The alert; it must have kept what was published.
        at: The period end (ms) of the judging.
    """
    is_escalated = alert.escalated_at is not None
    return OfficerAlertRevision(
        at=at,
        alert_id=id_of(officer_id, alert),
        officer_id=officer_id or None,
        cause=_NAMES[alert.cause],
        instance=alert.instance,
        anchor_at=alert.anchor,
        deadline_at=alert.deadline,
        status="escalated" if is_escalated else "raised",
        severity="critical" if is_escalated else "warning",
        raised_at=alert.raised_at,
        escalated_at=alert.escalated_at,
        ended_at=None,
        ended_by=None,
        office=alert.office,
        policy=alert.policy,
        policy_hash=alert.policy_hash,
        revision=alert.revision,
        evidence=alert.evidence,
        open_cases=alert.open_cases,
        in_custody=alert.in_custody,
        utilisation=alert.utilisation,
    )


def id_of(officer_id: str, alert: StandingOfficerAlert) -> str:
    """The id of an officer's alert (CONTRACT.md §10)."""
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
