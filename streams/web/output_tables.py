"""The output topics as tables in memory: case alerts, docket alerts, and loads."""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from sys import intern
from typing import Final

import msgspec
from msgspec import Struct

from schemas.instants import to_ms
from schemas.loads import Load
from streams.core.load.office_rows import OfficePartial

__all__ = ["CaseAlert", "DocketAlert", "OutputTables"]

_STANDS: Final = frozenset({"raised", "escalated"})
_MOST_ENDED: Final = 200_000
"""About 100 MB; the topic keeps all of them."""


class CaseAlert(Struct, frozen=True, gc=False):
    """The newest revision of a case alert; instants are milliseconds, other fields as in the record.

    Attributes:
        is_restricted: Whether its case is protected.
    """

    alert_id: str
    case_id: str
    cause: str
    side: str
    instance: str | None
    anchor_at: int
    deadline_at: int
    status: str
    severity: str
    raised_at: int
    escalated_at: int | None
    ended_at: int | None
    ended_by: str | None
    officer_id: str | None
    office: str | None
    level: str
    policy: str
    revision: int
    agency_causes: tuple[str, ...]
    is_restricted: bool
    policy_hash: str | None = None

    @property
    def policy_name(self) -> str:
        """The policy's display name; without a hash where an older version made the alert."""
        return self.policy if self.policy_hash is None else f"{self.policy} ({self.policy_hash})"

    @property
    def stands(self) -> bool:
        """Whether it is open."""
        return self.status in _STANDS


class DocketAlert(Struct, frozen=True, gc=False):
    """The newest revision of a docket alert; instants are milliseconds."""

    officer_id: str | None
    cause: str
    instance: str | None
    severity: str
    raised_at: int


class _AlertRecord(Struct, gc=False):
    alert_id: str
    case_id: str
    cause: str
    cause_class: str
    instance: str | None
    anchor_at: str
    deadline_at: str
    status: str
    severity: str
    raised_at: str
    escalated_at: str | None
    ended_at: str | None
    ended_by: str | None
    officer_id: str | None
    office: str | None
    level: str
    policy: str
    revision: int
    agency_causes: tuple[str, ...] | None
    policy_hash: str | None = None


class _DocketAlertRecord(Struct, gc=False):
    officer_id: str | None
    cause: str
    instance: str | None
    status: str
    severity: str
    raised_at: str


class _DeadLetterRecord(Struct, gc=False):
    topic: str
    code: str


_alert: Final = msgspec.json.Decoder(_AlertRecord).decode
_docket_alert: Final = msgspec.json.Decoder(_DocketAlertRecord).decode
_offices: Final = msgspec.json.Decoder(OfficePartial).decode
_dead_letter: Final = msgspec.json.Decoder(_DeadLetterRecord).decode


class OutputTables:
    """The tables.

    Attributes:
        version: Increases with every record that changes a table.
        loads: The newest load of every officer.
        offices: The newest office partial of each case partition and each officer partition, by key.
        refused: Number of dead letters in the topic, by input topic without prefix and by reason.
    """

    def __init__(self) -> None:
        self.version = 0
        self.loads: dict[str, Load] = {}
        self.offices: dict[bytes, OfficePartial] = {}
        self.refused: Counter[tuple[str, str]] = Counter()
        self._standing: dict[str, CaseAlert] = {}
        self._ended: OrderedDict[str, CaseAlert] = OrderedDict()
        self._of_case: dict[str, list[str]] = {}
        self._docket_alerts: dict[bytes, DocketAlert] = {}

    @property
    def as_of(self) -> int | None:
        """The instant (ms) of the newest load; None before the first."""
        return max((load.as_of for load in self.loads.values()), default=None)

    def standing(self, *, with_protected: bool) -> Iterator[CaseAlert]:
        """The open case alerts, in no order."""
        return (alert for alert in self._standing.values() if with_protected or not alert.is_restricted)

    def of_case(self, case_id: str) -> list[CaseAlert]:
        """All alerts of a case, ended ones as far as they are kept, by when they were raised."""
        known = (self._standing.get(key) or self._ended[key] for key in self._of_case.get(case_id, ()))
        return sorted(known, key=lambda alert: (alert.raised_at, alert.cause))

    def docket_alerts(self) -> Iterable[DocketAlert]:
        """The open docket alerts."""
        return self._docket_alerts.values()

    def update_load(self, value: bytes | None) -> None:
        """Apply a record of the load topic."""
        if value is not None:
            load = Load.from_json(value)
            self.loads[load.officer_id] = load
            self.version += 1

    def update_offices(self, key: bytes, value: bytes | None) -> None:
        """Apply a record of the topic of office partials."""
        if value is not None:
            self.offices[key] = _offices(value)
            self.version += 1

    def update_docket_alert(self, key: bytes, value: bytes | None) -> None:
        """Apply a record of the officer alert topic."""
        record = None if value is None else _docket_alert(value)
        if record is None or record.status not in _STANDS:
            self._docket_alerts.pop(key, None)
        else:
            self._docket_alerts[key] = DocketAlert(
                record.officer_id, record.cause, record.instance, record.severity, to_ms(record.raised_at)
            )
        self.version += 1

    def count_dead_letter(self, value: bytes | None) -> None:
        """Count a record of the dead-letter topic."""
        if value is not None:
            letter = _dead_letter(value)
            self.refused[letter.topic.rpartition(".")[2], letter.code] += 1
            self.version += 1

    def update_alert(self, key: bytes, value: bytes | None, *, is_restricted: bool) -> None:
        """Apply a record of one of the two topics of case alerts."""
        alert_id = key.decode()
        known = self._standing.get(alert_id) or self._ended.get(alert_id)
        if known is not None and known.is_restricted and not is_restricted:
            return  # the case is protected now: its older alert in the public topic does not count
        if value is None:
            if known is not None:
                self._remove(known)
        else:
            self._put(_row(_alert(value), is_restricted=is_restricted), known)
        self.version += 1

    def _put(self, alert: CaseAlert, known: CaseAlert | None) -> None:
        key = alert.alert_id
        if known is None:
            self._of_case.setdefault(alert.case_id, []).append(key)
        if alert.stands:
            self._ended.pop(key, None)
            self._standing[key] = alert
            return
        self._standing.pop(key, None)
        self._ended[key] = alert
        self._ended.move_to_end(key)
        if len(self._ended) > _MOST_ENDED:
            self._remove(next(iter(self._ended.values())))

    def _remove(self, alert: CaseAlert) -> None:
        key = alert.alert_id
        self._standing.pop(key, None)
        self._ended.pop(key, None)
        others = self._of_case[alert.case_id]
        others.remove(key)
        if not others:
            del self._of_case[alert.case_id]


def _row(record: _AlertRecord, *, is_restricted: bool) -> CaseAlert:
    # the few values that repeat in every alert are interned
    return CaseAlert(
        record.alert_id,
        record.case_id,
        intern(record.cause),
        intern(record.cause_class),
        record.instance,
        to_ms(record.anchor_at),
        to_ms(record.deadline_at),
        intern(record.status),
        intern(record.severity),
        to_ms(record.raised_at),
        None if record.escalated_at is None else to_ms(record.escalated_at),
        None if record.ended_at is None else to_ms(record.ended_at),
        None if record.ended_by is None else intern(record.ended_by),
        None if record.officer_id is None else intern(record.officer_id),
        None if record.office is None else intern(record.office),
        intern(record.level),
        intern(record.policy),
        record.revision,
        record.agency_causes or (),
        is_restricted,
        None if record.policy_hash is None else intern(record.policy_hash),
    )
