"""The output topics as tables in memory: case alerts, docket alerts, and loads."""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Struct

from schemas.loads import Load
from streams.core.load.office_rows import CALENDAR_KEY, CalendarPartial, OfficePartial
from streams.web.tables.alert_rows import CaseAlert, DocketAlert, read_case_alert, read_docket_alert
from streams.web.tables.daily_alert_counts import DailyAlertCounts
from streams.web.tables.record_history import RecordHistory

__all__ = ["OutputTables"]

_MOST_ENDED: Final = 200_000
"""About 100 MB; the topic keeps all of them."""


class _DeadLetterRecord(Struct, gc=False):
    topic: str
    code: str


_calendar: Final = msgspec.json.Decoder(CalendarPartial).decode
_offices: Final = msgspec.json.Decoder(OfficePartial).decode
_dead_letter: Final = msgspec.json.Decoder(_DeadLetterRecord).decode


class OutputTables:
    """The tables.

    Args:
        overloaded_at: The utilisation from which an officer is over capacity.

    Attributes:
        version: Increases with every record that changes a table.
        alert_history: What the alerts say of each day.
        record_history: What loads and office partials said at the end of each day.
        loads: The newest load of every officer.
        offices: The newest office partial of each case partition and each officer partition, by key.
        calendars: What lies ahead of each case partition, by key.
        refused: Number of dead letters in the topic, by input topic without prefix and by reason.
    """

    def __init__(self, overloaded_at: float = 1.0) -> None:
        self.version = 0
        self.alert_history = DailyAlertCounts()
        self.record_history = RecordHistory(overloaded_at)
        self.loads: dict[str, Load] = {}
        self.offices: dict[bytes, OfficePartial] = {}
        self.calendars: dict[bytes, CalendarPartial] = {}
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
        return sorted(self._alerts_of(case_id), key=lambda alert: (alert.raised_at, alert.cause))

    def docket_alerts(self) -> Iterable[DocketAlert]:
        """The open docket alerts."""
        return self._docket_alerts.values()

    def update_load(self, value: bytes | None) -> None:
        """Apply a record of the load topic."""
        if value is not None:
            load = Load.from_json(value)
            self.loads[load.officer_id] = load
            self.record_history.add_load(load)
            self.version += 1

    def update_offices(self, key: bytes, value: bytes | None) -> None:
        """Apply a record of the topic of office partials."""
        if value is not None:
            if key.startswith(CALENDAR_KEY):
                self.calendars[key] = _calendar(value)
            else:
                partial = self.offices[key] = _offices(value)
                self.record_history.add_partial(key, partial)
            self.version += 1

    def update_docket_alert(self, key: bytes, value: bytes | None) -> None:
        """Apply a record of the officer alert topic."""
        alert = None if value is None else read_docket_alert(value)
        if alert is None:
            self._docket_alerts.pop(key, None)
        else:
            self._docket_alerts[key] = alert
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
        alert = None if value is None else read_case_alert(value, is_restricted=is_restricted)
        case_id = alert.case_id if alert is not None else known.case_id if known is not None else None
        if case_id is None:
            return  # a tombstone of what is not known
        before = self._alerts_of(case_id)
        if alert is not None:
            self._file_alert(alert, known)
        elif known is not None:
            self._remove(known)
        self.alert_history.exchange(before, self._alerts_of(case_id))
        if len(self._ended) > _MOST_ENDED:
            self._remove(next(iter(self._ended.values())))  # its days stay in the history
        self.version += 1

    def _alerts_of(self, case_id: str) -> list[CaseAlert]:
        return [self._standing.get(key) or self._ended[key] for key in self._of_case.get(case_id, ())]

    def _file_alert(self, alert: CaseAlert, known: CaseAlert | None) -> None:
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

    def _remove(self, alert: CaseAlert) -> None:
        key = alert.alert_id
        self._standing.pop(key, None)
        self._ended.pop(key, None)
        others = self._of_case[alert.case_id]
        others.remove(key)
        if not others:
            del self._of_case[alert.case_id]
