"""Whatever order partials and events come in, however often, and wherever the board is killed: the same records."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.loads import Partial, PartialRow
from streams.core.officers import OfficerBoard
from tests.newest import newest
from tests.unit.core_officers.naive import Told, tell
from tests.unit.core_officers.table import hour, rules, training, update

if TYPE_CHECKING:
    from schemas import hot
    from streams.core.officer_alerts import OfficerAlertRevision

RULES = rules(
    """
[load]
capacity_hours_month = 10
[officers]
orphaned_after = "4h"
required_courses = ["law"]
overloaded = { raise = 1.0, clear = 0.7, periods = 3 }
critical = { raise = 1.3, clear = 0.9, periods = 4 }
intake = { per_open = 0.5, least = 3 }
"""
)
OFFICERS = ("o1", "o2")
SOURCES = 2


class Story(NamedTuple):
    """Officer events, and the rows of each partition at hours 1, 2, ..."""

    events: list[hot.OfficerEvent]
    rows: list[list[list[PartialRow]]]  # hour, partition, row


half_hours = st.integers(0, 40).map(lambda n: n / 2)
updates = st.builds(
    lambda officer, at, late, status, office, capacity: update(
        officer, at, status, recorded=at + late, office=office, capacity=capacity
    ),
    st.sampled_from(OFFICERS),
    half_hours,
    st.sampled_from([0, 0, 0.25, 3]),
    st.sampled_from(["active", "leave", "departed"]),
    st.sampled_from(["ATL", "SEA"]),
    st.sampled_from([None, 0, 5, 20]),
)
trainings = st.builds(
    lambda officer, at, late, valid: training(officer, at, "law", at + valid, recorded=at + late),
    st.sampled_from(OFFICERS),
    half_hours,
    st.sampled_from([0, 0, 3]),
    st.sampled_from([0.5, 2, 5, 500]),
)


@st.composite
def rows_of(draw: st.DrawFn, partition: int) -> list[PartialRow]:
    """Rows of one partition at one period end."""
    rows = []
    for officer in OFFICERS:
        cases = draw(st.integers(0, 9))
        assigned = draw(st.integers(0, 4))
        if cases or assigned:
            since = (draw(st.integers(0, 2)), 3, 0, f"e{partition}", 0) if cases else None
            office = draw(st.sampled_from(["ATL", "SEA"])) if cases else None
            rows.append(
                PartialRow(
                    officer, cases, 0, (0, 0, cases, 0), assigned_30d=assigned, office=office, office_since=since
                )
            )
    return rows


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A day of two officers; a period end changes little, as in life."""
    events = draw(st.lists(updates | trainings, max_size=8, unique_by=lambda event: event.event_id))
    rows: list[list[list[PartialRow]]] = []
    for _ in range(draw(st.integers(6, 24))):
        if rows and draw(st.booleans()):
            rows.append(rows[-1])
        else:
            rows.append([draw(rows_of(partition)) for partition in range(SOURCES)])
    return Story(events, rows)


def told(alerts: list[OfficerAlertRevision]) -> list[Told]:
    """The fields that the naive telling has."""
    return [
        Told(a.at, a.alert_id, a.status, a.severity, a.raised_at, a.ended_by, a.office, a.revision, tuple(a.evidence))
        for a in alerts
    ]


def straight(story: Story) -> list[OfficerAlertRevision]:
    """The story told to one board in order."""
    board = OfficerBoard(RULES, SOURCES)
    alerts: list[OfficerAlertRevision] = []
    for event in story.events:
        board.apply(event, board.through)
    for number, partitions in enumerate(story.rows, 1):
        for partition, rows in enumerate(partitions):
            board.take(Partial(partition, hour(number), True, rows))
        alerts += board.advance(hour(number)).alerts
    return alerts


@given(stories())
@settings(max_examples=150, deadline=None)
def test_the_board_tells_what_the_slow_way_tells(story: Story) -> None:
    """Judging only what left its calm band misses nothing."""
    flat = [[row for rows in partitions for row in rows] for partitions in story.rows]

    assert told(straight(story)) == tell(story.events, flat, RULES)


@given(stories(), st.integers(0, 1 << 32))
@settings(max_examples=150, deadline=None)
def test_any_order_any_repetition_any_crash(story: Story, seed: int) -> None:
    """Partitions ahead of one another, anything read twice, live rows between, killed anywhere: the same records."""
    chance = Random(seed)
    queues = [
        [Partial(partition, hour(number), True, rows[partition]) for number, rows in enumerate(story.rows, 1)]
        for partition in range(SOURCES)
    ]
    positions = [0] * SOURCES
    waiting = sorted(story.events, key=lambda event: event.recorded_at)
    applied = 0
    board = OfficerBoard(RULES, SOURCES)
    kept: list[tuple[bytes, bytes | None]] = []
    alerts: list[OfficerAlertRevision] = []
    clock = 0
    while clock < len(story.rows) or any(p < len(q) for p, q in zip(positions, queues, strict=True)):
        step = chance.choice(["clock", "crash", "again", "live", *range(SOURCES), *range(SOURCES)])
        if isinstance(step, int):
            if positions[step] < len(queues[step]):
                board.take(queues[step][positions[step]])
                positions[step] += 1
        elif step == "clock" and clock < len(story.rows):
            clock += 1
            while applied < len(waiting) and waiting[applied].recorded_at <= hour(clock):
                board.apply(waiting[applied], board.through)
                applied += 1
            # an advance is one transaction: what it kept and what it published go together
            effects = board.advance(hour(clock))
            kept += effects.changelog
            alerts += effects.alerts
        elif step == "again":
            for partition, queue in enumerate(queues):
                for partial in queue[: positions[partition]]:
                    board.take(partial)
            for event in waiting[:applied]:
                board.apply(event, board.through)
        elif step == "live" and positions[0]:
            last = queues[0][positions[0] - 1]
            board.take(Partial(0, last.as_of + 1, False, [PartialRow("o1", 7), PartialRow("o3", 1)]))
        elif step == "crash":
            effects = board.advance(board.through)
            kept += effects.changelog
            alerts += effects.alerts
            board = OfficerBoard(RULES, SOURCES)
            board.restore(newest(kept))
            assert board.restored().alerts == []
    alerts += board.advance(hour(len(story.rows))).alerts

    assert [a.json() for a in alerts] == [a.json() for a in straight(story)]
