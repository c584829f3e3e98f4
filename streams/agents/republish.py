"""Every alert that stands, published again from the state that workers keep: for an alert topic that was lost.

It is done as the owner of each partition, with all workers stopped: who publishes beside a worker may write an alert
that stands over its end, which the worker has just published. The transactional id of the partition is taken, so a
worker that is started meanwhile fences this, or is fenced by it, and never works beside it.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from schemas.policy import Policy
from schemas.topics import topic
from streams.agents.histories import histories
from streams.agents.officers import OFFICER_MARK
from streams.agents.outbox import Outbox
from streams.agents.told import ToldLetters
from streams.core.officer_standing import standing_records
from streams.core.partition import CasePartition
from streams.core.rules import Rules
from streams.errors import BrokerError
from streams.kafka.delivering import make_delivery
from streams.kafka.delivery import Delivery
from streams.kafka.gathered import gathered
from streams.kafka.input_gaps import GAPS
from streams.kafka.settings import Settings
from streams.kafka.state_repair import KeptState, StateRepair, refuse_while_workers_run
from streams.kafka.topic_watch import TopicIdentity
from streams.kafka.watchdog import Watchdog
from streams.kafka.work import Work

__all__ = ["republish"]

_AT_ONCE: Final = 5_000
"""Alerts of one transaction."""

_OUTPUTS: Final = {"cases": ("lost-track-alerts", "restricted-alerts"), "officers": ("officer-alerts",)}

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
    published = dict.fromkeys((short for shorts in _OUTPUTS.values() for short in shorts), 0)
    for agent, shorts in _OUTPUTS.items():
        outputs = [topic(short, settings.prefix).name for short in shorts]
        delivery = make_delivery(
            settings, states[agent].changelog, outputs=outputs, settle=lambda *_: None, watchdog=Watchdog()
        )
        await delivery.start()
        try:
            for number in range(settings.partitions):
                await delivery.open(number)
                (kept,) = await repair.look([agent], number)
                if kept.unfit is not None:
                    raise BrokerError(kept.unfit.sentence)
                standing = _of_cases(kept, rules, now) if agent == "cases" else _of_officers(kept, rules, settings, now)
                while some := list(islice(standing, _AT_ONCE)):
                    await _publish(settings, delivery, number, some)
                    for short, *_ in some:
                        published[short] += 1
        finally:
            await delivery.stop()
    return published


async def _publish(settings: Settings, delivery: Delivery, number: int, alerts: Sequence[_Alert]) -> None:
    outbox = Outbox(settings.partitions)
    for short, key, value in alerts:
        outbox.put(topic(short, settings.prefix).name, key, value)
    await delivery.deliver(number, gathered(Work(outbox.take())))


def _of_cases(kept: KeptState, rules: Rules, now: int) -> Iterator[_Alert]:
    partition = CasePartition(rules, kept.number, keeps_changelog=False)
    partition.restore(_records(kept))
    for revision in partition.standing_records():
        short = "restricted-alerts" if revision.restricted else "lost-track-alerts"
        yield short, revision.key, revision.json(now)


def _of_officers(kept: KeptState, rules: Rules, settings: Settings, now: int) -> Iterator[_Alert]:
    for revision in standing_records(_records(kept), rules, settings.partitions):
        yield "officer-alerts", revision.key, revision.json(now)


def _records(kept: KeptState) -> dict[str, bytes]:
    """What the agent itself kept."""
    records = kept.image.drain()
    ToldLetters().restore(records)  # takes what is no case and no officer
    records.pop(GAPS, None)
    records.pop(OFFICER_MARK.decode(), None)
    return records
