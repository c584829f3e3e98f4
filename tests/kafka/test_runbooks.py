"""The runbooks on Apache Kafka: every command runs in the state of its page, and every query is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pytest

from tests.kafka.brokers import KafkaBroker
from tests.kafka.runbook_story import PAGES, RunbookStory, commands_to_run
from tests.rules.runbook_pages import RunbookPage, filled, selectors
from tests.rules.servers import Prometheus
from tests.rules.tools import program

pytestmark = pytest.mark.kafka

NO_SERIES: Final[Mapping[str, str]] = {
    'docketwatch_input_gap_records{topic=~".+[.]load-partials"}': "no load partial is deleted before it is read",
}
"""Selections without a series throughout the story, each with the reason. A test fails when one has a series."""


@dataclass
class StoryResults:
    """What the story brought.

    Attributes:
        story: Its commands.
        without_series: Selections of the queries that no series has ever had.
        without_labels: Labels by which a query groups and that its series lack, by selection.
        answered: Queries that Prometheus answered.
    """

    story: RunbookStory
    without_series: set[str] = field(default_factory=set)
    without_labels: dict[str, set[str]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def results(kafka_needed: None, tmp_path_factory: pytest.TempPathFactory) -> StoryResults:
    """Run the story once: topics and group have their default names, so the broker is this module's own."""
    for needed in ("prometheus", "curl"):
        program(needed)
    directory = tmp_path_factory.mktemp("runbooks")
    with KafkaBroker(directory / "broker") as broker:
        results = StoryResults(RunbookStory(directory, broker))
        with results.story.running() as prometheus:
            for page in PAGES:
                for query in page.queries:
                    ask(prometheus, query, results)
    return results


def ask(prometheus: Prometheus, query: str, results: StoryResults) -> None:
    """Ask a query, and look for the series of every selection in it."""
    answer = prometheus.get("/api/v1/query", query=query)
    if answer["status"] == "success":
        results.answered.add(query)
    for each in selectors(query):
        series = prometheus.get("/api/v1/series", **{"match[]": each.text})["data"]
        if not series:
            results.without_series.add(each.text)
        elif missing := each.labels - set[str].intersection(*map(set, series)):
            results.without_labels[each.text] = missing


def texts(page: RunbookPage) -> str:
    """Return a page's name, for the names of tests."""
    return page.name


class TestCommands:
    @pytest.mark.parametrize("page", PAGES, ids=texts)
    def test_each_was_run_and_did_what_the_page_says(self, page: RunbookPage, results: StoryResults) -> None:
        """Its exit code is 0 or the one of its state, it prints no traceback, and prints what the page says."""
        mine = [each for each in results.story.executions if each.command in page.commands]
        assert {command for command in page.commands if command in commands_to_run()} == {each.command for each in mine}
        assert [] == [fault for each in mine if (fault := each.fault())]

    def test_an_unknown_placeholder_is_refused(self) -> None:
        """The table of values has every word in capitals."""
        with pytest.raises(AssertionError, match="docketwatch explain SOMEONE: no value for SOMEONE"):
            filled("docketwatch explain SOMEONE", {"CASE_ID": "c-1"})


class TestQueries:
    @pytest.mark.parametrize("page", PAGES, ids=texts)
    def test_each_is_answered_and_asks_for_what_exists(self, page: RunbookPage, results: StoryResults) -> None:
        """Metric, label values and labels of a grouping exist as series, or are named with a reason."""
        assert set(page.queries) <= results.answered
        mine = {each.text for query in page.queries for each in selectors(query)}
        assert set() == mine & results.without_series - set(NO_SERIES)
        assert {} == {text: labels for text, labels in results.without_labels.items() if text in mine}

    def test_what_has_no_series_is_named(self, results: StoryResults) -> None:
        """A reason that no longer holds is removed."""
        assert set(NO_SERIES) == results.without_series
