"""The admission of an input topic: the records that it accepts, and those that it refuses with a reason."""

import json
from collections import Counter
from typing import Any

import pytest

from schemas import hot
from streams.agents.admission import Admission, Admitted
from streams.agents.reported_dead_letters import ReportedDeadLetters
from streams.kafka.batches import Batch
from streams.kafka.client.partitioning import partition_of
from tests.fake_record import FakeRecord

PARTITIONS = 4
HOME = partition_of(b"c-1", PARTITIONS)
OPENED: dict[str, Any] = {
    "v": 1,
    "event_id": "e-1",
    "type": "case_opened",
    "occurred_at": "2026-01-06T00:00:00Z",
    "recorded_at": "2026-01-06T00:00:01Z",
    "source": "feed",
    "case_id": "c-1",
    "office": "ATL",
    "level": "low",
}
CLOCK = {name: OPENED[name] for name in ("v", "event_id", "occurred_at", "recorded_at", "source")} | {"type": "clock"}


class CountingAdmission:
    """An admission of partition HOME with its counts."""

    def __init__(self, *known: str, full: tuple[str, ...] = ()) -> None:
        self.refused: Counter[tuple[str, str]] = Counter()
        self.asked: list[str] = []

        def is_known(case_id: str) -> bool:
            self.asked.append(case_id)
            return case_id in known

        self._gate = Admission[hot.CaseEvent](
            prefix="docket",
            number=HOME,
            partitions=PARTITIONS,
            key_field="case_id",
            is_known=is_known,
            full=full,
            refused=self.refused,
            reported=ReportedDeadLetters(),
        )

    def admit(self, *rows: FakeRecord, topic: str = "docket.cases") -> Admitted[hot.CaseEvent]:
        return self._gate.admit(Batch(topic, HOME, rows), now=1_700_000_000_000)


def row(offset: int = 7, key: bytes | None = b"c-1", **changes: object) -> FakeRecord:
    return FakeRecord(offset, key, json.dumps(OPENED | changes).encode())


class TestAdmission:
    def test_a_valid_event_is_admitted(self) -> None:
        """The result has its offset and its recorded_at."""
        admitted = CountingAdmission().admit(row(offset=7))

        assert [type(event) for event in admitted.events] == [hot.CaseOpened]
        assert (admitted.offsets, admitted.instants) == ([7], [1_767_657_601_000])
        assert admitted.dead_letters == []

    def test_a_clock_record_is_valid_in_every_partition_without_a_key(self) -> None:
        """A producer sends it to a partition, not to a case."""
        admitted = CountingAdmission().admit(FakeRecord(3, None, json.dumps(CLOCK).encode()), topic="docket.hearings")

        assert [type(event) for event in admitted.events] == [hot.Clock]

    @pytest.mark.parametrize(
        ("bad", "topic", "code", "sentence"),
        [
            (FakeRecord(7, b"c-1", b"no json"), "docket.cases", "not_json", "is not JSON"),
            (FakeRecord(7, b"c-1", None), "docket.cases", "not_json", "is not JSON"),
            (row(), "docket.hearings", "wrong_topic", "type: case_opened belongs on docket.cases"),
            (row(key=b"c-2"), "docket.cases", "wrong_key", "case_id: the record's key must be the event's case_id"),
            (row(key=None), "docket.cases", "wrong_key", "case_id: the record's key must be the event's case_id"),
        ],
    )
    def test_a_refused_record_becomes_a_dead_letter(
        self, bad: FakeRecord, topic: str, code: str, sentence: str
    ) -> None:
        """The letter has place, reason and field, and is counted; the next record is admitted."""
        gate = CountingAdmission()
        admitted = gate.admit(bad, topic=topic)

        ((key, value),) = admitted.dead_letters
        letter = json.loads(value)
        assert key == f"{topic}:{HOME}:7".encode()
        assert (letter["code"], letter["offset"]) == (code, 7)
        assert sentence in letter["sentence"]
        assert gate.refused == {(topic, code): 1}
        assert admitted.events == admitted.offsets == admitted.instants == []

    def test_a_key_of_another_partition_is_refused(self) -> None:
        """Its producer uses another partition count: the state of the case is in another partition."""
        other = next(f"c-{n}" for n in range(99) if partition_of(f"c-{n}".encode(), PARTITIONS) != HOME)
        admitted = CountingAdmission().admit(row(key=other.encode(), case_id=other))

        letter = json.loads(admitted.dead_letters[0][1])
        assert letter["code"] == "wrong_key"
        assert "murmur2" in letter["sentence"]

    def test_a_known_case_is_not_hashed_again(self) -> None:
        """Its partition was computed for its first event."""
        other = next(f"c-{n}" for n in range(99) if partition_of(f"c-{n}".encode(), PARTITIONS) != HOME)
        admitted = CountingAdmission(other).admit(row(key=other.encode(), case_id=other))

        assert len(admitted.events) == 1

    def test_a_case_that_has_grown_too_large_is_refused(self) -> None:
        """Its state would no longer fit a message of the broker."""
        admitted = CountingAdmission("c-1", full=("c-1",)).admit(row())

        assert json.loads(admitted.dead_letters[0][1])["code"] == "oversized"

    def test_a_bad_record_changes_no_other(self) -> None:
        """The valid records keep the order of the log."""
        admitted = CountingAdmission().admit(
            row(1, event_id="e-1"), FakeRecord(2, b"c-1", b"{"), row(3, event_id="e-3")
        )

        assert [event.event_id for event in admitted.events] == ["e-1", "e-3"]
        assert admitted.offsets == [1, 3]
        assert len(admitted.dead_letters) == 1
