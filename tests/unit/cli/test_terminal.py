"""The demo's screen: its facts from the topics and the worker's metrics, and its lines."""

import json
from io import StringIO

import pytest
from rich.console import Console

from streams.cli.terminal.facts import ScreenFacts, WorkerNumbers
from streams.cli.terminal.lines import lines, replaying
from streams.cli.terminal.screen import screen
from tests.unit.metrics.metric_samples import load


def alert(key: str, cause: str = "no_officer", status: str = "raised", case: str = "c-1", revision: int = 1) -> bytes:
    """Return a record of the alert topic."""
    sides = {"no_officer": "agency", "hearing_missed": "person", "docket_unread": "agency"}
    return json.dumps({
        "v": 1, "alert_id": key, "case_id": case, "cause": cause, "cause_class": sides[cause], "status": status,
        "raised_at": "2026-01-09T17:15:00.000Z", "office": "ATL", "officer_id": None, "revision": revision,
    }).encode()  # fmt: skip


def facts_of(*records: tuple[str, bytes | None]) -> ScreenFacts:
    """Return the facts after these records of the alert topic."""
    facts = ScreenFacts()
    for key, value in records:
        facts.alert(key.encode(), value)
    return facts


class TestFacts:
    def test_a_cause_of_a_later_release_is_shown(self) -> None:
        """A worker may be newer than the screen (CONTRACT.md §12)."""
        facts = facts_of(("1", alert("1", "docket_unread")))
        out = StringIO()
        shown = screen(facts, width=130, height=44, footer=("http://127.0.0.1:9180/", "Ctrl-C"))
        Console(file=out, width=130, height=44).print(shown)
        assert any(line.split()[-3:] == ["docket_unread", "agency", "1"] for line in out.getvalue().splitlines())

    def test_cases_are_counted_by_cause_once(self) -> None:
        """Two missed hearings of one case are one case lost track of."""
        facts = facts_of(
            ("1", alert("1")),
            ("2", alert("2", "hearing_missed")),
            ("3", alert("3", "hearing_missed")),
            ("4", alert("4", case="c-2")),
        )

        assert {cause: count for cause, count in facts.by_cause.items() if count} == {
            "no_officer": 2,
            "hearing_missed": 1,
        }
        assert (facts.standing, facts.lost_track) == (4, 2)

    @pytest.mark.parametrize("end", [alert("1", status="resolved", revision=2), None], ids=["ended", "moved away"])
    def test_ended_and_moved_alerts_are_not_counted(self, end: bytes | None) -> None:
        """An alert has ended, or its case became protected and it left the topic."""
        facts = facts_of(("1", alert("1")), ("1", end))

        assert facts.lost_track == 0

    def test_the_newest_are_those_raised_last(self) -> None:
        """An escalation is no new alert."""
        facts = facts_of(
            ("1", alert("1")), ("2", alert("2", case="c-2")), ("1", alert("1", status="escalated", revision=2))
        )

        assert [seen.case_id for seen in facts.newest] == ["c-2", "c-1"]

    def test_the_order_of_partitions_does_not_matter(self) -> None:
        """The alert raised last is the newest, whenever its record comes; an ended one is not shown."""
        late = alert("1", case="c-late").replace(b"2026-01-09", b"2026-01-11")
        facts = facts_of(
            ("1", late), ("2", alert("2", case="c-old")), ("3", alert("3", case="c-gone")),
            ("3", alert("3", case="c-gone", status="resolved", revision=2)),
        )  # fmt: skip

        assert ["c-late", "c-old"] == [seen.case_id for seen in facts.newest]

    def test_the_rate_is_that_of_the_last_seconds(self) -> None:
        """It is not the rate since the start."""
        facts = ScreenFacts()
        for second in range(60):
            facts.update(WorkerNumbers(float(second), 100 * min(second, 50), 0, 0, None))

        assert facts.events_a_second == 0.0

    def test_officers_are_ordered_by_their_time(self) -> None:
        """The fewest minutes per case come first."""
        facts = ScreenFacts()
        facts.load(load().json())

        assert [load.officer_id for load in facts.by_least_time] == ["o-1"]


def full() -> ScreenFacts:
    """Return facts with every kind of line."""
    facts = facts_of(("1", alert("1")), ("2", alert("2", "hearing_missed", case="c-2")))
    facts.load(load().json())
    facts.update(WorkerNumbers(0.0, 0, 0, 0, None))
    facts.update(WorkerNumbers(2.0, 9_000, 3, 400, 1_767_657_601_000))
    return facts


class TestLines:
    def test_they_show_every_fact(self) -> None:
        """The facts are clock, rate, causes, officers and newest alerts."""
        newest = "c-2 hearing_missed (person) 2026-01-09T17:15Z, c-1 no_officer (agency) 2026-01-09T17:15Z"
        assert lines(full(), 12.0) == [
            "   12 s  clock 2026-01-06 00:00 UTC, 4,500 events/s, 9,000 events, 3 refused, 400 cases, 2 lost track",
            "         by cause: no_officer 1, hearing_missed 1",
            "         minutes per case per month: o-1 4.2 min (1,700 cases)",
            f"         newest alerts: {newest}",
        ]

    def test_they_say_that_the_worker_does_not_answer_yet(self) -> None:
        """They show nothing else."""
        assert lines(ScreenFacts(), 2.0) == ["    2 s  waiting for the worker"]


class TestScreen:
    @pytest.mark.parametrize(("width", "height"), [(130, 44), (80, 24), (40, 10)])
    @pytest.mark.parametrize("facts", [full(), ScreenFacts()], ids=["full", "empty"])
    def test_it_fits_the_terminal(self, facts: ScreenFacts, width: int, height: int) -> None:
        """No line is wider than the terminal, whatever its size."""
        out = StringIO()
        Console(file=out, width=width, height=height).print(
            screen(facts, width=width, height=height, footer=("http://127.0.0.1:9180/", "Ctrl-C"))
        )

        assert max(len(line) for line in out.getvalue().splitlines()) <= width

    def test_the_link_is_complete_on_the_smallest_terminal(self) -> None:
        """80 columns and 24 rows have room for the longest port, token and process id, and for the replay."""
        out = StringIO()
        link = f"console http://127.0.0.1:65535/#token={'t' * 24}"
        state = replaying("86400x", 1_767_657_601_000, 1_777_657_601_000, "`kill 4194304`")
        Console(file=out, width=80, height=24).print(screen(full(), width=80, height=24, footer=(link, state)))

        shown = [line.rstrip() for line in out.getvalue().splitlines()]
        assert len(shown) <= 24
        assert [link, "replaying at 86400x: 2026-01-06 of 2026-05-01; `kill 4194304` ends everything"] == shown[-2:]

    def test_it_shows_the_lines(self) -> None:
        """The screen has the same facts."""
        out = StringIO()
        Console(file=out, width=130, height=44).print(
            screen(full(), width=130, height=44, footer=("http://127.0.0.1:9180/", "Ctrl-C"))
        )

        for fact in ("2026-01-06 00:00 UTC", "4,500", "o-1", "4.2", "1,700", "no_officer", "agency", "c-2", "Ctrl-C"):
            assert fact in out.getvalue()
