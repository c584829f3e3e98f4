"""The outputs of one step of a partition: records to publish and state to keep."""

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from streams.core.alerting.alert_revision import AlertRevision
from streams.core.alerting.case_evaluation import AppliedFact, CaseEvaluation
from streams.core.alerting.evidence import Holding
from streams.core.alerting.reasons import Reason
from streams.core.load.partials import Partial

__all__ = ["Effects"]


class Effects(Struct):
    """The outcome of `CasePartition.advance`, complete: nothing else left the core.

    Attributes:
        alerts: New revisions in the contract's order; each says whether it is restricted.
        moves: Alerts of cases that became protected, to publish on the restricted topic, same revision.
        tombstones: Keys to delete on the public alert topic, because their case became protected.
        partials: The final partial of every load period that ended, in order.
        changelog: State records (key, value) to keep before the input may be forgotten.
        reasons: How often each decision was taken.
    """

    alerts: list[AlertRevision] = field(default_factory=list)
    moves: list[AlertRevision] = field(default_factory=list)
    tombstones: list[bytes] = field(default_factory=list)
    partials: list[Partial] = field(default_factory=list)
    changelog: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    reasons: Counter[Reason] = field(default_factory=Counter)

    def withdraw_from_public(
        self, keys: Sequence[bytes], again: Iterable[AlertRevision], standing: Iterable[AlertRevision]
    ) -> None:
        """Withdraw the alerts of a case that became protected from the public topic, and move them to the restricted.

        Args:
            keys: Of what stood in public.
            again: What was published anew just now, which is restricted by that.
            standing: Every alert of the case that stands.
        """
        published = {revision.key for revision in again}
        self.tombstones += keys
        self.reasons[Reason.MADE_PROTECTED] += len(keys)
        self.moves += [each for each in standing if each.key in keys and each.key not in published]

    def add_judging(
        self,
        judging: CaseEvaluation,
        due: list[Holding],
        facts: Sequence[AppliedFact] | None,
        *,
        becomes_protected: bool,
    ) -> int:
        """Judge a case, and take in what it publishes.

        Args:
            judging: The judging, not yet run.
            due: What holds with its deadline passed.
            facts: What was applied to the case at this instant; None when the policy changed.
            becomes_protected: Whether its alerts leave the public topic.

        Returns:
            When the next alert that stands becomes critical (ms); 0 when none will.
        """
        public = judging.standing_keys() if becomes_protected else []
        escalates_at = judging.run(due, facts)
        self.alerts += judging.revisions
        if judging.reasons:  # seldom, and a Counter asks a metaclass what it was given
            self.reasons.update(judging.reasons)
        if public:
            self.withdraw_from_public(public, judging.revisions, judging.standing_records())
        return escalates_at
