"""The gaps on the audit topic: the newest of each partition is open until exactly that one is accepted."""

from typing import Any

from schemas.input_gaps import InputGapRecord
from streams.kafka.input_gaps import InputGap
from streams.kafka.state.gap_records import GapLedger
from tests.fake_record import FakeRecord

NOON = 1_767_614_400_000


def record(action: Any, first: int = 7, last: int = 41, partition: int = 0) -> FakeRecord:
    found = InputGapRecord(
        topic="docket.cases", partition=partition, offset=first, last_offset=last, resumes_at=last + 1, action=action,
        actor="ops-1", known=NOON, observed_at=NOON,
    )  # fmt: skip
    return FakeRecord(0, None, found.model_dump_json().encode())


def book(*rows: FakeRecord) -> GapLedger:
    read = GapLedger()
    read.read(rows)
    return read


class TestGapBook:
    def test_a_found_gap_is_open(self) -> None:
        """The gaps are in the order of topics and partitions, the newest of each."""
        found = book(record("gap_found", partition=1), record("gap_found", 9), record("gap_found", 3))
        assert [(each.partition, each.offset) for each in found.open()] == [(0, 3), (1, 7)]

    def test_an_accepted_gap_is_not(self) -> None:
        """The order does not matter: a worker may find an accepted gap again."""
        rows = record("gap_found"), record("gap_accepted")
        assert book(*rows).open() == book(*reversed(rows)).open() == []

    def test_a_larger_gap_is_another(self) -> None:
        """The acceptance of the smaller one does not cover it."""
        found = book(record("gap_found"), record("gap_accepted"), record("gap_found", 3))

        assert [each.offset for each in found.open()] == [3]
        assert found.is_accepted(InputGap("docket.cases", 0, 7, 41, 42))
        assert not found.is_accepted(InputGap("docket.cases", 0, 3, 41, 42))

    def test_other_records_of_the_topic_are_ignored(self) -> None:
        """They are those of a redrive, and foreign ones."""
        rows = [
            FakeRecord(0, None, value)
            for value in (None, b'{"action": "redrive"}', b'{"action": "gap_found"}', b'"gap_ no JSON')
        ]
        assert book(*rows).open() == []
