"""The metrics of a worker: named by the naming rules, summed over its partitions, and without a case."""

import sys
from threading import Event, Thread

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import generate_latest

from streams.core.load.office_rows import OfficeRow
from tests.unit.metrics.metric_samples import (
    FakeRevision,
    case_stats,
    collector,
    exposition,
    key,
    load,
    officer_stats,
    samples,
    view,
    worker_stats,
)

CASES = {
    0: case_stats(
        [FakeRevision("0a", "no_officer", "raised"), FakeRevision("0b", "no_officer", "escalated", "critical", None)],
        clock=1_000, cases=3, unregistered=1, held_back=2, known={"docket.cases": 6_000, "docket.hearings": -1},
        offices=[OfficeRow("ATL", 150, by_level=(0, 0, 150, 0))],
    ),
    1: case_stats(
        [FakeRevision("0c", "no_officer", "raised"), FakeRevision("0d", "no_contact", "raised")],
        clock=4_000, cases=4, known={"docket.cases": 4_500, "docket.hearings": 4_000},
    ),
}  # fmt: skip
OFFICERS = {
    0: officer_stats(load(), clock=1_000, as_of=3_000, partials_missing=2, awaited=1, known={"docket.officers": 2_000})
}
OFFICERS[0].standing.publish(FakeRevision("0e", "overloaded", "raised"))

ATL = {"officer": "o-1", "office": "ATL"}
NO_OFFICER = {"cause": "no_officer", "cause_class": "agency"}


class TestWorkerCollector:
    @pytest.mark.parametrize(
        ("name", "labels", "value"),
        [
            ("build_info", {"version": "1.2.3", "python": "3.11.7"}, 1),
            ("worker_info", {"clock": "log", "delivery": "ordered", "policy": "p@1", "policy_hash": "0123456789ab"}, 1),
            ("policy_review_due_timestamp_seconds", {}, 1_830_297_600),  # 2028-01-01: the day after review_by
            ("events_read_total", {"topic": "docket.cases"}, 7),
            ("events_refused_total", {"topic": "docket.cases", "reason": "not_json"}, 2),
            ("events_late_total", {}, 1),
            ("events_repeated_total", {}, 3),
            ("decisions_total", {"reason": "applied"}, 5),
            ("batch_records_bucket", {"le": "1.0"}, 2),
            ("batch_records_bucket", {"le": "1000.0"}, 3),
            ("batch_records_sum", {}, 502),
            ("alerts_total", {**NO_OFFICER, "happened": "raised"}, 4),
            ("alert_delay_seconds_bucket", {"le": "2.0"}, 0),
            ("alert_delay_seconds_bucket", {"le": "3.0"}, 1),
            ("alerts_standing", {**NO_OFFICER, "office": "ATL", "severity": "warning"}, 2),
            ("alerts_standing", {**NO_OFFICER, "office": "(none)", "severity": "critical"}, 1),
            (
                "alerts_standing",
                {"cause": "no_contact", "cause_class": "person", "office": "ATL", "severity": "warning"},
                1,
            ),
            ("officer_alerts_total", {"cause": "overloaded", "happened": "raised"}, 1),
            ("officer_alerts_standing", {"cause": "overloaded", "office": "ATL", "severity": "warning"}, 1),
            ("cases", {}, 7),
            ("cases_unregistered", {}, 1),
            ("state_bytes", {}, 700),
            ("events_held_back", {}, 2),
            ("clock_timestamp_seconds", {"partition": "0"}, 1),
            ("clock_lag_seconds", {"partition": "1"}, 1),
            ("feed_timestamp_seconds", {"topic": "docket.cases"}, 4.5),
            ("feed_lag_seconds", {"topic": "docket.cases"}, 0.5),
            ("feed_lag_seconds", {"topic": "docket.officers"}, 3),
            ("feed_blind", {"topic": "docket.check-ins"}, 1),
            ("feed_blind", {"topic": "docket.officers"}, 0),
            ("unread_records", {"topic": "docket.cases"}, 9),
            ("officer_clock_timestamp_seconds", {"partition": "0"}, 1),
            ("loads_timestamp_seconds", {"partition": "0"}, 3),
            ("officer_partials_missing", {"partition": "0"}, 2),
            ("officer_partitions_awaited", {"partition": "0"}, 1),
            ("commits_total", {"agent": "cases"}, 6),
            ("commit_timestamp_seconds", {"agent": "cases"}, 4.5),
            ("commit_wait_seconds", {"agent": "cases"}, 0.25),
            ("restored_records_total", {"agent": "cases"}, 11),
            ("restore_remaining_records", {"agent": "cases"}, 2),
            ("restore_seconds", {"agent": "cases"}, 0.5),
            ("checkpoint_timestamp_seconds", {"agent": "cases", "partition": "0"}, 3.5),
            ("checkpoint_behind_records", {"agent": "cases", "partition": "0"}, 40),
            ("checkpoint_behind_records", {"agent": "cases", "partition": "1"}, 7),
            ("checkpoint_failures_total", {"agent": "cases"}, 3),
            ("state_refused_partitions", {"agent": "cases"}, 2),
            ("alert_topic_lost_partitions", {"topic": "docket.lost-track-alerts"}, 3),
            ("alert_topic_lost_partitions", {"topic": "docket.restricted-alerts"}, 0),
            ("officer_open_cases", ATL, 1_700),
            ("office_open_cases", {"office": "ATL", "level": "low"}, 150),
        ],
    )
    def test_it_exports_the_counts(self, name: str, labels: dict[str, str], value: float) -> None:
        """A series of the worker is summed over its partitions."""
        assert samples(collector(view(CASES, OFFICERS), worker_stats()))[key(name, **labels)] == value

    @pytest.mark.parametrize(
        ("name", "labels"),
        [
            ("feed_timestamp_seconds", {"topic": "docket.hearings"}),
            ("feed_lag_seconds", {"topic": "docket.hearings"}),
            ("commit_timestamp_seconds", {"agent": "officers"}),
        ],
    )
    def test_an_unknown_instant_has_no_sample(self, name: str, labels: dict[str, str]) -> None:
        """A topic has none as long as one partition has none."""
        assert key(name, **labels) not in samples(collector(view(CASES, OFFICERS)))

    @pytest.mark.parametrize("name", ["officer_partials_missing", "officer_partitions_awaited"])
    def test_an_officer_partition_that_does_not_wait_exports_0(self, name: str) -> None:
        """The series exists from the start, so a change differs from a missing series."""
        assert samples(collector(view({}, {3: officer_stats()})))[key(name, partition="3")] == 0

    def test_every_name_has_the_prefix(self) -> None:
        """An operator finds them by it."""
        lines = exposition(collector(view(CASES, OFFICERS), worker_stats())).splitlines()
        assert {line.split("_")[0] for line in lines if not line.startswith("#")} == {"docketwatch"}

    def test_a_partition_that_left_takes_its_series_along(self) -> None:
        """No clock, alert or officer of it stays, which would be added to another worker's."""
        cases, officers = dict(CASES), dict(OFFICERS)
        made = collector(view(cases, officers))
        before = samples(made)
        del cases[1], officers[0]
        after = samples(made)

        gone = {name for name in before if name not in after}
        assert key("clock_timestamp_seconds", partition="1") in gone
        assert key("officer_open_cases", **ATL) in gone
        assert key("loads_timestamp_seconds", partition="0") in gone
        assert (before[key("cases")], after[key("cases")]) == (7, 3)
        atl = key("alerts_standing", **NO_OFFICER, office="ATL", severity="warning")
        assert (before[atl], after[atl]) == (2, 1)

    def test_no_sample_has_an_exemplar(self) -> None:
        """The test reads the format that may have them."""
        registry = CollectorRegistry()
        registry.register(collector(view(CASES, OFFICERS), worker_stats()))
        lines = generate_latest(registry).decode().splitlines()

        assert not [line for line in lines if not line.startswith("#") and "#" in line]


class TestWhileTheWorkerWorks:
    def test_a_first_record_of_a_topic_breaks_no_scrape(self) -> None:
        """Counters grow in the worker's thread while another thread collects them."""
        stats, done = worker_stats(), Event()
        collects = collector(view(), stats)

        def work() -> None:
            number = 0
            while not done.is_set():
                number += 1
                stats.read[f"t{number}"] += 1
                stats.refused[f"t{number}", "not_json"] += 1
                if not number % 200:
                    stats.read.clear()
                    stats.refused.clear()

        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        worker = Thread(target=work)
        worker.start()
        try:
            for _ in range(300):
                assert list(collects.collect())
        finally:
            sys.setswitchinterval(before)
            done.set()
            worker.join()
