"""training_lapsed: an active officer without a required course, or whose course has expired."""

from tests.unit.core.officers.table import Table, hour, training, update, with_cases

COURSES = '[officers]\nrequired_courses = ["law", "safety"]'
LAW = '[officers]\nrequired_courses = ["law"]'


class TestNeverCompleted:
    def test_one_alert_per_course_since_the_officer_is_active(self) -> None:
        """Each required course is an instance, anchored where the officer became active."""
        table = Table(COURSES).apply(update("o1", 0.5)).at(1).until(3)

        assert {alert.instance for alert in table.alerts} == {"law", "safety"}
        assert table.story("training_lapsed") == [("raised", 1), ("raised", 1)]
        alert = table.last("training_lapsed")
        assert (alert.anchor_at, alert.evidence, alert.office) == (hour(0.5), ["u-o1-0.5-active-HQ-None"], "HQ")

    def test_a_completion_resolves_that_course_only(self) -> None:
        """The other course stays lapsed."""
        table = Table(COURSES).apply(update("o1", 0)).at(1)
        table.apply(training("o1", 1.5, "law", 9000)).until(3)

        ended = table.alerts[-1]
        assert (ended.instance, ended.status, ended.ended_by) == ("law", "resolved", "training_completed")
        assert len(table.alerts) == 3

    def test_a_completion_known_late_retracts(self) -> None:
        """The course was completed before the officer became active, so there should have been no alert."""
        table = Table(LAW).apply(update("o1", 0)).at(1)
        table.apply(training("o1", -10, "law", 9000, recorded=1.5)).until(2)

        assert table.last("training_lapsed").status == "retracted"

    def test_an_optional_course_has_no_alert(self) -> None:
        """A lapsed course that the policy does not name raises nothing."""
        table = Table(LAW).apply(update("o1", 0), training("o1", 0, "law", 99), training("o1", 0, "chess", 2))

        assert table.at(1).until(5).story("training_lapsed") == []


class TestValidUntil:
    def test_it_lapses_when_valid_until_passes(self) -> None:
        """A valid_until at a period end has passed at that period end, which includes its deadline."""
        table = Table(LAW).apply(update("o1", 0), training("o1", 0, "law", 5)).at(1).until(4)
        assert table.story("training_lapsed") == []

        table.until(5)
        assert table.story("training_lapsed") == [("raised", 5)]
        alert = table.last("training_lapsed")
        assert (alert.anchor_at, alert.deadline_at) == (hour(5), hour(5))
        assert alert.evidence == ["t-o1-0-law-5"]

    def test_just_after_a_period_end_it_waits_for_the_next(self) -> None:
        """A valid_until within a period is judged at its end."""
        table = Table(LAW).apply(update("o1", 0), training("o1", 0, "law", 5.001)).at(1).until(8)

        assert table.story("training_lapsed") == [("raised", 6)]

    def test_the_newest_completion_counts(self) -> None:
        """An older completion, even if recorded later, does not undo the newer one."""
        table = Table(LAW).apply(update("o1", 2), training("o1", 2, "law", 100)).at(3)
        table.apply(training("o1", 1, "law", 4, recorded=3.5)).until(9)

        assert table.story("training_lapsed") == []

    def test_a_renewal_resolves_it_and_the_next_lapse_is_another_alert(self) -> None:
        """Each valid_until is an anchor."""
        table = Table(LAW).apply(update("o1", 0), training("o1", 0, "law", 5)).at(1).until(6)
        table.apply(training("o1", 6.5, "law", 9)).until(9)

        assert table.story("training_lapsed") == [("raised", 5), ("resolved", 7), ("raised", 9)]
        assert table.last("training_lapsed").revision == 1

    def test_it_lapses_although_another_instant_was_waited_for(self) -> None:
        """The officer's intake was to be judged again, and then was not; he is judged when the course ends."""
        end = 31 * 24
        table = Table(LAW).apply(update("o1", 0), training("o1", 0, "law", end))
        table.at(1, with_cases("o1", 30, assigned_30d=21)).at(2, with_cases("o1", 30, assigned_30d=1)).until(end + 1)

        assert table.story("training_lapsed") == [("raised", end)]


class TestStatus:
    def test_leave_ends_it_and_return_raises_it_again(self) -> None:
        """An officer on leave needs no course; back at work the same lapse is open again as revision 3."""
        table = Table(LAW).apply(update("o1", 0), training("o1", 0, "law", 2)).at(1).until(3)
        table.apply(update("o1", 3.5, "leave")).until(5).apply(update("o1", 5.5)).until(6)

        assert table.story("training_lapsed") == [("raised", 2), ("resolved", 4), ("raised", 6)]
        assert table.last("training_lapsed").revision == 3

    def test_without_a_status_nothing_is_required(self) -> None:
        """The officer has a completion and no officer_updated."""
        assert Table(LAW).apply(training("o1", 0, "law", 1)).at(1).until(9).alerts == []
