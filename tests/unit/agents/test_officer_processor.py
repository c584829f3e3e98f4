"""One officer partition and its officer events and load partials."""

import json

import msgspec
import pytest

from schemas.instants import to_text
from streams.agents.officers import OFFICER_MARK
from streams.agents.reported_dead_letters import REPORTED_KEY
from streams.core.load.partials import OfficerProgress, PartialRow
from streams.kafka.batches import EndOfPartition
from tests.gc_checks import are_gone_without
from tests.newest import newest
from tests.unit.agents.officer_driver import (
    ALERTS,
    DEAD_LETTERS,
    HOUR,
    LOADS,
    OFFICER,
    OFFICERS,
    OFFICES,
    PARTIALS,
    PARTITIONS,
    START,
    OfficerDriver,
    event,
    left,
    processed,
    published,
)


class TestLoads:
    def test_rows_of_all_case_partitions_are_summed(self) -> None:
        """The sums are published at the next tick."""
        driver = OfficerDriver()
        driver.partial(0, HOUR, PartialRow(OFFICER, open_cases=2))
        driver.partial(1, HOUR, PartialRow(OFFICER, open_cases=3))
        (load,) = published(driver.tick(), LOADS)

        assert (load["officer_id"], load["open_cases"]) == (OFFICER, 5)
        assert load["as_of"] == to_text(START + HOUR)
        assert driver.processor.stats.as_of == START + HOUR

    def test_metrics_show_a_watermark_once_the_work_up_to_it_is_queued(self) -> None:
        """Before that no metric shows it, so the shown watermark is never ahead of the work."""
        driver = OfficerDriver()
        driver.partial(0, HOUR, PartialRow(OFFICER, open_cases=2))
        driver.partial(1, HOUR, PartialRow(OFFICER, open_cases=3))
        driver.read(OFFICERS, left(0))
        for batch in (driver.next_batch(OFFICERS, left(2 * HOUR)), driver.next_tick()):
            before = driver.clocks()
            steps = driver.processor.process(batch)
            next(steps)
            assert before == driver.clocks()
            list(steps)
            assert before != driver.clocks()

    def test_only_changed_rows_are_published(self) -> None:
        """A tick without changes publishes nothing."""
        driver = OfficerDriver()
        driver.partial(0, HOUR, PartialRow(OFFICER, open_cases=2))
        driver.tick()

        assert published(driver.tick(), LOADS) == []

    def test_a_restored_partition_knows_the_instant_of_its_loads(self) -> None:
        """Its partials are processed, and no others follow in a quiet log."""
        before = OfficerDriver()
        before.partial(0, HOUR, PartialRow(OFFICER, open_cases=2))
        before.partial(1, HOUR, PartialRow(OFFICER, open_cases=3))
        after = OfficerDriver().restored_from(before)

        assert after.processor.stats.as_of == START + HOUR

    def test_a_restored_partition_waits_for_every_case_partition(self) -> None:
        """With one of them missing the loads have no instant, because its rows are unknown."""
        before = OfficerDriver()
        before.partial(0, HOUR, PartialRow(OFFICER, open_cases=2))
        after = OfficerDriver().restored_from(before)

        assert after.processor.stats.as_of is None

    def test_a_restored_partition_remembers_a_finished_case_partition(self) -> None:
        """The log of that partition has ended, while another one was still behind."""
        before = OfficerDriver()
        before.partial(0, HOUR, PartialRow(OFFICER, open_cases=2))
        before.partial(1, 3 * HOUR, PartialRow(OFFICER, open_cases=3))
        after = OfficerDriver().restored_from(before)
        after.partial(0, 2 * HOUR, PartialRow(OFFICER, open_cases=2))
        after.tick()

        assert after.processor.stats.as_of == START + 2 * HOUR

    def test_a_restart_publishes_every_row(self) -> None:
        """The unpublished changes of the former worker are unknown."""
        before = OfficerDriver()
        before.partial(0, HOUR, PartialRow(OFFICER, open_cases=2))
        after = OfficerDriver().restored_from(before)

        assert [load["open_cases"] for load in published(after.tick(), LOADS)] == [2]

    def test_the_officers_part_of_the_offices_is_published_when_it_changes(self) -> None:
        """The part has the officers at work, their capacity, and where the cases of absent officers are."""
        driver = OfficerDriver()
        row = PartialRow(OFFICER, open_cases=3, office="ATL", by_office=(("ATL", 1), ("SEA", 2)))
        driver.partial(0, HOUR, row)
        driver.partial(1, HOUR)
        (at_work,) = published(driver.tick(), OFFICES)
        again = published(driver.tick(), OFFICES)
        driver.read(OFFICERS, left(HOUR), event("clock", 2 * HOUR), key=OFFICER.encode())
        (absent,) = published(driver.tick(), OFFICES)

        assert at_work == [0, START + HOUR, [], [["ATL", 1, "7200.0", 0, 0]]]
        assert again == []
        assert absent[3] == [["ATL", 0, "0", 1, 1], ["SEA", 0, "0", 0, 2]]
        assert [row.with_absent for row in driver.processor.stats.staff] == [1, 2]

    def test_a_partial_read_twice_changes_nothing(self) -> None:
        """A partial is absolute."""
        driver = OfficerDriver()
        driver.partial(0, HOUR, PartialRow(OFFICER, open_cases=2))
        driver.partial(0, HOUR, PartialRow(OFFICER, open_cases=2))

        assert [load["open_cases"] for load in published(driver.tick(), LOADS)] == [2]


class TestAlerts:
    def test_a_period_is_judged_once_every_partition_has_closed_it(self) -> None:
        """Every case partition and the officer events must be past its end."""
        driver = OfficerDriver()
        driver.read(OFFICERS, left(0))
        day = 24 * HOUR
        driver.other(10 * day)
        for source in range(PARTITIONS):
            for at in range(HOUR, 10 * day, HOUR):
                driver.partial(source, at, PartialRow(OFFICER, open_cases=1))
        assert published(driver.work, ALERTS) == []
        work = driver.read(OFFICERS, event("clock", 10 * day))

        assert {alert["cause"] for alert in published(work, ALERTS)} == {"orphaned_caseload"}
        assert driver.worker.officer_alerts["orphaned_caseload", "raised"] == 1


class TestProgress:
    """Officer partitions exchange their progress: judging begins at the first event of the whole log."""

    def test_it_is_sent_to_every_officer_partition_until_a_period_end_is_judged(self) -> None:
        """It goes to the topic of the load partials, after the loads."""
        driver = OfficerDriver()
        driver.read(OFFICERS, left(HOUR // 2), event("clock", HOUR + 10_000))
        found = [output for work in driver.tick() for output in work.outputs if output.topic == PARTIALS]

        assert [0, 1] == [output.partition for output in found]
        watermark = START + HOUR + 10_000 - 1
        assert [[0, watermark, START + HOUR // 2, None]] * 2 == [
            json.loads(value)[-1] for output in found for _, value in output.records if value
        ]

    def test_unchanged_progress_is_not_sent_again(self) -> None:
        """A watermark that stands adds nothing."""
        driver = OfficerDriver()
        driver.read(OFFICERS, event("clock", HOUR))
        driver.tick()

        assert [] == published(driver.tick(), PARTIALS)

    def test_nothing_is_judged_before_the_other_partition_has_spoken(self) -> None:
        """The other one may know an earlier event."""
        driver = OfficerDriver()
        driver.read(OFFICERS, left(HOUR // 2), event("clock", 3 * HOUR + 10_000))
        for source in range(PARTITIONS):
            driver.partial(source, 2 * HOUR, final=False)
        assert [] == [key for work in driver.work for key, _ in work.changelog if key.startswith(b"h:")]

        driver.other(2 * HOUR)
        (progress,) = published(driver.tick(), PARTIALS)[:1]
        assert START + 2 * HOUR == progress[-1][-1]

    def test_progress_of_a_partition_that_does_not_exist_is_a_dead_letter(self) -> None:
        """No officer agent of the product can have written it."""
        driver = OfficerDriver()
        work = driver.read(PARTIALS, msgspec.json.encode(OfficerProgress(PARTITIONS, START, None, None).carried()))

        assert 1 == len(published(work, DEAD_LETTERS))


class TestWork:
    def test_a_revoked_partition_is_freed_at_once(self) -> None:
        """It does not wait for a garbage collection while another partition is assigned."""
        before = OfficerDriver()
        before.read(OFFICERS, left(0), event("clock", 1_000))
        driver = OfficerDriver().restored_from(before)
        driver.partial(0, HOUR, PartialRow(OFFICER, open_cases=2))
        driver.read(OFFICERS, event("clock", 2 * HOUR))

        assert are_gone_without(driver, "processor", "_table")

    def test_a_flush_of_state_ends_with_its_marker(self) -> None:
        """The marker follows the last record of the board's changelog."""
        driver = OfficerDriver()
        driver.read(OFFICERS, left(0), event("clock", 1_000))
        driver.partial(0, HOUR, PartialRow(OFFICER, open_cases=2))
        flushes = [work.changelog for work in driver.work if work.changelog]

        assert flushes
        assert all(flush[-1][0] == OFFICER_MARK for flush in flushes)

    def test_a_snapshot_equals_the_changelog(self) -> None:
        """It has no deleted keys and the state of the moment when it was taken, restored or not."""
        driver = OfficerDriver()
        driver.read(OFFICERS, left(0), event("clock", 1_000))
        driver.other(HOUR)
        for hour in (1, 2, 3):
            for source in range(PARTITIONS):
                driver.partial(source, hour * HOUR, PartialRow(OFFICER, open_cases=hour))
            driver.read(OFFICERS, event("clock", hour * HOUR + 10_000))
        kept = {key: value for work in driver.work for key, value in work.changelog if key != OFFICER_MARK}
        snapshot = driver.processor.snapshot()
        driver.partial(0, 4 * HOUR, PartialRow(OFFICER, open_cases=9))

        assert None in kept.values()
        assert newest(kept.items()) == dict(snapshot)
        assert dict(driver.processor.snapshot()) == dict(OfficerDriver().restored_from(driver).processor.snapshot())

    def test_partials_are_processed_when_durable_and_events_when_applied(self) -> None:
        """An officer event waits for the hold-back."""
        driver = OfficerDriver()
        driver.partial(0, HOUR, PartialRow(OFFICER, open_cases=2))
        driver.read(OFFICERS, left(0))
        assert processed(driver.work) == {PARTIALS: 1, OFFICERS: 0}
        driver.read(OFFICERS, event("clock", 1_000))

        assert processed(driver.work) == {PARTIALS: 1, OFFICERS: 1}

    def test_a_partial_of_an_unknown_partition_is_a_dead_letter(self) -> None:
        """The next partial is accepted."""
        driver = OfficerDriver()
        driver.partial(99, HOUR)
        driver.read(PARTIALS, b"no partial")
        driver.partial(0, HOUR, PartialRow(OFFICER, open_cases=2))

        assert [letter["code"] for letter in published(driver.work, DEAD_LETTERS)] == ["bad_value"] * 2
        assert len(published(driver.tick(), LOADS)) == 1

    def test_an_event_of_a_case_is_refused(self) -> None:
        """Its topic is another."""
        driver = OfficerDriver()
        driver.read(OFFICERS, event("officer_unassigned", 0, case_id="c-1"))

        assert [letter["code"] for letter in published(driver.work, DEAD_LETTERS)] == ["wrong_topic"]


class TestLetters:
    """Each refused record becomes one dead letter, whatever the committed offset at that moment."""

    @staticmethod
    def letters(driver: OfficerDriver) -> list[int]:
        """Return the offsets of its dead letters."""
        return [letter["offset"] for letter in published(driver.work, DEAD_LETTERS)]

    @pytest.mark.parametrize("snapshot", [False, True], ids=["changelog", "snapshot"])
    def test_a_worker_that_reads_a_refused_record_again_reports_nothing(self, *, snapshot: bool) -> None:
        """The former worker was killed with an event waiting; the new one does not count its letter again."""
        before = OfficerDriver()
        before.read(OFFICERS, left(0), b"no event")
        after = OfficerDriver().restored_from(before, snapshot=snapshot)
        after.read(OFFICERS, left(0), b"no event", b"no event")

        assert (self.letters(before), self.letters(after)) == ([1], [2])
        assert after.worker.refused == {(OFFICERS, "not_json"): 1}

    def test_a_rewind_reports_nothing_again(self) -> None:
        """A rebalance left the partition where it was: the letter is published once and counted once."""
        driver = OfficerDriver()
        driver.read(OFFICERS, left(0), b"no event")
        driver.rewind()
        driver.read(OFFICERS, left(0), b"no event")

        assert self.letters(driver) == [1]
        assert driver.worker.refused == {(OFFICERS, "not_json"): 1}

    def test_a_flush_of_letters_alone_ends_with_the_marker(self) -> None:
        """No restore takes it for an incomplete flush; the letter is forgotten once its record is not read again."""
        driver = OfficerDriver()
        driver.read(OFFICERS, event("clock", 0))
        (found,) = driver.read(OFFICERS, left(0), b"no event")
        (applied,) = driver.read(OFFICERS, event("clock", HOUR))

        assert [key for key, _ in found.changelog] == [REPORTED_KEY, OFFICER_MARK]
        assert dict(applied.changelog)[REPORTED_KEY] is None
        assert REPORTED_KEY.decode() not in dict(driver.processor.snapshot())

    def test_a_letter_with_a_committed_offset_is_not_kept(self) -> None:
        """A partial waits for no other record, so the marker alone has the processed offset."""
        driver = OfficerDriver()
        driver.read(OFFICERS, event("clock", 0))
        (work,) = driver.read(PARTIALS, b"no partial")

        assert (self.letters(driver), processed([work])[PARTIALS]) == ([0], 1)
        assert work.changelog == [(OFFICER_MARK, b"")]


class TestWallClock:
    def test_the_wall_clock_counts_only_for_the_officers_topic(self) -> None:
        """Partials have the watermarks of their partitions."""
        driver = OfficerDriver(follows_wall=True)
        driver.tick(EndOfPartition(PARTIALS, START + 60_000))
        assert driver.processor.stats.clock is None
        driver.tick(EndOfPartition(OFFICERS, START + 60_000))

        assert driver.processor.stats.clock == START + 60_000 - 2_001

    def test_it_does_not_count_for_a_feed_with_a_heartbeat(self) -> None:
        """The alerts that depend on it are held, and the log says so."""
        driver = OfficerDriver(follows_wall=True, heartbeats="officers=15m")
        driver.read(OFFICERS, event("clock", 1_000))
        driver.tick(EndOfPartition(OFFICERS, START + HOUR))
        assert driver.processor.stats.clock == START + 999
        assert driver.feeds.blind == {OFFICERS: True}
        driver.now = START + HOUR
        driver.read(OFFICERS, event("clock", HOUR))
        driver.tick(EndOfPartition(OFFICERS, START + HOUR))

        assert driver.processor.stats.clock == START + HOUR - 1
        assert driver.feeds.blind == {OFFICERS: False}

    def test_it_does_not_count_for_an_event_from_the_future(self) -> None:
        """The event is refused, so that the committed offset moves past it, and it moves no watermark."""
        driver = OfficerDriver(follows_wall=True)
        driver.tick(EndOfPartition(OFFICERS, START + 60_000))
        (work,) = driver.read(OFFICERS, left(1_000 * 24 * HOUR), event("clock", 1_000 * 24 * HOUR))

        assert driver.processor.stats.clock == START + 60_000 - 2_001
        assert driver.worker.refused == {(OFFICERS, "from_the_future"): 2}
        assert processed([work])[OFFICERS] == 2
