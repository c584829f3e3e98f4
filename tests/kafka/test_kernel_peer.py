"""The kernel that the benchmark compares with other systems runs on today's Kafka layer."""

import asyncio
import os
import uuid
from pathlib import Path

import pytest

from tests.load.peers.broker_view import BrokerView
from tests.load.peers.environments import Homes
from tests.load.peers.events import expected, publish
from tests.load.peers.run import Bench, Input, process_topic
from tests.load.peers.systems import SYSTEMS, System

pytestmark = pytest.mark.kafka

EVENTS, PARTITIONS = 2_000, 4
OURS = [system for system in SYSTEMS if system.name.startswith("docketwatch")]


@pytest.mark.parametrize("system", OURS, ids=lambda system: system.name)
def test_its_changelog_holds_every_case(system: System, apache_kafka: str, tmp_path: Path) -> None:
    """The benchmark compares each case of the changelog with the one that it expects."""

    async def records() -> int:
        async with BrokerView(apache_kafka) as view:
            topic = f"kernel-{uuid.uuid4().hex[:8]}"
            await view.create(topic, PARTITIONS)
            await publish(apache_kafka, topic, PARTITIONS, EVENTS)
            bench = Bench(view, os.getpid(), Homes(tmp_path), tmp_path, commit_ms=100)
            _, _, records = await process_topic(system, Input(topic, PARTITIONS, EVENTS, expected(EVENTS)), bench)
            await view.drop([topic])
            return records

    assert asyncio.run(records()) >= len(expected(EVENTS))
