"""Changes of a changelog and of offsets, for tests of lost and foreign state; and the checks after them."""

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
from tests.kafka.deployment import Deployment, TopicRecord
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess
from tests.kafka.same_outputs import without_observed_at


def audit_records(deployment: Deployment) -> list[dict[str, Any]]:
    """Return the audit records."""
    at_once = replace(deployment, partitions=1)
    return [json.loads(record.value or b"") for record in at_once.read("audit")]


def assert_same_table(docket: Docket, deployment: Deployment) -> None:
    """Check that the topics hold what the core computes, every revision at least once, and nothing else."""
    rows = [*deployment.read("lost-track-alerts"), *deployment.read("restricted-alerts")]
    assert set(without_observed_at(row.value for row in rows)) == set(without_observed_at(docket.expected.alerts))
    officers = without_observed_at(row.value for row in deployment.read("officer-alerts"))
    assert set(officers) == set(without_observed_at(docket.expected.officer_alerts))


def administer_offsets(deployment: Deployment, offset: int | None) -> None:
    """Set the offsets that the group has committed of its input, or delete them."""
    names = [entry.name for entry in input_topics(deployment.prefix)] + [f"{deployment.prefix}.load-partials"]
    group = deployment.environment["DOCKETWATCH_GROUP"]
    partitions = [(name, number) for name in names for number in range(deployment.partitions)]
    with AdminClient(Settings.load(brokers=deployment.broker)) as admin:
        if offset is not None:
            admin.commit(group, dict.fromkeys(partitions, offset))
        else:
            admin._client.delete_groups([group])


def commit_ends(deployment: Deployment) -> None:
    """Commit the ends of the input, as a program that writes no markers does."""
    ends: dict[tuple[str, int], int] = {}
    for short in [*(entry.short for entry in input_topics(deployment.prefix)), "load-partials"]:
        ends |= {(f"{deployment.prefix}.{short}", row.partition): row.offset + 1 for row in deployment.read(short)}
    with AdminClient(Settings.load(brokers=deployment.broker)) as admin:
        admin.commit(deployment.prefix, ends)


def old_record(record: bytes) -> bytes:
    """Return a partition's own record as the previous release wrote it."""
    fields = msgspec.msgpack.decode(record)
    return msgspec.msgpack.encode(fields[:4])


def newest_by_partition(deployment: Deployment) -> list[TopicRecord]:
    """Return the newest own record of every case partition."""
    return list({row.partition: row for row in deployment.read("case-state") if row.key == META_KEY}.values())


def has_read(worker: CliProcess, until: int) -> bool:
    """Return whether a worker has judged up to an instant; False if it ends during the question."""
    try:
        return worker.has_passed(until)
    except OSError:
        return False


def changelog_files(broker: KafkaBroker, deployment: Deployment) -> dict[Path, int]:
    """Return the files of the changelog of cases with their current sizes."""
    files = [broker.data / f"{deployment.prefix}.case-state-{n}" / f"{0:020}.log" for n in range(deployment.partitions)]
    return {file: file.stat().st_size for file in files}


def crash_and_truncate(broker: KafkaBroker, sizes: Mapping[Path, int]) -> None:
    """Crash the broker and remove what it wrote to these files since."""
    broker.kill()
    for file, size in sizes.items():
        os.truncate(file, size)
    broker.start()
