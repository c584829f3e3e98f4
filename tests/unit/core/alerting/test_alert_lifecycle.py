"""An alert from first to last revision: raised, escalated, republished, ended, raised again (CONTRACT.md §5)."""

import hashlib

import msgspec
import pytest

from streams.core.alerting.reasons import Reason
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.core.state.partition_record import META_KEY
from tests.builders import (
    address,
    assigned,
    booked,
    checked_in,
    closed,
    event,
    in_absentia,
    level,
    ms,
    only,
    opened,
    received,
    reopened,
    sent,
    unassigned,
    when,
)
from tests.driver import Driver
from tests.newest import newest

GRACE = {"grace": {"intensive": "1d", "standard": "1d", "low": "1d", "annual": "5d"}}
MAIL = only("notice_undeliverable", after="2d", escalate_after="10d")
OFFICER = only("no_officer", after="2d", escalate_after="10d")
OVERDUE = only("check_in_overdue", escalate_after="10d", contact=GRACE)


def bad_mail(*events) -> Driver:
    """X has the case, mail came back on day 3; the alert is raised on day 5 and escalated on day 15."""
    return Driver(MAIL).feed(opened("day 1"), assigned("day 1", "X"), address("day 3", "missing"), *events)


class TestRecord:
    def test_every_field(self):
        """A record has these fields and no others, besides observed_at."""
        fields = {
            *("v", "alert_id", "case_id", "cause", "cause_class", "instance", "anchor_at", "deadline_at", "status"),
            *("severity", "raised_at", "escalated_at", "ended_at", "ended_by", "officer_id", "office", "level"),
            *("policy", "policy_hash", "revision", "evidence", "agency_causes"),
        }
        assert fields == set(bad_mail().at("day 5").last("notice_undeliverable"))

    def test_observed_at(self):
        """The publisher adds only the wall clock."""
        driver = bad_mail()
        driver.at("day 4")
        effects = driver.partition.advance([], ms("day 5"))
        observed = effects.alerts[0].json(ms("day 6"))
        assert b'"observed_at":"2026-03-07T00:00:00.000Z"' in observed

    def test_alert_id(self):
        """alert_id is computed from case, cause, instance and anchor, with the bars."""
        plain = f"case-A|notice_undeliverable||{ms('day 3')}|"
        assert hashlib.sha256(plain.encode()).hexdigest()[:32] == bad_mail().at("day 5").alerts()[0]["alert_id"]

    def test_alert_id_with_instance(self):
        """The instance stands between its bars."""
        driver = Driver(only("hearing_missed")).feed(opened("day 1"), in_absentia("day 2", hearing_id="h7")).at("day 2")
        plain = f"case-A|hearing_missed|h7|{ms('day 2')}|"
        assert hashlib.sha256(plain.encode()).hexdigest()[:32] == driver.alerts()[0]["alert_id"]

    def test_policy(self):
        """The policy is named with its version."""
        assert "test@1" == bad_mail().at("day 5").alerts()[0]["policy"]

    def test_milliseconds(self):
        """Instants have three decimals."""
        driver = Driver(MAIL).feed(opened("day 1"), address("day 3 00:00:00.007", "missing")).at("day 5 00:00:00.007")
        assert "2026-03-06T00:00:00.007Z" == driver.alerts()[0]["raised_at"]


class TestEscalation:
    def test_a_ms_before(self):
        """The alert is a warning until escalate_after has passed."""
        assert ["raised"] == bad_mail().at("day 14 23:59:59.999").story("notice_undeliverable")

    def test_at_the_instant(self):
        """Then it becomes critical, once."""
        record = bad_mail().at("day 90").last("notice_undeliverable")
        assert ("escalated", "critical", 2) == (record["status"], record["severity"], record["revision"])
        assert (when("day 5"), when("day 15")) == (record["raised_at"], record["escalated_at"])

    def test_counted_from_raised_at(self):
        """escalate_after counts from raised_at, not from the deadline that had passed."""
        driver = (
            Driver(MAIL).feed(opened("day 1", known="day 20"), address("day 3", "missing", known="day 20")).at("day 90")
        )
        assert when("day 30") == driver.last("notice_undeliverable")["escalated_at"]

    def test_ended_at_the_instant(self):
        """An event that ends it at that very instant comes first."""
        assert ["raised", "resolved"] == bad_mail(address("day 15", "valid")).at("day 90").story("notice_undeliverable")

    def test_ended_after_it(self):
        """An escalated alert that ends stays critical and keeps its escalation."""
        record = bad_mail(address("day 20", "valid")).at("day 90").last("notice_undeliverable")
        assert ("resolved", "critical", 3) == (record["status"], record["severity"], record["revision"])
        assert (when("day 15"), when("day 20")) == (record["escalated_at"], record["ended_at"])

    def test_in_business_days(self):
        """Escalation may count business days: Friday and one is Monday."""
        driver = Driver(only("notice_undeliverable", after="2d", escalate_after="1bd"))
        driver.feed(opened("day 1"), address("day 3", "missing")).at("day 90")
        assert when("day 8") == driver.last("notice_undeliverable")["escalated_at"]

    def test_earlier_at_another_office(self):
        """If a new office, and with it the time zone, makes the instant earlier than now, the alert escalates now."""
        zones = {"NYC": {"tz": "America/New_York"}}
        policy = only("notice_undeliverable", after="2d", escalate_after="1bd", offices=zones)
        driver = Driver(policy).feed(opened("day 1", office="NYC"), address("day 3 02:00", "missing"))
        # raised Friday 02:00 UTC: Thursday night in New York, so it escalates on Friday night there, not on Monday
        driver.at("day 90")
        assert when("day 6 02:00") == driver.last("notice_undeliverable")["escalated_at"]
        later = Driver(policy).feed(opened("day 1", office="UTC-1"), address("day 3 02:00", "missing"))
        later.feed(assigned("day 7", "X", office="NYC")).at("day 90")
        assert when("day 7") == later.last("notice_undeliverable")["escalated_at"]


class TestRaisedAgain:
    def test_a_deadline_that_has_passed_too(self):
        """A deadline that moves, but not past the clock, does not change an open alert."""
        driver = Driver(OVERDUE).feed(opened("day 1"), booked("day 2", "day 5"), level("day 17", "annual")).at("day 90")
        assert ["raised", "escalated"] == driver.story("check_in_overdue")

    def test_a_deadline_that_moves_ahead(self):
        """A deadline that moves ahead ends the alert; it is raised anew when the deadline passes."""
        driver = Driver(OVERDUE).feed(opened("day 1"), booked("day 2", "day 5"), level("day 7", "annual")).at("day 90")
        assert ["raised", "resolved", "raised", "escalated"] == driver.story("check_in_overdue")
        first, ended, again, escalated = driver.alerts()
        assert 1 == len({record["alert_id"] for record in driver.alerts()})
        assert (when("day 6"), when("day 7")) == (first["raised_at"], ended["ended_at"])
        assert (3, "warning", None, None, None) == tuple(
            again[name] for name in ("revision", "severity", "escalated_at", "ended_at", "ended_by")
        )
        assert (when("day 10"), when("day 10")) == (again["raised_at"], again["deadline_at"])
        assert when("day 20") == escalated["escalated_at"]

    def test_retracted_and_raised_again(self):
        """A correction retracts the alert, and the correction's correction raises it at its own instant."""
        driver = bad_mail(address("day 4", "valid", known="day 6"), address("day 4 12:00", "missing", known="day 8"))
        assert ["raised", "retracted", "raised"] == driver.at("day 9").story("notice_undeliverable")
        assert when("day 4 12:00") == driver.last("notice_undeliverable")["anchor_at"]


class TestRepublished:
    def test_another_officer(self):
        """The alert is published for the new officer with the same status and the next revision."""
        driver = bad_mail(assigned("day 7", "Y")).at("day 7")
        assert ["raised", "raised"] == driver.story("notice_undeliverable")
        first, second = driver.alerts()
        assert ("X", "Y", 2) == (first["officer_id"], second["officer_id"], second["revision"])
        assert {"officer_id", "revision"} == {name for name in first if first[name] != second[name]}

    def test_another_office(self):
        """It is published for the new office, too."""
        driver = bad_mail(assigned("day 7", "X", office="UTC-2")).at("day 7")
        assert ["UTC-1", "UTC-2"] == [record["office"] for record in driver.alerts()]

    def test_escalated_stays_escalated(self):
        """An escalated alert is published again as escalated."""
        driver = bad_mail(assigned("day 20", "Y")).at("day 20")
        assert ["raised", "escalated", "escalated"] == driver.story("notice_undeliverable")

    def test_escalated_in_the_same_judging(self):
        """If it escalates in the same judging, that revision has the new officer."""
        driver = bad_mail(assigned("day 15", "Y")).at("day 20")
        assert ["raised", "escalated"] == driver.story("notice_undeliverable")
        assert "Y" == driver.last("notice_undeliverable")["officer_id"]

    def test_no_officer_any_more(self):
        """An unassignment is a change, too."""
        assert [None] == [record["officer_id"] for record in bad_mail(unassigned("day 7")).at("day 7").alerts()[1:]]

    def test_stale_at_the_new_office(self):
        """An arrival elsewhere is one, too, because it makes the assignment stale."""
        driver = bad_mail(sent("day 6", "UTC-2"), received("day 7", "UTC-2")).at("day 7")
        assert [("X", "UTC-1"), (None, "UTC-2")] == [(a["officer_id"], a["office"]) for a in driver.alerts()]

    def test_another_level(self):
        """Another level alone publishes nothing; the next revision has it."""
        driver = bad_mail(level("day 7", "low"), assigned("day 8", "Y")).at("day 9")
        assert ["standard", "low"] == [record["level"] for record in driver.alerts()]

    def test_the_same_again(self):
        """A repeated assignment publishes nothing."""
        assert ["raised"] == bad_mail(assigned("day 7", "X")).at("day 9").story("notice_undeliverable")

    def test_there_and_back_at_one_instant(self):
        """An officer assigned and unassigned at one instant is no change."""
        events = (assigned("day 6", "Y", known="day 7"), assigned("day 6 12:00", "X", known="day 7"))
        assert ["raised"] == bad_mail(*events).at("day 9").story("notice_undeliverable")


class TestEnd:
    @pytest.mark.parametrize(("at", "status"), [("day 5", "retracted"), ("day 5 00:00:00.001", "resolved")])
    def test_at_the_deadline(self, at, status):
        """A fact at or before the deadline retracts; a fact a millisecond later resolves."""
        driver = bad_mail(address(at, "valid", known="day 9")).at("day 9")
        assert ["raised", status] == driver.story("notice_undeliverable")

    def test_the_newest_fact_read(self):
        """Of several facts of the instant the record names the newest that the cause reads."""
        driver = bad_mail(address("day 4", "valid", known="day 9"), checked_in("day 9"), level("day 9", "low")).at(
            "day 9"
        )
        assert ("retracted", "address_changed") == tuple(driver.alerts()[-1][name] for name in ("status", "ended_by"))

    def test_the_newest_by_key(self):
        """The key decides: at one instant closing comes before reopening."""
        driver = bad_mail(closed("day 9"), reopened("day 9")).at("day 9")
        assert "case_reopened" == driver.alerts()[-1]["ended_by"]

    def test_no_fact_that_the_cause_reads(self):
        """If the cause reads none of the facts, the record names the newest of all."""
        zones = {"NYC": {"tz": "America/New_York"}}
        policy = only("notice_undeliverable", after="1bd", offices=zones)
        driver = Driver(policy).feed(opened("day 1", office="NYC"), address("day 5 02:00", "missing"))
        # Thursday night in New York plus one: raised Friday night, day 6 02:00; in UTC it would be Monday 02:00
        driver.feed(assigned("day 7", "X", office="UTC-1"), level("day 6", "low", known="day 7")).at("day 8 02:00")
        assert ["raised", "resolved", "raised"] == driver.story("notice_undeliverable")
        assert "officer_assigned" == driver.alerts()[1]["ended_by"]

    def test_order_within_a_case(self):
        """The order is ended, raised, escalated, republished, each by alert_id."""
        policy = only("no_officer", "notice_undeliverable", "hearing_missed", after="2d", escalate_after="10d")
        driver = Driver(policy).feed(opened("day 1"), address("day 11", "missing"))
        driver.feed(in_absentia("day 3"), in_absentia("day 3", hearing_id="h2")).at("day 12 23:59")
        driver.feed(assigned("day 13", "X"), in_absentia("day 13", hearing_id="h3")).at("day 13")
        order = [(record["cause"], record["status"], record["instance"]) for record in driver.alerts()[3:]]
        hearings = sorted(driver.alerts()[0:3], key=lambda record: record["alert_id"])
        escalated = [("hearing_missed", "escalated", a["instance"]) for a in hearings if a["instance"]]
        begun = {("hearing_missed", "raised", "h3"), ("notice_undeliverable", "raised", None)}
        assert ("no_officer", "escalated", None) not in order
        assert ("no_officer", "resolved", None) == order[0]
        assert begun == set(order[1:3])
        assert escalated == order[3:]

    def test_order_between_cases(self):
        """At one instant the order is by case_id, whatever happened then."""
        driver = Driver(MAIL)
        for case_id, mail in (("b", "day 3"), ("a", "day 3"), ("c", "day 1")):
            driver.feed(opened("day 1", case_id=case_id), address(mail, "missing", case_id=case_id))
        driver.feed(address("day 5", "valid", case_id="c")).at("day 5")
        assert [("c", "raised"), ("a", "raised"), ("b", "raised"), ("c", "resolved")] == [
            (record["case_id"], record["status"]) for record in driver.alerts()
        ]


class TestDuplicates:
    def test_at_the_same_instant(self):
        """An event delivered twice is one event."""
        mail = address("day 3", "missing")
        driver = Driver(MAIL).feed(opened("day 1"), mail, mail, mail).at("day 9")
        assert ["raised"] == driver.story("notice_undeliverable")

    def test_later(self):
        """An event delivered again behind the clock changes nothing and publishes nothing."""
        opening, mail = opened("day 1"), address("day 3", "missing")
        driver = Driver(MAIL).feed(opening, mail).at("day 9").feed(mail, opening).at("day 10")
        assert ["raised"] == driver.story("notice_undeliverable")


class TestProtected:
    def test_restricted(self):
        """The topic shows that the case is protected; the record does not."""
        driver = Driver(OFFICER)
        driver.feed(opened("day 1", protected=True)).at("day 2")
        (revision,) = driver.partition.advance([], ms("day 3")).alerts
        assert revision.restricted
        assert b"protected" not in revision.json(None)

    def test_becomes_protected(self):
        """Open alerts move to the restricted topic with their revision, and off the public one."""
        driver = Driver(OFFICER).feed(opened("day 1"), opened("day 4", protected=True)).at("day 5")
        assert ["raised"] == driver.story("no_officer")
        assert [driver.alerts()[0]] == driver.moved
        assert [driver.alerts()[0]["alert_id"]] == driver.tombstones
        assert 1 == driver.count(Reason.MADE_PROTECTED)

    def test_ended_in_the_same_judging(self):
        """An alert that ends as its case becomes protected leaves the public topic, too."""
        driver = (
            Driver(OFFICER).feed(opened("day 1"), assigned("day 4", "X"), opened("day 4", protected=True)).at("day 5")
        )
        assert ["raised", "resolved"] == driver.story("no_officer")
        assert ([], [driver.alerts()[0]["alert_id"]]) == (driver.moved, driver.tombstones)

    def test_republished_in_the_same_judging(self):
        """An alert that is republished as its case becomes protected is not moved: its next revision is there."""
        events = (opened("day 4", protected=True), assigned("day 4", "Y"))
        driver = Driver(MAIL).feed(opened("day 1"), assigned("day 1", "X"), address("day 1", "missing"), *events)
        driver.at("day 5")
        assert [1, 2] == [record["revision"] for record in driver.alerts()]
        assert ([], [driver.alerts()[0]["alert_id"]]) == (driver.moved, driver.tombstones)

    def test_protected_twice(self):
        """A second statement moves nothing."""
        driver = Driver(OFFICER).feed(opened("day 1", protected=True), opened("day 4", protected=True)).at("day 5")
        assert ([], []) == (driver.moved, driver.tombstones)


class TestPolicyChanged:
    def test_no_longer_stands(self):
        """An alert that the new policy would not have raised ends as resolved by the change."""
        driver = bad_mail().at("day 6").restart(only("notice_undeliverable", after="30d", version="2"))
        assert ("resolved", "policy_changed", "test@2") == tuple(
            driver.last("notice_undeliverable")[name] for name in ("status", "ended_by", "policy")
        )
        assert when("day 6") == driver.last("notice_undeliverable")["ended_at"]

    def test_still_stands(self):
        """An alert that stands under both policies is not published."""
        driver = bad_mail().at("day 6").restart(only("notice_undeliverable", after="1d", version="2"))
        assert ["raised"] == driver.story("notice_undeliverable")

    def test_newly_stands(self):
        """The alerts of the new policy are raised at the clock."""
        driver = bad_mail().at("day 4").restart(only("notice_undeliverable", after="12h", version="2"))
        assert (when("day 4"), when("day 3 12:00")) == tuple(
            driver.alerts()[0][name] for name in ("raised_at", "deadline_at")
        )

    def test_from_before_the_first_case(self):
        """The policy of an empty partition does not affect cases that came under the next one."""
        lenient, strict = (
            only("notice_undeliverable", after=after, version=version) for after, version in (("30d", "1"), ("1d", "2"))
        )
        driver = Driver(lenient).at("day 1").restart(strict)
        driver.feed(opened("day 1"), address("day 2", "missing")).at("day 6").restart(lenient)
        assert ["raised", "resolved"] == driver.story("notice_undeliverable")

    def test_escalates_at_once(self):
        """An escalation that the new policy puts into the past happens at the clock."""
        shorter = only("notice_undeliverable", after="2d", escalate_after="1d", version="2")
        driver = bad_mail().at("day 9").restart(shorter)
        assert when("day 9") == driver.last("notice_undeliverable")["escalated_at"]

    def test_another_of_the_same_name_and_version(self):
        """The hash distinguishes it, in the partition and in the record."""
        before = bad_mail().at("day 6")
        raised = before.last("notice_undeliverable")
        driver = before.restart(only("notice_undeliverable", after="30d"))
        ended = driver.last("notice_undeliverable")
        assert ("resolved", "policy_changed", "test@1") == (ended["status"], ended["ended_by"], ended["policy"])
        assert raised["policy"] == ended["policy"]
        assert raised["policy_hash"] != ended["policy_hash"] == driver.policy.hash

    @pytest.mark.parametrize(("kept", "story"), [("test@1", ["raised"]), ("test@2", ["raised", "resolved"])])
    def test_a_partition_of_a_program_without_hashes(self, kept, story):
        """The partition has only the policy's name: the same name judges nothing anew, another one does."""
        driver = bad_mail().at("day 6")
        driver.policy = only("notice_undeliverable", after="30d")
        own = msgspec.msgpack.decode(newest(driver.changelog)[META_KEY.decode()])
        assert f"test@1#{MAIL.hash}" == own[2]
        own[2] = kept
        partition = CasePartition(Rules(driver.policy))
        partition.restore({**newest(driver.changelog), META_KEY.decode(): msgspec.msgpack.encode(own)})
        assert story[1:] == [revision.status for revision in partition.restored().alerts]

    def test_the_same_policy(self):
        """A restart under the same policy publishes nothing."""
        driver = bad_mail().at("day 6").restart()
        assert ["raised"] == driver.at("day 14").story("notice_undeliverable")
        assert ["raised", "escalated"] == driver.at("day 15").story("notice_undeliverable")


class TestClockRecords:
    def test_ignored_by_the_partition(self):
        """Only the watermark reads a clock record."""
        driver = bad_mail(event("clock", "day 90")).at("day 4")
        assert [] == driver.alerts()
