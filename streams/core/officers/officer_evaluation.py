"""Judging an officer at a period end: alerts begin, escalate, end or go to a new office (CONTRACT.md §5, §10).

What differs from the alerts of cases:

- `ended_by` is the type of the newest officer event that became known since the period end before and changed what the
  cause reads; without one it is `load`: the cases themselves changed. `retracted` needs such an event, occurred at or
  before the deadline; a load is exact as of its instant and takes nothing back.
- The alert_id of policy_review_overdue is made with an empty officer_id.

An alert that comes back continues its revisions, whatever ended it, so those that can come back are remembered; 64
of an officer, or memory had no bound. When there are more, those of the oldest anchors are forgotten but for their
latest anchor and their greatest revision: an alert whose anchor is no later may be one of them, and goes on above it.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from schemas.alerts import alert_id
from streams.core.alerting.lifecycle import AlertLifecycle
from streams.core.alerting.published_alert import LifecycleFields, lifecycle_fields
from streams.core.officers.alert_revision import OfficerAlertRevision
from streams.core.officers.conditions import Holding, can_return, reads
from streams.core.officers.state.officer_state import OfficerState, StandingOfficerAlert
from streams.core.officers.state.registers import Change, OfficerFact, type_of
from streams.core.officers.state.rules import OFFICER_CAUSES, OfficerRules

__all__ = ["ENDED_BY_LOAD", "NO_OFFICER", "AppliedFact", "LoadFigures", "OfficerEvaluation", "as_published", "id_of"]

ENDED_BY_LOAD: Final = "load"
"""`ended_by` of an alert that ended because the cases changed."""

NO_OFFICER: Final = ""
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


class OfficerEvaluation(AlertLifecycle[StandingOfficerAlert, Holding, AppliedFact, OfficerAlertRevision]):
    """One judging of one officer.

    Args:
        officer_id: The officer; NO_OFFICER for the policy itself.
        state: `standing` and `ended` are renewed.
        office: The officer's office, or None.
        rules: The policy.
        at: The period end (ms).
        figures: What records say of the load.
    """

    __slots__ = ("_figures", "_office", "_rules", "_state", "officer_id")

    def __init__(
        self,
        officer_id: str,
        state: OfficerState,
        office: str | None,
        rules: OfficerRules,
        at: int,
        figures: LoadFigures,
    ) -> None:
        super().__init__(at, state.ended)
        self.officer_id, self._state, self._office = officer_id, state, office
        self._rules, self._figures = rules, figures

    def run(self, due: Sequence[Holding], facts: Sequence[AppliedFact] | None) -> bool:
        """Judge, leave the records in `revisions` in the contract's order, and say whether there are any.

        Args:
            due: What holds and whose deadline has passed.
            facts: What became known since the period end before; None when the policy changed.
        """
        if not due and not self._state.standing:
            return False
        self.renew(self._state.standing, due, facts)
        self._forget()
        return bool(self.revisions)

    def _set_standing(self, standing: list[StandingOfficerAlert]) -> None:
        self._state.standing = standing

    def _escalates_at(self, alert: StandingOfficerAlert) -> int:
        return self._rules.escalates_at(alert.cause, alert.raised_at, self._office)

    def _has_moved(self, alert: StandingOfficerAlert) -> bool:
        return alert.office != self._office

    def _least_revision(self, holding: Holding) -> int:
        state = self._state
        if state.forgotten_revision and holding.anchor <= state.forgotten_until:
            return state.forgotten_revision + 1
        return 1

    def _new(self, holding: Holding, revision: int) -> StandingOfficerAlert:
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

    def _ending(self, alert: StandingOfficerAlert, facts: Sequence[AppliedFact]) -> tuple[str, str]:
        """From the newest officer event that the cause reads; without one the cases changed."""
        read = [fact for fact, change in facts if reads(alert.cause, alert.instance, fact, change)]
        if not read:
            return "resolved", ENDED_BY_LOAD
        newest = max(read, key=lambda fact: fact.key)
        return ("retracted" if newest.key[0] <= alert.deadline else "resolved"), type_of(newest)

    def _supersedes(self, new: StandingOfficerAlert, old: StandingOfficerAlert) -> bool:
        return new.cause == old.cause and new.instance == old.instance

    def _forget(self) -> None:
        """Keep no more of what ended than may come back, and of that no more than there is room for."""
        state = self._state
        ended = [one for one in state.ended if can_return(state, one, self._at)]
        if len(ended) > _MOST_REMEMBERED:
            ended.sort(key=lambda one: one[2])
            for _, _, anchor, revision in ended[:-_MOST_REMEMBERED]:
                state.forgotten_until = max(state.forgotten_until, anchor) if state.forgotten_revision else anchor
                state.forgotten_revision = max(state.forgotten_revision, revision)
            del ended[:-_MOST_REMEMBERED]
        state.ended = ended

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
        return as_published(self.officer_id, alert, self._at, lifecycle_fields(alert, status, ended_at, ended_by))


def as_published(
    officer_id: str, alert: StandingOfficerAlert, at: int, fields: LifecycleFields | None = None
) -> OfficerAlertRevision:
    """An alert as its last record says it.

    Args:
        officer_id: The officer; NO_OFFICER for the policy itself.
        alert: The alert; it must have kept what was published.
        at: The period end (ms) of the judging.
        fields: What its lifecycle sets; without that the alert stands.
    """
    return OfficerAlertRevision(
        at=at,
        alert_id=id_of(officer_id, alert),
        officer_id=officer_id or None,
        cause=_NAMES[alert.cause],
        **(fields or lifecycle_fields(alert)),
        office=alert.office,
        policy=alert.policy,
        policy_hash=alert.policy_hash,
        open_cases=alert.open_cases,
        in_custody=alert.in_custody,
        utilisation=alert.utilisation,
    )


def id_of(officer_id: str, alert: StandingOfficerAlert) -> str:
    """The id of an officer's alert (CONTRACT.md §10)."""
    return alert_id(f"officer|{officer_id}", _NAMES[alert.cause], alert.instance, alert.anchor)
