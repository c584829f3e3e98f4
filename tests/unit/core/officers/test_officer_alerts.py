"""What every officer alert has: escalation, a new office, an order, and a record that consumers can read."""

import json

from schemas.alerts import OfficerAlert
from streams.core.alerting.reasons import Reason
from tests.unit.core.officers.table import Table, hour, rules, update, with_cases

MONTH = 30 * 24
ONE = "[officers.overloaded]\nperiods = 1\n[officers.critical]\nraise = 99\n"


class TestEscalation:
    def test_thirty_days_after_it_was_raised(self) -> None:
        """It is escalated once, at that very period end, and becomes critical."""
        table = Table(ONE).at(1, with_cases("o1", 120)).until(5 + MONTH)

        assert table.story("overloaded") == [("raised", 1), ("escalated", 1 + MONTH)]
        alert = table.last("overloaded")
        assert (alert.severity, alert.escalated_at, alert.revision) == ("critical", hour(1 + MONTH), 2)

    def test_an_escalated_alert_ends_critical(self) -> None:
        """An ended alert keeps its escalated_at."""
        table = Table(ONE).at(1, with_cases("o1", 120)).until(1 + MONTH).at(2 + MONTH)

        ended = table.last("overloaded")
        assert (ended.status, ended.severity, ended.escalated_at, ended.revision) == (
            "resolved",
            "critical",
            hour(1 + MONTH),
            3,
        )

    def test_an_alert_that_ends_just_then_is_not_escalated(self) -> None:
        """At the period end of its escalation its cause no longer holds."""
        table = Table(ONE).at(1, with_cases("o1", 120)).until(MONTH).at(1 + MONTH)

        assert table.story("overloaded") == [("raised", 1), ("resolved", 1 + MONTH)]


class TestOffice:
    def test_an_open_alert_is_republished_for_a_new_office(self) -> None:
        """It has the same status and the next revision, once."""
        table = Table(ONE).apply(update("o1", 0, office="ATL")).at(1, with_cases("o1", 120))
        table.apply(update("o1", 1.5, office="SEA")).until(4)

        assert [(a.status, a.office, a.revision, a.at) for a in table.alerts] == [
            ("raised", "ATL", 1, hour(1)),
            ("raised", "SEA", 2, hour(2)),
        ]
        assert table.reasons[Reason.REPUBLISHED] == 1

    def test_without_an_officer_updated_the_office_is_that_of_the_newest_case(self) -> None:
        """It follows the case whose assignment has the greatest since."""
        table = Table(ONE).at(1, with_cases("o1", 120, office="ATL", office_since=(5, 3, 5, "a", 0)))
        table.at(2, with_cases("o1", 120, office="SEA", office_since=(6, 3, 6, "b", 0)))

        assert [(alert.office, alert.revision) for alert in table.alerts] == [("ATL", 1), ("SEA", 2)]

    def test_an_escalation_has_the_new_office(self) -> None:
        """An alert that escalates while the office changes is published once."""
        table = Table(ONE).apply(update("o1", 0, office="ATL")).at(1, with_cases("o1", 120)).until(MONTH)
        table.apply(update("o1", MONTH + 0.5, office="SEA")).until(2 + MONTH)

        assert [(a.status, a.office, a.revision) for a in table.alerts] == [
            ("raised", "ATL", 1),
            ("escalated", "SEA", 2),
        ]


class TestOrder:
    def test_by_officer_then_ended_then_raised(self) -> None:
        """At one period end officers come by id; ended alerts come before raised ones."""
        table = Table("[officers]\norphaned_after = '1h'\n" + ONE).apply(update("o2", 0, "active"))
        table.at(1, with_cases("o3", 120), with_cases("o1", 120), with_cases("o2", 120))
        table.apply(update("o2", 1.1, "leave", capacity=744)).until(3)

        assert [(a.officer_id, a.cause, a.status) for a in table.alerts] == [
            ("o1", "overloaded", "raised"),
            ("o2", "overloaded", "raised"),
            ("o3", "overloaded", "raised"),
            ("o2", "overloaded", "resolved"),
            ("o2", "orphaned_caseload", "raised"),
        ]


class TestRecord:
    def test_the_json_matches_the_schema(self) -> None:
        """Every field is in the record, instants have three decimals and Z, and the model reads it."""
        (alert,) = Table(ONE).apply(update("o1", 0)).at(1, with_cases("o1", 120)).alerts

        record = json.loads(alert.json(hour(2)))
        assert record == {
            "v": 1,
            "alert_id": alert.alert_id,
            "officer_id": "o1",
            "cause": "overloaded",
            "instance": None,
            "anchor_at": "2026-03-02T01:00:00.000Z",
            "deadline_at": "2026-03-02T01:00:00.000Z",
            "status": "raised",
            "severity": "warning",
            "raised_at": "2026-03-02T01:00:00.000Z",
            "escalated_at": None,
            "ended_at": None,
            "ended_by": None,
            "office": "HQ",
            "policy": "test@1",
            "policy_hash": rules(ONE).policy.hash,
            "revision": 1,
            "evidence": [],
            "open_cases": 120,
            "in_custody": 0,
            "utilisation": 1.0,
            "observed_at": "2026-03-02T02:00:00.000Z",
        }
        assert set(OfficerAlert.model_validate_json(alert.json(hour(2))).model_dump()) == set(record)

    def test_evaluate_omits_observed_at(self) -> None:
        """Without a wall clock the record does not have the field."""
        (alert,) = Table(ONE).at(1, with_cases("o1", 120)).alerts

        assert "observed_at" not in json.loads(alert.json())
        assert alert.key == alert.alert_id.encode()
