"""Every counter with labels exists at 0 from a worker's start: an increase needs an earlier value of the series."""

from prometheus_client.metrics_core import CounterMetricFamily

from schemas.causes import Cause, OfficerCause
from schemas.refusals import RefusalCode
from streams.core.alerting.reasons import Reason
from streams.metrics.stats import WorkerStats
from tests.unit.metrics.metric_samples import collector, view

TOPICS = ("docket.cases", "docket.officers", "docket.load-partials")
OUTCOMES = {"raised", "escalated", "republished", "resolved", "retracted"}


def counters() -> dict[str, CounterMetricFamily]:
    """Return the counters of a worker that has read nothing."""
    families = collector(view(), WorkerStats.of_topics(TOPICS)).collect()
    return {family.name: family for family in families if isinstance(family, CounterMetricFamily)}


def labels(name: str) -> set[tuple[str, ...]]:
    family = counters()[f"docketwatch_{name}"]
    assert {0.0} == {sample.value for sample in family.samples}
    return {tuple(sample.labels.values()) for sample in family.samples}


class TestBeginnings:
    def test_refused_records_by_topic_and_reason(self) -> None:
        """Otherwise 200 of them at once would raise no alert, because their series would begin at 200."""
        assert {(topic, code.value) for topic in TOPICS for code in RefusalCode} == labels("events_refused")

    def test_alerts_by_cause_and_event(self) -> None:
        """The class follows from the cause."""
        expected = {(cause.value, outcome) for cause in Cause for outcome in OUTCOMES}
        assert expected == {(cause, outcome) for cause, _, outcome in labels("alerts")}

    def test_officer_alerts_by_cause_and_event(self) -> None:
        """This holds for alerts of officers, too."""
        assert {(cause.value, outcome) for cause in OfficerCause for outcome in OUTCOMES} == labels("officer_alerts")

    def test_decisions_and_records(self) -> None:
        """Decisions have a reason, and records have a topic."""
        assert {(reason.value,) for reason in Reason} == labels("decisions")
        assert {(topic,) for topic in TOPICS} == labels("events_read")

    def test_no_counter_is_without_a_series(self) -> None:
        """A new counter has to begin at 0, too."""
        assert [] == [name for name, family in counters().items() if not family.samples]
