"""What the console knows: the alert and load topics as tables, and the worker's own numbers. It draws nothing."""

from collections import Counter, deque
from collections.abc import Mapping
from heapq import nlargest
from typing import Final

import msgspec
from msgspec import Struct

from schemas.causes import CLASS_OF, Cause
from schemas.loads import Load

__all__ = ["ScreenFacts", "ShownAlert", "WorkerNumbers"]

_NEWEST: Final = 12
_RATE_SECONDS: Final = 4.0
_STANDS: Final = frozenset({"raised", "escalated"})


class ShownAlert(Struct, frozen=True):
    """An alert, as the terminal shows it."""

    alert_id: str
    case_id: str
    cause: str
    cause_class: str
    status: str
    raised_at: str
    office: str | None
    officer_id: str | None
    revision: int

    @property
    def stands(self) -> bool:
        """Whether it has not ended."""
        return self.status in _STANDS


class WorkerNumbers(Struct, frozen=True):
    """The worker's own numbers at one instant.

    Attributes:
        at: When they were read (monotonic seconds).
        events: Events read since it started.
        refused: Records refused.
        cases: Cases known.
        clock: The clock (ms) of the slowest partition; None before the first.
    """

    at: float
    events: int
    refused: int
    cases: int
    clock: int | None


class ScreenFacts:
    """Everything on the screen.

    Attributes:
        numbers: The worker's newest numbers, or None before the first.
        loads: The newest load of every officer.
        revisions: The number of alert revisions.
        sides: The side of every cause: of those of the contract, and of others that an alert has named.
    """

    def __init__(self) -> None:
        self.numbers: WorkerNumbers | None = None
        self.loads: dict[str, Load] = {}
        self.revisions = 0
        self._standing: dict[bytes, tuple[int, ShownAlert]] = {}  # with the number of alerts seen before it
        self.sides: dict[str, str] = {cause.value: CLASS_OF[cause].value for cause in Cause}
        self._cases: dict[str, Counter[str]] = {cause: Counter() for cause in self.sides}
        self._history: deque[WorkerNumbers] = deque()

    @property
    def standing(self) -> int:
        """The number of open alerts."""
        return len(self._standing)

    @property
    def newest(self) -> list[ShownAlert]:
        """The open alerts that were raised last, newest first; partitions bring them in another order."""

        def raised(numbered: tuple[int, ShownAlert]) -> tuple[str, int]:
            return numbered[1].raised_at, numbered[0]

        return [alert for _, alert in nlargest(_NEWEST, self._standing.values(), key=raised)]

    @property
    def lost_track(self) -> int:
        """The number of cases with an open alert."""
        return len({case for cases in self._cases.values() for case in cases})

    @property
    def by_cause(self) -> Mapping[str, int]:
        """The number of cases with an open alert, by cause, in the contract's order."""
        return {cause: len(cases) for cause, cases in self._cases.items()}

    @property
    def events_a_second(self) -> float:
        """Events read per second, over the last seconds."""
        if len(self._history) < 2:
            return 0.0
        first, last = self._history[0], self._history[-1]
        return (last.events - first.events) / (last.at - first.at)

    @property
    def by_least_time(self) -> list[Load]:
        """Officers with open cases, by ascending minutes per case per month."""
        loads = [load for load in self.loads.values() if load.minutes_per_case_month is not None]
        return sorted(loads, key=lambda load: (load.minutes_per_case_month or 0.0, load.officer_id))

    def alert(self, key: bytes, value: bytes | None) -> None:
        """Apply a record of the alert topic."""
        self.revisions += value is not None
        number, before = self._standing.pop(key, (self.revisions, None))
        if before is not None:
            cases = self._cases[before.cause]
            cases[before.case_id] -= 1
            if not cases[before.case_id]:
                del cases[before.case_id]
        if value is None:
            return
        alert = _alert_of(value)
        if not alert.stands:
            return
        self._standing[key] = (number, alert)
        self.sides.setdefault(alert.cause, alert.cause_class)
        self._cases.setdefault(alert.cause, Counter())[alert.case_id] += 1

    def load(self, value: bytes | None) -> None:
        """Apply a record of the load topic."""
        if value is not None:
            load = Load.from_json(value)
            self.loads[load.officer_id] = load

    def update(self, numbers: WorkerNumbers) -> None:
        """Apply the worker's newest numbers."""
        if self.numbers is not None and numbers.events < self.numbers.events:
            self._history.clear()  # the worker was restarted
        self.numbers = numbers
        self._history.append(numbers)
        while self._history[-1].at - self._history[0].at > _RATE_SECONDS and len(self._history) > 2:
            self._history.popleft()


_alert_of: Final = msgspec.json.Decoder(ShownAlert).decode
