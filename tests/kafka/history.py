"""Changes to a changelog and to offsets in tests of lost and foreign state, and the checks after them."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from schemas.topics import input_topics
from streams.core.state.partition_record import META_KEY
from streams.kafka.client.admin import AdminClient
from streams.kafka.client.settings import Settings
from tests.kafka.brokers import KafkaBroker
from tests.kafka.docket import Docket, Place, Record, Running
from tests.kafka.same_outputs import without_observed_at


def audited(place: Place) -> list[dict[str, Any]]:
    """Return the audit records."""
    at_once = replace(place, partitions=1)
    return [json.loads(record.value or b"") for record in at_once.read("audit")]


def assert_same_table(docket: Docket, place: Place) -> None:
    """Check that the topics hold what the core computes, every revision at least once, and nothing else."""
    rows = [*place.read("lost-track-alerts"), *place.read("restricted-alerts")]
    assert set(without_observed_at(row.value for row in rows)) == set(without_observed_at(docket.expected.alerts))
    officers = without_observed_at(row.value for row in place.read("officer-alerts"))
    assert set(officers) == set(without_observed_at(docket.expected.officer_alerts))


def administer_offsets(place: Place, offset: int | None) -> None:
    """Set the offsets that the group has committed of its input, or delete them."""
    names = [entry.name for entry in input_topics(place.prefix)] + [f"{place.prefix}.load-partials"]
    places = [(name, number) for name in names for number in range(place.partitions)]
    with AdminClient(Settings.load(brokers=place.broker)) as admin:
        if offset is not None:
            admin.commit(place.prefix, dict.fromkeys(places, offset))
        else:
            admin._client.delete_groups([place.prefix])


def commit_ends(place: Place) -> None:
    """Commit the ends of the input, as a program that writes no markers does."""
    ends: dict[tuple[str, int], int] = {}
    for short in [*(entry.short for entry in input_topics(place.prefix)), "load-partials"]:
        ends |= {(f"{place.prefix}.{short}", row.partition): row.offset + 1 for row in place.read(short)}
    with AdminClient(Settings.load(brokers=place.broker)) as admin:
        admin.commit(place.prefix, ends)


def old_record(record: bytes) -> bytes:
    """Return a partition's own record as the previous release wrote it."""
    fields = msgspec.msgpack.decode(record)
    return msgspec.msgpack.encode(fields[:4])


def newest_by_partition(place: Place) -> list[Record]:
    """Return the newest own record of every case partition."""
    return list({row.partition: row for row in place.read("case-state") if row.key == META_KEY}.values())


def has_read(worker: Running, until: int) -> bool:
    """Return whether a worker has judged up to an instant; False if it ends during the question."""
    try:
        return worker.has_passed(until)
    except OSError:
        return False


def change_logs(broker: KafkaBroker, place: Place) -> dict[Path, int]:
    """Return the files of the changelog of cases with their current sizes."""
    files = [broker.data / f"{place.prefix}.case-state-{n}" / f"{0:020}.log" for n in range(place.partitions)]
    return {file: file.stat().st_size for file in files}


def crash_and_truncate(broker: KafkaBroker, sizes: Mapping[Path, int]) -> None:
    """Crash the broker and remove what it wrote to these files since."""
    broker.kill()
    for file, size in sizes.items():
        os.truncate(file, size)
    broker.start()
