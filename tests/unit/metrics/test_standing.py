"""Alerts that stand are counted once each, as they were last published."""

from hypothesis import given
from hypothesis import strategies as st

from streams.metrics.standing import StandingAlertCounts, StandingCounts
from tests.unit.metrics.worlds import Told

WARNING = StandingCounts("no_officer", "ATL", "warning")
CRITICAL = StandingCounts("no_officer", "ATL", "critical")


class TestStandingAlerts:
    def test_an_alert_from_its_beginning_to_its_end(self) -> None:
        """What happened is told of each revision."""
        alerts = StandingAlertCounts()
        revisions = [
            Told("aa", "no_officer", "raised"),
            Told("aa", "no_officer", "raised", office="SEA"),
            Told("aa", "no_officer", "escalated", "critical", "SEA"),
            Told("aa", "no_officer", "escalated", "critical", "ATL"),
            Told("aa", "no_officer", "resolved", "critical", "ATL"),
            Told("aa", "no_officer", "raised"),
            Told("aa", "no_officer", "retracted"),
        ]
        happened = [alerts.publish(revision) for revision in revisions]

        assert happened == ["raised", "republished", "escalated", "republished", "resolved", "raised", "retracted"]
        assert (len(alerts), alerts.counts) == (0, {})

    def test_a_restored_alert_is_not_raised_again(self) -> None:
        """A new owner goes on counting where the one before stopped."""
        alerts = StandingAlertCounts()
        alerts.restore("aa", "no_officer", "ATL", is_escalated=False)

        assert alerts.counts == {WARNING: 1}
        assert alerts.publish(Told("aa", "no_officer", "escalated", "critical")) == "escalated"
        assert alerts.counts == {CRITICAL: 1}

    def test_the_end_of_an_alert_never_heard_of_takes_nothing_away(self) -> None:
        """Counts never fall below what stands."""
        alerts = StandingAlertCounts()
        alerts.publish(Told("aa", "no_officer", "resolved"))
        assert alerts.counts == {}

    @given(
        st.lists(
            st.builds(
                Told,
                alert_id=st.sampled_from(["aa", "bb", "cc"]),
                cause=st.just("no_officer"),
                status=st.sampled_from(["raised", "escalated", "resolved", "retracted"]),
                severity=st.sampled_from(["warning", "critical"]),
                office=st.sampled_from(["ATL", "SEA", None]),
            )
        )
    )
    def test_counts_are_those_of_the_newest_revisions(self, revisions: list[Told]) -> None:
        """Whatever is published in whatever order."""
        alerts, newest = StandingAlertCounts(), {}
        for revision in revisions:
            alerts.publish(revision)
            newest[revision.alert_id] = revision
        standing = [one for one in newest.values() if one.status in ("raised", "escalated")]

        expected: dict[StandingCounts, int] = {}
        for one in standing:
            place = StandingCounts(one.cause, one.office or "", one.severity)
            expected[place] = expected.get(place, 0) + 1
        assert alerts.counts == expected
        assert len(alerts) == len(standing)
