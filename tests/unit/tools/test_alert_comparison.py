"""The differences that `verify` finds between the expected alerts and those on a broker."""

import json
from collections.abc import Sequence

import pytest

from streams.errors import InputError
from streams.tools.verify.alert_comparison import AlertComparison, Expectation

PUBLIC, RESTRICTED = "docket.lost-track-alerts", "docket.restricted-alerts"
A, B = "a" * 32, "b" * 32


def alert(name: str = A, revision: int = 1, **fields: object) -> dict[str, object]:
    return {
        "alert_id": name,
        "case_id": "case-1",
        "cause": "no_contact",
        "status": "raised",
        "severity": "warning",
        "evidence": ["e1"],
        "revision": revision,
        **fields,
    }


def expecting(*alerts: dict[str, object]) -> AlertComparison:
    return AlertComparison(Expectation("A", [(n, json.dumps(each).encode()) for n, each in enumerate(alerts, 1)]))


def feed(comparison: AlertComparison, *records: dict[str, object], topic: str = PUBLIC) -> AlertComparison:
    for record in records:
        seen = {**record, "observed_at": "2026-03-09T15:00:00.000Z"}
        comparison.add_record(topic, str(record["alert_id"]).encode(), json.dumps(seen).encode())
    return comparison


def differences(comparison: AlertComparison, gone: int = 0) -> Sequence[str]:
    return [str(difference) for difference in comparison.differences(gone)]


class TestEqual:
    def test_only_the_wall_clock_may_differ(self) -> None:
        """The order of fields and observed_at do not matter."""
        comparison = expecting(alert(), dict(reversed(alert(B).items())))
        assert differences(feed(comparison, alert(B), alert())) == []
        assert comparison.found == 2

    def test_a_record_may_come_twice(self) -> None:
        """After a crash the same revisions may follow again, in their order."""
        first, second = alert(), alert(revision=2, status="resolved")
        comparison = feed(expecting(first, second), first, second, first, second)
        assert (differences(comparison), comparison.found) == ([], 2)

    def test_an_expectation_without_a_hash(self) -> None:
        """An older release wrote it: the hash of the policy is not compared."""
        assert differences(feed(expecting(alert()), alert(policy_hash="0123456789ab"))) == []

    def test_another_hash_is_another_policy(self) -> None:
        """Name and version are equal; an omitted hash is no difference."""
        for found in ({"policy_hash": "ba9876543210"}, {}):
            (difference,) = differences(feed(expecting(alert(policy_hash="0123456789ab")), alert(**found)))
            assert "policy_hash is" in difference

    def test_a_case_that_became_protected_moves_its_alerts(self) -> None:
        """The revision is the same on the restricted topic, and its key is deleted on the public one."""
        comparison = feed(expecting(alert()), alert())
        comparison.add_record(PUBLIC, A.encode(), None)
        assert differences(feed(comparison, alert(), topic=RESTRICTED)) == []

    def test_an_ended_alert_may_stay_public(self) -> None:
        """It had ended before its case became protected, and was raised again after."""
        first, second, third = alert(), alert(revision=2, status="resolved"), alert(revision=3)
        comparison = feed(feed(expecting(first, second, third), first, second), third, topic=RESTRICTED)
        assert differences(comparison) == []

    def test_a_superseded_revision_may_be_compacted_away(self) -> None:
        """The missing revisions are as many as the missing offsets."""
        comparison = feed(expecting(alert(), alert(revision=2)), alert(revision=2))
        assert (differences(comparison, gone=1), comparison.compacted) == ([], 1)


class TestDifferent:
    def test_missing(self) -> None:
        """An expected alert is not there; the line has its contents."""
        assert differences(expecting(alert())) == [f"missing: alert {A} revision 1: raised no_contact of case case-1"]

    def test_superseded_and_not_compacted(self) -> None:
        """With every offset there, a missing revision was never written."""
        comparison = feed(expecting(alert(), alert(revision=2)), alert(revision=2))
        assert differences(comparison, gone=0) == [f"missing: alert {A} revision 1: raised no_contact of case case-1"]

    def test_the_last_is_never_compacted(self) -> None:
        """The newest revision must be there, however many offsets are missing."""
        comparison = feed(expecting(alert(), alert(revision=2)), alert())
        assert differences(comparison, gone=9)[-1] == f"missing: alert {A} revision 2: raised no_contact of case case-1"

    def test_extra(self) -> None:
        """There is one revision more, and one alert more."""
        comparison = feed(expecting(alert()), alert(), alert(revision=2), alert(B))
        assert differences(comparison) == [
            f"extra: alert {A} revision 2: raised no_contact of case case-1",
            f"extra: alert {B} revision 1: raised no_contact of case case-1",
        ]

    def test_fields_are_named(self) -> None:
        """Each has its value and its expected value."""
        comparison = feed(expecting(alert(office=None)), alert(severity="critical", evidence=["e1", "e2"]))
        (difference,) = differences(comparison)
        assert difference == (
            f'different: alert {A} revision 1: evidence is ["e1","e2"], not ["e1"]; office is left out, not null; '
            'severity is "critical", not "warning"'
        )

    def test_a_repetition_with_other_contents(self) -> None:
        """A revision has one record."""
        comparison = feed(expecting(alert()), alert(), alert(severity="critical"))
        assert differences(comparison) == [
            f'different: alert {A} revision 1: comes twice, and not alike: severity is "critical", not "warning"'
        ]

    def test_disorder(self) -> None:
        """The last record of a key counts, so it must be the last revision."""
        comparison = feed(expecting(alert(), alert(revision=2)), alert(revision=2), alert())
        assert differences(comparison) == [
            f"disordered: alert {A} revision 1: comes after revision 2",
            f"disordered: alert {A} revision 2: is followed by revision 1",
        ]

    def test_deleted(self) -> None:
        """A deleted key must be there."""
        comparison = feed(expecting(alert()), alert())
        comparison.add_record(PUBLIC, A.encode(), None)
        assert differences(comparison) == [f"missing: alert {A} revision 1: was there, but its key has been deleted"]

    def test_still_public(self) -> None:
        """An open alert on the restricted topic may not stay on the public one."""
        second = alert(revision=2, status="escalated")
        comparison = feed(feed(expecting(alert(), second), alert()), alert(), second, topic=RESTRICTED)
        assert differences(comparison) == [
            f"extra: alert {A} revision 1: is still on {PUBLIC}, though it is on {RESTRICTED}"
        ]

    def test_another_key(self) -> None:
        """Compaction uses the key, so it must be the alert's."""
        comparison = expecting(alert())
        comparison.add_record(PUBLIC, b"other", json.dumps(alert()).encode())
        assert f"different: alert {A} revision 1: stands under the key 'other'" in differences(comparison)

    def test_an_invalid_record(self) -> None:
        """It is a difference, and the comparison continues."""
        comparison = feed(expecting(alert()), alert())
        comparison.add_record(PUBLIC, b"k", b"[1]")
        assert differences(comparison)[0].startswith("extra: alert k revision 0: no alert: Expected `object`")


class TestExpectation:
    def test_a_line_that_is_no_alert_is_named(self) -> None:
        """The error has file and line."""
        with pytest.raises(InputError, match=r"^A:2: is no alert as `evaluate --alerts` writes it: "):
            Expectation("A", [(1, json.dumps(alert()).encode()), (2, b'{"case_id": "c"}')])
