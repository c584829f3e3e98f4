"""Every alert that stands, published again from the state that workers keep: for an alert topic that was lost.

It is done as the owner of each partition, with all workers stopped: who publishes beside a worker may write an alert
that stands over its end, which the worker has just published. The transactional id of the partition is taken, so a
worker that is started meanwhile fences this, or is fenced by it, and never works beside it.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from msgspec.structs import replace

from schemas.policy import Policy
from schemas.topics import topic
from streams.agents.officers import OFFICER_MARK
from streams.agents.outbox import Outbox
from streams.agents.reported_dead_letters import ReportedDeadLetters
from streams.agents.state_origins import ALERT_TOPICS, histories
from streams.core.officers.standing_alerts import standing_records
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.errors import BrokerError
from streams.kafka.client.settings import Settings
from streams.kafka.client.topic_watch import TopicIdentity
from streams.kafka.input_gaps import GAPS
from streams.kafka.producer.delivery import Delivery
from streams.kafka.producer.delivery_factory import make_delivery
from streams.kafka.producer.work_batcher import batched
from streams.kafka.state.state_repair import PartitionState, StateRepair, refuse_while_workers_run
from streams.kafka.work import Work
from streams.process.watchdog import Watchdog

__all__ = ["republish"]

_AT_ONCE: Final = 5_000
"""Alerts of one transaction."""

_Alert = tuple[str, bytes, bytes]
"""Topic without prefix, key and value of a record."""


async def republish(
    settings: Settings, policy: Policy, topics: Mapping[str, TopicIdentity], now: int
) -> dict[str, int]:
    """Publish every alert that stands as it was last published: same id, revision and content but observed_at.

    Args:
        settings: The broker, the topics, and the group of the workers.
        policy: Theirs.
        topics: What makes the changelogs the ones that they are.
        now: Wall clock, UTC milliseconds.

    Returns:
        How many alerts went to each topic, by its name without prefix.

    Raises:
        UsageError: A worker runs.
        BrokerError: The broker does not answer well, or a state does not belong to its offsets.
    """
    await asyncio.to_thread(refuse_while_workers_run, settings, [settings.group])
    states, rules = histories(settings, topics), Rules(policy)
    repair = StateRepair(settings, states)
    counts = dict.fromkeys((short for shorts in ALERT_TOPICS.values() for short in shorts), 0)
    for agent, shorts in ALERT_TOPICS.items():
        outputs = [topic(short, settings.prefix).name for short in shorts]
        delivery = make_delivery(
            settings, states[agent].changelog, outputs=outputs, mark_processed=lambda *_: None, watchdog=Watchdog()
        )
        await delivery.start()
        try:
            for number in range(settings.partitions):
                await delivery.open(number)
                (kept,) = await repair.inspect([agent], number)
                if kept.unfit is not None:
                    raise BrokerError(kept.unfit.sentence)
                published = _published(kept)
                standing = _of_cases(kept, rules, now) if agent == "cases" else _of_officers(kept, rules, settings, now)
                while some := list(islice(standing, _AT_ONCE)):
                    await _publish(settings, delivery, number, some)
                    for short, *_ in some:
                        counts[short] += 1
                await delivery.deliver(number, batched(published))
        finally:
            await delivery.stop()
    return counts


async def _publish(settings: Settings, delivery: Delivery, number: int, alerts: Sequence[_Alert]) -> None:
    outbox = Outbox(settings.partitions)
    for short, key, value in alerts:
        outbox.add(topic(short, settings.prefix).name, key, value)
    await delivery.deliver(number, batched(Work(outbox.drain())))


def _published(state: PartitionState) -> Work:
    """The changelog record by which the state refers to the present alert topics."""
    origin, mark = state.origin, state.table.newest(state.history.flush_marker.key)
    if origin is None or mark is None:
        return Work()
    offsets, stamp = origin.offsets, state.history.flush_marker.stamp
    origin = replace(
        state.history.origin_at_takeover(state.table, offsets, origin.flush_number),
        alert_topics=dict(state.history.alert_topics),
    )
    return Work(changelog=[*state.rollback, (state.history.flush_marker.key, stamp(mark, origin))])


def _of_cases(state: PartitionState, rules: Rules, now: int) -> Iterator[_Alert]:
    partition = CasePartition(rules, state.number, keeps_changelog=False)
    partition.restore(_records(state))
    for revision in partition.standing_records():
        short = "restricted-alerts" if revision.restricted else "lost-track-alerts"
        yield short, revision.key, revision.json(now)


def _of_officers(state: PartitionState, rules: Rules, settings: Settings, now: int) -> Iterator[_Alert]:
    for revision in standing_records(_records(state), rules, settings.partitions):
        yield "officer-alerts", revision.key, revision.json(now)


def _records(state: PartitionState) -> dict[str, bytes]:
    """What the agent itself kept."""
    records = state.table.drain()
    ReportedDeadLetters().restore(records)  # takes what is no case and no officer
    records.pop(GAPS, None)
    records.pop(OFFICER_MARK.decode(), None)
    return records
