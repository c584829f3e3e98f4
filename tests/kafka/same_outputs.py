"""Comparison of what workers published with what the core computes."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.kafka.deployment import Deployment, TopicRecord
from tests.kafka.docket import Docket


def assert_same(docket: Docket, deployment: Deployment) -> None:
    """Check that the topics hold what the core computes from the log, every revision once, and no dead letter."""
    assert_same_outputs(docket, deployment)
    assert deployment.read("dead-letters") == []


def assert_same_outputs(docket: Docket, deployment: Deployment) -> None:
    """Check that the topics hold what the core computes from the log, every revision once."""
    public, restricted = deployment.read("lost-track-alerts"), deployment.read("restricted-alerts")
    found = without_observed_at(record.value for record in (*public, *restricted))
    _assert_equal("alerts of cases", found, without_observed_at(docket.expected.alerts))
    officer_alerts = without_observed_at(record.value for record in deployment.read("officer-alerts"))
    _assert_equal("alerts of officers", officer_alerts, without_observed_at(docket.expected.officer_alerts))
    # an unchanged load is not published again and keeps the instant of its last change
    loads = without("as_of", newest(deployment.read("officer-load")).values())
    _assert_equal("loads", loads, without("as_of", docket.expected.loads))


def _assert_equal(what: str, found: Counter[str], expected: Counter[str]) -> None:
    missing, extra = expected - found, found - expected
    some = [*(f"missing: {text}" for text in list(missing)[:5]), *(f"extra: {text}" for text in list(extra)[:5])]
    assert not some, "\n".join([f"{what}: {missing.total()} missing, {extra.total()} extra, such as", *some])


def without_observed_at(values: Iterable[bytes | None]) -> Counter[str]:
    """Return alert records as comparable texts, without tombstones."""
    return without("observed_at", values)


def without(field: str, values: Iterable[bytes | None]) -> Counter[str]:
    """Return records as comparable texts without one field and without tombstones."""
    texts: Counter[str] = Counter()
    for value in values:
        if value is not None:
            record: dict[str, Any] = json.loads(value)
            record.pop(field, None)
            texts[json.dumps(record)] += 1
    return texts


def newest(records: Iterable[TopicRecord]) -> dict[bytes, bytes]:
    """Return the table of a compacted topic."""
    table: dict[bytes, bytes] = {}
    for record in records:
        assert record.key is not None
        if record.value is None:
            table.pop(record.key, None)
        else:
            table[record.key] = record.value
    return table
