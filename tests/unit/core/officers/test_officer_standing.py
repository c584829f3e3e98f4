"""Open officer alerts in the changelog: as they were last published, whatever the policy is now."""

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
    """Return the open alerts in the changelog of a table."""
    return list(standing_records(newest(table.changelog), table.rules, table.sources))


def by_id(alerts: list[OfficerAlertRevision]) -> list[bytes]:
    """Return records as consumers see them, by id."""
    return [alert.json() for alert in sorted(alerts, key=lambda alert: alert.alert_id)]


def last_published(table: Table) -> list[OfficerAlertRevision]:
    """Return the last revision of each open alert among everything published."""
    last = {alert.alert_id: alert for alert in table.alerts}
    return [alert for alert in last.values() if alert.status in ("raised", "escalated")]


def of_previous_release(records: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return a changelog as the previous release wrote it, which stored only the office of an open alert."""
    kept = dict(records)
    for key, value in records.items():
        if key.startswith("o:"):
            state = msgspec.msgpack.decode(value)
            state[4] = [alert[:9] for alert in state[4]]
            kept[key] = msgspec.msgpack.encode(state)
    return kept


class TestStandingRecords:
    def test_an_alert_has_its_published_values(self) -> None:
        """Its load is not the current one, which has changed since without a new revision."""
        table = Table(ONE).apply(update("o1", 0, office="ATL"), training("o1", 0, "law", 999))
        table.at(1, with_cases("o1", 120)).at(3, with_cases("o1", 150, in_custody=2)).restart()

        (alert,) = standing(table)
        assert ("raised", "ATL", 1, 120, 0, 1.0) == (
            alert.status, alert.office, alert.revision, alert.open_cases, alert.in_custody, alert.utilisation,
        )  # fmt: skip
        assert by_id(table.alerts) == by_id([alert])

    def test_every_later_revision_counts(self) -> None:
        """They are an escalation, one for a new office, one of an officer without cases, and the policy's own."""
        table = Table(f'{ONE}\n[officers.causes.overloaded]\nescalate_after = "2h"', review_by="2026-02-01")
        table.apply(update("o1", 0, office="ATL"), update("o2", 0))
        table.at(1, with_cases("o1", 120)).at(3, with_cases("o1", 130))
        table.apply(update("o1", 3.5, office="SEA")).at(4, with_cases("o1", 140)).restart()

        assert {"overloaded", "training_lapsed", "policy_review_overdue"} == {each.cause for each in standing(table)}
        assert {("o1", "SEA", 3, 140), ("o2", "HQ", 1, 0)} <= {
            (each.officer_id, each.office, each.revision, each.open_cases) for each in standing(table)
        }
        assert by_id(last_published(table)) == by_id(standing(table))

    def test_an_ended_alert_is_no_longer_open(self) -> None:
        """An alert that returned is open."""
        table = Table(ONE).apply(training("o1", 0, "law", 999))
        table.at(1, with_cases("o1", 120)).at(2, with_cases("o1", 1))
        assert [] == standing(table)
        table.at(3, with_cases("o1", 121)).restart(OFF, "2").restart(ONE)

        assert [("raised", 3, 121)] == [(each.status, each.revision, each.open_cases) for each in standing(table)]
        assert by_id(last_published(table)) == by_id(standing(table))

    def test_another_policy_changes_none(self) -> None:
        """They stay open without a new revision, with the policy that published them and its hash."""
        table = Table(ONE).apply(update("o1", 0)).at(1, with_cases("o1", 120))
        table.restart(f"{ONE}\n[load]\nhearing_minutes = 1", "2").until(3)

        assert {"test@1"} == {each.policy for each in standing(table)}
        assert by_id(table.alerts) == by_id(standing(table))

    def test_nothing_is_judged_by_the_given_policy(self) -> None:
        """No worker has started under it yet: an alert that it disables was published, and is open."""
        table = Table(ONE).apply(training("o1", 0, "law", 999)).at(1, with_cases("o1", 120))

        assert by_id(table.alerts) == by_id(
            list(standing_records(newest(table.changelog), rules(OFF, "2"), table.sources))
        )

    def test_an_empty_changelog_has_none(self) -> None:
        """The changelog of a board that has judged nothing has none either."""
        assert [] == list(standing_records({}, rules(), 1))
        assert [] == standing(Table().apply(update("o1", 0)))


class TestPreviousRelease:
    """Records of a release that did not store what it published."""

    @pytest.fixture
    def table(self) -> Table:
        """Return an overload published with 120 cases, while 150 are open now; and a policy whose review is overdue."""
        table = Table(ONE, review_by="2026-02-01").apply(update("o1", 0), training("o1", 0, "law", 999))
        table.at(1, with_cases("o1", 120)).at(2, with_cases("o1", 150, in_custody=2))
        table.changelog = [(key.encode(), value) for key, value in of_previous_release(newest(table.changelog)).items()]
        return table

    def test_they_have_the_current_values(self, table: Table) -> None:
        """Policy and load are those of now and the period end judged last; the rest is as published."""
        published = {alert.cause: alert for alert in table.alerts}
        now = {"open_cases": 150, "in_custody": 2, "utilisation": 1.25}

        assert ["overloaded", "policy_review_overdue"] == sorted(published)
        assert by_id([replace(published["overloaded"], **now), published["policy_review_overdue"]]) == by_id(
            standing(table)
        )

    def test_the_next_revision_is_stored_completely(self, table: Table) -> None:
        """Work continues from them with the next revision."""
        table.restart().apply(update("o1", 2.5, office="SEA")).at(3, with_cases("o1", 130)).until(4)
        alert = table.last("overloaded")

        assert ("raised", "SEA", 2, 130) == (alert.status, alert.office, alert.revision, alert.open_cases)
        assert by_id(last_published(table)) == by_id(standing(table))
