"""What one office lost track of, week by week: which causes of which cases are new, ended, and stand."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from msgspec import Struct, field

from streams.core.alerting.alert_revision import AlertRevision

__all__ = ["CauseOfCase", "LostTrackWeek", "LostTrackWeeks"]

_STANDS: Final = ("raised", "escalated")


class LostTrackWeek(Struct):
    """One week, by cause; a cause of a case counts once, however many alerts it has.

    Attributes:
        new: Came to stand in the week, here: was raised, or came with a case from another office.
        ended: Ceased to stand here: ended, or left with a case.
        before: Stood when it began.
        stand: Stood when it ended.
    """

    new: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)
    stand: Counter[str] = field(default_factory=Counter)


class CauseOfCase(Struct, frozen=True, order=True):
    """A cause that stands for a case.

    Attributes:
        cause: By name.
        since: When its oldest alert was raised (ms).
        case_id: The case.
        officer_id: Its officer of record, as last published; empty without one.
        is_critical: Whether an alert of it is critical.
        is_protected: Whether the case is protected.
    """

    cause: str
    since: int
    case_id: str
    officer_id: str
    is_critical: bool
    is_protected: bool


class LostTrackWeeks:
    """Follows the alerts of one office.

    Args:
        office: The office.
        bounds: The instants (ms) with which weeks begin, ascending, and that with which the last one ends.
    """

    def __init__(self, office: str, bounds: Sequence[int]) -> None:
        self._office, self._bounds = office, bounds
        self._alerts: dict[str, AlertRevision] = {}
        """Those that stand here, by id, as published last."""
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._standing: Counter[str] = Counter()
        self.weeks = [LostTrackWeek() for _ in bounds[1:]]
        self._reached = 0

    def add(self, revisions: Iterable[AlertRevision]) -> None:
        """Take revisions in the order of the log; those of one instant and case come together."""
        for (at, _), group in groupby(revisions, key=lambda revision: (revision.at, revision.case_id)):
            self._apply(at, list(group))

    def finish(self) -> None:
        """Every revision up to the end of the last week is in."""
        self._reach(len(self._bounds))

    def standing(self) -> Iterator[CauseOfCase]:
        """What stands here now, one for each cause of a case."""
        by_pair: dict[tuple[str, str], list[AlertRevision]] = {}
        for alert in self._alerts.values():
            by_pair.setdefault((alert.cause, alert.case_id), []).append(alert)
        for (cause, case_id), alerts in by_pair.items():
            yield CauseOfCase(
                cause=cause,
                since=min(alert.raised_at for alert in alerts),
                case_id=case_id,
                officer_id=alerts[-1].officer_id or "",
                is_critical=any(alert.severity == "critical" for alert in alerts),
                is_protected=alerts[-1].restricted,
            )

    def _apply(self, at: int, revisions: Sequence[AlertRevision]) -> None:
        touched = {(revision.case_id, revision.cause) for revision in revisions}
        before = {pair for pair in touched if self._pairs[pair]}
        self._reach(bisect_left(self._bounds, at + 1))
        for revision in revisions:
            self._replace(revision)
        week = self._reached - 1
        for pair in touched:
            stands = bool(self._pairs[pair])
            if not stands:
                del self._pairs[pair]
            if stands == (pair in before):
                continue
            self._standing[pair[1]] += 1 if stands else -1
            if 0 <= week < len(self.weeks):
                counts = self.weeks[week].new if stands else self.weeks[week].ended
                counts[pair[1]] += 1

    def _replace(self, revision: AlertRevision) -> None:
        pair = revision.case_id, revision.cause
        if self._alerts.pop(revision.alert_id, None) is not None:
            self._pairs[pair] -= 1
        if revision.status in _STANDS and revision.office == self._office:
            self._alerts[revision.alert_id] = revision
            self._pairs[pair] += 1

    def _reach(self, bound: int) -> None:
        """Note what stood at each bound that was passed."""
        while self._reached < bound:
            if self._reached:
                self.weeks[self._reached - 1].stand = self._standing.copy()
            if self._reached < len(self.weeks):
                self.weeks[self._reached].before = self._standing.copy()
            self._reached += 1
