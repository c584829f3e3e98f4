"""What one case partition does with its batches: when it applies, what it publishes, what may be committed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.instants import to_ms, to_text
from schemas.policy import load_policy
from schemas.topics import case_topics, topic
from streams.agents import cases
from streams.agents.cases import CaseProcessor
from streams.agents.feeds import FeedWatch
from streams.agents.reported_dead_letters import TOLD_KEY
from streams.core.policy.rules import Rules
from streams.core.state.partition_record import META_KEY
from streams.kafka.batches import Batch, EndOfPartition
from streams.kafka.client.partitioning import partition_of
from streams.kafka.client.settings import Settings
from streams.kafka.state.checkpoint_store import CheckpointDirectory
from streams.kafka.work import Work
from streams.metrics.stats import WorkerStats
from tests.gc_checks import are_gone_without
from tests.newest import newest

PARTITIONS = 2
HOUR = 3_600_000
DAY = 86_400_000
START = 1_767_571_200_000  # 2026-01-05T00:00:00Z
CASE = next(f"c-{n}" for n in range(99) if partition_of(f"c-{n}".encode(), PARTITIONS) == 0)
SOME_CASES = [name for n in range(40) if partition_of((name := f"c-{n}").encode(), PARTITIONS) == 0]
CASE_TOPICS = CASES, CHECK_INS, HEARINGS, REASSIGNMENTS = [entry.name for entry in case_topics("docket", PARTITIONS)]
PUBLIC, RESTRICTED = topic("lost-track-alerts").name, topic("restricted-alerts").name
PARTIALS, DEAD_LETTERS = topic("load-partials").name, topic("dead-letters").name
OFFICES = topic("office-partials").name


@dataclass
class Row:
    offset: int
    key: bytes | None
    value: bytes | None


def text(at: int) -> str:
    return to_text(START + at)


class Flow:
    """A flow of partition 0, fed by hand.

    Attributes:
        work: Everything it asked to make durable.
    """

    def __init__(self, *, follows_wall: bool = False, heartbeats: str = "") -> None:
        self.worker = WorkerStats()
        settings = Settings.load(partitions=PARTITIONS, feed_heartbeats=heartbeats)
        self.now = START
        self.feeds = FeedWatch(settings, CASE_TOPICS, lambda: [0])
        rules = Rules(load_policy(None))
        self.flow = CaseProcessor(
            0, settings, rules, self.worker, self.feeds, follows_wall=follows_wall, now=lambda: self.now
        )
        self.work: list[Work] = [self.flow.restored()]
        self._ids = count()
        self._kept: Mapping[str, bytes] = {}
        self._committed: dict[str, int] = {}
        self._offsets: dict[str, int] = {}

    def restored_from(self, before: "Flow", kept: Mapping[str, bytes] | None = None) -> "Flow":
        """Take the state that another one kept, in the changelog if nothing else is said, and read on after it."""
        self._kept = before.changelog if kept is None else kept
        self.flow.restore(dict(self._kept))
        self.work = [self.flow.restored()]
        self._committed = before.committed
        self._offsets = dict(self._committed)
        return self

    @property
    def changelog(self) -> dict[str, bytes]:
        """What it comes to."""
        kept = ((key.encode(), value) for key, value in self._kept.items())
        return newest([*kept, *(record for work in self.work for record in work.changelog)])

    @property
    def committed(self) -> dict[str, int]:
        """Where whoever comes next reads on, by topic."""
        return {**self._committed, **settled(self.work)}

    def rewind(self) -> None:
        """Read on from what is committed."""
        self.flow.rewind()
        self._offsets = self.committed

    def event(self, at: int, kind: str, **fields: object) -> bytes:
        """An event as it is sent; `at` counts from START."""
        common = {"v": 1, "event_id": f"e-{next(self._ids)}", "type": kind, "source": "feed"}
        ours = {} if kind == "clock" else {"case_id": CASE}
        return json.dumps({**common, "occurred_at": text(at), "recorded_at": text(at), **ours, **fields}).encode()

    def read(self, name: str, *values: bytes) -> list[Work]:
        """Deliver a batch."""
        start = self._offsets.get(name, 0)
        self._offsets[name] = start + len(values)
        rows = [Row(start + place, _key_of(value), value) for place, value in enumerate(values)]
        return self._take(Batch(name, 0, rows))

    def clock(self, at: int) -> list[Work]:
        """Deliver a clock record to all four topics."""
        return [
            work
            for name in (CASES, CHECK_INS, HEARINGS, REASSIGNMENTS)
            for work in self.read(name, self.event(at, "clock"))
        ]

    def tick(self, *reached: EndOfPartition) -> list[Work]:
        """Deliver a tick."""
        return self._take(Batch(CASES, 0, (), reached))

    def _take(self, batch: Batch) -> list[Work]:
        work = list(self.flow.take(batch))
        self.work += work
        return work


def _key_of(value: bytes) -> bytes:
    try:
        return str(json.loads(value).get("case_id", CASE)).encode()
    except ValueError:
        return CASE.encode()


def published(work: Iterable[Work], name: str) -> list[tuple[bytes | None, Any]]:
    """(key, value) of the records put on a topic, values read as JSON."""
    return [
        (key, None if value is None else json.loads(value))
        for each in work
        for output in each.outputs
        if output.topic == name
        for key, value in output.records
    ]


def settled(work: Iterable[Work]) -> dict[str, int]:
    """The last offset settled of every topic."""
    return {each.topic: each.offset for piece in work for each in piece.settled}


class TestOrder:
    def test_nothing_is_applied_before_all_topics_are_known_as_far(self) -> None:
        """An event waits in the merge, and is not settled."""
        flow = Flow()
        work = flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))

        assert len(flow.flow._cases) == 0
        assert settled(work) == {CASES: 0}
        assert flow.flow.stats.held_back == 1

    def test_what_is_known_whole_is_applied_and_settled(self) -> None:
        """The clock records that told so wait for the next ones: a restart must read them again."""
        flow = Flow()
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        flow.clock(1_000)

        assert len(flow.flow._cases) == 1
        assert settled(flow.work) == {CASES: 1, CHECK_INS: 0, HEARINGS: 0, REASSIGNMENTS: 0}
        assert flow.flow.stats.clock == START + 999

    def test_a_restart_knows_every_topic_as_far_as_before(self) -> None:
        """From what was not settled, read again, and the state that was kept."""
        before = Flow()
        opened = before.event(0, "case_opened", office="ATL", level="low")
        before.read(CASES, opened)
        clocks = {name: before.event(1_000, "clock") for name in (CASES, CHECK_INS, HEARINGS, REASSIGNMENTS)}
        for name, value in clocks.items():
            before.read(name, value)
        after = Flow().restored_from(before)
        for name, value in clocks.items():
            after.read(name, value)
        again = after.read(CASES, after.event(10 * DAY, "clock"))

        assert after.flow.stats.clock == before.flow.stats.clock
        assert published(again, PUBLIC) == []

    def test_a_rewind_forgets_what_was_read_and_not_applied(self) -> None:
        """It is read again, and counts once."""
        flow = Flow()
        opened = flow.event(0, "case_opened", office="ATL", level="low")
        flow.read(CASES, opened)
        flow.rewind()
        flow.read(CASES, opened)
        flow.clock(1_000)

        assert flow.worker.decisions["applied"] == 1


class TestAlerts:
    @staticmethod
    def opened(**fields: object) -> Flow:
        """A case that nobody was assigned to, and the clock 20 days later."""
        flow = Flow()
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low", **fields))
        flow.clock(20 * DAY)
        return flow

    def test_they_are_published_with_the_wall_clock(self) -> None:
        """observed_at says when; the rest is the log's."""
        flow = self.opened()
        alerts = published(flow.work, PUBLIC)

        assert {alert["cause"] for _, alert in alerts} == {"no_officer", "nothing_scheduled"}
        assert {alert["observed_at"] for _, alert in alerts} == {text(0)}
        assert {key.decode() for key, _ in alerts if key} == {alert["alert_id"] for _, alert in alerts}
        assert flow.flow.stats.standing.counts == {
            ("no_officer", "ATL", "warning"): 1,
            ("nothing_scheduled", "ATL", "warning"): 1,
        }
        assert flow.worker.alerts["no_officer", "raised"] == 1

    def test_those_of_protected_cases_are_restricted(self) -> None:
        """Not one goes to the public topic."""
        flow = self.opened(protected=True)

        assert published(flow.work, PUBLIC) == []
        assert len(published(flow.work, RESTRICTED)) == 2

    def test_a_case_that_becomes_protected_leaves_the_public_topic(self) -> None:
        """Its alerts move as they are, and what ends later follows them."""
        flow = self.opened()
        raised = dict(published(flow.work, PUBLIC))
        flow.read(CASES, flow.event(21 * DAY, "case_opened", office="ATL", level="low", protected=True))
        flow.read(CASES, flow.event(22 * DAY, "case_closed", reason="other"))
        later = flow.clock(23 * DAY)

        assert dict(published(later, PUBLIC)) == dict.fromkeys(raised)
        told: dict[str, list[tuple[int, str]]] = {}
        for _, alert in published(later, RESTRICTED):
            told.setdefault(alert["cause"], []).append((alert["revision"], alert["status"]))
        assert told == {
            "no_officer": [(1, "raised"), (2, "resolved")],
            "nothing_scheduled": [(1, "raised"), (2, "resolved")],
        }
        assert flow.flow.stats.standing.counts == {}

    def test_standing_alerts_are_counted_from_kept_state(self) -> None:
        """A restart begins with the numbers of before."""
        before = self.opened()
        after = Flow().restored_from(before)

        assert after.flow.stats.standing.counts == before.flow.stats.standing.counts

    def test_what_is_revoked_is_gone_at_once(self) -> None:
        """Its gigabytes are not kept until a collection, while those of other partitions come."""
        flow = Flow().restored_from(self.opened())
        flow.read(CASES, flow.event(21 * DAY, "case_closed", reason="removed"))
        flow.clock(22 * DAY)

        assert are_gone_without(flow, "flow", "_cases")

    def test_how_late_an_alert_is_counts_where_the_wall_moves_time(self) -> None:
        """From the instant at which it was due; in a log's own time it says nothing."""
        flow = Flow(follows_wall=True)
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        flow.now = START + 20 * DAY
        flow.tick(*(EndOfPartition(name, flow.now) for name in CASE_TOPICS))
        raised = [alert for _, alert in published(flow.work, PUBLIC)]
        late = sum((flow.now - to_ms(alert["raised_at"])) / 1_000 for alert in raised)

        assert len(flow.worker.delays) == len(raised) == 2
        assert flow.worker.delays.total == late
        assert len(self.opened().worker.delays) == 0

    def test_what_was_said_before_is_counted_apart(self) -> None:
        """A record delivered again changes nothing."""
        flow = Flow()
        event = flow.event(0, "case_opened", office="ATL", level="low")
        flow.read(CASES, event)
        flow.clock(1_000)
        flow.read(CASES, event, event)
        flow.clock(2_000)

        assert flow.worker.decisions["unchanged"] == 2
        assert flow.worker.decisions["applied"] == 3


class TestWork:
    def test_a_flush_of_state_ends_with_its_mark(self) -> None:
        """So a restore can tell a whole one from one that was cut off."""
        flow = Flow()
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        flow.clock(1_000)
        flushes = [work.changelog for work in flow.work if work.changelog]

        assert {flush[-1][0] for flush in flushes} == {META_KEY}
        assert [key for flush in flushes for key, _ in flush[:-1]] == [CASE.encode()]

    def test_a_snapshot_is_what_the_changelog_comes_to(self) -> None:
        """At the moment it is taken, whatever is worked on before it is gone through; a restored one's too."""
        flow = Flow()
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        flow.clock(1_000)
        kept = newest(record for work in flow.work for record in work.changelog if record[0] != META_KEY)
        snapshot = flow.flow.snapshot()
        flow.read(CASES, flow.event(2_000, "case_closed", reason="removed"))
        flow.clock(3_000)

        assert kept == dict(snapshot)
        assert kept != dict(flow.flow.snapshot())
        assert dict(flow.flow.snapshot()) == dict(Flow().restored_from(flow).flow.snapshot())

    def test_the_size_of_the_state_is_measured_once_a_minute(self) -> None:
        """Not at each scrape."""
        flow = Flow()
        assert flow.flow.state_bytes == 0
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        flow.clock(1_000)
        flow.now += 59_999
        assert flow.flow.state_bytes == 0
        flow.now += 1
        assert flow.flow.state_bytes == sum(len(value) for _, value in flow.flow.snapshot())

    def test_time_alone_writes_no_state(self) -> None:
        """A clock that moved and changed nothing is found again by reading on; what settles offsets says which."""
        flow = Flow()
        flow.clock(1_000)
        work = flow.clock(2_000)

        assert [each for each in work if not each.settled]
        assert not [each for each in work if each.changelog and not each.settled]
        assert {tuple(key for key, _ in each.changelog) for each in work if each.settled} == {(META_KEY,)}

    def test_a_refused_record_is_settled_with_its_dead_letter(self) -> None:
        """In one piece of work: neither is durable without the other."""
        flow = Flow()
        (work,) = flow.read(CASES, b"no event")

        assert len(published([work], DEAD_LETTERS)) == 1
        assert settled([work]) == {CASES: 1}

    def test_a_partial_goes_to_every_officer_partition(self) -> None:
        """Also one without a row, for it says how far this case partition is."""
        flow = Flow()
        flow.clock(1_000)
        flow.now += 10_000
        work = flow.tick()

        outputs = [(output.topic, output.partition) for each in work for output in each.outputs]
        assert [(PARTIALS, 0), (PARTIALS, 1)] == [output for output in outputs if output[0] == PARTIALS]
        assert [value[:4] for _, value in published(work, PARTIALS)] == [[0, START + 999, False, []]] * 2

    def test_live_partials_keep_their_distance(self) -> None:
        """None when no time has passed in the log, and none within a second of the last."""
        flow = Flow()
        flow.clock(1_000)
        flow.now += 10_000
        flow.tick()
        again = flow.tick()
        flow.clock(2_000)
        soon = flow.tick()
        flow.now += 1_000
        then = flow.tick()

        assert published(again, PARTIALS) == published(soon, PARTIALS) == []
        assert len(published(then, PARTIALS)) == 2

    def test_what_the_offices_count_is_said_when_it_is_something_else(self) -> None:
        """At a tick, of every open case; and once after a start, for it may not be what was said."""
        flow = Flow()
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low", protected=False))
        flow.clock(1_000)
        flow.now += 10_000
        ((key, partial),) = published(flow.tick(), OFFICES)
        flow.clock(2_000)
        flow.now += 10_000

        assert key == b"cases:0"
        assert partial[:2] == [0, START + 999]
        ((office, open_cases, _, by_level, *_, unassigned, in_transit, deadlines),) = partial[2]
        assert (office, open_cases, by_level, unassigned, in_transit) == ("ATL", 1, [0, 0, 1, 0], 1, 0)
        assert deadlines == 1  # of a case that no officer has
        assert [row.office for row in flow.flow.stats.offices] == ["ATL"]
        assert published(flow.tick(), OFFICES) == []

    def test_many_events_are_cut_into_steps(self) -> None:
        """Where the instant changes, so that what is recorded at one is judged at once."""
        flow = Flow()
        values = [
            flow.event(at // 2, "address_changed", status="valid", case_id=SOME_CASES[at // 2 % len(SOME_CASES)])
            for at in range(5_001)
        ]
        flow.read(CASES, *values)
        work = [each for each in flow.clock(10_000) if len(each.changelog) > 1]

        assert len(work) == 3
        assert flow.worker.decisions["applied"] == 5_001

    def test_a_silent_year_passes_in_steps(self) -> None:
        """A log that stops passes thousands of periods; what is judged in them is published step by step."""
        flow = Flow()
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="standard"))
        flow.read(REASSIGNMENTS, flow.event(0, "officer_assigned", office="ATL", officer_id="officer-1"))
        work = flow.clock(365 * DAY)
        alerts = [[value["raised_at"] for _, value in published([each], PUBLIC)] for each in work]

        assert sum(map(bool, alerts)) > 1
        assert sum(map(len, alerts)) < 10
        finals = [value for value in published(work, PARTIALS) if value[1][2]]
        last = max(value[1] for _, value in finals)
        assert START + 365 * DAY - 3_600_000 <= last < START + 365 * DAY

    def test_quiet_millennia_pass_at_once(self) -> None:
        """Nothing is walked in which nothing can happen: what waits in a case, and what counts in a load, is known."""
        flow = Flow()
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="standard"))
        flow.read(REASSIGNMENTS, flow.event(0, "officer_assigned", office="ATL", officer_id="officer-1"))
        work = flow.clock(7_900 * 365 * DAY)

        assert len(work) < 20
        assert len(published(work, PARTIALS)) < 40
        assert flow.flow.stats.clock == START + 7_900 * 365 * DAY - 1


class TestWhyNoClock:
    def test_topics_of_which_nothing_is_known_are_named(self) -> None:
        """Events were read and wait: whoever asks hears for what."""
        flow = Flow()
        assert flow.flow.why_no_clock is None
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        flow.read(HEARINGS, flow.event(0, "clock"))

        assert flow.flow.why_no_clock == (
            "the clock of case partition 0 has not started: events that were read (1) wait, "
            f"for nothing is known of {CHECK_INS}, {REASSIGNMENTS}"
        )

    def test_a_clock_that_goes_needs_no_reason(self) -> None:
        """Also one that stands before 1970, and while events wait for their time."""
        flow = Flow()
        for name in CASE_TOPICS:
            flow.read(name, flow.event(-70 * 365 * DAY, "clock"))
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))

        assert flow.flow.stats.clock == START - 70 * 365 * DAY - 1
        assert flow.flow.stats.held_back == 1
        assert flow.flow.why_no_clock is None


class TestWallClock:
    def test_the_wall_speaks_for_a_topic_that_is_read_to_its_end(self) -> None:
        """Less the hold-back; all four must be."""
        flow = Flow(follows_wall=True)
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        wall = START + 60_000
        flow.tick(EndOfPartition(CASES, wall), EndOfPartition(CHECK_INS, wall), EndOfPartition(HEARINGS, wall))
        assert flow.flow.stats.clock is None
        flow.tick(EndOfPartition(REASSIGNMENTS, wall))

        assert flow.flow.stats.clock == wall - 2_001

    def test_the_logs_time_is_moved_by_nothing_else(self) -> None:
        """With --clock log a tick says nothing."""
        flow = Flow()
        wall = START + 60_000
        flow.tick(*(EndOfPartition(name, wall) for name in (CASES, CHECK_INS, HEARINGS, REASSIGNMENTS)))

        assert flow.flow.stats.clock is None

    def test_unread_records_hold_the_clock(self) -> None:
        """The backlog guard: one topic of four is not read to its end, and three hours of wall prove nothing of it."""
        flow = Flow(follows_wall=True)
        flow.now += 3 * HOUR
        flow.read(CHECK_INS, flow.event(5_000, "check_in_missed", check_in_id="b-1"))
        flow.tick(*(EndOfPartition(name, flow.now) for name in (CASES, HEARINGS, REASSIGNMENTS)))

        assert flow.flow.stats.clock == START + 5_000 - 2_001
        assert flow.flow.stats.known == {
            CASES: flow.now - 2_001, HEARINGS: flow.now - 2_001, REASSIGNMENTS: flow.now - 2_001,
            CHECK_INS: START + 5_000 - 2_001,
        }  # fmt: skip

    def test_what_claims_to_come_from_the_future_is_refused(self) -> None:
        """A feed whose clock is wrong by years must not raise every alert there is, nor hold back what is committed."""
        flow = Flow(follows_wall=True)
        years = 1_000 * DAY
        for name in CASE_TOPICS:
            flow.read(name, flow.event(years, "clock"))
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        flow.read(CASES, flow.event(60_001, "supervision_changed", level="annual"))
        assert flow.flow.stats.clock is None
        flow.tick(*(EndOfPartition(name, flow.now + 10_000) for name in CASE_TOPICS))

        assert flow.flow.stats.clock == START + 10_000 - 2_001
        assert flow.flow.stats.held_back == 0
        future = "from_the_future"
        assert flow.worker.refused == {
            (CASES, future): 2, (CHECK_INS, future): 1, (HEARINGS, future): 1, (REASSIGNMENTS, future): 1
        }  # fmt: skip
        assert settled(flow.work) == {CASES: 3, CHECK_INS: 1, HEARINGS: 1, REASSIGNMENTS: 1}

    def test_a_feeds_clock_may_be_ahead_of_ours_by_a_minute(self) -> None:
        """No two clocks are the same: such an event says what any other says."""
        flow = Flow(follows_wall=True)
        for name in CASE_TOPICS:
            flow.read(name, flow.event(60_000, "clock"))

        assert flow.flow.stats.clock == START + 59_999

    def test_a_log_is_believed(self) -> None:
        """With --clock log there is no other time than the log's."""
        flow = Flow()
        flow.clock(1_000 * DAY)

        assert flow.flow.stats.clock == START + 1_000 * DAY - 1


class TestHeartbeat:
    DUE = 5 * DAY  # no_officer.after is 5bd: from Sunday evening in Atlanta to Friday evening

    @classmethod
    def blind(cls, **options: str) -> Flow:
        """A case without an officer, all known three hours before its alert is due; then reassignments falls silent."""
        flow = Flow(follows_wall=True, **options)
        flow.now = START + cls.DUE - 3 * HOUR
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        flow.read(REASSIGNMENTS, flow.event(cls.DUE - 3 * HOUR, "clock"))
        flow.tick(*(EndOfPartition(name, flow.now) for name in CASE_TOPICS))
        flow.now = START + cls.DUE + HOUR
        flow.tick(*(EndOfPartition(name, flow.now) for name in CASE_TOPICS))
        return flow

    def test_the_wall_does_not_speak_for_a_feed_with_a_heartbeat(self) -> None:
        """Its topic is known as far as its clock records say, and no further; alerts are held."""
        flow = self.blind(heartbeats="reassignments=15m")

        assert flow.flow.stats.known[REASSIGNMENTS] == START + self.DUE - 3 * HOUR - 1
        assert flow.flow.stats.clock == START + self.DUE - 3 * HOUR - 1
        assert published(flow.work, PUBLIC) == []
        assert flow.feeds.blind == {REASSIGNMENTS: True}

    def test_when_it_returns_nothing_false_is_raised(self) -> None:
        """The assignment that was on its way all the time comes in order, before the deadline that it forbids."""
        flow = self.blind(heartbeats="reassignments=15m")
        at = self.DUE - 2 * HOUR
        flow.read(REASSIGNMENTS, flow.event(at, "officer_assigned", office="ATL", officer_id="o-1"))
        assert flow.flow.stats.clock == START + at - 2_001
        flow.read(REASSIGNMENTS, flow.event(self.DUE + HOUR, "clock"))
        flow.tick(*(EndOfPartition(name, flow.now) for name in CASE_TOPICS))

        assert flow.flow.stats.clock == flow.now - 2_001
        assert published(flow.work, PUBLIC) == []
        assert flow.feeds.blind == {REASSIGNMENTS: False}

    def test_when_it_returns_what_is_true_is_raised_at_its_instant(self) -> None:
        """Held, not lost."""
        flow = self.blind(heartbeats="reassignments=15m")
        flow.read(REASSIGNMENTS, flow.event(self.DUE + HOUR, "clock"))

        alerts = [(alert["cause"], alert["raised_at"]) for _, alert in published(flow.work, PUBLIC)]
        assert alerts == [("no_officer", text(self.DUE))]

    def test_without_one_the_silence_counts(self) -> None:
        """The same story, and nobody promised to speak: the alert is due."""
        flow = self.blind()

        assert [alert["cause"] for _, alert in published(flow.work, PUBLIC)] == ["no_officer"]
        assert flow.feeds.blind == {}

    def test_a_restart_knows_the_feed_as_far_as_the_clock_was(self) -> None:
        """The clock is kept with the state: what it passed was read, so the feed is no more silent than before."""
        before = self.blind(heartbeats="reassignments=15m")
        before.read(REASSIGNMENTS, before.event(self.DUE + HOUR, "clock"))  # an alert: the state is written
        after = Flow(follows_wall=True, heartbeats="reassignments=15m").restored_from(before)
        after.now = before.now + 60_000
        after.tick(*(EndOfPartition(name, after.now) for name in CASE_TOPICS))

        assert before.flow.stats.clock is not None
        assert after.flow.stats.known[REASSIGNMENTS] == after.flow.stats.clock == before.flow.stats.clock
        assert after.feeds.blind == {REASSIGNMENTS: False}

    def test_the_logs_time_asks_for_no_heartbeat(self) -> None:
        """With --clock log an old log is no silent feed."""
        flow = Flow(heartbeats="reassignments=15m")
        flow.tick(*(EndOfPartition(name, START + DAY) for name in CASE_TOPICS))

        assert flow.feeds.blind == {REASSIGNMENTS: False}


class TestLetters:
    """One of each refused record, whatever was committed when it was told."""

    BAD = b"no event"

    @staticmethod
    def letters(flow: Flow) -> list[int]:
        """The offsets of those that it wrote."""
        return [letter["offset"] for _, letter in published(flow.work, DEAD_LETTERS)]

    def test_a_worker_that_reads_on_before_it_tells_nothing(self) -> None:
        """The one before was killed with an event waiting; nor does it count what that one counted."""
        before = Flow()
        event = before.event(0, "case_opened", office="ATL", level="low")
        before.read(CASES, event, self.BAD)
        after = Flow().restored_from(before)
        after.read(CASES, event, self.BAD)
        last = Flow().restored_from(after)
        last.read(CASES, event, self.BAD, self.BAD)

        assert [self.letters(flow) for flow in (before, after, last)] == [[1], [], [2]]
        assert after.worker.refused == {}
        assert last.worker.refused == {(CASES, "not_json"): 1}

    @given(
        st.lists(st.sampled_from(["bad", "event", "clock"]), max_size=20),
        st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.sampled_from(["go on", "rewind", "die"]))),
    )
    def test_however_it_is_read(self, log: list[str], reading: list[tuple[int, bool, str]]) -> None:
        """In whatever batches, with whatever waiting, and whoever dies over it."""
        flow, letters = Flow(), list[int]()
        made = {
            "event": lambda at: flow.event(at, "address_changed", status="valid"),
            "clock": lambda at: flow.event(at, "clock"),
            "bad": lambda _: self.BAD,
        }
        values = [made[kind](place * 1_000) for place, kind in enumerate(log)]
        for size, passes, then in [*reading, (len(log), True, "die")]:
            at = flow._offsets.get(CASES, 0)
            if some := values[at : at + size]:
                flow.read(CASES, *some)
            if passes:
                for name in CASE_TOPICS[1:]:
                    flow.read(name, flow.event(flow._offsets.get(CASES, 0) * 1_000, "clock"))
            if then == "rewind":
                flow.rewind()
            elif then == "die":
                letters += self.letters(flow)
                flow = Flow().restored_from(flow)
        assert sorted(letters) == [place for place, kind in enumerate(log) if kind == "bad"]

    def test_a_flush_of_letters_alone_ends_with_the_mark(self) -> None:
        """Nobody takes it back for one that was cut off."""
        flow = Flow()
        (work,) = flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"), self.BAD)
        assert [key for key, _ in work.changelog] == [TOLD_KEY, META_KEY]

    def test_a_rewind_tells_nothing_again(self) -> None:
        """A rebalance that left the partition where it was: told once, and counted once."""
        flow = Flow()
        event = flow.event(0, "case_opened", office="ATL", level="low")
        flow.read(CASES, event, self.BAD)
        flow.rewind()
        flow.read(CASES, event, self.BAD)

        assert self.letters(flow) == [1]
        assert flow.worker.refused == {(CASES, "not_json"): 1}

    def test_what_was_taken_the_first_time_is_told(self) -> None:
        """Between two letters that are out: which events of a crowd are refused is another thing after a restart."""
        before = Flow()
        events = [before.event(at, "case_opened", office="ATL", level="low") for at in (0, 1)]
        before.read(CASES, events[0], self.BAD, events[1], self.BAD)
        after = Flow().restored_from(before)
        after.read(CASES, events[0], self.BAD, self.BAD, self.BAD)

        assert (self.letters(before), self.letters(after)) == ([1, 3], [2])

    def test_it_is_forgotten_once_nobody_reads_it_again(self) -> None:
        """When the event before it is applied, in the same flush."""
        flow = Flow()
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"), self.BAD)
        assert TOLD_KEY.decode() in dict(flow.flow.snapshot())
        applied = next(work for work in flow.clock(HOUR) if len(work.changelog) > 1)

        assert [key for key, _ in applied.changelog] == [CASE.encode(), TOLD_KEY, META_KEY]
        assert dict(applied.changelog)[TOLD_KEY] is None
        assert TOLD_KEY.decode() not in dict(flow.flow.snapshot())

    def test_a_topic_made_anew_is_told_of(self) -> None:
        """It begins before what was committed of the old one: what was told of that says nothing of it."""
        before = Flow()
        before.read(CASES, before.event(0, "case_opened", office="ATL", level="low"))
        before.clock(HOUR)
        before.read(CASES, before.event(2 * HOUR, "address_changed", status="valid"), self.BAD)
        assert (before.committed[CASES], self.letters(before)) == (1, [3])
        after = Flow().restored_from(before)
        del after._offsets[CASES]
        event = after.event(3 * HOUR, "address_changed", status="valid")
        after.read(CASES, event, event, event, self.BAD)

        assert self.letters(after) == [3]

    def test_a_checkpoint_knows_it(self, tmp_path: Path) -> None:
        """Written, read back and restored from, with the mark: as whoever read the whole changelog."""
        before = Flow()
        event = before.event(0, "case_opened", office="ATL", level="low")
        before.read(CASES, event, self.BAD)
        mark = before.work[-1].changelog[-1]
        directory = CheckpointDirectory(tmp_path, "docket.case-state", "id-1")
        directory.save(0, 2, [*before.flow.snapshot(), (META_KEY.decode(), mark[1] or b"")], lambda: False)
        kept = directory.load(0)
        assert kept is not None
        after = Flow().restored_from(before, kept.records)
        after.read(CASES, event, self.BAD)

        assert self.letters(after) == []
        assert dict(after.flow.snapshot()) == dict(before.flow.snapshot())


class TestSize:
    def test_a_case_that_was_too_large_is_so_after_a_restart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It takes no more, and another one does."""
        before, other = Flow(), SOME_CASES[1]
        before.read(CASES, before.event(0, "case_opened", office="ATL", level="low"))
        before.read(CASES, before.event(0, "case_closed", reason="removed", case_id=other))
        before.clock(HOUR)
        small, large = sorted(len(value) for name, value in before.flow.snapshot())
        monkeypatch.setattr(cases, "_LARGEST_STATE", (small + large) // 2)
        after = Flow().restored_from(before)
        for case_id in CASE, other:
            after.read(CASES, after.event(2 * HOUR, "supervision_changed", level="low", case_id=case_id))

        (letter,) = [letter for _, letter in published(after.work, DEAD_LETTERS)]
        assert (letter["code"], letter["offset"]) == ("oversized", before.committed[CASES])


class TestCrowd:
    def test_one_case_that_fills_a_poll_is_no_record_too_large(self) -> None:
        """Beyond so many at once they are refused, with the reason; what is kept fits a message of the broker."""
        flow = Flow()
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        many = [
            flow.event(
                1_000 + n, "check_in_scheduled", check_in_id=f"k-{n:062}", event_id=f"e-{n:062}",
                due_at=text(30 * DAY + n), channel="office",
            )
            for n in range(8_000)
        ]  # fmt: skip
        work = [*flow.read(CHECK_INS, *many), *flow.clock(HOUR)]

        largest = max(len(value) for each in work for _, value in each.changelog if value is not None)
        letters = [letter for _, letter in published(work, DEAD_LETTERS)]
        assert largest < 900_000
        assert len(letters) == 8_000 - 1_999  # the case's opening waits, too
        assert {(letter["code"], letter["field"]) for letter in letters} == {("oversized", "case_id")}
        assert "so many of its events came at once that no more can be taken" in letters[0]["sentence"]

    def test_what_was_applied_makes_room(self) -> None:
        """Poll after poll of the same case is taken, as long as they do not wait together."""
        flow = Flow()
        for turn in range(4):
            at = turn * HOUR
            flow.read(CASES, *[flow.event(at + n, "supervision_changed", level="low") for n in range(1_500)])
            flow.clock(at + HOUR)
        assert dict(flow.worker.refused) == {}

    def test_what_is_refused_takes_no_room(self) -> None:
        """Thousands of records that are no events leave the case as open as it was, for however long."""
        flow = Flow()
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        for _ in range(3):
            flow.read(CASES, *[b"no event"] * 1_500)
        flow.read(CASES, *[flow.event(n, "supervision_changed", level="low") for n in range(1_000)])
        assert dict(flow.worker.refused) == {(CASES, "not_json"): 4_500}


class TestReadAhead:
    def test_a_topic_far_ahead_is_held(self) -> None:
        """Until the others have come as far."""
        flow = Flow()
        flow.read(CASES, *[flow.event(at, "address_changed", status="valid") for at in range(2_500)])
        assert list(flow.flow.ahead()) == [CASES]
        flow.clock(10_000)

        assert list(flow.flow.ahead()) == []
