"""Where topics begin, while a partition has no leader."""

from types import SimpleNamespace
from typing import Any

import pytest
from kafka.errors import UnknownBrokerIdError
from kafka.structs import TopicPartition

from streams.errors import BrokerError
from streams.kafka.client import admin
from streams.kafka.client.admin import AdminClient


class Electing:
    """A cluster whose partition gets a leader after some questions, as kafka-python answers for it."""

    def __init__(self, questions: int) -> None:
        self.questions = questions

    def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        return [{"name": name, "partitions": [{"partition_index": 0}], "error_code": 0} for name in names]

    def list_partition_offsets(self, places: dict[TopicPartition, Any]) -> dict[TopicPartition, Any]:
        self.questions -= 1
        if self.questions >= 0:
            raise UnknownBrokerIdError(-1)
        return {place: SimpleNamespace(offset=7) for place in places}


def client_of(cluster: Electing) -> AdminClient:
    """Return a client that is connected to it."""
    client = AdminClient.__new__(AdminClient)
    client._client, client._address = cluster, "b:9092"
    return client


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again without a wait."""
    monkeypatch.setattr(admin, "_ASK_AGAIN_SECONDS", 0)


class TestIdentities:
    def test_a_partition_without_a_leader_is_asked_for_again(self) -> None:
        """An election takes moments; a worker that starts then must not end."""
        assert 7 == client_of(Electing(3)).identities(["cases"])["cases"].begin

    def test_one_that_never_has_a_leader_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """No number of a broker that does not exist."""
        monkeypatch.setattr(admin, "_REQUEST_MS", -1)
        with pytest.raises(BrokerError, match="a partition has no leader"):
            client_of(Electing(3)).identities(["cases"])
