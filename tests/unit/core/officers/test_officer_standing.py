"""Officer alerts that stand by the changelog: as they were last published, whatever the policy is now."""

from collections.abc import Mapping

import msgspec
import pytest
from msgspec.structs import replace

from streams.core.officers.alert_revision import OfficerAlertRevision
from streams.core.officers.standing_alerts import standing_records
from tests.newest import newest
from tests.unit.core.officers.table import Table, rules, training, update, with_cases

ONE = '[officers]\nrequired_courses = ["law"]\noverloaded = { raise = 1.0, clear = 0.9, periods = 1 }'
OFF = f"{ONE}\n[officers.causes.overloaded]\nenabled = false"


def standing(table: Table) -> list[OfficerAlertRevision]:
    """What the changelog of a table says."""
    return list(standing_records(newest(table.changelog), table.rules, table.sources))


def by_id(alerts: list[OfficerAlertRevision]) -> list[bytes]:
    """Records as consumers see them, in an order of their own."""
    return [alert.json() for alert in sorted(alerts, key=lambda alert: alert.alert_id)]


def last_published(table: Table) -> list[OfficerAlertRevision]:
    """Of everything published, the last revision of each alert that it says stands."""
    last = {alert.alert_id: alert for alert in table.alerts}
    return [alert for alert in last.values() if alert.status in ("raised", "escalated")]


def of_before(records: Mapping[str, bytes]) -> dict[str, bytes]:
    """A changelog as the release before wrote it, which kept of a standing alert no more than its office."""
    kept = dict(records)
    for key, value in records.items():
        if key.startswith("o:"):
            state = msgspec.msgpack.decode(value)
            state[4] = [alert[:9] for alert in state[4]]
            kept[key] = msgspec.msgpack.encode(state)
    return kept


class TestStandingRecords:
    def test_an_alert_bears_what_was_published(self) -> None:
        """Not the load of now: it has changed since without a new revision."""
        table = Table(ONE).know(update("o1", 0, office="ATL"), training("o1", 0, "law", 999))
        table.at(1, with_cases("o1", 120)).at(3, with_cases("o1", 150, in_custody=2)).restart()

        (alert,) = standing(table)
        assert ("raised", "ATL", 1, 120, 0, 1.0) == (
            alert.status, alert.office, alert.revision, alert.open_cases, alert.in_custody, alert.utilisation,
        )  # fmt: skip
        assert by_id(table.alerts) == by_id([alert])

    def test_every_later_revision_counts(self) -> None:
        """One that was escalated, one told to a new office, one of an officer without cases, and the policy's own."""
        table = Table(f'{ONE}\n[officers.causes.overloaded]\nescalate_after = "2h"', review_by="2026-02-01")
        table.know(update("o1", 0, office="ATL"), update("o2", 0))
        table.at(1, with_cases("o1", 120)).at(3, with_cases("o1", 130))
        table.know(update("o1", 3.5, office="SEA")).at(4, with_cases("o1", 140)).restart()

        assert {"overloaded", "training_lapsed", "policy_review_overdue"} == {each.cause for each in standing(table)}
        assert {("o1", "SEA", 3, 140), ("o2", "HQ", 1, 0)} <= {
            (each.officer_id, each.office, each.revision, each.open_cases) for each in standing(table)
        }
        assert by_id(last_published(table)) == by_id(standing(table))

    def test_one_that_ended_stands_no_more(self) -> None:
        """And one that came back does."""
        table = Table(ONE).know(training("o1", 0, "law", 999))
        table.at(1, with_cases("o1", 120)).at(2, with_cases("o1", 1))
        assert [] == standing(table)
        table.at(3, with_cases("o1", 121)).restart(OFF, "2").restart(ONE)

        assert [("raised", 3, 121)] == [(each.status, each.revision, each.open_cases) for each in standing(table)]
        assert by_id(last_published(table)) == by_id(standing(table))

    def test_another_policy_changes_nothing_of_them(self) -> None:
        """They stand on without a new revision: the policy that published them is named, with its hash."""
        table = Table(ONE).know(update("o1", 0)).at(1, with_cases("o1", 120))
        table.restart(f"{ONE}\n[load]\nhearing_minutes = 1", "2").until(3)

        assert {"test@1"} == {each.policy for each in standing(table)}
        assert by_id(table.alerts) == by_id(standing(table))

    def test_nothing_is_judged_by_the_policy_given(self) -> None:
        """Workers were not started under it yet: what it disables was published, and stands."""
        table = Table(ONE).know(training("o1", 0, "law", 999)).at(1, with_cases("o1", 120))

        assert by_id(table.alerts) == by_id(
            list(standing_records(newest(table.changelog), rules(OFF, "2"), table.sources))
        )

    def test_nothing_stands_by_an_empty_changelog(self) -> None:
        """Nor by that of a board that has judged nothing yet."""
        assert [] == list(standing_records({}, rules(), 1))
        assert [] == standing(Table().know(update("o1", 0)))


class TestOfBefore:
    """Records of a program that did not keep what it published."""

    @pytest.fixture
    def table(self) -> Table:
        """An overload published with 120 cases, while 150 are open now; and a policy whose review is overdue."""
        table = Table(ONE, review_by="2026-02-01").know(update("o1", 0), training("o1", 0, "law", 999))
        table.at(1, with_cases("o1", 120)).at(2, with_cases("o1", 150, in_custody=2))
        table.changelog = [(key.encode(), value) for key, value in of_before(newest(table.changelog)).items()]
        return table

    def test_they_are_told_with_what_is_known_now(self, table: Table) -> None:
        """The policy given, and the load as of the period end judged last; all else is as it was published."""
        published = {alert.cause: alert for alert in table.alerts}
        now = {"open_cases": 150, "in_custody": 2, "utilisation": 1.25}

        assert ["overloaded", "policy_review_overdue"] == sorted(published)
        assert by_id([replace(published["overloaded"], **now), published["policy_review_overdue"]]) == by_id(
            standing(table)
        )

    def test_the_next_revision_is_kept_whole(self, table: Table) -> None:
        """Work goes on from them, with the revision that would have come."""
        table.restart().know(update("o1", 2.5, office="SEA")).at(3, with_cases("o1", 130)).until(4)
        alert = table.last("overloaded")

        assert ("raised", "SEA", 2, 130) == (alert.status, alert.office, alert.revision, alert.open_cases)
        assert by_id(last_published(table)) == by_id(standing(table))
