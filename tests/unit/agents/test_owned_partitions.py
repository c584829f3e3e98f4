"""Metrics of the owned partitions while the agents work."""

from types import SimpleNamespace
from typing import Any, cast

from streams.agents.owned_partitions import owned_partitions
from streams.kafka.state.store_stats import StoreStats
from streams.metrics.stats import CaseStats, OfficerStats


class BusyStore:
    """A store of one partition whose work is queued, with a later watermark, right after its wait is read."""

    def __init__(self, flow_stats: CaseStats | OfficerStats) -> None:
        self.stats, self.lost_alert_topics, self.to_restore = StoreStats(), dict[str, int](), 0
        self.checkpoints = SimpleNamespace(stats={}, failures=0)
        self._flow = SimpleNamespace(stats=flow_stats, state_bytes=0)

    @property
    def processors(self) -> dict[int, Any]:
        return {0: self._flow}

    @property
    def waited(self) -> float:
        self._flow.stats.clock = 2_000
        return 0.0


class TestOwnedPartitions:
    def test_a_watermark_is_never_later_than_the_wait_beside_it(self) -> None:
        """The watermark of work queued after the wait was read would show work as durable that is not."""
        cases, officers = BusyStore(CaseStats(clock=1_000)), BusyStore(OfficerStats(clock=1_000))
        view = owned_partitions(cast(Any, cases), cast(Any, officers), {}, {}, [])

        assert (1_000, 0.0) == (view.cases[0].clock, view.stores["cases"].waited)
        assert (1_000, 0.0) == (view.officers[0].clock, view.stores["officers"].waited)
