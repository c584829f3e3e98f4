from pathlib import Path

from schemas import hot
from schemas.instants import to_ms
from tests.unit.sources.eoir_files import ConvertedRelease, Release, convert, day


def assigned(converted: ConvertedRelease) -> list[tuple[str, str, int]]:
    """Return officer, office and instant of every assignment, in order."""
    events = [event for event in converted.events if isinstance(event, hot.OfficerAssigned)]
    return sorted(((e.officer_id, e.office, e.occurred_at) for e in events), key=lambda one: one[2])


def custody(converted: ConvertedRelease) -> list[tuple[str, int]]:
    """Return custody and instant of every change, in order."""
    events = [event for event in converted.events if isinstance(event, hot.CustodyChanged)]
    return sorted(((e.custody, e.occurred_at) for e in events), key=lambda one: one[1])


class TestJudges:
    def test_the_judge_of_a_hearing_has_the_case_since_its_entry(self, tmp_path: Path) -> None:
        """The judge is the officer."""
        ((_, office, at),) = assigned(convert(Release().case(7).proceeding(1, 7).hearing(1, 1, 7), tmp_path))
        assert ("ATL", to_ms("2020-02-03T09:15:00-05:00")) == (office, at)

    def test_only_a_change_is_an_assignment(self, tmp_path: Path) -> None:
        """Three hearings have two judges."""
        release = Release().case(7).proceeding(1, 7, IJ_CODE="KLM").hearing(1, 1, 7)
        release.hearing(2, 1, 7, INPUT_DATE=day("2020-06-15"), ADJ_DATE=day("2020-09-01"))
        release.hearing(3, 1, 7, INPUT_DATE=day("2020-09-01"), ADJ_DATE=day("2020-12-01"), IJ_CODE="KLM ")
        first, second = assigned(convert(release, tmp_path))
        assert first[0] != second[0]
        assert to_ms("2020-09-01T09:15:00-04:00") == second[2]

    def test_without_a_hearing_the_judge_of_the_proceeding_counts(self, tmp_path: Path) -> None:
        """The assignment is at its entry."""
        ((_, _, at),) = assigned(convert(Release().case(7).proceeding(1, 7), tmp_path))
        assert to_ms("2020-02-03T00:00:00-05:00") == at

    def test_after_an_adjournment_for_a_change_of_judge_the_proceedings_judge_counts(self, tmp_path: Path) -> None:
        """The code is 64, of the last hearing."""
        release = Release().case(7).proceeding(1, 7, IJ_CODE="KLM").hearing(1, 1, 7, ADJ_RSN="64")
        assert to_ms("2020-06-15T08:30:00-04:00") == assigned(convert(release, tmp_path))[1][2]

    def test_another_judge_of_the_proceeding_without_a_date_is_counted(self, tmp_path: Path) -> None:
        """The date of the change is unknown."""
        converted = convert(Release().case(7).proceeding(1, 7, IJ_CODE="KLM").hearing(1, 1, 7), tmp_path)
        assert 1 == len(assigned(converted))
        assert 1 == sum(converted.noted().values())

    def test_a_case_without_a_judge_has_no_officer(self, tmp_path: Path) -> None:
        """A blank field names no judge and unassigns none."""
        release = Release().case(7).proceeding(1, 7, IJ_CODE="").hearing(1, 1, 7, IJ_CODE="  ")
        assert [] == assigned(convert(release, tmp_path))

    def test_the_new_court_assigns_the_same_judge_again(self, tmp_path: Path) -> None:
        """After a transfer the old assignment is stale."""
        release = Release().case(7).proceeding(1, 7, OTHER_COMP="C", COMP_DATE=day("2020-06-15")).hearing(1, 1, 7)
        there = {"BASE_CITY_CODE": "BLM", "INPUT_DATE": day("2020-07-08")}
        release.proceeding(2, 7, **there).hearing(2, 2, 7, ADJ_DATE=day("2020-12-01"), **there)
        first, second = assigned(convert(release, tmp_path))
        assert (first[0], "BLM") == second[:2]


class TestCustody:
    def test_the_custody_history_comes_first(self, tmp_path: Path) -> None:
        """Its dates set detention and release, whatever the case has."""
        release = Release().case(7, CUSTODY="R", DATE_DETAINED=day("2019-01-01")).proceeding(1, 7)
        release.custody(1, 7, DATDETAINED=day("2020-01-20"), DATRELEASED=day("2020-02-10"))
        assert [
            ("detained", to_ms("2020-01-20T00:00:00-05:00")),
            ("none", to_ms("2020-02-10T00:00:00-05:00")),
        ] == custody(convert(release, tmp_path))

    def test_a_move_between_two_places_is_no_release(self, tmp_path: Path) -> None:
        """Release and detention are on one day."""
        release = Release().case(7).proceeding(1, 7)
        release.custody(1, 7, DATDETAINED=day("2020-01-20"), DATRELEASED=day("2020-02-10"))
        release.custody(2, 7, DATDETAINED=day("2020-02-10"), CUSTODY="D")
        assert ["detained", "detained"] == [value for value, _ in custody(convert(release, tmp_path))]

    def test_never_detained_gives_no_event(self, tmp_path: Path) -> None:
        """N is the state at the beginning of every case."""
        assert [] == custody(convert(Release().case(7).proceeding(1, 7).custody(1, 7, CUSTODY="N"), tmp_path))

    def test_without_a_history_the_dates_of_the_case_count(self, tmp_path: Path) -> None:
        """They are DATE_DETAINED and DATE_RELEASED."""
        dates = {"DATE_DETAINED": day("2020-01-20"), "DATE_RELEASED": day("2020-02-10")}
        release = Release().case(7, CUSTODY="R", **dates).proceeding(1, 7)
        assert ["detained", "none"] == [value for value, _ in custody(convert(release, tmp_path))]

    def test_otherwise_a_moved_docket_counts(self, tmp_path: Path) -> None:
        """ADJ_RSN is 1A or 1B."""
        release = Release().case(7).proceeding(1, 7).hearing(1, 1, 7, ADJ_RSN="1A")
        release.hearing(2, 1, 7, ADJ_RSN="1B", INPUT_DATE=day("2020-06-15"), ADJ_DATE=day("2020-07-01"))
        assert ["detained", "none"] == [value for value, _ in custody(convert(release, tmp_path))]

    def test_a_detention_without_a_date_begins_at_the_opening(self, tmp_path: Path) -> None:
        """A detained person's case is not lost track of."""
        release = Release().case(7, CUSTODY="D").proceeding(1, 7)
        assert [("detained", to_ms("2020-02-03T00:00:00-05:00"))] == custody(convert(release, tmp_path))

    def test_a_release_before_the_detention_is_ignored(self, tmp_path: Path) -> None:
        """It is counted."""
        release = Release().case(7).proceeding(1, 7)
        release.custody(1, 7, DATDETAINED=day("2020-02-10"), DATRELEASED=day("2020-01-20"))
        converted = convert(release, tmp_path)
        assert ["detained"] == [value for value, _ in custody(converted)]
        assert 1 == sum(converted.noted().values())


class TestAddress:
    def test_a_new_address_was_given(self, tmp_path: Path) -> None:
        """The event has the fact and not the address."""
        converted = convert(Release().case(7, ADDRESS_CHANGEDON=day("2020-05-05")).proceeding(1, 7), tmp_path)
        assert ("address_changed", "valid") in converted.values("status")


class TestHistory:
    def test_all_events_of_a_case_get_one_recorded_at(self, tmp_path: Path) -> None:
        """It is the latest of their instants, so that an old case is judged once."""
        release = Release().case(7).proceeding(1, 7, DEC_CODE="X", COMP_DATE=day("2021-03-01")).hearing(1, 1, 7)
        release.case(8).proceeding(2, 8, IJ_CODE="")
        converted = convert(release, tmp_path, as_history=True)
        known = {event.case_id: event.recorded_at for event in converted.events if isinstance(event, hot.CaseEvent)}
        assert {(event.case_id, event.recorded_at) for event in converted.events} == set(known.items())  # type: ignore[union-attr]
        assert {
            to_ms("2021-03-01T23:59:59.999-05:00"),
            to_ms("2020-02-03T23:59:59.999-05:00"),
        } == set(known.values())
