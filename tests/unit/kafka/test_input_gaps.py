"""Gaps of the input in one partition: the stored record, the watermark that waits, and the log."""

import logging

import msgspec
import pytest

from schemas.topics import topic
from streams.agents.gaps import AUDITED_BY
from streams.core.load.partials import CHANGES, Partial
from streams.kafka.batches import Batch, EndOfPartition
from streams.kafka.input_gaps import GAPS, InputGap, OpenGap, decode_gaps
from tests.unit.agents import case_driver as cases
from tests.unit.agents import officer_driver as officers

AUDIT = topic("audit").name
GAP = InputGap(cases.CHECK_INS, 0, 7, 41, 42)
HOUR = 3_600_000


def ticked(driver: cases.CaseDriver, *gaps: InputGap, walls: int | None = None) -> list[cases.Work]:
    """Return a tick with every topic without a gap read to its end."""
    reached = () if walls is None else tuple(EndOfPartition(name, walls) for name in cases.CASE_TOPICS)
    return driver._collect(Batch(cases.CASES, 0, (), reached, gaps))


class TestInputGap:
    def test_deleted_records_are_counted(self) -> None:
        """The count is from the first to the last, both included."""
        assert (GAP.records, GAP.is_cut) == (35, False)
        assert InputGap("a", 0, 0, 99, 0).is_cut

    def test_unapplied_records_are_lost_too(self) -> None:
        """A restart that continues at the committed offset misses them; of a truncated log that is known already."""
        assert GAP.since(3) == InputGap(cases.CHECK_INS, 0, 3, 41, 42)
        assert GAP.since(9) == GAP
        assert InputGap("a", 0, 5, 99, 0).since(3) == InputGap("a", 0, 5, 99, 0)

    def test_unapplied_records_before_a_truncation_are_read(self) -> None:
        """A restart continues at the committed offset, when that lies before the truncation."""
        assert InputGap("a", 0, 5, 99, 5).since(3) == InputGap("a", 0, 5, 99, 3)
        assert InputGap("a", 0, 5, 99, 5).since(8) == InputGap("a", 0, 5, 99, 5)


class TestCases:
    def test_the_watermark_stands_at_a_gap_whatever_the_wall_clock_is(self) -> None:
        """The topic with the gap stands; the others continue and wait for it."""
        driver = cases.CaseDriver(follows_wall=True)
        driver.clock(1_000)
        driver.now += HOUR
        ticked(driver, GAP, walls=driver.now)
        assert driver.processor.stats.clock == cases.START + 999

        ticked(driver, walls=driver.now)
        assert driver.processor.stats.clock == driver.now - 1 - 2_000

    def test_it_is_audited_once(self) -> None:
        """The audit record and the changelog record are one piece of work; a restart adds none."""
        driver = cases.CaseDriver()
        driver.clock(1_000)
        work = ticked(driver, GAP)
        assert cases.published(work, AUDIT) == [
            (
                f"{cases.CHECK_INS}:0:7".encode(),
                {
                    "v": 1,
                    "topic": cases.CHECK_INS,
                    "partition": 0,
                    "offset": 7,
                    "last_offset": 41,
                    "resumes_at": 42,
                    "action": "gap_found",
                    "actor": AUDITED_BY,
                    "known": cases.text(999),
                    "observed_at": cases.text(0),
                },
            )
        ]
        (step,) = [each for each in work if AUDIT in {output.topic for output in each.outputs}]
        assert decode_gaps(dict(step.changelog)[GAPS.encode()]) == [OpenGap(GAP, cases.START + 999)]
        assert cases.published(ticked(driver, GAP), AUDIT) == []
        after = cases.CaseDriver().restored_from(driver)
        assert after.processor.gaps() == [GAP]
        assert cases.published(ticked(after, GAP), AUDIT) == []

    def test_a_larger_one_is_another(self) -> None:
        """It has to be accepted anew."""
        driver = cases.CaseDriver()
        ticked(driver, GAP)
        work = ticked(driver, GAP.since(3))

        assert [record["offset"] for _, record in cases.published(work, AUDIT)] == [3]
        assert [each.gap.first for each in driver.feeds.gaps] == [3]

    def test_a_passed_gap_is_processed_and_forgotten(self) -> None:
        """This holds without a record behind it, too: the next owner does not find it again."""
        driver = cases.CaseDriver()
        ticked(driver, GAP)
        work = ticked(driver)

        assert cases.processed(work) == {cases.CHECK_INS: 42}
        assert (GAPS.encode(), None) in [record for each in work for record in each.changelog]
        assert (driver.processor.gaps(), driver.feeds.gaps) == ([], [])

    @pytest.mark.parametrize("by_record", [False, True])
    def test_a_truncated_log_is_read_from_there(self, by_record: bool) -> None:
        """The offset goes back, although an event that was read behind it still waits."""
        driver = cases.CaseDriver()
        driver.clock(1_000)
        driver.read(cases.CHECK_INS, *(driver.event(at, "clock") for at in (3_000, 30_000)))
        ticked(driver, InputGap(cases.CHECK_INS, 0, 1, 2, 1))
        if not by_record:
            ticked(driver)
        driver._offsets[cases.CHECK_INS] = 1
        work = driver.read(cases.CHECK_INS, driver.event(25_000, "clock"))
        for name in (cases.CASES, cases.HEARINGS, cases.REASSIGNMENTS):
            work += driver.read(name, driver.event(20_000, "clock"))

        assert cases.processed(work)[cases.CHECK_INS] == 1
        assert driver.processor.gaps() == []

    def test_records_behind_it_show_that_it_was_passed(self) -> None:
        """They may come before a tick."""
        driver = cases.CaseDriver()
        ticked(driver, GAP)
        driver.read(cases.CHECK_INS, driver.event(5_000, "clock"))

        assert driver.processor.gaps() == []

    def test_each_has_one_log_line(self, caplog: pytest.LogCaptureFixture) -> None:
        """The line has the deleted records, their time, what waits, and the command that ends it."""
        driver = cases.CaseDriver()
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                ticked(driver, GAP)
            ticked(driver)

        assert [record.getMessage() for record in caplog.records] == [
            (
                "docket.check-ins: partition 0 lost offsets 7 to 41 (35 records) before they were read; nothing was "
                "read of it; the clock of what depends on it stands still, and alerts are held, until "
                "`docketwatch gaps accept docket.check-ins --partition 0` accepts the loss"
            ),
            "docket.check-ins: partition 0: its gap is closed; offset 42 was read next",
        ]


class TestOfficers:
    def test_a_gap_of_officer_events_stops_the_watermark(self) -> None:
        """No period end behind it is judged."""
        driver = officers.OfficerDriver(follows_wall=True)
        driver.now += HOUR
        gap = InputGap(officers.OFFICERS, 0, 0, 8, 9)
        driver._collect(Batch(officers.OFFICERS, 0, (), (EndOfPartition(officers.OFFICERS, driver.now),), (gap,)))

        assert driver.processor.stats.clock is None
        assert driver.processor.gaps() == [gap]

    def test_a_gap_of_partials_is_open_until_every_partition_has_sent_all_rows(self) -> None:
        """A live partial and most final ones have only changed rows; a complete one has every row."""
        driver = officers.OfficerDriver()
        gap = InputGap(officers.PARTIALS, 0, 0, 8, 9)
        driver._collect(Batch(officers.OFFICERS, 0, (), (), (gap,)))
        driver._collect(Batch(officers.OFFICERS, 0))  # reading continues at once
        assert driver.processor.gaps() == [gap]
        driver.partial(0, HOUR)
        driver.partial(1, HOUR, final=False)
        changes = Partial(1, officers.START + HOUR, CHANGES, [], None, officers.START)
        driver.read(officers.PARTIALS, msgspec.json.encode(changes))
        assert driver.processor.gaps() == [gap]
        driver.partial(1, 2 * HOUR)

        assert driver.processor.gaps() == []
        assert officers.published(driver.work, AUDIT) == []
