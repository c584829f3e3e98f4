"""Open alerts are counted once each, as they were last published."""

from hypothesis import given
from hypothesis import strategies as st

from streams.metrics.standing import StandingAlertCounts, StandingCounts
from tests.unit.metrics.metric_samples import FakeRevision

WARNING = StandingCounts("no_officer", "ATL", "warning")
CRITICAL = StandingCounts("no_officer", "ATL", "critical")


class TestStandingAlerts:
    def test_an_alert_from_its_beginning_to_its_end(self) -> None:
        """Each revision is counted as an event."""
        alerts = StandingAlertCounts()
        revisions = [
            FakeRevision("aa", "no_officer", "raised"),
            FakeRevision("aa", "no_officer", "raised", office="SEA"),
            FakeRevision("aa", "no_officer", "escalated", "critical", "SEA"),
            FakeRevision("aa", "no_officer", "escalated", "critical", "ATL"),
            FakeRevision("aa", "no_officer", "resolved", "critical", "ATL"),
            FakeRevision("aa", "no_officer", "raised"),
            FakeRevision("aa", "no_officer", "retracted"),
        ]
        happened = [alerts.publish(revision) for revision in revisions]

        assert happened == ["raised", "republished", "escalated", "republished", "resolved", "raised", "retracted"]
        assert (len(alerts), alerts.counts) == (0, {})

    def test_a_restored_alert_is_not_raised_again(self) -> None:
        """The new owner continues the former one's counts."""
        alerts = StandingAlertCounts()
        alerts.restore("aa", "no_officer", "ATL", is_escalated=False)

        assert alerts.counts == {WARNING: 1}
        assert alerts.publish(FakeRevision("aa", "no_officer", "escalated", "critical")) == "escalated"
        assert alerts.counts == {CRITICAL: 1}

    def test_the_end_of_an_unknown_alert_subtracts_nothing(self) -> None:
        """Counts never fall below the number of open alerts."""
        alerts = StandingAlertCounts()
        alerts.publish(FakeRevision("aa", "no_officer", "resolved"))
        assert alerts.counts == {}

    @given(
        st.lists(
            st.builds(
                FakeRevision,
                alert_id=st.sampled_from(["aa", "bb", "cc"]),
                cause=st.just("no_officer"),
                status=st.sampled_from(["raised", "escalated", "resolved", "retracted"]),
                severity=st.sampled_from(["warning", "critical"]),
                office=st.sampled_from(["ATL", "SEA", None]),
            )
        )
    )
    def test_counts_are_those_of_the_newest_revisions(self, revisions: list[FakeRevision]) -> None:
        """The order of the published revisions does not matter."""
        alerts, newest = StandingAlertCounts(), {}
        for revision in revisions:
            alerts.publish(revision)
            newest[revision.alert_id] = revision
        standing = [one for one in newest.values() if one.status in ("raised", "escalated")]

        expected: dict[StandingCounts, int] = {}
        for one in standing:
            counts = StandingCounts(one.cause, one.office or "", one.severity)
            expected[counts] = expected.get(counts, 0) + 1
        assert alerts.counts == expected
        assert len(alerts) == len(standing)
