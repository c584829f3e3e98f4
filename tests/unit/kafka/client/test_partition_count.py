"""A worker takes the partition count from the topics, and does not start on unequal ones."""

from collections.abc import Mapping, Sequence
from typing import cast

import pytest

from schemas.topics import catalogue
from streams.errors import BrokerError
from streams.kafka.client.admin import AdminClient
from streams.kafka.client.partition_count import with_partition_count
from streams.kafka.client.settings import Settings

SETTINGS = Settings.load(brokers="127.0.0.1:9", partitions=8)
ALL = {topic.name: 3 for topic in catalogue() if topic.short not in ("audit", "case-views")}


def on(found: Mapping[str, int]) -> AdminClient:
    """Return a cluster with these topics."""

    class Cluster:
        def partitions(self, names: Sequence[str]) -> dict[str, int]:
            return {name: found[name] for name in names if name in found}

    return cast(AdminClient, Cluster())


class TestWithPartitionCount:
    def test_the_topics_set_the_count(self) -> None:
        """The setting is only for creating them."""
        assert with_partition_count(on(ALL), SETTINGS).partitions == 3

    def test_a_reader_of_some_topics_needs_only_those(self) -> None:
        """It may not even be allowed to ask about the others."""
        some = {"docket.cases": 5, "docket.officer-load": 5}
        assert with_partition_count(on(some), SETTINGS, ("cases", "officer-load")).partitions == 5

    def test_missing_topics_are_reported(self) -> None:
        """One is named, more are counted."""
        found = {name: count for name, count in ALL.items() if name not in ("docket.cases", "docket.hearings")}
        with pytest.raises(BrokerError) as refused:
            with_partition_count(on(found), SETTINGS)

        assert str(refused.value) == (
            "the broker at 127.0.0.1:9 lacks docket.cases and 1 more topics of the catalogue: "
            "`docketwatch topics create` makes them"
        )

    def test_topics_with_other_counts_are_reported(self) -> None:
        """A key would have different partitions in two of them."""
        with pytest.raises(BrokerError) as refused:
            with_partition_count(on({**ALL, "docket.hearings": 5}), SETTINGS)

        assert str(refused.value) == (
            "all topics must have the same number of partitions; most have 3, but docket.hearings has 5"
        )
