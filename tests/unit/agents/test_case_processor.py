"""One case partition and its batches: when it applies events, what it publishes, and which offsets are processed."""

from schemas.instants import to_ms
from streams.core.state.partition_record import META_KEY
from streams.kafka.batches import EndOfPartition
from tests.gc_checks import are_gone_without
from tests.newest import newest
from tests.unit.agents.case_driver import (
    CASE,
    CASE_TOPICS,
    CASES,
    CHECK_INS,
    DAY,
    DEAD_LETTERS,
    HEARINGS,
    OFFICES,
    PARTIALS,
    PUBLIC,
    REASSIGNMENTS,
    RESTRICTED,
    SOME_CASES,
    START,
    CaseDriver,
    processed,
    published,
    text,
)


class TestOrder:
    def test_nothing_is_applied_before_all_topics_have_come_as_far(self) -> None:
        """An event waits for the watermark, and is not marked as processed."""
        driver = CaseDriver()
        work = driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"))

        assert len(driver.processor._cases) == 0
        assert processed(work) == {CASES: 0}
        assert driver.processor.stats.held_back == 1

    def test_events_up_to_the_watermark_are_applied_and_processed(self) -> None:
        """The clock records that set it wait for the next ones, because a restart must read them again."""
        driver = CaseDriver()
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"))
        driver.clock(1_000)

        assert len(driver.processor._cases) == 1
        assert processed(driver.work) == {CASES: 1, CHECK_INS: 0, HEARINGS: 0, REASSIGNMENTS: 0}
        assert driver.processor.stats.clock == START + 999

    def test_a_restart_has_the_same_watermark(self) -> None:
        """It results from the unprocessed records, which are read again, and the restored state."""
        before = CaseDriver()
        opened = before.event(0, "case_opened", office="ATL", level="low")
        before.read(CASES, opened)
        clocks = {name: before.event(1_000, "clock") for name in (CASES, CHECK_INS, HEARINGS, REASSIGNMENTS)}
        for name, value in clocks.items():
            before.read(name, value)
        after = CaseDriver().restored_from(before)
        for name, value in clocks.items():
            after.read(name, value)
        again = after.read(CASES, after.event(10 * DAY, "clock"))

        assert after.processor.stats.clock == before.processor.stats.clock
        assert published(again, PUBLIC) == []

    def test_a_rewind_forgets_unapplied_events(self) -> None:
        """They are read again and count once."""
        driver = CaseDriver()
        opened = driver.event(0, "case_opened", office="ATL", level="low")
        driver.read(CASES, opened)
        driver.rewind()
        driver.read(CASES, opened)
        driver.clock(1_000)

        assert driver.worker.decisions["applied"] == 1


class TestAlerts:
    @staticmethod
    def opened(**fields: object) -> CaseDriver:
        """Return a case without an officer, with the watermark 20 days later."""
        driver = CaseDriver()
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low", **fields))
        driver.clock(20 * DAY)
        return driver

    def test_they_have_the_wall_clock_as_observed_at(self) -> None:
        """observed_at is the wall clock's; the other instants are the log's."""
        driver = self.opened()
        alerts = published(driver.work, PUBLIC)

        assert {alert["cause"] for _, alert in alerts} == {"no_officer", "nothing_scheduled"}
        assert {alert["observed_at"] for _, alert in alerts} == {text(0)}
        assert {key.decode() for key, _ in alerts if key} == {alert["alert_id"] for _, alert in alerts}
        assert driver.processor.stats.standing.counts == {
            ("no_officer", "ATL", "warning"): 1,
            ("nothing_scheduled", "ATL", "warning"): 1,
        }
        assert driver.worker.alerts["no_officer", "raised"] == 1

    def test_those_of_protected_cases_are_restricted(self) -> None:
        """No alert goes to the public topic."""
        driver = self.opened(protected=True)

        assert published(driver.work, PUBLIC) == []
        assert len(published(driver.work, RESTRICTED)) == 2

    def test_a_case_that_becomes_protected_leaves_the_public_topic(self) -> None:
        """Its alerts move unchanged, and their later ends follow them."""
        driver = self.opened()
        raised = dict(published(driver.work, PUBLIC))
        driver.read(CASES, driver.event(21 * DAY, "case_opened", office="ATL", level="low", protected=True))
        driver.read(CASES, driver.event(22 * DAY, "case_closed", reason="other"))
        later = driver.clock(23 * DAY)

        assert dict(published(later, PUBLIC)) == dict.fromkeys(raised)
        found: dict[str, list[tuple[int, str]]] = {}
        for _, alert in published(later, RESTRICTED):
            found.setdefault(alert["cause"], []).append((alert["revision"], alert["status"]))
        assert found == {
            "no_officer": [(1, "raised"), (2, "resolved")],
            "nothing_scheduled": [(1, "raised"), (2, "resolved")],
        }
        assert driver.processor.stats.standing.counts == {}

    def test_open_alerts_are_counted_from_the_restored_state(self) -> None:
        """A restart begins with the former counts."""
        before = self.opened()
        after = CaseDriver().restored_from(before)

        assert after.processor.stats.standing.counts == before.processor.stats.standing.counts

    def test_a_revoked_partition_is_freed_at_once(self) -> None:
        """Its gigabytes do not wait for a garbage collection while other partitions are assigned."""
        driver = CaseDriver().restored_from(self.opened())
        driver.read(CASES, driver.event(21 * DAY, "case_closed", reason="removed"))
        driver.clock(22 * DAY)

        assert are_gone_without(driver, "processor", "_cases")

    def test_an_alerts_lateness_counts_on_the_wall_clock(self) -> None:
        """It is measured from the alert's deadline; on the log's clock it has no meaning."""
        driver = CaseDriver(follows_wall=True)
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"))
        driver.now = START + 20 * DAY
        driver.tick(*(EndOfPartition(name, driver.now) for name in CASE_TOPICS))
        raised = [alert for _, alert in published(driver.work, PUBLIC)]
        late = sum((driver.now - to_ms(alert["raised_at"])) / 1_000 for alert in raised)

        assert len(driver.worker.delays) == len(raised) == 2
        assert driver.worker.delays.total == late
        assert len(self.opened().worker.delays) == 0

    def test_repetitions_are_counted_apart(self) -> None:
        """A record delivered again changes nothing."""
        driver = CaseDriver()
        event = driver.event(0, "case_opened", office="ATL", level="low")
        driver.read(CASES, event)
        driver.clock(1_000)
        driver.read(CASES, event, event)
        driver.clock(2_000)

        assert driver.worker.decisions["unchanged"] == 2
        assert driver.worker.decisions["applied"] == 3


class TestWork:
    def test_a_flush_of_state_ends_with_its_marker(self) -> None:
        """A restore can therefore distinguish a complete flush from an incomplete one."""
        driver = CaseDriver()
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"))
        driver.clock(1_000)
        flushes = [work.changelog for work in driver.work if work.changelog]

        assert {flush[-1][0] for flush in flushes} == {META_KEY}
        assert [key for flush in flushes for key, _ in flush[:-1]] == [CASE.encode()]

    def test_a_snapshot_equals_the_changelog(self) -> None:
        """It has the state of the moment when it was taken, whatever follows; so has that of a restored processor."""
        driver = CaseDriver()
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"))
        driver.clock(1_000)
        kept = newest(record for work in driver.work for record in work.changelog if record[0] != META_KEY)
        snapshot = driver.processor.snapshot()
        driver.read(CASES, driver.event(2_000, "case_closed", reason="removed"))
        driver.clock(3_000)

        assert kept == dict(snapshot)
        assert kept != dict(driver.processor.snapshot())
        assert dict(driver.processor.snapshot()) == dict(CaseDriver().restored_from(driver).processor.snapshot())

    def test_the_size_of_the_state_is_measured_once_a_minute(self) -> None:
        """A scrape does not measure it."""
        driver = CaseDriver()
        assert driver.processor.state_bytes == 0
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"))
        driver.clock(1_000)
        driver.now += 59_999
        assert driver.processor.state_bytes == 0
        driver.now += 1
        assert driver.processor.state_bytes == sum(len(value) for _, value in driver.processor.snapshot())

    def test_a_watermark_alone_writes_no_state(self) -> None:
        """A restart reads it from the log again; the work with processed offsets says up to where."""
        driver = CaseDriver()
        driver.clock(1_000)
        work = driver.clock(2_000)

        assert [each for each in work if not each.processed]
        assert not [each for each in work if each.changelog and not each.processed]
        assert {tuple(key for key, _ in each.changelog) for each in work if each.processed} == {(META_KEY,)}

    def test_a_refused_record_is_processed_with_its_dead_letter(self) -> None:
        """One piece of work has both, so neither is durable without the other."""
        driver = CaseDriver()
        (work,) = driver.read(CASES, b"no event")

        assert len(published([work], DEAD_LETTERS)) == 1
        assert processed([work]) == {CASES: 1}

    def test_a_partial_goes_to_every_officer_partition(self) -> None:
        """A partial without a row is sent, too, because it has the watermark of the case partition."""
        driver = CaseDriver()
        driver.clock(1_000)
        driver.now += 10_000
        work = driver.tick()

        outputs = [(output.topic, output.partition) for each in work for output in each.outputs]
        assert [(PARTIALS, 0), (PARTIALS, 1)] == [output for output in outputs if output[0] == PARTIALS]
        assert [value[:4] for _, value in published(work, PARTIALS)] == [[0, START + 999, False, []]] * 2

    def test_live_partials_have_a_least_interval(self) -> None:
        """None is sent when the watermark has not moved, and none within a second of the last."""
        driver = CaseDriver()
        driver.clock(1_000)
        driver.now += 10_000
        driver.tick()
        again = driver.tick()
        driver.clock(2_000)
        soon = driver.tick()
        driver.now += 1_000
        then = driver.tick()

        assert published(again, PARTIALS) == published(soon, PARTIALS) == []
        assert len(published(then, PARTIALS)) == 2

    def test_counts_of_offices_are_published_when_they_change(self) -> None:
        """They come at a tick, with every open case; and once after a start, because the last ones may differ."""
        driver = CaseDriver()
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low", protected=False))
        driver.clock(1_000)
        driver.now += 10_000
        ((key, partial), _) = published(driver.tick(), OFFICES)
        driver.clock(2_000)
        driver.now += 10_000

        assert key == b"cases:0"
        assert partial[:2] == [0, START + 999]
        ((office, open_cases, _, by_level, *_, unassigned, in_transit, deadlines),) = partial[2]
        assert (office, open_cases, by_level, unassigned, in_transit) == ("ATL", 1, [0, 0, 1, 0], 1, 0)
        assert deadlines == 1  # of a case without an officer
        assert [row.office for row in driver.processor.stats.offices] == ["ATL"]
        assert published(driver.tick(), OFFICES) == []

    def test_what_lies_ahead_is_published_when_it_changes(self) -> None:
        """In a message of its own, by day; a console of the release before reads it as one without rows."""
        driver = CaseDriver()
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low", protected=False))
        driver.clock(1_000)
        driver.now += 10_000
        (_, (key, partial)) = published(driver.tick(), OFFICES)
        driver.clock(2_000)
        driver.now += 10_000
        again = published(driver.tick(), OFFICES)
        driver.clock(DAY + 1_000)
        driver.now += 10_000
        tomorrow = dict(published(driver.tick(), OFFICES))

        assert (key, partial[:4]) == (b"calendar:0", [0, START + 999, [], []])
        ((office, check_ins, hearings, deadlines),) = partial[4]
        assert (office, sum(check_ins), sum(hearings), sum(deadlines)) == ("ATL", 0, 0, 1)
        assert again == []
        ((_, _, _, moved),) = tomorrow[key][4]
        assert moved.index(1) == deadlines.index(1) - 1

    def test_many_events_are_divided_into_steps(self) -> None:
        """A step ends where the instant changes, so that events of one instant are judged together."""
        driver = CaseDriver()
        values = [
            driver.event(at // 2, "address_changed", status="valid", case_id=SOME_CASES[at // 2 % len(SOME_CASES)])
            for at in range(5_001)
        ]
        driver.read(CASES, *values)
        work = [each for each in driver.clock(10_000) if len(each.changelog) > 1]

        assert len(work) == 3
        assert driver.worker.decisions["applied"] == 5_001

    def test_a_silent_year_passes_in_steps(self) -> None:
        """A log that stops passes thousands of periods; the alerts of each step are published before the next."""
        driver = CaseDriver()
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="standard"))
        driver.read(REASSIGNMENTS, driver.event(0, "officer_assigned", office="ATL", officer_id="officer-1"))
        work = driver.clock(365 * DAY)
        alerts = [[value["raised_at"] for _, value in published([each], PUBLIC)] for each in work]

        assert sum(map(bool, alerts)) > 1
        assert sum(map(len, alerts)) < 10
        finals = [value for value in published(work, PARTIALS) if value[1][2]]
        last = max(value[1] for _, value in finals)
        assert START + 365 * DAY - 3_600_000 <= last < START + 365 * DAY

    def test_millennia_without_events_pass_at_once(self) -> None:
        """Only the instants of a case's next timer and of a load's next change are visited."""
        driver = CaseDriver()
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="standard"))
        driver.read(REASSIGNMENTS, driver.event(0, "officer_assigned", office="ATL", officer_id="officer-1"))
        work = driver.clock(7_900 * 365 * DAY)

        assert len(work) < 20
        assert len(published(work, PARTIALS)) < 40
        assert driver.processor.stats.clock == START + 7_900 * 365 * DAY - 1
