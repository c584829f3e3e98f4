"""Judging a case at an instant: which alerts begin, escalate, end or go to a new officer (CONTRACT.md §5).

A deadline only says when a case is judged again. What stands follows from the registers and the clock.
"""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from schemas.causes import CLASS_OF, DECLARATIONS, TYPES_READ, alert_id
from streams.core.alerting.alert_revision import AlertRevision
from streams.core.alerting.evidence import CauseEvidence, Holding
from streams.core.alerting.lifecycle import AlertLifecycle
from streams.core.alerting.published_alert import lifecycle_fields
from streams.core.policy.rules import CAUSES, PERSON_CAUSES, Rules
from streams.core.state.case_state import LEVELS, CaseState, StandingAlert
from streams.core.state.fact_key import FactKey

__all__ = ["AppliedFact", "CaseEvaluation"]

AppliedFact = tuple[FactKey, str]
"""(key, type) of an event applied to the case at the instant of the judging."""

_CAUSE_NAMES: Final = tuple(str(cause) for cause in CAUSES)
_CLASS_NAMES: Final = tuple(str(CLASS_OF[cause]) for cause in CAUSES)
_READ: Final = tuple(TYPES_READ[cause] for cause in CAUSES)
_OF_SAME_HEARING: Final = frozenset(str(cause) for cause in CAUSES if DECLARATIONS[cause].instance == "hearing_id")


class CaseEvaluation(AlertLifecycle[StandingAlert, Holding, AppliedFact, AlertRevision]):
    """One judging of one case for which alerts stand or are due.

    Args:
        case_id: The case.
        state: Its registers, with everything of this instant applied; `standing` and `ended` are renewed.
        officer: Its officer of record now.
        rules, causes: The policy.
        clock: The instant (ms).
        published: (officer, office) as the standing alerts were last published.
    """

    __slots__ = ("_agency_causes", "_case_id", "_causes", "_escalate", "_has_new_owner", "_officer", "_rules", "_state")

    def __init__(
        self,
        case_id: str,
        state: CaseState,
        officer: str | None,
        rules: Rules,
        causes: CauseEvidence,
        clock: int,
        published: tuple[str | None, str | None],
    ) -> None:
        super().__init__(clock, state.ended)
        self._case_id, self._state, self._officer = case_id, state, officer
        self._rules, self._causes = rules, causes
        self._has_new_owner = published != (officer, state.office)
        self._agency_causes: list[str] | None = None  # sorted; None until a record needs them
        self._escalate = rules.terms(state.office).escalate

    def run(self, due: list[Holding], facts: Sequence[AppliedFact] | None) -> int:
        """Compare what holds and is due with what stood; the records are in `revisions`, in the contract's order.

        Args:
            due: What holds with a deadline up to the clock.
            facts: What was applied to the case at this instant; empty when the clock merely passed a deadline; None
                when the policy changed.

        Returns:
            When the next alert that stands becomes critical (ms); 0 when none will.
        """
        self.renew(self._state.standing, due, facts)
        return min((self._escalates_at(a) for a in self._state.standing if a.escalated_at is None), default=0)

    def _escalates_at(self, alert: StandingAlert) -> int:
        """When it becomes critical (ms): worked out anew, for the office and so the business days may have changed."""
        return self._escalate[alert.cause](alert.raised_at)

    def _set_standing(self, standing: list[StandingAlert]) -> None:
        self._state.standing = standing
        self._agency_causes = None

    def _has_moved(self, alert: StandingAlert) -> bool:  # noqa: ARG002  # all alerts of a case have its officer and office
        return self._has_new_owner

    def _new(self, holding: Holding, revision: int) -> StandingAlert:
        cause, instance, anchor, deadline = holding
        return StandingAlert(
            cause=cause,
            instance=instance,
            anchor=anchor,
            deadline=deadline,
            raised_at=self._at,
            escalated_at=None,
            revision=revision,
            evidence=self._causes.evidence(self._state, cause, instance, anchor),
        )

    def _ending(self, alert: StandingAlert, facts: Sequence[AppliedFact]) -> tuple[str, str]:
        """From the newest fact that its cause reads."""
        read = [fact for fact in facts if fact[1] in _READ[alert.cause]]
        key, kind = max(read or facts, key=lambda fact: fact[0])
        return ("retracted" if key[0] <= alert.deadline else "resolved"), kind

    def _supersedes(self, new: StandingAlert, old: StandingAlert) -> bool:
        same_hearing = new.instance == old.instance or _CAUSE_NAMES[new.cause] not in _OF_SAME_HEARING
        return new.cause == old.cause and new.anchor != old.anchor and same_hearing

    def _record(
        self,
        alert: StandingAlert,
        status: str | None = None,
        ended_at: int | None = None,
        ended_by: str | None = None,
    ) -> AlertRevision:
        state, cause = self._state, alert.cause
        agency = self._agency_causes
        if agency is None:
            agency = sorted({_CAUSE_NAMES[each.cause] for each in state.standing if each.cause not in PERSON_CAUSES})
            self._agency_causes = agency
        # what the record says that may be another thing by the time it is to be said again
        alert.level, alert.policy, alert.policy_hash = state.level, self._rules.policy_id, self._rules.policy_hash
        alert.agency = sum(1 << _CAUSE_NAMES.index(name) for name in agency)
        return AlertRevision(
            at=self._at,
            restricted=state.protected,
            alert_id=alert_id(self._case_id, _CAUSE_NAMES[cause], alert.instance, alert.anchor),
            case_id=self._case_id,
            cause=_CAUSE_NAMES[cause],
            cause_class=_CLASS_NAMES[cause],
            **lifecycle_fields(alert, status, ended_at, ended_by),
            officer_id=self._officer,
            office=state.office,
            level=LEVELS[state.level],
            policy=self._rules.policy_id,
            policy_hash=self._rules.policy_hash,
            agency_causes=agency if cause in PERSON_CAUSES else None,
        )

    def standing_keys(self) -> list[bytes]:
        """Keys of what stands, by record key."""
        return [record.key for record in self.standing_records()]

    def standing_records(self) -> list[AlertRevision]:
        """The standing alerts as last published, for a case that became protected and moves to the restricted topic."""
        self._set_standing(self._state.standing)
        return [self._record(alert) for alert in self._state.standing]

    def as_published(self) -> list[AlertRevision]:
        """The standing alerts as their last records have them, whatever changed since without a new revision.

        What a program did not keep that published one is taken from the case and the policy as they are now.
        """
        kept = [(alert.level, alert.agency, alert.policy, alert.policy_hash) for alert in self._state.standing]
        records = self.standing_records()
        for place, (level, agency, policy, policy_hash) in enumerate(kept):
            if level is not None:
                causes = sorted(name for bit, name in enumerate(_CAUSE_NAMES) if agency >> bit & 1)
                is_of_person = records[place].agency_causes is not None
                records[place] = replace(
                    records[place],
                    level=LEVELS[level],
                    policy=policy,
                    policy_hash=policy_hash or self._rules.policy_hash,
                    agency_causes=causes if is_of_person else None,
                )
        return records
