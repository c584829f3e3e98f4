"""`docketwatch dead-letters` on real brokers: refused records are listed, sent again once, and audit_records."""

import json
import time
from pathlib import Path

import pytest

from schemas.dead_letters import DeadLetter
from schemas.decode import Refused, decode
from schemas.refusals import RefusalCode
from schemas.topics import topic
from streams.kafka.client.partitioning import partition_of
from tests.kafka.deployment import Deployment, TopicRecord
from tests.unit.cli.test_evaluate import ASSIGNED, OPENED, run

BROKERS = [
    pytest.param("embedded_broker", marks=pytest.mark.embedded, id="embedded"),
    pytest.param("apache_kafka", marks=pytest.mark.kafka, id="apache"),
]
NOW = 1_773_068_400_000
KEY = b"case-1"
GOOD = json.dumps(OPENED).encode()
LATER = json.dumps({**ASSIGNED, "event_id": "e7"}).encode()
BAD = json.dumps({**OPENED, "office": "no office"}).encode()
PERSON = json.dumps({**OPENED, "case_id": "A123456789"}).encode()


@pytest.fixture(params=BROKERS)
def deployment(request: pytest.FixtureRequest, namespace: str) -> Deployment:
    return Deployment(request.getfixturevalue(request.param), namespace).create()


def there(deployment: Deployment) -> tuple[str, ...]:
    return ("--brokers", deployment.broker, "--prefix", deployment.prefix)


def name(deployment: Deployment, short: str) -> str:
    return topic(short, deployment.prefix).name


def refuse(
    deployment: Deployment, raw: bytes, offset: int, why: Refused | None = None, *, on: str = "cases"
) -> DeadLetter:
    """Return the dead letter of a record in partition 0 of a topic."""
    if why is None:
        with pytest.raises(Refused) as result:
            decode(raw)
        why = result.value
    letter = DeadLetter.of(why, raw, name(deployment, on), 0, offset, NOW)
    deployment.send({(name(deployment, "dead-letters"), 1): [(letter.key.encode(), letter.model_dump_json().encode())]})
    return letter


def wrong_key() -> Refused:
    return Refused(RefusalCode.WRONG_KEY, "case_id", "case_id: the record's key must be the event's case_id")


def audit(deployment: Deployment) -> list[TopicRecord]:
    """Return the records of the audit topic, which has one partition."""
    return Deployment(deployment.broker, deployment.prefix, 1).read("audit")


def audit_records(deployment: Deployment) -> list[tuple[str, str, str]]:
    """Return key, outcome and actor of every audit record."""
    found = [json.loads(row.value or b"") for row in audit(deployment)]
    return [(f"{each['topic']}:{each['partition']}:{each['offset']}", each["outcome"], each["actor"]) for each in found]


class TestList:
    def test_it_lists_content_place_and_reason(
        self, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Each letter is listed once, however often its record was refused; no payload is shown."""
        bad, person = refuse(deployment, BAD, 5), refuse(deployment, PERSON, 6)
        refuse(deployment, BAD, 5)
        code, out, _ = run(capsys, "dead-letters", "list", *there(deployment))
        assert code == 0
        assert out.splitlines() == [
            f"2026-03-09T15:00:00.000Z {bad.key} bad_id: {bad.sentence}",
            f"2026-03-09T15:00:00.000Z {person.key} identifier_shaped: {person.sentence}",
            "        1 bad_id",
            "        1 identifier_shaped",
            "2 refused, 0 of them sent again",
        ]
        assert "A123456789" not in out

    def test_for_programs(self, deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
        """The output has one JSON line per letter, optionally of one reason."""
        refuse(deployment, BAD, 5)
        person = refuse(deployment, PERSON, 6)
        code, out, _ = run(capsys, "dead-letters", "list", "--json", "--code", "identifier_shaped", *there(deployment))
        assert code == 0
        assert DeadLetter.model_validate_json(out) == person
        assert person.payload is None


class TestRedrive:
    def test_a_letter_is_sent_once_to_the_right_topic(
        self, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The letter is sent to its type's topic and key, whatever it came with; a second redrive does nothing."""
        refuse(deployment, GOOD, 5, wrong_key())
        letter = refuse(deployment, LATER, 9, Refused(RefusalCode.WRONG_TOPIC, "type", "type: belongs elsewhere"))
        code, out, _ = run(capsys, "dead-letters", "redrive", "--actor", "ops-1", *there(deployment))
        assert (code, out) == (0, "2 sent again, 0 not; audited as ops-1\n")
        (opened,), (assigned,) = deployment.read("cases"), deployment.read("reassignments")
        assert (KEY, GOOD, partition_of(KEY, 4)) == (opened.key, opened.value, opened.partition)
        assert (KEY, LATER, partition_of(KEY, 4)) == (assigned.key, assigned.value, assigned.partition)
        code, out, _ = run(capsys, "dead-letters", "redrive", "--actor", "ops-2", *there(deployment))
        assert (code, out) == (0, "0 sent again, 0 not; audited as ops-2\n")
        code, out, _ = run(capsys, "dead-letters", "redrive", letter.key, "--actor", "ops-2", *there(deployment))
        assert (code, out) == (0, f"{letter.key}: already_sent\n0 sent again, 1 not; audited as ops-2\n")
        assert [len(deployment.read(short)) for short in ("cases", "reassignments")] == [1, 1]
        assert [outcome for _, outcome, _ in audit_records(deployment)] == ["sent", "sent", "already_sent"]
        assert audit_records(deployment)[-1] == (letter.key, "already_sent", "ops-2")
        _, out, _ = run(capsys, "dead-letters", "list", *there(deployment))
        assert "2 refused, 2 of them sent again" in out
        assert f"{letter.key} wrong_topic: type: belongs elsewhere [sent again]" in out

    def test_a_payload_that_was_not_kept_is_read_from_its_topic(
        self, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A record that is still invalid stays refused, a deleted one is gone, and the command reports both."""
        deployment.send({(name(deployment, "cases"), 0): [(b"x", b"filler"), (b"x", PERSON), (b"x", b"filler")]})
        letter = refuse(deployment, PERSON, 1)
        assert letter.payload is None
        gone = refuse(deployment, PERSON, 7)
        code, out, _ = run(capsys, "dead-letters", "redrive", "--actor", "ops", *there(deployment))
        assert code == 1
        assert out.splitlines() == [
            f"{letter.key}: refused (identifier_shaped)",
            f"{gone.key}: gone",
            "0 sent again, 2 not; audited as ops",
        ]
        assert audit_records(deployment) == [(letter.key, "refused", "ops"), (gone.key, "gone", "ops")]
        assert len(deployment.read("cases")) == 3

    def test_a_letter_that_is_still_in_the_future_waits(
        self, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The workers would refuse it again; a letter that only the worker's own wrong clock refused is sent."""
        future = Refused(RefusalCode.FROM_THE_FUTURE, "recorded_at", "recorded_at: is ahead")
        at = f"{time.gmtime().tm_year + 3}-01-01T00:00:00Z"
        ahead = refuse(deployment, json.dumps({**OPENED, "recorded_at": at}).encode(), 5, future)
        refuse(deployment, LATER, 6, future)
        code, out, _ = run(capsys, "dead-letters", "redrive", "--actor", "ops", *there(deployment))
        assert code == 1
        assert out.splitlines() == [
            f"{ahead.key}: refused (from_the_future)",
            "1 sent again, 1 not; audited as ops",
        ]
        assert ([], [LATER]) == tuple(
            [row.value for row in deployment.read(short)] for short in ("cases", "reassignments")
        )

    def test_a_fixed_check_lets_a_letter_pass(self, deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
        """A record without a kept payload that is valid now is sent unchanged."""
        deployment.send({(name(deployment, "cases"), 0): [(b"x", b"filler"), (b"x", GOOD)]})
        letter = refuse(deployment, PERSON, 1)  # today's checks accept this record
        code, out, _ = run(capsys, "dead-letters", "redrive", letter.key, "--actor", "ops", *there(deployment))
        assert (code, out) == (0, "1 sent again, 0 not; audited as ops\n")
        assert (KEY, GOOD) in [(row.key, row.value) for row in deployment.read("cases")]

    def test_a_dry_run_does_nothing(self, deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
        """It prints what a redrive would do."""
        refuse(deployment, GOOD, 5, wrong_key())
        code, out, _ = run(capsys, "dead-letters", "redrive", "--dry-run", *there(deployment))
        assert (code, out) == (0, "1 would be sent again, 0 not; nothing was sent\n")
        assert (deployment.read("cases"), audit(deployment)) == ([], [])

    def test_a_dry_run_checks_the_letters(self, deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
        """It has the exit code of the redrive: it reports letters that stay refused and letters that are gone."""
        deployment.send({(name(deployment, "cases"), 0): [(b"x", b"filler"), (b"x", PERSON)]})
        again, gone = refuse(deployment, PERSON, 1), refuse(deployment, PERSON, 7)
        refuse(deployment, GOOD, 5, wrong_key())
        code, out, _ = run(capsys, "dead-letters", "redrive", "--dry-run", *there(deployment))
        assert code == 1
        result = [f"{again.key}: refused (identifier_shaped)", f"{gone.key}: gone"]
        assert out.splitlines() == [*result, "1 would be sent again, 2 not; nothing was sent"]
        assert (len(deployment.read("cases")), audit(deployment)) == (2, [])
        code, out, _ = run(capsys, "dead-letters", "redrive", "--actor", "ops", *there(deployment))
        assert (code, out.splitlines()) == (1, [*result, "1 sent again, 2 not; audited as ops"])

    def test_a_dry_run_of_an_unknown_letter(self, deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
        """A dry run refuses it as a redrive does."""
        code, _, err = run(capsys, "dead-letters", "redrive", "docket.cases:0:9", "--dry-run", *there(deployment))
        assert code == 2
        assert "there is no dead letter docket.cases:0:9" in err


class TestSentences:
    @pytest.mark.embedded
    def test_an_unknown_letter(self, embedded_broker: str, namespace: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The error names it and the command that lists the others."""
        deployment = Deployment(embedded_broker, namespace).create()
        code, _, err = run(capsys, "dead-letters", "redrive", "a:0:1", *there(deployment))
        assert code == 2
        assert err == "docketwatch: there is no dead letter a:0:1; `docketwatch dead-letters list` names them\n"

    def test_an_actor_that_is_no_id(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The error says what a valid id looks like."""
        code, _, err = run(capsys, "dead-letters", "redrive", "--actor", "me & you")
        assert code == 2
        assert "--actor 'me & you' must be 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -" in err

    def test_no_broker(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The command prints one sentence."""
        code, _, err = run(capsys, "dead-letters", "list", "--brokers", "127.0.0.1:1")
        assert code == 2
        assert err.startswith("docketwatch: no broker answers at 127.0.0.1:1: ")
