"""The deadlines ahead in the console: the reading of `docketwatch due --json`, its filters, and when it is read."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from streams.core.alerting.deadline_counts import DeadlineCounts
from streams.web.due_soon.reader import DueSoonReader
from streams.web.due_soon.reading import DueSoonList, DueSoonQuery, DueSoonReading
from streams.web.own_command import CommandFailedError, run_command
from tests.kafka.waiting import LIMIT
from tests.kafka.waiting import until as reached

AS_OF = "2026-03-04T00:00:00.000Z"


def deadline(case_id: str, **fields: Any) -> dict[str, Any]:
    """Return a deadline as the command prints it."""
    row = {
        "deadline": "2026-03-06T00:00:00.000Z", "case_id": case_id, "cause": "no_officer", "cause_class": "agency",
        "instance": None, "office": "ATL", "officer_id": "o-1", "sentence": "no officer; comes due unless ...",
        "protected": False, "within_7d": True,
    }  # fmt: skip
    return {**row, **fields}


def document(*due: dict[str, Any], as_of: str = AS_OF) -> bytes:
    """Return what the command prints."""
    record = {"as_of": as_of, "policy": "default@1", "days": 14, "cases": len(due), "held": [], "due": due}
    return json.dumps(record).encode()


ROWS = (
    deadline("a", office="WAS", officer_id="o-2"),
    deadline("b", cause="check_in_overdue", cause_class="person"),
    deadline("c", cause="check_in_overdue", cause_class="person", within_7d=False),
    deadline("d", office=None, officer_id=None, protected=True),
)
READING = DueSoonReading.of(document(*ROWS), 5)


def cases(query: DueSoonQuery, *, with_protected: bool = False) -> list[str]:
    return [each.case_id for each in DueSoonList(with_protected=with_protected).find(READING, query).due]


class TestDueSoonReading:
    def test_counts_by_office_and_cause(self) -> None:
        """They are of all deadlines, also of protected cases and of cases without an office."""
        assert {
            ("WAS", "no_officer"): DeadlineCounts(1, 1),
            ("ATL", "check_in_overdue"): DeadlineCounts(1, 2),
            (None, "no_officer"): DeadlineCounts(1, 1),
        } == READING.by_office

    def test_it_keeps_the_next_deadlines(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A reading with too many says how many it leaves out; its counts have all."""
        monkeypatch.setattr("streams.web.due_soon.reading._MOST_KEPT", 3)
        bounded = DueSoonReading.of(document(*ROWS), 5)
        assert (["a", "b", "c"], 1) == ([each.case_id for each in bounded.due], bounded.left_out)
        assert READING.by_office == bounded.by_office


class TestDueSoonList:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (DueSoonQuery(), ["a", "b", "c"]),
            (DueSoonQuery(offices=frozenset({"WAS"})), ["a"]),
            (DueSoonQuery(causes=frozenset({"check_in_overdue"})), ["b", "c"]),
            (DueSoonQuery(officer="o-2"), ["a"]),
            (DueSoonQuery(only_week=True), ["a", "b"]),
        ],
    )
    def test_filters(self, query: DueSoonQuery, expected: list[str]) -> None:
        """Each filter limits the list, which has the order of the reading."""
        assert expected == cases(query)

    def test_protected_cases_are_listed_for_who_may_see_them(self) -> None:
        """The counts have them for every role."""
        assert "d" in cases(DueSoonQuery(), with_protected=True)
        found = DueSoonList(with_protected=False).find(READING, DueSoonQuery())
        assert DeadlineCounts(3, 4) == found.total
        assert {
            None: DeadlineCounts(1, 1),
            "o-1": DeadlineCounts(1, 2),
            "o-2": DeadlineCounts(1, 1),
        } == found.by_officer

    def test_the_most_come_first(self) -> None:
        """DeadlineCounts are ordered by the number of deadlines."""
        found = DueSoonList(with_protected=True).find(READING, DueSoonQuery())
        assert ["no_officer", "check_in_overdue"] == list(found.by_cause)
        assert "ATL" == next(iter(found.by_office))


async def reading_of(command: Callable[[], Awaitable[bytes]], until: Callable[[DueSoonReader], bool]) -> DueSoonReader:
    """Run a reader until a condition holds."""
    reader = DueSoonReader(command, lambda: True, timedelta(hours=1), lambda: 7)
    running = asyncio.create_task(reader.run())
    try:
        async with asyncio.timeout(LIMIT):
            while not until(reader):
                reader.ask()
                await asyncio.sleep(0)
    finally:
        running.cancel()
    return reader


class TestDueSoonReader:
    def test_it_reads_at_once_and_when_asked(self) -> None:
        """Each reading replaces the one before."""
        printed = iter([document(), document(*ROWS)])

        async def command() -> bytes:
            return next(printed)

        def is_read(reader: DueSoonReader) -> bool:
            return reader.latest is not None and reader.latest.cases == len(ROWS)

        reader = asyncio.run(reading_of(command, is_read))
        assert reader.latest is not None
        assert (7, None) == (reader.latest.read_at, reader.fault)

    @pytest.mark.parametrize(
        ("printed", "fault"),
        [
            (CommandFailedError("no worker has judged an event yet"), "no worker has judged an event yet"),
            (b'{"as_of": 1}', "Expected `str`, got `int` - at `$.as_of`"),
        ],
        ids=["the command", "its output"],
    )
    def test_a_failure_keeps_the_reading_before(self, printed: bytes | Exception, fault: str) -> None:
        """The reader says why it failed."""
        calls = 0

        async def command() -> bytes:
            nonlocal calls
            calls += 1
            if calls == 1:
                return document(*ROWS)
            if isinstance(printed, Exception):
                raise printed
            return printed

        reader = asyncio.run(reading_of(command, lambda reader: reader.fault is not None))
        assert fault == reader.fault
        assert reader.latest is not None


class TestRunCommand:
    def test_output(self) -> None:
        """It is the standard output of the command."""
        assert b"version" in asyncio.run(run_command(["--version"]))

    def test_a_failure_is_its_sentence(self) -> None:
        """The sentence is without the program's name."""
        with pytest.raises(CommandFailedError, match=r"^--until goes with files"):
            asyncio.run(run_command(["due", "--until", "now"]))

    def test_a_command_that_cannot_be_started(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """It is a failure as any other, so that the page and the next reading go on."""
        monkeypatch.setattr(sys, "executable", str(tmp_path / "no-such-program"))
        with pytest.raises(CommandFailedError, match=r"^docketwatch due could not be started: No such file"):
            asyncio.run(run_command(["due", "--json"]))

    def test_a_cancelled_command_ends(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """The process is gone when the task has ended."""
        program, started = tmp_path / "program", tmp_path / "started"
        program.write_text(f"#!/bin/sh\necho $$ > {started}.new\nmv {started}.new {started}\nexec sleep 600\n")
        program.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(program))

        async def cancelled() -> None:
            running = asyncio.create_task(run_command(["due"]))
            await reached(started.exists)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

        asyncio.run(cancelled())
        with pytest.raises(ProcessLookupError):
            os.kill(int(started.read_text()), 0)
