"""The catalogue of topics."""

from datetime import timedelta

import pytest

from schemas.events import EVENT_MODELS, TOPIC_OF, Clock
from schemas.topics import DEFAULT_PARTITIONS, case_topics, catalogue, input_topics, topic, topic_of


class TestCatalogue:
    def test_it_names_every_topic(self) -> None:
        """Five are input, the rest is output or between workers."""
        assert [entry.name for entry in catalogue()] == [
            "docket.cases",
            "docket.check-ins",
            "docket.hearings",
            "docket.reassignments",
            "docket.officers",
            "docket.lost-track-alerts",
            "docket.restricted-alerts",
            "docket.officer-load",
            "docket.office-partials",
            "docket.officer-alerts",
            "docket.load-partials",
            "docket.case-state",
            "docket.officer-state",
            "docket.dead-letters",
            "docket.audit",
            "docket.case-views",
        ]

    def test_every_type_of_event_has_its_topic(self) -> None:
        """clock is in every input topic."""
        for kind, model in EVENT_MODELS.items():
            homes = [entry.name for entry in input_topics() if model in entry.models]
            assert homes == ([TOPIC_OF[kind]] if kind != "clock" else [entry.name for entry in input_topics()])
        assert all(entry.models[-1] is Clock for entry in input_topics())

    def test_case_and_officer_topics_have_one_partition_count(self) -> None:
        """All topics keyed by case or officer have it."""
        assert {entry.partitions for entry in input_topics()} == {DEFAULT_PARTITIONS}
        assert {entry.partitions for entry in input_topics(partitions=12)} == {12}

    def test_case_topics_are_keyed_by_case(self) -> None:
        """They are the four that a case partition merges."""
        assert [entry.short for entry in case_topics()] == ["cases", "check-ins", "hearings", "reassignments"]

    @pytest.mark.parametrize(
        "short",
        [
            *("lost-track-alerts", "restricted-alerts", "officer-load", "office-partials", "officer-alerts"),
            *("case-state", "officer-state"),
        ],
    )
    def test_a_table_topic_is_compacted(self, short: str) -> None:
        """The topic holds the newest values."""
        assert topic(short).settings["cleanup.policy"] == "compact"
        assert topic(short).retention is None

    def test_input_is_retained_by_its_arrival(self) -> None:
        """Retention must not delete a replayed old log for its age."""
        for entry in (*input_topics(), topic("dead-letters"), topic("audit"), topic("case-views")):
            assert entry.settings["message.timestamp.type"] == "LogAppendTime"

    def test_retention_is_in_milliseconds(self) -> None:
        """Unlimited retention is -1."""
        assert topic("cases").settings["retention.ms"] == str(timedelta(days=14) // timedelta(milliseconds=1))
        assert topic("audit").settings["retention.ms"] == "-1"

    def test_a_case_that_becomes_protected_leaves_the_public_topic_within_a_day(self) -> None:
        """A tombstone alone erases nothing until the broker compacts."""
        assert topic("lost-track-alerts").settings["max.compaction.lag.ms"] == "86400000"

    def test_another_prefix_makes_other_names(self) -> None:
        """Two deployments can share a broker."""
        assert topic("cases", prefix="west").name == "west.cases"
        assert topic_of("check_in_missed", prefix="west") == "west.check-ins"
        assert topic_of("check_in_missed") == "docket.check-ins"
        assert all(entry.name == f"a.b.{entry.short}" for entry in catalogue("a.b"))

    def test_an_unknown_topic_is_an_error(self) -> None:
        """A typing error is found at once."""
        with pytest.raises(KeyError):
            topic("case")
        with pytest.raises(KeyError):
            topic_of("clock")

    def test_each_has_a_description(self) -> None:
        """The description is one sentence."""
        assert all(entry.purpose.endswith(".") for entry in catalogue())
