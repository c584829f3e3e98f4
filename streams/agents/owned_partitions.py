"""A snapshot of the owned partitions for a scrape, from the stores of both agents."""

from collections.abc import Iterable, Mapping
from copy import copy

from streams.agents.cases import CaseProcessor
from streams.agents.officers import OfficerProcessor
from streams.kafka.input_gaps import OpenGap
from streams.kafka.state.partition_store import PartitionStore
from streams.metrics.collector import AgentStoreView, OwnedPartitions

__all__ = ["owned_partitions"]


def owned_partitions(
    cases: PartitionStore[CaseProcessor],
    officers: PartitionStore[OfficerProcessor],
    unread: Mapping[str, int],
    blind: Mapping[str, bool],
    gaps: Iterable[OpenGap],
) -> OwnedPartitions:
    """Take the snapshot; from any thread, while both agents run.

    Clocks are read before the waits of the stores. So work that a clock counts as applied is durable where no wait is
    shown beside it.

    Args:
        cases: The store of the case agent.
        officers: The store of the officer agent.
        unread: Records behind the position, by topic.
        blind: Whether a feed is blind, by topic.
        gaps: The gaps of the input that are open.
    """
    processors = cases.processors
    clocks = {number: copy(processor.stats) for number, processor in processors.items()}
    officer_clocks = {number: copy(processor.stats) for number, processor in officers.processors.items()}
    return OwnedPartitions(
        cases=clocks,
        officers=officer_clocks,
        state_bytes=sum(processor.state_bytes for processor in processors.values()),
        unread=unread,
        blind=blind,
        gaps={(each.gap.topic, each.gap.partition): each.gap.records for each in gaps},
        stores={"cases": _store_view(cases), "officers": _store_view(officers)},
    )


def _store_view(store: PartitionStore[CaseProcessor] | PartitionStore[OfficerProcessor]) -> AgentStoreView:
    stats, owned = store.stats, store.processors
    return AgentStoreView(
        commits=stats.flushes,
        committed_at=stats.flushed_at,
        waited=store.waited,
        refused=stats.refused,
        lost_alert_topics=store.lost_alert_topics,
        restored_records=stats.restored_records,
        to_restore=store.to_restore,
        restore_seconds=stats.restore_seconds,
        checkpoints={
            number: (found.written_at, found.behind)
            for number, found in list(store.checkpoints.stats.items())
            if number in owned
        },
        checkpoint_failures=store.checkpoints.failures,
    )
