"""policy_review_overdue: the policy was not reviewed by the date that it names."""

from schemas.alerts import alert_id
from schemas.instants import to_ms
from streams.core.load.partials import Partial
from streams.core.officers.table import OfficerTable
from tests.unit.core.officers.table import Table, hour, rules, with_cases


class TestReview:
    def test_it_is_raised_when_the_day_has_ended(self) -> None:
        """review_by 3 March has passed when 4 March begins in UTC."""
        table = Table(review_by="2026-03-03").at(1).until(47)
        assert table.alerts == []

        table.until(48)
        (alert,) = table.alerts
        assert (alert.officer_id, alert.office, alert.raised_at) == (None, None, to_ms("2026-03-04T00:00:00Z"))
        assert alert.alert_id == alert_id("officer|", "policy_review_overdue", None, hour(48))

    def test_it_is_raised_at_the_first_period_end_when_long_overdue(self) -> None:
        """Anchor and deadline are those of the date, raised_at is that of the judging."""
        (alert,) = Table(review_by="2026-01-31").at(5).alerts

        assert (alert.anchor_at, alert.raised_at) == (to_ms("2026-02-01T00:00:00Z"), hour(5))

    def test_a_reviewed_policy_ends_it(self) -> None:
        """A worker that starts with a policy of a later date ends it at its watermark."""
        table = Table(review_by="2026-03-01").at(1).restart(extra="", version="2")

        ended = table.alerts[-1]
        assert (ended.status, ended.ended_by, ended.ended_at, ended.policy) == (
            "resolved",
            "policy_changed",
            hour(1),
            "test@2",
        )

    def test_only_one_officer_partition_publishes_it(self) -> None:
        """Of several officer partitions number 0 watches the policy."""
        board = OfficerTable(rules(review_by="2026-01-31"), sources=1, number=1)
        board.add_partial(Partial(0, hour(1), True, [with_cases("o1", 1)]))

        assert board.advance(hour(1)).alerts == []

    def test_it_escalates(self) -> None:
        """The escalation comes 30 days after it was raised."""
        table = Table(review_by="2026-01-31").at(1).until(2 + 30 * 24)

        assert table.story("policy_review_overdue") == [("raised", 1), ("escalated", 1 + 30 * 24)]
