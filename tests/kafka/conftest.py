"""The brokers that tests share, one of each kind per session; names that no other test uses; a test's workers."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.errors import BrokerError
from streams.tools.embedded_broker import EmbeddedBroker
from tests.kafka.brokers import KafkaBroker
from tests.kafka.jars import KafkaMissingError, jars
from tests.kafka.processes import Workers

__all__ = ["apache_kafka", "embedded_broker", "kafka_needed", "namespace", "workers"]


def _cannot(what: str, why: Exception) -> None:
    """Skip with a reason, or fail where a skip would hide a missing test."""
    if os.environ.get("DOCKETWATCH_REQUIRE_KAFKA") == "1":
        pytest.fail(f"DOCKETWATCH_REQUIRE_KAFKA=1, but there is no {what}: {why}")
    pytest.skip(f"there is no {what}: {why}")


@pytest.fixture(scope="session")
def kafka_needed() -> None:
    """Require Apache Kafka for a test that starts a `KafkaBroker` of its own."""
    try:
        jars()
    except KafkaMissingError as why:
        _cannot("Apache Kafka", why)


@pytest.fixture(scope="session")
def apache_kafka(kafka_needed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of an Apache Kafka broker that no test ends."""
    with KafkaBroker(tmp_path_factory.mktemp("apache-kafka")) as broker:
        yield broker.bootstrap


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of an embedded broker that no test ends."""
    try:
        broker = EmbeddedBroker(log=tmp_path_factory.mktemp("embedded") / "broker.log")
    except BrokerError as why:
        _cannot("embedded broker", why)
        raise
    with broker:
        yield broker.address


@pytest.fixture
def namespace() -> str:
    """Return a prefix for topics and groups that no other test uses."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    """Start workers, and end the processes that a failed test leaves."""
    started = Workers(tmp_path)
    yield started
    started.end()
