"""The cost of a load period on docket.load-partials, and what a reader does that missed a partial."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from schemas.policy import load_policy
from streams.agents import cases
from streams.core.load.partials import CHANGES, Partial, PartialRow
from streams.core.officers.table import OfficerTable
from streams.core.policy.rules import Rules
from streams.kafka.work import Work
from tests.newest import newest
from tests.unit.agents.case_driver import CASE, HOUR, PARTIALS, SOME_CASES, START, CaseDriver, published, text
from tests.unit.agents.test_case_processor import CASES, CHECK_INS, REASSIGNMENTS

Final = tuple[int, Any, list[str], Any]
"""Hour, `final`, officers with a row, hour of `previous`; of the partials to both officer partitions in one."""


class OldPartial(Struct, array_like=True):
    """A partial as the release before knows it, which does not name changes only."""

    partition: int
    as_of: int
    final: bool
    rows: list[Any]


def finals(work: Iterable[Work]) -> list[Final]:
    """Return the published final partials, in hours."""
    found: dict[int, Final] = {}
    for _, (_, as_of, final, rows, _, *builds_on) in published(work, PARTIALS):
        (previous,) = builds_on or [None]
        if final:
            hour, before = (as_of - START) // HOUR, None if previous is None else (previous - START) // HOUR
            _, _, others, _ = found.get(hour, (0, 0, [], 0))
            found[hour] = (hour, final, sorted([*others, *(row[0] for row in rows)]), before)
    return [found[hour] for hour in sorted(found)]


def with_officers(count: int) -> CaseDriver:
    """Return a driver with so many officers and one case each."""
    driver = CaseDriver()
    for number in range(count):
        case = CASE if number == 0 else SOME_CASES[number]
        named = {"office": "ATL", "case_id": case}
        driver.read(CASES, driver.event(0, "case_opened", level="annual", **named))
        driver.read(REASSIGNMENTS, driver.event(0, "officer_assigned", officer_id=f"o-{number}", **named))
    return driver


def after_booking(driver: CaseDriver, hour: int) -> list[Final]:
    """Return the partials of the period in which the first officer's case gets a booking."""
    due = text((hour + 100) * HOUR)
    driver.read(
        CHECK_INS,
        driver.event(hour * HOUR - 1_000, "check_in_scheduled", check_in_id=f"b-{hour}", channel="app", due_at=due),
    )
    return finals(driver.clock(hour * HOUR + 1))


class TestWhatIsSent:
    def test_only_officers_whose_counts_changed(self) -> None:
        """The first partial is complete; then a period with one booking costs one row."""
        driver = with_officers(12)
        everybody = sorted(f"o-{number}" for number in range(12))

        assert finals(driver.clock(HOUR + 1)) == [(0, True, everybody, None), (1, CHANGES, [], 0)]
        assert after_booking(driver, 2) == [(2, CHANGES, ["o-0"], 1)]
        assert after_booking(driver, 3) == [(3, CHANGES, ["o-0"], 2)]

    def test_a_quiet_period_costs_nothing(self) -> None:
        """Only the last one of a step is sent, with the watermark."""
        driver = with_officers(12)
        driver.clock(HOUR + 1)

        assert finals(driver.clock(5 * HOUR + 1)) == [(5, CHANGES, [], 1)]

    def test_a_live_one_names_the_last_final_one(self) -> None:
        """A reader that missed the final one therefore notices."""
        driver = with_officers(2)
        driver.clock(HOUR + 1)
        after_booking(driver, 2)
        driver.read(CASES, driver.event(2 * HOUR + 500, "clock"))
        driver.now += 10_000
        lives = [value for _, value in published([*driver.clock(3 * HOUR - 1), *driver.tick()], PARTIALS)]

        assert [(value[2], value[5] - START) for value in lives] == [(False, 2 * HOUR)] * 2

    def test_a_complete_one_follows_a_rebalance(self) -> None:
        """The new owner of the officers may have missed earlier partials."""
        driver = with_officers(5)
        driver.clock(HOUR + 1)
        after_booking(driver, 2)
        driver.rewind()

        assert [each[1] for each in after_booking(driver, 3)] == [True]
        assert [each[1] for each in after_booking(driver, 4)] == [CHANGES]

    def test_a_complete_one_follows_a_restart(self) -> None:
        """The state is the same, but the reader may be another."""
        driver = with_officers(5)
        driver.clock(HOUR + 1)
        after_booking(driver, 2)
        after = CaseDriver().restored_from(driver)
        after.now += 10_000
        (live, *_) = [value for _, value in published([*after.clock(2 * HOUR - 500), *after.tick()], PARTIALS)]

        assert (live[2], live[5] - START) == (False, HOUR)
        assert [(each[0], each[1], len(each[2])) for each in after_booking(after, 3)] == [(2, True, 5), (3, CHANGES, 1)]

    def test_a_complete_one_comes_within_six_hours(self) -> None:
        """The hours are the wall clock's, as the topic's retention is."""
        driver = with_officers(5)
        driver.clock(HOUR + 1)
        after_booking(driver, 2)
        driver.now += 6 * HOUR

        assert [(each[1], len(each[2])) for each in after_booking(driver, 3)] == [(True, 5)]

    def test_a_complete_one_comes_when_changes_took_four_times_as_much(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """So a reader waits less the more changes there are, and complete ones cost a quarter of the others."""
        monkeypatch.setattr(cases, "_WHOLE_AFTER", 2)
        driver = with_officers(2)
        driver.clock(HOUR + 1)
        kinds = [each[1] for hour in range(2, 13) for each in after_booking(driver, hour)]

        assert kinds == [*[CHANGES] * 5, True, *[CHANGES] * 5]

    def test_an_older_release_refuses_a_partial_of_changes(self) -> None:
        """It would take all officers that are not named for gone."""
        driver = with_officers(2)
        driver.clock(HOUR + 1)
        after_booking(driver, 2)
        driver.clock(2 * HOUR + 500)
        driver.now += 10_000
        driver.tick()
        old = msgspec.json.Decoder(OldPartial)
        kinds: dict[str, list[bool]] = {}
        sent = [out for each in driver.work for out in each.outputs if out.topic.endswith("load-partials")]
        for value in [value for out in sent for _, value in out.records]:
            result = msgspec.json.decode(value or b"")
            try:
                old.decode(value or b"")
            except msgspec.ValidationError:
                kinds.setdefault("refused", []).append(len(result) == 6)
            else:
                kinds.setdefault("read", []).append(len(result) == 5)

        assert all(kinds["refused"])  # the partial names its predecessor
        assert all(kinds["read"])


def row(officer_id: str, cases_open: int) -> PartialRow:
    return PartialRow(
        officer_id, cases_open, by_level=(0, cases_open, 0, 0), office="ATL", office_since=(1, 3, 0, "e", 0)
    )


def at(hour: float) -> int:
    return START + int(hour * HOUR)


WHOLE = Partial(0, at(1), True, [row("o-1", 1), row("o-2", 2)])
THEN = Partial(0, at(2), CHANGES, [row("o-1", 10)], None, at(1))
MISSED = Partial(0, at(3), CHANGES, [row("o-2", 20)], None, at(2))
AFTER_IT = Partial(0, at(4), CHANGES, [row("o-1", 11)], None, at(3))
WHOLE_AGAIN = Partial(0, at(6), True, [row("o-1", 11), row("o-2", 20)])


class Board:
    """A board of one source, and its changelog."""

    def __init__(self, *partials: Partial) -> None:
        self.board = OfficerTable(Rules(load_policy(None)), 1)
        self.kept: list[tuple[bytes, bytes | None]] = []
        self.add_partial(*partials)

    def add_partial(self, *partials: Partial) -> int:
        """Read partials; return how many period ends they complete."""
        for partial in partials:
            self.board.add_partial(partial)
        effects = self.board.advance(at(100))
        self.kept += effects.changelog
        return effects.period_ends

    def restarted(self) -> "Board":
        """Return another board, restored from the changelog."""
        after = Board()
        after.board.restore(newest(self.kept))
        after.kept = [*self.kept, *after.board.restored().changelog]
        return after

    @property
    def open_cases(self) -> dict[str, int]:
        """Return the open cases as of the newest partials."""
        return {load.officer_id: load.open_cases for load in self.board.rows()}


class TestWhoReadsThem:
    def test_changes_apply_to_their_predecessor(self) -> None:
        """An officer who is not named keeps his row."""
        board = Board(WHOLE)
        assert board.add_partial(THEN) == 1
        assert board.open_cases == {"o-1": 10, "o-2": 2}

    def test_an_officer_without_cases_is_named(self) -> None:
        """The partial has a row of zeros."""
        board = Board(WHOLE, Partial(0, at(2), CHANGES, [PartialRow("o-2")], None, at(1)))
        assert {load.officer_id: load.open_cases for load in board.board.changed_rows()} == {"o-1": 1, "o-2": 0}
        assert board.restarted().open_cases == board.open_cases == {"o-1": 1}

    def test_one_read_twice_changes_nothing(self) -> None:
        """An older one that comes again changes nothing either."""
        board = Board(WHOLE, THEN)
        assert board.add_partial(WHOLE, THEN, THEN) == 0
        assert board.open_cases == {"o-1": 10, "o-2": 2}

    def test_changes_since_an_older_predecessor(self) -> None:
        """A worker that repeats its steps may divide them otherwise; rows are absolute, so they apply all the same."""
        board = Board(WHOLE, THEN)
        assert board.add_partial(Partial(0, at(3), CHANGES, [row("o-1", 12), row("o-2", 4)], None, at(1))) == 1
        assert board.open_cases == {"o-1": 12, "o-2": 4}

    @pytest.mark.parametrize("is_restarted", [False, True])
    def test_no_period_is_judged_after_a_missed_one(self, is_restarted: bool) -> None:
        """The partition's watermark stands, although the rows that came are used; also after a restart."""
        board = Board(WHOLE, THEN)
        live = Partial(0, at(4.5), False, [row("o-1", 12)], None, at(4))
        assert board.add_partial(AFTER_IT) == 0
        board = board.restarted() if is_restarted else board
        assert board.add_partial(live) == 0
        assert board.board.loads_watermark == at(2)
        assert board.open_cases == {"o-1": 12, "o-2": 2}

    @pytest.mark.parametrize("is_restarted", [False, True])
    def test_a_complete_one_repairs_it(self, is_restarted: bool) -> None:
        """All period ends up to it are judged then."""
        board = Board(WHOLE, THEN, AFTER_IT)
        board = board.restarted() if is_restarted else board
        assert board.add_partial(WHOLE_AGAIN) == 4
        assert board.open_cases == {"o-1": 11, "o-2": 20}
        assert board.add_partial(Partial(0, at(7), CHANGES, [], None, at(6))) == 1

    def test_changes_without_a_predecessor(self) -> None:
        """A reader that begins in the middle waits for a complete one."""
        board = Board(THEN)
        assert board.board.loads_watermark is None
        assert board.add_partial(MISSED, AFTER_IT) == 0
        board.add_partial(WHOLE_AGAIN)
        assert board.board.loads_watermark == at(6)

    def test_the_changelog_has_the_last_complete_one_and_its_successors(self) -> None:
        """Older ones are dropped."""
        board = Board(WHOLE)
        board.add_partial(THEN)
        board.add_partial(MISSED)
        assert self._finals(board) == [1, 2, 3]
        assert board.restarted().open_cases == board.open_cases == {"o-1": 10, "o-2": 20}
        board.add_partial(WHOLE_AGAIN)
        assert self._finals(board) == [6]
        assert board.restarted().open_cases == {"o-1": 11, "o-2": 20}

    def _finals(self, board: Board) -> list[int]:
        keys = [key.split(":") for key in newest(board.kept)]
        return sorted((int(key[2]) - START) // HOUR for key in keys if key[0] == "f")
