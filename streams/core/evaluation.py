"""The core over a whole log without Kafka: one case partition and one officer table, fed in order.

The worker does the same work partition by partition, with the same results.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import attrgetter
from typing import Final, cast

from msgspec import Struct

from schemas import hot
from schemas.loads import Load
from streams.core.effects import Effects
from streams.core.load.office_record import OfficeTotals, office_totals
from streams.core.officers.table import OfficerEffects, OfficerTable
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.core.state.registers import APPLIERS

__all__ = ["Evaluation", "Step", "batches"]

_recorded_at: Final = attrgetter("recorded_at")
_BATCH: Final = 512
"""Events a step: few enough for their objects to stay in the processor's cache."""


class Step(Struct):
    """The outputs of one stretch of the log.

    Attributes:
        effects: Of the cases.
        officers: Of the officers.
        events: How many events it held.
        watermark: The clock after it (ms).
    """

    effects: Effects
    officers: OfficerEffects
    events: int
    watermark: int


def batches(events: Iterable[hot.Event], until: int) -> Iterator[tuple[list[hot.Event], int]]:
    """Cut a log into stretches that hold every instant whole.

    Args:
        events: Sorted by recorded_at.
        until: The last instant (ms); later events are left out.

    Yields:
        The events of a stretch, and the instant (ms) that it ends with; `until` for the last one.
    """
    coming = iter(events)
    following: list[hot.Event] = []
    while batch := following + list(islice(coming, _BATCH)):
        last, following = batch[-1].recorded_at, []
        for event in coming:  # an instant is judged whole
            if event.recorded_at != last:
                following.append(event)
                break
            batch.append(event)
        if last > until:
            del batch[bisect_right(batch, until, key=_recorded_at) :]
            break
        if not following:
            break
        yield batch, last
    yield batch, until


class Evaluation:
    """One run over a log under one policy.

    Args:
        rules: The policy.
    """

    def __init__(self, rules: Rules) -> None:
        self.cases = CasePartition(rules, keeps_changelog=False)
        self.table = OfficerTable(rules, sources=1, keeps_changelog=False)

    def run(self, events: Iterable[hot.Event], until: int) -> Iterator[Step]:
        """Apply what is recorded up to `until`, judge deadlines and escalations up to it.

        Args:
            events: Sorted by recorded_at.
            until: The last instant (ms).
        """
        for batch, watermark in batches(events, until):
            yield self.step(batch, watermark)

    def loads(self) -> list[Load]:
        """The load table as of the last instant, a row an officer, by officer id."""
        self.table.add_partial(self.cases.final_partial())
        return self.table.rows(self.cases.watermark)

    def office_totals(self, loads: list[Load]) -> list[OfficeTotals]:
        """The record of every office as of the last instant; all offices together (`*`) come first.

        Args:
            loads: As `loads` gave them.
        """
        return office_totals(self.cases.office_rows(), self.table.staff_rows(loads))

    def step(self, batch: Sequence[hot.Event], watermark: int) -> Step:
        """Apply one stretch of the log and judge up to its end.

        Args:
            batch: By recorded_at, all later than the clock.
            watermark: Everything recorded up to it (ms) is in `batch` or was in an earlier one.
        """
        # by class: isinstance asks a metaclass in Python, a quarter of a microsecond an event
        case_events = cast(list[hot.CaseEvent], [event for event in batch if type(event) in APPLIERS])
        if len(case_events) < len(batch):
            for event in batch:
                if isinstance(event, hot.OfficerUpdated | hot.TrainingCompleted):
                    self.table.apply(event, event.recorded_at)
        effects = self.cases.advance(case_events, watermark)
        for partial in effects.partials:
            self.table.add_partial(partial)
        self.table.add_partial(self.cases.clock_partial())
        return Step(effects, self.table.advance(watermark), len(batch), watermark)
