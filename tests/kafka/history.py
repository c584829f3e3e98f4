"""What tests of lost and foreign state do to a changelog and to offsets, and what they look at afterwards."""

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
    """The audit records."""
    at_once = replace(place, partitions=1)
    return [json.loads(record.value or b"") for record in at_once.read("audit")]


def assert_same_table(docket: Docket, place: Place) -> None:
    """The topics hold what the core alone says of the log, every revision at least once, and nothing else."""
    rows = [*place.read("lost-track-alerts"), *place.read("restricted-alerts")]
    assert set(without_observed_at(row.value for row in rows)) == set(without_observed_at(docket.said.alerts))
    officers = without_observed_at(row.value for row in place.read("officer-alerts"))
    assert set(officers) == set(without_observed_at(docket.said.officer_alerts))


def administer_offsets(place: Place, offset: int | None) -> None:
    """Set what the group has committed of its input, or delete it."""
    names = [entry.name for entry in input_topics(place.prefix)] + [f"{place.prefix}.load-partials"]
    places = [(name, number) for name in names for number in range(place.partitions)]
    with AdminClient(Settings.load(brokers=place.broker)) as admin:
        if offset is not None:
            admin.commit(place.prefix, dict.fromkeys(places, offset))
        else:
            admin._client.delete_groups([place.prefix])


def commit_ends(place: Place) -> None:
    """Set what the group has committed of its input to where that ends, as a program does that writes no marks."""
    ends: dict[tuple[str, int], int] = {}
    for short in [*(entry.short for entry in input_topics(place.prefix)), "load-partials"]:
        ends |= {(f"{place.prefix}.{short}", row.partition): row.offset + 1 for row in place.read(short)}
    with AdminClient(Settings.load(brokers=place.broker)) as admin:
        admin.commit(place.prefix, ends)


def old_record(record: bytes) -> bytes:
    """A partition's own record as the release before wrote it."""
    fields = msgspec.msgpack.decode(record)
    return msgspec.msgpack.encode(fields[:4])


def newest_by_partition(place: Place) -> list[Record]:
    """The newest own record of every case partition."""
    return list({row.partition: row for row in place.read("case-state") if row.key == META_KEY}.values())


def has_read(worker: Running, until: int) -> bool:
    """Whether a worker has worked up to an instant; not when it ends while it is asked."""
    try:
        return worker.has_passed(until)
    except OSError:
        return False


def change_logs(broker: KafkaBroker, place: Place) -> dict[Path, int]:
    """The files of the changelog of cases, with their sizes now."""
    files = [broker.data / f"{place.prefix}.case-state-{n}" / f"{0:020}.log" for n in range(place.partitions)]
    return {file: file.stat().st_size for file in files}


def cut_off(broker: KafkaBroker, sizes: Mapping[Path, int]) -> None:
    """Crash the broker, and let it lose what was written to these files since."""
    broker.kill()
    for file, size in sizes.items():
        os.truncate(file, size)
    broker.start()
