"""Another policy: the alerts that it disables, its escalations, and the alerts after the first policy returns."""

from __future__ import annotations

from streams.core.load.partials import Partial
from tests.unit.core.officers.table import Table, hour, rules, training, update, with_cases

ONE = "[officers]\noverloaded = { raise = 1.0, clear = 0.9, periods = 1 }"
NO_OVERLOAD = f"{ONE}\n[officers.causes.overloaded]\nenabled = false"
LAW = '[officers]\nrequired_courses = ["law"]'


class TestDisabled:
    """A cause that the policy disables never holds."""

    def test_it_has_no_alert(self) -> None:
        """The other causes have alerts."""
        table = Table("[officers.causes.overloaded]\nenabled = false").at(1, with_cases("o1", 240)).until(9)

        assert {"critical"} == {alert.cause for alert in table.alerts}

    def test_every_cause_can_be(self) -> None:
        """This includes the cause of the policy itself."""
        off = "".join(f"[officers.causes.{cause}]\nenabled = false\n" for cause in rules().policy.officers.causes)
        table = Table(f'[officers]\nrequired_courses = ["law"]\norphaned_after = "1h"\n{off}', review_by="2026-02-01")
        table.apply(update("o1", 1), update("o2", 1, "leave"))
        table.at(1, with_cases("o1", 900, assigned_30d=99), with_cases("o2", 1)).until(31 * 24)

        assert [] == table.alerts

    def test_an_open_alert_ends_by_the_policy(self) -> None:
        """It ends as `resolved` by `policy_changed` at the period end judged last."""
        table = Table(ONE).at(1, with_cases("o1", 120)).until(3).restart(NO_OVERLOAD, version="2")

        ended = table.last("overloaded")
        assert ("resolved", "policy_changed", hour(3), 2) == (ended.status, ended.ended_by, ended.at, ended.revision)


class TestEscalation:
    """`escalate_after` of each cause."""

    def test_it_is_the_policys(self) -> None:
        """The alert is escalated once, two hours after it was raised."""
        table = (
            Table(f'{ONE}\n[officers.causes.overloaded]\nescalate_after = "2h"').at(1, with_cases("o1", 120)).until(9)
        )

        assert [("raised", 1), ("escalated", 3)] == table.story("overloaded")

    def test_by_default_it_comes_after_30_days(self) -> None:
        """The default is the same for every cause."""
        table = Table(ONE).at(1, with_cases("o1", 120)).until(40 * 24)

        assert [("raised", 1), ("escalated", 1 + 30 * 24)] == table.story("overloaded")

    def test_business_days_are_those_of_the_officer_s_office(self) -> None:
        """It is Sunday evening in Atlanta and Monday in UTC: a business day later is Monday evening there."""
        one_day = f'{ONE}\n[officers.causes.overloaded]\nescalate_after = "1bd"'
        table = Table(one_day).apply(update("o1", 1, office="ATL")).at(1, with_cases("o1", 120)).until(60)

        assert [("raised", 1), ("escalated", 25)] == table.story("overloaded")

    def test_another_policy_escalates_open_alerts_at_once(self) -> None:
        """The instant of the escalation has passed."""
        table = Table(ONE).at(1, with_cases("o1", 120)).until(5)
        table.restart(f'{ONE}\n[officers.causes.overloaded]\nescalate_after = "2h"', version="2")

        assert [("raised", 1), ("escalated", 5)] == table.story("overloaded")


class TestReturningPolicy:
    """An alert_id that returns continues its revisions, whatever ended it."""

    def test_an_overload_continues_under_the_first_policy(self) -> None:
        """The run and the alert are the same: the greatest revision counts, and its status is raised."""
        table = Table(ONE).at(1, with_cases("o1", 120)).until(3).restart(NO_OVERLOAD, version="2").until(5)
        table.restart(ONE, version="1")

        assert [("raised", 1), ("resolved", 3), ("raised", 5)] == table.story("overloaded")
        assert 1 == len({alert.alert_id for alert in table.alerts})
        assert [1, 2, 3] == [alert.revision for alert in table.alerts]

    def test_an_intake_of_the_same_period_end_continues(self) -> None:
        """Two restarts precede the next period end."""
        month = 30 * 24
        table = Table().at(1).until(month).at(1 + month, with_cases("o1", 30, assigned_30d=30))
        table.restart("[officers.causes.intake_too_fast]\nenabled = false", version="2").restart("", version="1")

        assert [("raised", 1), ("resolved", 2), ("raised", 3)] == [(a.status, a.revision) for a in table.alerts]
        assert 1 == len({alert.alert_id for alert in table.alerts})

    def test_a_review_continues_too(self) -> None:
        """The next policy was reviewed in time, and is withdrawn."""
        table = Table(review_by="2026-02-01").at(1).restart("", version="2").until(2)
        table.restart("", review_by="2026-02-01")

        assert [("raised", 1), ("resolved", 2), ("raised", 3)] == [(a.status, a.revision) for a in table.alerts]

    def test_a_run_that_ended_is_not_remembered(self) -> None:
        """Its anchor has passed, so it cannot return."""
        table = Table(ONE).at(1, with_cases("o1", 120)).until(3).at(4, with_cases("o1", 1))

        assert [] == table.board._watches["o1"].state.ended

    def test_the_number_of_remembered_alerts_is_bounded(self) -> None:
        """Of a hundred courses that lapsed and were renewed 64 are remembered; older ones continue above them."""
        table = Table(LAW).apply(update("o1", 1), training("o1", 1, "law", 1)).at(1)
        for number in range(2, 102):
            table.apply(training("o1", number - 0.5, "law", number)).until(number)
        state = table.board._watches["o1"].state
        assert 64 == len(state.ended)
        assert hour(36) == state.forgotten_until

        table.restart().apply(training("o1", 102.5, "law", 2)).until(103)

        assert ("raised", 3) == (table.last("training_lapsed").status, table.last("training_lapsed").revision)
        table.apply(training("o1", 103.5, "law", 103.75)).until(104)
        assert ("raised", 1) == (table.last("training_lapsed").status, table.last("training_lapsed").revision)


class TestSuperseded:
    """A cause is raised with another anchor."""

    def test_a_renewal_that_lapsed_supersedes(self) -> None:
        """The lapse is of the same course, in the same judging."""
        table = Table(LAW).apply(update("o1", 1)).at(1).apply(training("o1", 1.25, "law", 1.5)).until(2)

        assert "superseded" == table.alerts[1].ended_by

    def test_another_policy_comes_first(self) -> None:
        """Alerts that the policy ends, end by it, although the cause is raised with another anchor."""
        table = Table(review_by="2026-02-01").at(1).restart("", version="2", review_by="2026-02-10")

        ends = [("raised", None), ("resolved", "policy_changed"), ("raised", None)]
        assert ends == [(alert.status, alert.ended_by) for alert in table.alerts]


class TestAnotherPeriod:
    """Counts of period ends continue in another load period."""

    def test_a_run_counts_both_periods(self) -> None:
        """The second of three period ends is at 2:00; the third is at 2:30."""
        table = Table().at(1, with_cases("o1", 120)).until(2).restart('[load]\nperiod = "30m"', version="2")
        table.board.add_partial(Partial(0, hour(2.5), False, []))
        (raised,) = table.board.advance(hour(2.5)).alerts

        assert (hour(1), hour(2.5), hour(2.5)) == (raised.anchor_at, raised.deadline_at, raised.raised_at)
