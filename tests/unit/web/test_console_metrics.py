"""Prometheus's view of the console: the health that its pages show, and none where it is unknown."""

import gzip
from pathlib import Path

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import CollectorRegistry

from schemas.policy import load_policy
from streams.kafka.client.settings import Settings
from streams.web.console import Console
from streams.web.health.metrics import ConsoleCollector, ConsoleMetrics
from streams.web.health.pipeline import FeedStatus, PipelineHealth, PipelineState
from streams.web.settings import ConsoleSettings
from tests.unit.web.test_due_soon import READING

FEEDS = (FeedStatus("check-ins", 10, 0.0, 1_000, None, 4_833), FeedStatus("hearings", 10, 0.0, 1_000, None, 0))
STOPPED = PipelineHealth(PipelineState.NOT_JUDGING, "not judged since 14:02 UTC; 4,833 events wait", 8_000, 4_833, 0)
GONE = PipelineHealth(
    PipelineState.UNREACHABLE, "not known since 14:02 UTC: the broker does not answer", 9_000, None, None
)
AT_WORK = PipelineHealth(PipelineState.JUDGING, "judging; nothing waits", None, 0, 2)
METRICS = ConsoleMetrics(ConsoleCollector(lambda: AT_WORK, lambda: FEEDS, lambda: 1))


def samples(health: PipelineHealth) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(ConsoleCollector(lambda: health, lambda: FEEDS, lambda: 9_000))
    lines = [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


class TestConsoleCollector:
    def test_one_state_is_1_and_all_others_are_0(self) -> None:
        """Each series exists before its state begins, so that an alert sees the beginning."""
        found = samples(STOPPED)
        states = {name: value for name, value in found.items() if name.startswith("docketwatch_console_state")}
        assert len(PipelineState) == len(states)
        assert {'docketwatch_console_state{state="not_judging"}'} == {name for name, value in states.items() if value}

    def test_the_backlog_and_its_beginning(self) -> None:
        """They are those of the sentence."""
        found = samples(STOPPED)
        assert 4_833 == found['docketwatch_console_waiting_events{topic="check-ins"}']
        assert 0 == found['docketwatch_console_waiting_events{topic="hearings"}']
        assert (8, 0) == (found["docketwatch_console_since_timestamp_seconds"], found["docketwatch_console_workers"])

    def test_an_unknown_backlog_has_no_sample(self) -> None:
        """While the broker does not answer there is no number of events or workers."""
        found = samples(GONE)
        assert not [name for name in found if "waiting" in name or "workers" in name]
        assert 9 == found["docketwatch_console_answer_timestamp_seconds"]

    def test_deadlines_ahead(self) -> None:
        """They are by office, cause and time; an office of the policy has every cause, an unread state has none."""
        registry = CollectorRegistry()
        registry.register(ConsoleCollector(lambda: AT_WORK, lambda: FEEDS, lambda: 1, lambda: READING, ["SEA"]))
        name, labels = "docketwatch_deadlines_ahead", {"office": "ATL", "cause": "check_in_overdue"}
        found = [registry.get_sample_value(name, {**labels, "within": within}) for within in ("7d", "14d")]
        assert [1, 2] == found
        assert 1 == registry.get_sample_value(name, {"office": "(none)", "cause": "no_officer", "within": "7d"})
        assert 0 == registry.get_sample_value(name, {"office": "SEA", "cause": "in_transit", "within": "14d"})
        as_of = registry.get_sample_value("docketwatch_deadlines_ahead_as_of_timestamp_seconds")
        assert READING.as_of / 1000 == as_of
        assert not [each for each in samples(AT_WORK) if "deadlines_ahead" in each]

    @pytest.mark.parametrize(
        ("most", "officers", "omitted"),
        [(0, set(), 2), (1, {"o-1"}, 1), (2, {"o-1", "o-2"}, 0), (9, {"o-1", "o-2"}, 0)],
    )
    def test_deadlines_ahead_by_officer(self, most: int, officers: set[str], omitted: int) -> None:
        """Those with the most have series of their own; a case without an officer is in none."""
        registry = CollectorRegistry()
        registry.register(ConsoleCollector(lambda: AT_WORK, lambda: FEEDS, lambda: 1, lambda: READING, ["SEA"], most))
        name = "docketwatch_officer_deadlines_ahead"
        [family] = [family for family in registry.collect() if family.name == name]
        assert officers == {sample.labels["officer"] for sample in family.samples}
        assert omitted == registry.get_sample_value(f"{name}_omitted")
        labels = {"officer": "o-1", "office": "ATL"}
        found = [registry.get_sample_value(name, {**labels, "within": within}) for within in ("7d", "14d")]
        assert ([1, 2] if most else [None, None]) == found

    def test_officers_are_named_behind_a_token_only(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Without one, anybody who reaches the console may read its metrics, and a viewer sees no officer."""
        (tmp_path / "token").write_text("metrics-token-of-a-test")
        without = Settings.load(brokers="127.0.0.1:1")
        monkeypatch.setenv("DOCKETWATCH_METRICS_TOKEN_FILE", str(tmp_path / "token"))
        behind = Settings.load(brokers="127.0.0.1:1")
        own = ConsoleSettings.load(trusted_proxies="127.0.0.1")
        consoles = [Console(each, own, load_policy(), ["true"]) for each in (without, behind)]
        assert [0, 2_000] == [console.most_officers for console in consoles]

    def test_a_judged_log_has_no_beginning(self) -> None:
        """There is no instant since which events wait."""
        assert "docketwatch_console_since_timestamp_seconds" not in samples(AT_WORK)


class TestConsoleMetrics:
    def test_a_scrape_has_the_process_too(self) -> None:
        """They are its memory, its file descriptors and its start."""
        content, kind, encoding = METRICS.scrape("")
        assert b"process_start_time_seconds" in content
        assert b"docketwatch_console_build_info" in content
        assert kind.startswith("text/plain")
        assert encoding is None

    def test_it_is_compressed_where_prometheus_accepts_that(self) -> None:
        """The headers say so."""
        answer = METRICS.scrape("", "gzip")
        assert b"docketwatch_console_build_info" in gzip.decompress(answer.content)
        assert {"Vary": "Accept-Encoding", "Content-Encoding": "gzip"} == answer.headers()
