"""What one step of a partition asks of the world: records to publish and state to keep."""

from collections import Counter

from msgspec import Struct, field

from streams.core.alerting.alert_revision import AlertRevision
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
