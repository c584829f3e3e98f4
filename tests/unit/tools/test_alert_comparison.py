"""What `verify` finds between the alerts expected and those on a broker."""

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


def told(comparison: AlertComparison, gone: int = 0) -> Sequence[str]:
    return [str(difference) for difference in comparison.differences(gone)]


class TestEqual:
    def test_only_the_wall_clock_may_differ(self) -> None:
        """The order of fields does not matter, nor does observed_at."""
        comparison = expecting(alert(), dict(reversed(alert(B).items())))
        assert told(feed(comparison, alert(B), alert())) == []
        assert comparison.found == 2

    def test_a_record_may_come_twice(self) -> None:
        """As after a crash: the same revisions again, in their order."""
        first, second = alert(), alert(revision=2, status="resolved")
        comparison = feed(expecting(first, second), first, second, first, second)
        assert (told(comparison), comparison.found) == ([], 2)

    def test_an_expectation_that_knows_no_hash(self) -> None:
        """Written by a program of before: the hash of the policy is not compared."""
        assert told(feed(expecting(alert()), alert(policy_hash="0123456789ab"))) == []

    def test_another_hash_is_another_policy(self) -> None:
        """Under the same name and version; one that is left out is no less."""
        for found in ({"policy_hash": "ba9876543210"}, {}):
            (difference,) = told(feed(expecting(alert(policy_hash="0123456789ab")), alert(**found)))
            assert "policy_hash is" in difference

    def test_a_case_that_became_protected_moves_its_alerts(self) -> None:
        """The same revision on the restricted topic, its key deleted on the public one."""
        comparison = feed(expecting(alert()), alert())
        comparison.add_record(PUBLIC, A.encode(), None)
        assert told(feed(comparison, alert(), topic=RESTRICTED)) == []

    def test_what_was_over_may_stay_in_public(self) -> None:
        """It had ended before its case became protected, and was raised again after."""
        first, second, third = alert(), alert(revision=2, status="resolved"), alert(revision=3)
        comparison = feed(feed(expecting(first, second, third), first, second), third, topic=RESTRICTED)
        assert told(comparison) == []

    def test_what_was_superseded_may_be_compacted_away(self) -> None:
        """As many revisions as there are offsets without a record."""
        comparison = feed(expecting(alert(), alert(revision=2)), alert(revision=2))
        assert (told(comparison, gone=1), comparison.compacted) == ([], 1)


class TestDifferent:
    def test_missing(self) -> None:
        """What should be there and is not; told by what it is."""
        assert told(expecting(alert())) == [f"missing: alert {A} revision 1: raised no_contact of case case-1"]

    def test_superseded_and_not_compacted(self) -> None:
        """With every offset there, a revision in between was never written."""
        comparison = feed(expecting(alert(), alert(revision=2)), alert(revision=2))
        assert told(comparison, gone=0) == [f"missing: alert {A} revision 1: raised no_contact of case case-1"]

    def test_the_last_is_never_compacted(self) -> None:
        """However many offsets are gone, the newest revision is what holds."""
        comparison = feed(expecting(alert(), alert(revision=2)), alert())
        assert told(comparison, gone=9)[-1] == f"missing: alert {A} revision 2: raised no_contact of case case-1"

    def test_extra(self) -> None:
        """A revision too many, an alert too many."""
        comparison = feed(expecting(alert()), alert(), alert(revision=2), alert(B))
        assert told(comparison) == [
            f"extra: alert {A} revision 2: raised no_contact of case case-1",
            f"extra: alert {B} revision 1: raised no_contact of case case-1",
        ]

    def test_fields_are_named(self) -> None:
        """Each with what it is and what it should be."""
        comparison = feed(expecting(alert(office=None)), alert(severity="critical", evidence=["e1", "e2"]))
        (difference,) = told(comparison)
        assert difference == (
            f'different: alert {A} revision 1: evidence is ["e1","e2"], not ["e1"]; office is left out, not null; '
            'severity is "critical", not "warning"'
        )

    def test_a_repetition_that_says_something_else(self) -> None:
        """One revision is one record."""
        comparison = feed(expecting(alert()), alert(), alert(severity="critical"))
        assert told(comparison) == [
            f'different: alert {A} revision 1: comes twice, and not alike: severity is "critical", not "warning"'
        ]

    def test_disorder(self) -> None:
        """The last record of a key is what holds, so it must be the last revision."""
        comparison = feed(expecting(alert(), alert(revision=2)), alert(revision=2), alert())
        assert told(comparison) == [
            f"disordered: alert {A} revision 1: comes after revision 2",
            f"disordered: alert {A} revision 2: is followed by revision 1",
        ]

    def test_deleted(self) -> None:
        """A key deleted here must be there."""
        comparison = feed(expecting(alert()), alert())
        comparison.add_record(PUBLIC, A.encode(), None)
        assert told(comparison) == [f"missing: alert {A} revision 1: was there, but its key has been deleted"]

    def test_still_public(self) -> None:
        """What stands may not stay on the public topic when it is on the restricted one."""
        second = alert(revision=2, status="escalated")
        comparison = feed(feed(expecting(alert(), second), alert()), alert(), second, topic=RESTRICTED)
        assert told(comparison) == [f"extra: alert {A} revision 1: is still on {PUBLIC}, though it is on {RESTRICTED}"]

    def test_another_key(self) -> None:
        """Compaction goes by the key, so it must be the alert's."""
        comparison = expecting(alert())
        comparison.add_record(PUBLIC, b"other", json.dumps(alert()).encode())
        assert f"different: alert {A} revision 1: stands under the key 'other'" in told(comparison)

    def test_what_is_no_alert(self) -> None:
        """It is told, and nothing else breaks."""
        comparison = feed(expecting(alert()), alert())
        comparison.add_record(PUBLIC, b"k", b"[1]")
        assert told(comparison)[0].startswith("extra: alert k revision 0: no alert: Expected `object`")


class TestExpectation:
    def test_a_line_that_is_no_alert_is_named(self) -> None:
        """File and line."""
        with pytest.raises(InputError, match=r"^A:2: is no alert as `evaluate --alerts` writes it: "):
            Expectation("A", [(1, json.dumps(alert()).encode()), (2, b'{"case_id": "c"}')])
