from pathlib import Path

import pytest

from schemas import hot
from schemas.instants import to_ms
from tests.unit.sources.eoir_files import ConvertedRelease, Release, convert, day


def only(converted: ConvertedRelease, event_type: str) -> hot.AnyEvent:
    """Return the one event of a type."""
    (event,) = converted.of(event_type)
    return event


class TestOpening:
    def test_the_charging_document_opens_it_and_the_entry_makes_it_known(self, tmp_path: Path) -> None:
        """occurred_at is OSC_DATE, recorded_at the end of INPUT_DATE, both in the time zone of the court."""
        opened = only(convert(Release().case(7).proceeding(1, 7), tmp_path), "case_opened")
        assert to_ms("2020-01-10T00:00:00-05:00") == opened.occurred_at
        assert to_ms("2020-02-03T23:59:59.999-05:00") == opened.recorded_at

    def test_a_hearing_on_the_day_of_entry_follows_the_opening(self, tmp_path: Path) -> None:
        """A hearing cannot be entered before its case."""
        opened = only(convert(Release().case(7).proceeding(1, 7).hearing(1, 1, 7), tmp_path), "case_opened")
        assert to_ms("2020-02-03T09:15:00-05:00") == opened.recorded_at

    def test_office_and_level(self, tmp_path: Path) -> None:
        """The base city is the office; the level is the least strict one."""
        opened = only(convert(Release().case(7).proceeding(1, 7), tmp_path), "case_opened")
        assert isinstance(opened, hot.CaseOpened)
        assert ("ATL", "annual", False) == (opened.office, opened.level, opened.protected)

    def test_an_office_unknown_to_the_policy_has_utc(self, tmp_path: Path) -> None:
        """The converter guesses no zone."""
        opened = only(convert(Release().case(7).proceeding(1, 7, BASE_CITY_CODE="ELP"), tmp_path), "case_opened")
        assert to_ms("2020-01-10T00:00:00Z") == opened.occurred_at

    def test_a_charging_document_dated_after_the_entry_does_not_count(self, tmp_path: Path) -> None:
        """An event is not recorded before it happened."""
        release = Release().case(7).proceeding(1, 7, OSC_DATE=day("2020-03-01"))
        assert to_ms("2020-02-03T00:00:00-05:00") == only(convert(release, tmp_path), "case_opened").occurred_at

    def test_a_case_without_a_proceeding_is_skipped(self, tmp_path: Path) -> None:
        """Place and time of its opening are unknown."""
        converted = convert(Release().case(7).hearing(1, 1, 7), tmp_path)
        assert [] == converted.events
        assert 1 == sum(converted.skipped().values())


class TestHearings:
    def test_a_hearing_is_set_when_its_row_is_entered(self, tmp_path: Path) -> None:
        """The entry is INPUT_DATE and INPUT_TIME; the hearing is due at ADJ_DATE and ADJ_TIME_START, local time."""
        hearing = only(convert(Release().case(7).proceeding(1, 7).hearing(1, 1, 7), tmp_path), "hearing_scheduled")
        assert isinstance(hearing, hot.HearingScheduled)
        assert to_ms("2020-02-03T09:15:00-05:00") == hearing.occurred_at == hearing.recorded_at
        assert to_ms("2020-06-15T08:30:00-04:00") == hearing.due_at

    def test_without_a_time_of_day_it_is_due_at_the_end_of_the_day(self, tmp_path: Path) -> None:
        """It has not been missed before."""
        release = Release().case(7).proceeding(1, 7).hearing(1, 1, 7, ADJ_TIME_START="")
        hearing = only(convert(release, tmp_path), "hearing_scheduled")
        assert isinstance(hearing, hot.HearingScheduled)
        assert to_ms("2020-06-15T23:59:59.999-04:00") == hearing.due_at

    @pytest.mark.parametrize(
        ("calendar", "schedule", "kind"),
        [
            ("M", "MR", "master"),
            ("I", "II", "individual"),
            ("M ", "MA", "master"),
            ("I", "IA", "individual"),
            ("R", "RR", "individual"),
            ("M", "CY", "custody"),
            ("N", "CN", "other"),
            ("", "", "other"),
        ],
    )
    def test_kinds_are_coarse(self, tmp_path: Path, calendar: str, schedule: str, kind: str) -> None:
        """A schedule type about asylum or fear has no kind of its own."""
        release = Release().case(7).proceeding(1, 7).hearing(1, 1, 7, CAL_TYPE=calendar, SCHEDULE_TYPE=schedule)
        hearing = only(convert(release, tmp_path), "hearing_scheduled")
        assert isinstance(hearing, hot.HearingScheduled)
        assert kind == hearing.kind

    @pytest.mark.parametrize(
        ("reason", "found"),
        [
            ("01", ("hearing_adjourned", "person")),
            ("03", ("hearing_adjourned", "agency")),
            ("34", ("hearing_adjourned", "court")),
            ("45", ("hearing_adjourned", "unknown")),
            ("8A", ("hearing_held", None)),
            ("8B", ("hearing_held", None)),
            ("99", ("hearing_cancelled", None)),
        ],
    )
    def test_outcomes(self, tmp_path: Path, reason: str, found: tuple[str, str | None]) -> None:
        """ADJ_RSN says who asked for an adjournment, that the hearing was held, or that it was none."""
        release = Release().case(7).proceeding(1, 7).hearing(1, 1, 7, ADJ_RSN=reason)
        assert found in convert(release, tmp_path).values("by")

    def test_no_appearance_is_claimed(self, tmp_path: Path) -> None:
        """The tables have no field for it."""
        held = only(
            convert(Release().case(7).proceeding(1, 7).hearing(1, 1, 7, ADJ_RSN="8A"), tmp_path), "hearing_held"
        )
        assert isinstance(held, hot.HearingHeld)
        assert "unknown" == held.appeared

    def test_an_outcome_is_known_when_it_is_entered(self, tmp_path: Path) -> None:
        """The entry is UPDATE_DATE and UPDATE_TIME; it occurred when the hearing was due."""
        update = {"UPDATE_DATE": day("2020-06-18"), "UPDATE_TIME": "1402"}
        release = Release().case(7).proceeding(1, 7).hearing(1, 1, 7, ADJ_RSN="12", **update)
        adjourned = only(convert(release, tmp_path), "hearing_adjourned")
        assert to_ms("2020-06-15T08:30:00-04:00") == adjourned.occurred_at
        assert to_ms("2020-06-18T14:02:00-04:00") == adjourned.recorded_at

    def test_an_update_before_the_day_of_the_hearing_adjourns_it_in_advance(self, tmp_path: Path) -> None:
        """It occurred when it was entered."""
        update = {"UPDATE_DATE": day("2020-04-01"), "UPDATE_TIME": "1402"}
        release = Release().case(7).proceeding(1, 7).hearing(1, 1, 7, ADJ_RSN="34", **update)
        adjourned = only(convert(release, tmp_path), "hearing_adjourned")
        assert to_ms("2020-04-01T14:02:00-04:00") == adjourned.occurred_at == adjourned.recorded_at

    def test_without_an_update_it_is_known_at_the_end_of_the_day(self, tmp_path: Path) -> None:
        """The outcome is known by then."""
        adjourned = only(
            convert(Release().case(7).proceeding(1, 7).hearing(1, 1, 7, ADJ_RSN="12"), tmp_path), "hearing_adjourned"
        )
        assert to_ms("2020-06-15T23:59:59.999-04:00") == adjourned.recorded_at

    def test_an_undocumented_reason_is_unknown_and_counted(self, tmp_path: Path) -> None:
        """The lookup table of the release would explain it; there is none."""
        converted = convert(Release().case(7).proceeding(1, 7).hearing(1, 1, 7, ADJ_RSN="77"), tmp_path)
        assert ("hearing_adjourned", "unknown") in converted.values("by")
        assert 1 == sum(converted.noted().values())

    def test_the_lookup_table_says_who_asked(self, tmp_path: Path) -> None:
        """Regd_By is I for the agency and A for the person, padded and with NUL bytes as in the release."""
        release = Release().case(7).proceeding(1, 7).hearing(1, 1, 7, ADJ_RSN="77")
        release.lookups["tblAdjournmentcodes"] = (
            "idnAdjCode\tstrcode\tstrDesciption\tRegd_By\r\n3\t77 \t\0Some words\tI  \r\n"
        )
        assert ("hearing_adjourned", "agency") in convert(release, tmp_path).values("by")


class TestEnds:
    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"DEC_CODE": "X"}, "removed"),
            ({"DEC_CODE": "V"}, "voluntary_departure"),
            ({"DEC_CODE": "R"}, "relief_granted"),
            ({"DEC_CODE": "T"}, "terminated"),
            ({"DEC_CODE": "O"}, "other"),
            ({"OTHER_COMP": "A"}, "other"),
            ({"OTHER_COMP": "F"}, "terminated"),
            ({"DEC_CODE": "V", "CASE_TYPE": "CFR"}, "other"),
            ({}, "other"),
        ],
    )
    def test_a_decision_closes_the_case(self, tmp_path: Path, values: dict[str, str], reason: str) -> None:
        """DEC_CODE or OTHER_COMP counts with COMP_DATE; the codes of fear reviews mean something else."""
        release = Release().case(7).proceeding(1, 7, COMP_DATE=day("2021-03-01"), **values)
        assert ("case_closed", reason) in convert(release, tmp_path).values("reason")

    def test_it_is_at_the_hearing_of_the_day(self, tmp_path: Path) -> None:
        """It is known at the end of the day."""
        release = Release().case(7).proceeding(1, 7, COMP_DATE=day("2020-06-15"), DEC_CODE="X")
        closed = only(convert(release.hearing(1, 1, 7, ADJ_RSN="8A"), tmp_path), "case_closed")
        assert to_ms("2020-06-15T08:30:00-04:00") == closed.occurred_at
        assert to_ms("2020-06-15T23:59:59.999-04:00") == closed.recorded_at

    def test_a_decision_without_its_date_closes_nothing(self, tmp_path: Path) -> None:
        """It is counted."""
        converted = convert(Release().case(7).proceeding(1, 7, DEC_CODE="X"), tmp_path)
        assert [] == converted.of("case_closed")
        assert 1 == sum(converted.noted().values())

    def test_the_lookup_table_explains_other_decisions(self, tmp_path: Path) -> None:
        """The words of the description decide."""
        release = Release().case(7).proceeding(1, 7, DEC_CODE="Q", COMP_DATE=day("2021-03-01"))
        release.lookups["tblLookupCourtDecision"] = (
            "strCaseType\tstrDecCode\tstrDecType\tstrDecDescription\r\nRMV\tQ\tC\tPD Termination\r\n"
        )
        assert ("case_closed", "terminated") in convert(release, tmp_path).values("reason")


ORDERED = {"DEC_CODE": "X", "COMP_DATE": day("2020-06-15"), "ABSENTIA": "Y"}


class TestInAbsentia:
    def test_the_hearing_of_the_day_was_missed_and_the_case_stays_open(self, tmp_path: Path) -> None:
        """The order can be rescinded; the hearing has no other outcome beside it."""
        converted = convert(Release().case(7).proceeding(1, 7, **ORDERED).hearing(1, 1, 7, ADJ_RSN="8A"), tmp_path)
        scheduled, missed = only(converted, "hearing_scheduled"), only(converted, "hearing_missed")
        assert isinstance(scheduled, hot.HearingScheduled)
        assert isinstance(missed, hot.HearingMissed)
        assert (scheduled.hearing_id, scheduled.due_at) == (missed.hearing_id, missed.occurred_at)
        assert [] == converted.of("case_closed") + converted.of("hearing_held")

    def test_an_option_closes_it(self, tmp_path: Path) -> None:
        """The court closes it, too."""
        release = Release().case(7).proceeding(1, 7, **ORDERED).hearing(1, 1, 7)
        assert ("case_closed", "removed") in convert(release, tmp_path, closes_in_absentia=True).values("reason")

    def test_on_a_day_without_a_hearing_the_missed_one_has_an_id_of_its_own(self, tmp_path: Path) -> None:
        """The miss belongs to no other hearing."""
        converted = convert(
            Release().case(7).proceeding(1, 7, **ORDERED | {"COMP_DATE": day("2020-07-01")}).hearing(1, 1, 7),
            tmp_path,
        )
        scheduled, missed = only(converted, "hearing_scheduled"), only(converted, "hearing_missed")
        assert isinstance(scheduled, hot.HearingScheduled)
        assert isinstance(missed, hot.HearingMissed)
        assert scheduled.hearing_id != missed.hearing_id

    @pytest.mark.parametrize("motion", ["O", "MA", "MC "])
    def test_a_granted_motion_rescinds_the_order(self, tmp_path: Path, motion: str) -> None:
        """It is rescinded on the day of the grant, for the missed hearing."""
        release = Release().case(7).proceeding(1, 7, **ORDERED).hearing(1, 1, 7)
        converted = convert(release.motion(1, 7, REC_TYPE=motion, COMP_DATE=day("2020-09-01")), tmp_path)
        missed, rescinded = only(converted, "hearing_missed"), only(converted, "order_rescinded")
        assert isinstance(missed, hot.HearingMissed)
        assert isinstance(rescinded, hot.OrderRescinded)
        assert missed.hearing_id == rescinded.hearing_id
        assert to_ms("2020-09-01T00:00:00-04:00") == rescinded.occurred_at

    def test_other_motions_do_not(self, tmp_path: Path) -> None:
        """They are denied, of another kind, or granted before."""
        release = Release().case(7).proceeding(1, 7, **ORDERED).hearing(1, 1, 7)
        release.motion(1, 7, DEC="D", COMP_DATE=day("2020-09-01"))
        release.motion(2, 7, REC_TYPE="CO", COMP_DATE=day("2020-09-01"))
        release.motion(3, 7, COMP_DATE=day("2020-05-01"))
        assert [] == convert(release, tmp_path).of("order_rescinded")


class TestSeveralProceedings:
    def test_a_later_proceeding_reopens_a_decided_case(self, tmp_path: Path) -> None:
        """It is reopened on the day of the entry."""
        release = Release().case(7).proceeding(1, 7, DEC_CODE="X", COMP_DATE=day("2020-06-15"))
        reopened = only(convert(release.proceeding(2, 7, INPUT_DATE=day("2021-01-04")), tmp_path), "case_reopened")
        assert to_ms("2021-01-04T00:00:00-05:00") == reopened.occurred_at

    def test_a_decision_while_another_is_pending_closes_nothing(self, tmp_path: Path) -> None:
        """It is counted."""
        release = Release().case(7).proceeding(1, 7, DEC_CODE="X", COMP_DATE=day("2021-06-15"))
        converted = convert(release.proceeding(2, 7, INPUT_DATE=day("2021-01-04")), tmp_path)
        assert [] == converted.of("case_closed")
        assert 1 == sum(converted.noted().values())

    def test_a_change_of_venue_is_a_transfer(self, tmp_path: Path) -> None:
        """The case goes out at the old court's completion and in at the new court's receipt, and stays open."""
        release = Release().case(7).proceeding(1, 7, OTHER_COMP="C", COMP_DATE=day("2020-06-15"))
        arrived = {"TRANS_IN_DATE": day("2020-07-06"), "INPUT_DATE": day("2020-07-08"), "BASE_CITY_CODE": "BLM"}
        converted = convert(release.proceeding(2, 7, IJ_CODE="KLM", **arrived), tmp_path)
        assert [
            ("transferred_out", "ATL", "BLM", None),
            ("transferred_in", None, None, "BLM"),
        ] == [
            found
            for found in converted.values("from_office", "to_office", "office")
            if found[0].startswith("transferred")
        ]  # type: ignore[attr-defined]
        received = only(converted, "transferred_in")
        assert to_ms("2020-07-06T00:00:00-05:00") == received.occurred_at
        assert to_ms("2020-07-08T23:59:59.999-05:00") == received.recorded_at
        assert [] == converted.of("case_closed")

    def test_a_case_that_has_not_arrived_is_in_transit(self, tmp_path: Path) -> None:
        """It is sent to the court of the row, or to UNKNOWN."""
        left = {"OTHER_COMP": "C", "COMP_DATE": day("2020-06-15")}
        named = convert(Release().case(7).proceeding(1, 7, TRANSFER_TO="BLM", **left), tmp_path / "a")
        unnamed = convert(Release().case(7).proceeding(1, 7, **left), tmp_path / "b")
        assert ("transferred_out", "BLM") in named.values("to_office")
        assert ("transferred_out", "UNKNOWN") in unnamed.values("to_office")

    def test_another_room_of_the_same_court_is_no_transfer(self, tmp_path: Path) -> None:
        """The base city is the same."""
        release = Release().case(7).proceeding(1, 7, OTHER_COMP="T", COMP_DATE=day("2020-06-15"))
        converted = convert(release.proceeding(2, 7, INPUT_DATE=day("2020-07-08")), tmp_path)
        assert [] == converted.of("transferred_out") + converted.of("transferred_in") + converted.of("case_closed")

    def test_an_entry_at_the_new_court_before_the_end_at_the_old_one_is_an_arrival(self, tmp_path: Path) -> None:
        """transferred_out is never later than transferred_in, or the case would be in transit for ever."""
        release = Release().case(7).proceeding(1, 7, OTHER_COMP="C", COMP_DATE=day("2020-07-20"))
        converted = convert(release.proceeding(2, 7, INPUT_DATE=day("2020-07-08"), BASE_CITY_CODE="BLM"), tmp_path)
        assert only(converted, "transferred_out").occurred_at <= only(converted, "transferred_in").occurred_at
