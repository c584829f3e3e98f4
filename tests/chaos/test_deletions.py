"""Input that is deleted unread, again and again, under workers that are killed while their clocks are held."""

import asyncio
import random
from pathlib import Path

import pytest

from schemas import hot
from schemas.decode import encode_event
from schemas.topics import case_topics, topic_of
from streams.kafka.client.partitioning import partition_of
from streams.kafka.client.settings import Settings
from streams.kafka.state.gap_records import accept_gaps, read_gaps
from tests.chaos.conftest import StartFleet
from tests.chaos.scale import Scale
from tests.chaos.scenario_result import ScenarioResult
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1800)]


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> Deployment:
    return Deployment(apache_kafka, namespace).create()


class TestDeletions:
    def test_deleted_before_they_were_read(
        self,
        deployment: Deployment,
        docket: Docket,
        fleets: StartFleet,
        scale: Scale,
        result: ScenarioResult,
        seed: int,
        tmp_path: Path,
    ) -> None:
        """The outputs are those of the log without the deleted events, with no further alert."""
        chance = random.Random(seed)
        begin = docket.events[0].recorded_at
        ends = [begin + (docket.until - begin) * part // (scale.faults + 1) for part in range(1, scale.faults + 2)]
        pieces, since = [], begin - 1
        for end in ends:
            pieces.append([event for event in docket.events if since < event.recorded_at <= end])
            since = end
        gone = [_first_of_a_place(piece, deployment, chance) for piece in pieces[1:]]
        log = tmp_path / "left.jsonl"
        lost = {id(event) for events in gone for event in events}
        log.write_bytes(b"".join(encode_event(each) + b"\n" for each in docket.events if id(each) not in lost))
        settings = Settings.load(brokers=deployment.broker, prefix=deployment.prefix)

        fleet = fleets(deployment, log=Docket(log, docket.until))
        fleet.await_ready()
        deployment.feed(pieces[0], until=ends[0])
        for piece, events, before, end in zip(pieces[1:], gone, ends[:-1], ends[1:], strict=True):
            fleet.await_passed(before)
            fleet.stop_all()
            short = topic_of(events[0].type, "docket").removeprefix("docket.")
            number = partition_of(events[0].case_id.encode(), deployment.partitions)
            offset = 1 + max(each.offset for each in deployment.read(short) if each.partition == number)
            deployment.feed(piece, until=end)
            deployment.delete_before({(short, number): offset + len(events)})
            result.faults += 1
            fleet.restart_ended()
            (gap,) = wait_until(
                lambda: fleet.restart_ended() and asyncio.run(read_gaps(settings)), "a gap that is named"
            )
            assert (gap.topic, gap.partition) == (f"{deployment.prefix}.{short}", number)
            assert gap.last_offset == offset + len(events) - 1
            fleet.kill_one()
            fleet.await_ready()
            asyncio.run(accept_gaps(settings, [gap], "ops-1", end))
        fleet.finish()
        assert result.faults == scale.faults


def _first_of_a_place(piece: list[hot.Event], deployment: Deployment, chance: random.Random) -> list[hot.CaseEvent]:
    """Return the first half of each partition's events in a piece of the log."""
    names = [entry.name for entry in case_topics("docket")]
    while True:
        name, number = chance.choice(names), chance.randrange(deployment.partitions)
        there = [
            event
            for event in piece
            if isinstance(event, hot.CaseEvent)
            and topic_of(event.type, "docket") == name
            and partition_of(event.case_id.encode(), deployment.partitions) == number
        ]
        if len(there) > 1:
            return there[: len(there) // 2]
