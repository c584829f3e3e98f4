"""A restore builds in one pass what the cases one by one would build."""

import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.instants import AFTER_ALL_TIME
from streams.core.load import plain_restore_counts, restore_counts
from streams.core.load.partition_counts import PartitionCounts
from streams.core.load.restore_counts import Arrival
from streams.core.state.case_state import CLOSED, IN_TRANSIT, ON_DOCKET, CaseState, Custody, StandingAlert
from streams.core.state.last_judged import counted_of
from streams.core.state.statements import Register
from streams.core.time.business_days import DAY_MS
from streams.core.time.deadlines import Deadlines

encode = msgspec.msgpack.Encoder().encode
NOW = 1_768_000_000_000
DATES = st.lists(st.integers(NOW - 60 * DAY_MS, NOW + 90 * DAY_MS), max_size=40)
OFFICERS = ("o-1", "o-2")
CASE_IDS = st.text("abc", min_size=1, max_size=2)
TIMERS = (
    st.just(0) | st.integers(NOW, NOW + DAY_MS) | st.sampled_from([(NOW >> 22) + far << 22 for far in range(1, 20)])
)


class TestDeadlines:
    @given(st.dictionaries(st.text("abc", max_size=4), st.just(0) | st.integers(NOW, NOW + DAY_MS), max_size=30))
    def test_loading_is_scheduling_each(self, timers: dict[str, int]) -> None:
        """The same cases are due at the same instants."""
        one_by_one, loaded = Deadlines(timers.__getitem__), Deadlines(timers.__getitem__)
        for case_id, next_timer in timers.items():
            one_by_one.schedule(case_id, 0, next_timer)
        loaded.load(timers.items())
        assert (
            _due(one_by_one)
            == _due(loaded)
            == sorted((next_timer, case_id) for case_id, next_timer in timers.items() if next_timer)
        )

    @given(
        st.dictionaries(CASE_IDS, TIMERS, max_size=10),
        st.lists(st.tuples(CASE_IDS, TIMERS, st.integers(0, DAY_MS // 8)), max_size=40),
    )
    def test_loaded_timers_may_move(self, timers: dict[str, int], moves: list[tuple[str, int, int]]) -> None:
        """While time passes, each case is due at its instant and at no other."""
        model = dict(timers)
        loaded = Deadlines(lambda case_id: model[case_id])
        loaded.load(timers.items())
        now = NOW - 1
        for case_id, next_timer, passed in moves:
            before = model.get(case_id, 0)
            model[case_id] = next_timer if next_timer > now else 0
            loaded.schedule(case_id, before, model[case_id])
            assert loaded.earliest <= min(filter(None, model.values()), default=AFTER_ALL_TIME)
            now += passed
            self._pass(loaded, model, now)
        self._pass(loaded, model, NOW + 2 * DAY_MS)
        assert not any(model.values())

    def _pass(self, deadlines: Deadlines, model: dict[str, int], until: int) -> None:
        while (at := deadlines.next_due(until)) is not None:
            due = {case_id for case_id in deadlines.pop_due(at) if model[case_id] == at}
            assert due == {case_id for case_id, next_timer in model.items() if next_timer == at}
            for case_id in due:
                model[case_id] = 0
                deadlines.schedule(case_id, at, 0)
        assert all(next_timer > until for next_timer in model.values() if next_timer)


class TestOfficerCounts:
    @given(chance=st.builds(random.Random, st.integers(0, 1 << 32)), count=st.integers(0, 300))
    def test_loading_is_counting_each(self, chance: random.Random, count: int) -> None:
        """The rows are the same, and stay so when cases leave again, the latest first; in C and in Python."""
        cases = {f"c-{number}": _case(number, chance) for number in range(count)}
        counted, *loaded = (PartitionCounts(_arrivals_of(cases)) for _ in range(3))
        for case_id, case in cases.items():
            counted.change(case_id, None, counted_of(case), 0, case.next_timer)
            for at, before, after in case.moves:
                counted.move(at, before, after)
        packed = {case_id: encode(case) for case_id, case in cases.items()}
        for counts, kind in zip(
            loaded, (restore_counts.RestoreCounts, plain_restore_counts.RestoreCounts), strict=True
        ):
            counts.load(kind(packed).officers)
        leaving = sorted(cases, key=lambda case_id: cases[case_id].assignment.since or (), reverse=True)
        for at in range(NOW, NOW + 45 * DAY_MS, 5 * DAY_MS):
            rows = _rows(counted, at)
            assert [rows, rows] == [_rows(counts, at) for counts in loaded]
            offices = counted.office_rows(at)
            assert [offices, offices] == [counts.office_rows(at) for counts in loaded]
            for case_id in leaving[: count // 4]:
                case = cases.pop(case_id)
                for counts in (counted, *loaded):
                    counts.change(case_id, counted_of(case), None, case.next_timer, 0)
            del leaving[: count // 4]


def _due(deadlines: Deadlines) -> list[tuple[int, str]]:
    due = []
    while (at := deadlines.next_due(NOW + 2 * DAY_MS)) is not None:
        due += [(at, case_id) for case_id in sorted(deadlines.pop_due(at))]
    return due


def _rows(counts: PartitionCounts, at: int) -> list[object]:
    return sorted(counts.rows(at), key=lambda row: row.officer_id)


def _arrivals_of(cases: dict[str, CaseState]):
    def find(officer: str) -> list[Arrival]:
        found = [(case_id, counted_of(case)) for case_id, case in cases.items()]
        return [
            (each.since, case_id, each.office)
            for case_id, each in found
            if each is not None and each.since is not None and each.officer == officer
        ]

    return find


def _case(number: int, chance: random.Random) -> CaseState:
    place = chance.choice([CLOSED, ON_DOCKET, ON_DOCKET, IN_TRANSIT])
    officer, since = chance.choice(OFFICERS), (NOW - chance.randrange(1000), 3, 0, f"e-{number}", 0)
    alert = StandingAlert(chance.randrange(9), None, NOW, NOW, NOW, NOW, 1, [])
    return CaseState(
        next_timer=chance.choice([0, NOW + chance.randrange(1, 60 * DAY_MS)]),
        opened=True,
        counts=place != CLOSED and chance.random() < 0.9,
        level=chance.randrange(4),
        office=chance.choice(["ATL", "SEA"]),
        assignment=Register[str | None](officer, since),
        custody=Register(int(chance.choice([Custody.NONE, Custody.DETAINED]))),
        standing=[alert] if chance.random() < 0.2 else [],
        bookings_due=sorted(NOW + chance.randrange(60 * DAY_MS) for _ in range(chance.randrange(3))),
        hearings_due=[NOW + chance.randrange(60 * DAY_MS)] if chance.random() < 0.5 else [],
        moves=[(NOW - chance.randrange(30 * DAY_MS), None, officer)] if chance.random() < 0.5 else [],
        shared=place,
    )
