"""Judging a case at an instant: which alerts begin, escalate, end or are told to a new officer (CONTRACT.md §5).

A deadline only wakes a case up. What stands is worked out anew each time from the registers and the clock, and compared
with what stood; nothing is remembered of timers.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from schemas.alerts import CLASS_OF, TYPES_READ, alert_id
from streams.core.alerting.alert_revision import AlertRevision
from streams.core.alerting.evidence import CauseEvidence, Holding
from streams.core.alerting.reasons import Reason
from streams.core.policy.rules import CAUSES, PERSON_CAUSES, Rules
from streams.core.state.case_state import LEVELS, CaseState, LoadContribution, StandingAlert
from streams.core.state.fact_key import FactKey

__all__ = ["AppliedFact", "CaseEvaluation", "LastJudged", "as_last_judged", "officer_of_record"]

AppliedFact = tuple[FactKey, str]
"""(key, type) of an event applied to the case at the instant of the judging."""

_CAUSE_NAMES: Final = tuple(str(cause) for cause in CAUSES)
_CLASS_NAMES: Final = tuple(str(CLASS_OF[cause]) for cause in CAUSES)
_READ: Final = tuple(TYPES_READ[cause] for cause in CAUSES)
_OF_SAME_HEARING: Final = frozenset({"hearing_unresolved", "hearing_missed"})


def officer_of_record(state: CaseState) -> str | None:
    """Whom the assignment of a registered case names unless it is stale, whether the case is open or closed."""
    assignment, transfer = state.assignment, state.transfer
    if not state.opened or assignment.value is None:
        return None
    if transfer is not None and transfer.arrived:
        said = assignment.said
        if said is not None and said < transfer.key:
            return None
    return assignment.value


class LastJudged(Struct, gc=False):
    """A case as its last judging left it: what it counted for, and how its standing alerts were published."""

    counted: LoadContribution | None
    officer: str | None
    office: str | None
    opened: bool
    protected: bool
    wake: int


def as_last_judged(state: CaseState) -> LastJudged:
    """What of a case is to be remembered while its state is renewed."""
    counted = state.counted
    officer = officer_of_record(state) if counted is None else counted.officer
    return LastJudged(counted, officer, state.office, state.opened, state.protected, state.wake)


class CaseEvaluation:
    """One judging of one case for which alerts stand or are due.

    Args:
        case_id: The case.
        state: Its registers, with everything of this instant applied; `standing` and `ended` are renewed.
        officer: Its officer of record now.
        rules, causes: The policy.
        clock: The instant (ms).
        published: (officer, office) as the standing alerts were last published.
    """

    __slots__ = ("_case_id", "_causes", "_clock", "_officer", "_published", "_rules", "_state", "reasons", "revisions")

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
        self._case_id, self._state, self._officer, self._clock = case_id, state, officer, clock
        self._rules, self._causes, self._published = rules, causes, published
        self.revisions: list[AlertRevision] = []
        self.reasons: list[Reason] = []

    def run(self, due: list[Holding], facts: Sequence[AppliedFact] | None) -> int:
        """Compare what holds and is due with what stood; the records are in `revisions`, in the contract's order.

        Args:
            due: What holds with a deadline up to the clock.
            facts: What was applied to the case at this instant; empty when the clock merely passed a deadline; None
                when the policy changed.

        Returns:
            When the next alert that stands becomes critical (ms); 0 when none will.
        """
        self._renew(due, facts)
        return min((self._escalates_at(a) for a in self._state.standing if a.escalated_at is None), default=0)

    def _escalates_at(self, alert: StandingAlert) -> int:
        """When it becomes critical (ms): worked out anew, for the office and so the business days may have changed."""
        return self._rules.terms(self._state.office).escalate[alert.cause](alert.raised_at)

    def _renew(self, due: list[Holding], facts: Sequence[AppliedFact] | None) -> None:
        state = self._state
        before = {(alert.cause, alert.instance, alert.anchor): alert for alert in state.standing}
        now = {(cause, instance, anchor) for cause, instance, anchor, _ in due}
        raised = [holding for holding in due if holding[:3] not in before]
        ended = [alert for key, alert in before.items() if key not in now]
        kept = [alert for key, alert in before.items() if key in now]
        escalated = [a for a in kept if a.escalated_at is None and self._escalates_at(a) <= self._clock]
        fresh = [self._raise(holding) for holding in raised]
        state.standing = kept + fresh
        agency_causes = sorted({_CAUSE_NAMES[a.cause] for a in state.standing if a.cause not in PERSON_CAUSES})

        groups: list[list[AlertRevision]] = [[], [], [], []]
        for alert in ended:
            groups[0].append(self._end(alert, fresh, facts, agency_causes))
        groups[1] += [self._record(alert, agency_causes) for alert in fresh]
        for alert in escalated:
            alert.escalated_at = self._clock
            alert.revision += 1
            self.reasons.append(Reason.ESCALATED)
            groups[2].append(self._record(alert, agency_causes))
        if self._published != (self._officer, state.office):
            for alert in kept:
                if alert in escalated:
                    continue  # its new officer has just been told
                alert.revision += 1
                self.reasons.append(Reason.REPUBLISHED)
                groups[3].append(self._record(alert, agency_causes))
        for group in groups:
            group.sort(key=lambda revision: revision.alert_id)
            self.revisions += group

    def _raise(self, holding: Holding) -> StandingAlert:
        state, (cause, instance, anchor, deadline) = self._state, holding
        revision = 1
        for place, ended in enumerate(state.ended):
            if ended[:3] == (cause, instance, anchor):
                revision = ended[3] + 1
                del state.ended[place]
                break
        self.reasons.append(Reason.RAISED if revision == 1 else Reason.RAISED_AGAIN)
        return StandingAlert(
            cause=cause,
            instance=instance,
            anchor=anchor,
            deadline=deadline,
            raised_at=self._clock,
            escalated_at=None,
            revision=revision,
            evidence=self._causes.evidence(state, cause, instance, anchor),
        )

    def _end(
        self,
        alert: StandingAlert,
        fresh: list[StandingAlert],
        facts: Sequence[AppliedFact] | None,
        agency_causes: list[str],
    ) -> AlertRevision:
        status, ended_by = self._verdict(alert, facts)
        if facts is not None and any(_supersedes(new, alert) for new in fresh):
            ended_by = "superseded"
            self.reasons.append(Reason.SUPERSEDED)
        alert.revision += 1
        self._state.ended.append((alert.cause, alert.instance, alert.anchor, alert.revision))
        self.reasons.append(Reason(status))
        return self._record(alert, agency_causes, status, self._clock, ended_by)

    def _verdict(self, alert: StandingAlert, facts: Sequence[AppliedFact] | None) -> tuple[str, str]:
        """Status and ended_by of an alert that stands no longer, from the newest fact its cause reads."""
        if facts is None:
            return "resolved", "policy_changed"
        read = [fact for fact in facts if fact[1] in _READ[alert.cause]]
        key, kind = max(read or facts, key=lambda fact: fact[0])
        return ("retracted" if key[0] <= alert.deadline else "resolved"), kind

    def _record(
        self,
        alert: StandingAlert,
        agency_causes: list[str],
        status: str | None = None,
        ended_at: int | None = None,
        ended_by: str | None = None,
    ) -> AlertRevision:
        state, cause = self._state, alert.cause
        is_escalated = alert.escalated_at is not None
        # what the record says that may be another thing by the time it is to be said again
        alert.level, alert.policy, alert.policy_hash = state.level, self._rules.policy_id, self._rules.policy_hash
        alert.agency = sum(1 << _CAUSE_NAMES.index(name) for name in agency_causes)
        return AlertRevision(
            at=self._clock,
            restricted=state.protected,
            alert_id=alert_id(self._case_id, _CAUSE_NAMES[cause], alert.instance, alert.anchor),
            case_id=self._case_id,
            cause=_CAUSE_NAMES[cause],
            cause_class=_CLASS_NAMES[cause],
            instance=alert.instance,
            anchor_at=alert.anchor,
            deadline_at=alert.deadline,
            status=status or ("escalated" if is_escalated else "raised"),
            severity="critical" if is_escalated else "warning",
            raised_at=alert.raised_at,
            escalated_at=alert.escalated_at,
            ended_at=ended_at,
            ended_by=ended_by,
            officer_id=self._officer,
            office=state.office,
            level=LEVELS[state.level],
            policy=self._rules.policy_id,
            policy_hash=self._rules.policy_hash,
            revision=alert.revision,
            evidence=alert.evidence,
            agency_causes=agency_causes if cause in PERSON_CAUSES else None,
        )

    def standing_keys(self) -> list[bytes]:
        """Keys of what stands, by record key."""
        return [record.key for record in self.standing_records()]

    def standing_records(self) -> list[AlertRevision]:
        """What stands, as it was last published: for a case that became protected and moves to the restricted topic."""
        state = self._state
        agency_causes = sorted({_CAUSE_NAMES[a.cause] for a in state.standing if a.cause not in PERSON_CAUSES})
        return [self._record(alert, agency_causes) for alert in state.standing]

    def as_published(self) -> list[AlertRevision]:
        """What stands, as its last record says it: also of what has changed since without a new revision.

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


def _supersedes(new: StandingAlert, old: StandingAlert) -> bool:
    """Whether a newly raised alert takes the place of one that ended in the same judging."""
    same_hearing = new.instance == old.instance or _CAUSE_NAMES[new.cause] not in _OF_SAME_HEARING
    return new.cause == old.cause and new.anchor != old.anchor and same_hearing
