"""In any order of partials and events, any repetition and after any crash of the board the records are the same."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.instants import AFTER_ALL_TIME
from streams.core.load.partials import Partial, PartialRow
from streams.core.officers.standing_alerts import standing_records
from streams.core.officers.table import OfficerTable
from tests.newest import newest
from tests.unit.core.officers.naive import NaiveRevision, PolicyFrom, ReadEvent, naive_alerts
from tests.unit.core.officers.table import HOUR, START, rules, training, update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas import hot
    from streams.core.officers.alert_revision import OfficerAlertRevision
    from streams.core.policy.rules import Rules

OFFICERS = ("o1", "o2")
SOURCES = 2
UNITS = {"30m": 0.5, "1h": 1.0, "24h": 24.0}
"""Load periods, and their hours: with the longest a story lasts long enough for an intake to be judged."""


def policy(
    version: str,
    period: str,
    overloaded: str = "raise = 1.1, clear = 0.7, periods = 3",
    causes: str = "",
    review_by: str = "2027-12-31",
) -> Rules:
    """A policy whose thresholds, weights and capacities are no round numbers."""
    return rules(
        f"""
[load]
period = "{period}"
capacity_hours_month = 10.3
hearing_minutes = 33.3
minutes_per_month = {{ low = 61.8 }}
[officers]
orphaned_after = "4h"
required_courses = ["law"]
overloaded = {{ {overloaded} }}
critical = {{ raise = 1.3, clear = 0.9, periods = 4 }}
intake = {{ per_open = 0.5, least = 3 }}
[officers.causes]
{causes}
""",
        version,
        review_by,
    )


def all_policies(period: str) -> list[Rules]:
    """The first policy of every story, then those that may follow."""
    return [
        policy("1", period),
        policy("2", period, causes="overloaded = { enabled = false }"),
        policy(
            "3", period, causes='training_lapsed = { escalate_after = "2h" }\noverloaded = { escalate_after = "1bd" }'
        ),
        policy("4", period, causes="intake_too_fast = { enabled = false }\norphaned_caseload = { enabled = false }"),
        policy("5", period, overloaded="raise = 1.25, clear = 1.2, periods = 5"),
        policy("6", period, overloaded="raise = 1.1, clear = 0.7, periods = 1", review_by="2026-03-02"),
        policy("7", "30m" if period != "30m" else "2h"),
        policy("8", "3h"),
        policy("9", period, review_by="2026-02-27"),
    ]


class OfficerLog(NamedTuple):
    """A log of two officers; a unit is the load period of the first policy.

    Attributes:
        hours: Hours of a unit.
        events: Events of officers.
        rows: Rows by unit (from 1 on) and partition.
        first: When the first event of a case was recorded (ms).
        policies: The policies in force one after the other, each from its instant on.
    """

    hours: float
    events: list[hot.OfficerEvent]
    rows: list[list[list[PartialRow]]]
    first: int
    policies: list[PolicyFrom]

    def at(self, number: float) -> int:
        """Return the instant (ms) so many units after START."""
        return START + round(number * self.hours * HOUR)

    @property
    def end(self) -> int:
        """The last instant (ms)."""
        return self.at(len(self.rows))

    def rows_at(self, instant: int) -> list[PartialRow]:
        """Return the rows of all partitions as of an instant (ms)."""
        unit = int((instant - START) // (self.hours * HOUR))
        return [row for rows in self.rows[unit - 1] for row in rows] if unit > 0 else []

    def partial(self, partition: int, unit: int) -> Partial:
        """Return the final partial of a partition."""
        if self.first > self.at(
            unit
        ):  # no period ends before there is a case; the partial has the watermark all the same
            return Partial(partition, self.at(unit), False, [])
        return Partial(partition, self.at(unit), True, self.rows[unit - 1][partition], self.first)

    def without_cases_before(self, unit: int) -> OfficerLog:
        """Return the story with its first case within a unit; an officer event may then be the first of all."""
        empty: list[list[PartialRow]] = [[] for _ in range(SOURCES)]
        first = max(self.first, self.at(unit - 0.5))
        return self._replace(rows=[empty] * (unit - 1) + self.rows[unit - 1 :], first=first)


half_units = st.integers(0, 40).map(lambda n: n / 2)


@st.composite
def officer_events(draw: st.DrawFn, hours: float) -> list[hot.OfficerEvent]:
    """Draw officer events, some of them late, all of them at or before a period end."""
    events: list[hot.OfficerEvent] = []
    for _ in range(draw(st.integers(0, 8))):
        officer, at = draw(st.sampled_from(OFFICERS)), draw(half_units) * hours
        if draw(st.booleans()):
            status = draw(st.sampled_from(["active", "active", "leave", "departed"]))
            recorded = at + draw(st.sampled_from([0, 0, 0.25, 3])) * hours
            office, capacity = draw(st.sampled_from(["ATL", "SEA"])), draw(st.sampled_from([None, 0, 4.15, 10.3, 20]))
            events.append(update(officer, at, status, recorded=recorded, office=office, capacity=capacity))
        else:
            valid_until = at + draw(st.sampled_from([0.5, 2, 5, 500])) * hours
            recorded = at + draw(st.sampled_from([0, 0, 3])) * hours
            events.append(training(officer, at, "law", valid_until, recorded=recorded))
    return list({event.event_id: event for event in events}.values())


@st.composite
def rows_of(draw: st.DrawFn, partition: int) -> list[PartialRow]:
    """Draw rows of one partition at one period end."""
    rows = []
    for officer in OFFICERS:
        cases, held = draw(st.integers(0, 9)), draw(st.sampled_from([0, 0, 0, 2]))
        assigned, hearings = draw(st.integers(0, 4)), draw(st.sampled_from([0, 0, 1]))
        if cases or held or assigned:
            since = (draw(st.integers(0, 2)), 3, 0, f"e{partition}", 0) if cases else None
            office = draw(st.sampled_from(["ATL", "SEA"])) if cases else None
            rows.append(
                PartialRow(
                    officer,
                    cases,
                    held,
                    (0, 0, cases, 0),
                    hearings_30d=hearings,
                    assigned_30d=assigned,
                    office=office,
                    office_since=since,
                )
            )
    return rows


@st.composite
def stories(draw: st.DrawFn, changes: int) -> OfficerLog:
    """Draw a story of two officers; a period end changes little. The policy changes at most so often."""
    period = draw(st.sampled_from(sorted(UNITS)))
    hours = UNITS[period]
    rows: list[list[list[PartialRow]]] = []
    for _ in range(draw(st.integers(6, 40 if hours > 1 else 24))):
        if rows and draw(st.integers(0, 3)):
            rows.append(rows[-1])
        else:
            rows.append([draw(rows_of(partition)) for partition in range(SOURCES)])
    first = START + round(draw(st.sampled_from([0, 0.25, 1])) * hours * HOUR)
    choice = all_policies(period)
    at = sorted(draw(st.sets(st.integers(1, 4 * len(rows) - 1), max_size=changes)))
    policies = [PolicyFrom(0, choice[draw(st.sampled_from([0, 0, 5, 8]))])]
    policies += [PolicyFrom(START + round(n * hours * HOUR / 4), draw(st.sampled_from(choice))) for n in at]
    return OfficerLog(hours, draw(officer_events(hours)), rows, first, policies)


def revisions(alerts: list[OfficerAlertRevision]) -> list[NaiveRevision]:
    """Return the fields that the naive reading has."""
    return [
        NaiveRevision(
            a.at,
            a.alert_id,
            a.status,
            a.severity,
            a.deadline_at,
            a.raised_at,
            a.ended_by,
            a.office,
            a.revision,
            tuple(a.evidence),
            a.open_cases,
            a.in_custody,
            a.utilisation,
        )
        for a in alerts
    ]


class InOrder(NamedTuple):
    """A story read by one board in order, or by several under one policy each.

    Attributes:
        alerts: The alert records.
        kept: The changelog.
        heard: The events, as they were read.
    """

    alerts: list[OfficerAlertRevision]
    kept: list[tuple[bytes, bytes | None]]
    heard: list[ReadEvent]


def read_in_order(story: OfficerLog, read_in: Sequence[int] | None = None) -> InOrder:
    """Read a story.

    Args:
        story: The story.
        read_in: The unit before whose end each event is read; without it all are read before the watermark moves.
    """
    board = OfficerTable(story.policies[0].rules, SOURCES)
    kept: list[tuple[bytes, bytes | None]] = []
    alerts: list[OfficerAlertRevision] = []
    heard: list[ReadEvent] = []
    later = [] if read_in is None else list(zip(story.events, read_in, strict=True))
    for event in story.events if read_in is None else ():  # the policy may change before the first unit has ended
        heard.append(ReadEvent(event, board.watermark))
        board.apply(event, board.watermark)
    unit = 1
    for index, (_, _) in enumerate(story.policies):
        end = story.policies[index + 1].since if index + 1 < len(story.policies) else story.end
        if index:
            board = OfficerTable(story.policies[index].rules, SOURCES)
            board.restore(newest(kept))
            effects = board.restored()
            kept += effects.changelog
            alerts += effects.alerts
        while unit <= len(story.rows) and story.at(unit) <= end:
            for event in (event for event, number in later if number == unit):
                heard.append(ReadEvent(event, board.watermark))
                board.apply(event, board.watermark)
            for partition in range(SOURCES):
                board.add_partial(story.partial(partition, unit))
            effects = board.advance(story.at(unit))
            kept += effects.changelog
            alerts += effects.alerts
            unit += 1
        for partition in range(SOURCES):
            board.add_partial(Partial(partition, end, False, [], story.first if end >= story.first else None))
        effects = board.advance(end)
        kept += effects.changelog
        alerts += effects.alerts
    return InOrder(alerts, kept, heard)


@given(stories(changes=3))
@settings(max_examples=150, deadline=None)
def test_the_board_agrees_with_the_slow_way(story: OfficerLog) -> None:
    """The board judges only rows outside their no-change range, under one policy or several, and misses nothing."""
    expected = naive_alerts(
        [ReadEvent(event, -AFTER_ALL_TIME) for event in story.events],
        story.rows_at,
        story.first,
        story.policies,
        story.end,
    )

    assert expected == revisions(read_in_order(story).alerts)


def test_a_run_that_begins_at_a_restart_under_another_period() -> None:
    """Four hours are no end of three-hour periods; judged there anew, an officer is overloaded for the first time."""
    busy, idle = [[PartialRow("o1", 11, 0, (0, 0, 11, 0), office="ATL", office_since=(0, 3, 0, "e0", 0))], []], [[], []]
    hours = [idle, idle, *[busy] * 7, idle]
    choice = all_policies("1h")
    under = [
        PolicyFrom(0, choice[0]),
        PolicyFrom(START + HOUR // 4, choice[4]),
        PolicyFrom(START + 4 * HOUR, choice[7]),
    ]
    story = OfficerLog(1.0, [], hours, START, under)

    found = revisions(read_in_order(story).alerts)

    assert found == naive_alerts([], story.rows_at, story.first, story.policies, story.end)
    assert [(alert.status, (alert.at - START) / HOUR) for alert in found] == [("raised", 9)]


def test_a_late_event_at_a_period_end_of_the_next_policy_alone() -> None:
    """Ten o'clock is no end of three-hour periods: a restart under others judges it with the events read by then."""
    idle: list[list[list[PartialRow]]] = [[[], []]] * 12
    choice = all_policies("1h")
    under = [
        PolicyFrom(0, choice[0]),
        PolicyFrom(START + HOUR // 4, choice[7]),
        PolicyFrom(START + 11 * HOUR, choice[0]),
    ]
    story = OfficerLog(1.0, [training("o1", 0, "law", 0.5), update("o1", 0)], idle, START, under)

    found = read_in_order(story, [1, 11])
    expected = naive_alerts(found.heard, story.rows_at, story.first, story.policies, story.end)

    assert expected == revisions(found.alerts)
    assert [("raised", 10)] == [(alert.status, (alert.at - START) / HOUR) for alert in found.alerts]


@given(stories(changes=2), st.data())
@settings(max_examples=150, deadline=None)
def test_late_events_count_from_the_watermark_on(story: OfficerLog, data: st.DataObject) -> None:
    """This holds for the first event of all, too: nothing is judged in the past, and nothing is forgotten."""
    story = story.without_cases_before(data.draw(st.integers(1, len(story.rows))))
    units = [data.draw(st.integers(1, len(story.rows))) for _ in story.events]
    found = read_in_order(story, units)
    expected = naive_alerts(found.heard, story.rows_at, story.first, story.policies, story.end)

    assert expected == revisions(found.alerts)


@given(stories(changes=0), st.integers(0, 1 << 32))
@settings(max_examples=150, deadline=None)
def test_any_order_repetition_and_crash(story: OfficerLog, seed: int) -> None:
    """Partitions are ahead of one another, input is repeated, live rows come between, the board is killed anywhere."""
    chance = Random(seed)
    queues = [
        [story.partial(partition, unit) for unit in range(1, len(story.rows) + 1)] for partition in range(SOURCES)
    ]
    positions = [0] * SOURCES
    waiting = sorted(story.events, key=lambda event: event.recorded_at)
    applied = 0
    under = story.policies[0].rules
    board = OfficerTable(under, SOURCES)
    kept: list[tuple[bytes, bytes | None]] = []
    alerts: list[OfficerAlertRevision] = []
    clock = 0
    while clock < len(story.rows) or any(p < len(q) for p, q in zip(positions, queues, strict=True)):
        step = chance.choice(["clock", "crash", "again", "live", *range(SOURCES), *range(SOURCES)])
        if isinstance(step, int):
            if positions[step] < len(queues[step]):
                board.add_partial(queues[step][positions[step]])
                positions[step] += 1
        elif step == "clock" and clock < len(story.rows):
            clock += 1
            while applied < len(waiting) and waiting[applied].recorded_at <= story.at(clock):
                board.apply(waiting[applied], board.watermark)
                applied += 1
            # an advance is one transaction: its state and its alerts go together
            effects = board.advance(story.at(clock))
            kept += effects.changelog
            alerts += effects.alerts
        elif step == "again":
            for partition, queue in enumerate(queues):
                for partial in queue[: positions[partition]]:
                    board.add_partial(partial)
            for event in waiting[:applied]:
                board.apply(event, board.watermark)
        elif step == "live" and positions[0]:
            last = queues[0][positions[0] - 1]
            live = [PartialRow("o1", 7), PartialRow("o3", 1)]
            board.add_partial(Partial(0, last.as_of + 1, False, live, story.first))
        elif step == "crash":
            effects = board.advance(board.watermark)
            kept += effects.changelog
            alerts += effects.alerts
            board = OfficerTable(under, SOURCES)
            board.restore(newest(kept))
            assert board.restored().alerts == []
    alerts += board.advance(story.end).alerts

    assert [a.json() for a in read_in_order(story).alerts] == [a.json() for a in alerts]


@given(stories(changes=3), st.integers(0, 8))
@settings(max_examples=150, deadline=None)
def test_open_alerts_are_kept_as_published(story: OfficerLog, now: int) -> None:
    """The changelog has the last revision of every open alert, whatever the policy is now."""
    alerts, kept, _ = read_in_order(story)
    last = {alert.alert_id: alert for alert in alerts}
    under = all_policies("1h")[now]

    standing = {alert.json() for alert in standing_records(newest(kept), under, SOURCES)}
    assert {alert.json() for alert in last.values() if alert.status in ("raised", "escalated")} == standing
