"""The mappings below deploy/mappings, each on a small export of its system, with the results of deploy/mappings.md."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from schemas.policy import load_policy
from streams.cli.main import main
from streams.sources.mapping import load_mapping
from tests.unit.sources.mappings import event, trace, xes

ROOT = Path(__file__).parents[3]
EXPORTS = ROOT / "tests" / "data" / "exports"
MAPPINGS = ROOT / "deploy" / "mappings"


def converted(folder: Path, kind: str, mapping: str, *files: Path) -> list[dict[str, Any]]:
    """Return the events of an example mapping for an export, by time."""
    (folder / "key").write_text("0123456789abcdef" * 4)
    words = ["convert", kind, *map(str, files), "--mapping", str(MAPPINGS / mapping)]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--out", str(folder / "o.jsonl"), "--key-file", str(folder / "key")])
    assert 0 == ended.value.code
    events = [json.loads(line) for line in (folder / "o.jsonl").read_text().splitlines()]
    return sorted(events, key=lambda event: str(event["occurred_at"]))


def story(events: list[dict[str, Any]], opened_at: str) -> list[tuple[str, str]]:
    """Return day and type of the events of the case opened at a time."""
    case = next(one["case_id"] for one in events if (one["type"], one["occurred_at"]) == ("case_opened", opened_at))
    return [(one["occurred_at"][8:10], one["type"]) for one in events if one["case_id"] == case]


class TestServiceNow:
    @pytest.fixture
    def events(self, tmp_path: Path) -> list[dict[str, Any]]:
        export = EXPORTS / "servicenow"
        return converted(tmp_path, "csv", "servicenow.toml", export / "incident.csv", export / "sys_audit.csv")

    def test_an_incident_has_its_first_values(self, events: list[dict[str, Any]]) -> None:
        """It is opened with its first officer and its first priority, not with those of the day of the export."""
        opened = [one["level"] for one in events if one["type"] == "case_opened"]
        assert ["standard", "standard", "annual"] == opened
        assert [
            ("01", "case_opened"),
            ("01", "officer_assigned"),
            ("04", "officer_assigned"),
            ("05", "supervision_changed"),
            ("06", "check_in_completed"),
            ("07", "case_closed"),
            ("08", "case_closed"),
            ("08", "case_closed"),
        ] == story(events, "2024-03-01T09:00:00.000Z")

    def test_rows_of_one_second_follow_the_audit(self, events: list[dict[str, Any]]) -> None:
        """The case is taken from one officer, given to another, closed and opened again."""
        assert [
            ("02", "case_opened"),
            ("02", "officer_assigned"),
            ("02", "officer_unassigned"),
            ("02", "officer_assigned"),
            ("03", "case_closed"),
            ("04", "case_reopened"),
        ] == story(events, "2024-03-02T10:00:00.000Z")

    def test_the_audit_is_optional(self, tmp_path: Path) -> None:
        """The events then have the values of the export."""
        events = converted(tmp_path, "csv", "servicenow.toml", EXPORTS / "servicenow" / "incident.csv")
        assert Counter(case_opened=3, officer_assigned=2, case_closed=1) == Counter(one["type"] for one in events)

    def test_the_audit_may_come_first(self, tmp_path: Path, events: list[dict[str, Any]]) -> None:
        """The columns show which file is which."""
        export = EXPORTS / "servicenow"
        turned = converted(tmp_path, "csv", "servicenow.toml", export / "sys_audit.csv", export / "incident.csv")
        assert {one["event_id"] for one in events} == {one["event_id"] for one in turned}


class TestJira:
    def test_issues_and_changelog(self, tmp_path: Path) -> None:
        """The changelog's field names differ from the columns, and the times have Jira's form."""
        export = EXPORTS / "jira"
        events = converted(tmp_path, "csv", "jira.toml", export / "issues.csv", export / "changelog.csv")
        assert [
            ("01", "case_opened"),
            ("01", "hearing_scheduled"),
            ("01", "officer_assigned"),
            ("03", "officer_assigned"),
            ("04", "check_in_completed"),
            ("05", "case_closed"),
            ("05", "hearing_held"),
        ] == sorted(story(events, "2024-03-01T14:00:00.000Z"))
        officers = [one["officer_id"] for one in events if one["type"] == "officer_assigned"]
        assert 3 == len(set(officers))


class TestXes:
    def test_the_log_of_one_permit(self, tmp_path: Path) -> None:
        """permits.toml converts a log of the form that it is made for."""
        events = converted(tmp_path, "xes", "permits.toml", EXPORTS / "permits" / "receipt.xes")
        assert Counter(
            case_opened=1, hearing_scheduled=2, officer_assigned=2, check_in_completed=3, hearing_held=1, case_closed=1
        ) == Counter(one["type"] for one in events)


class TestPublicLogs:
    def convert(self, folder: Path, mapping: str, *steps: tuple[str, str, dict[str, str]]) -> Counter[str]:
        """Return the types of the events of a case with these steps: activity, time and attributes."""
        log = folder / "log.xes"
        log.write_text(xes(trace("7", *(event(activity, time, **own) for activity, time, own in steps))))
        return Counter(one["type"] for one in converted(folder, "xes", mapping, log))

    @pytest.mark.parametrize(
        ("mapping", "team"),
        [("bpi2013-incidents.toml", "org:group"), ("bpi2013-problems.toml", "organization involved")],
    )
    def test_incidents_and_problems(self, tmp_path: Path, mapping: str, team: str) -> None:
        """Each state is work; another person or another team is an assignment; the last Completed closes the case."""
        people = [("Ann", "N1"), ("Ann", "N2"), ("Bob", "N2"), ("Bob", "N2")]
        states = ("Accepted", "Completed", "Queued", "Completed")
        steps = [
            (state, f"2012-03-0{day}T09:00:00+01:00", {"org:resource": person, team: place})
            for day, (state, (person, place)) in enumerate(zip(states, people, strict=True), 1)
        ]
        assert Counter(
            case_opened=1, officer_assigned=3, check_in_completed=4, case_closed=1
        ) == self.convert(tmp_path, mapping, *steps)  # fmt: skip

    def test_loans(self, tmp_path: Path) -> None:
        """The system is no officer; only the last decision closes the case."""
        steps = [
            ("A_SUBMITTED", "2011-10-01T00:38:44+02:00", {"org:resource": "112"}),
            ("W_Nabellen offertes", "2011-10-08T16:26:57+02:00", {"org:resource": "10913"}),
            ("O_CANCELLED", "2011-10-13T10:37:29+02:00", {"org:resource": "10913"}),
            ("A_CANCELLED", "2011-10-13T10:37:30+02:00", {"org:resource": "10913"}),
        ]
        assert Counter(case_opened=1, officer_assigned=1, check_in_completed=4, case_closed=1) == self.convert(
            tmp_path, "bpi2012-loans.toml", *steps
        )

    def test_travel_permits(self, tmp_path: Path) -> None:
        """A payment is due a week after its request; the days of the trip and reminders are no work."""
        names = ["Permit SUBMITTED by EMPLOYEE", "Start trip", "End trip", "Send Reminder"]
        names += ["Declaration SUBMITTED by EMPLOYEE", "Request Payment", "Payment Handled"]
        steps = [(name, f"2017-04-0{day}T09:00:00+02:00", {}) for day, name in enumerate(names, 1)]
        assert Counter(
            case_opened=1, check_in_completed=4, hearing_scheduled=1, hearing_held=1, case_closed=1
        ) == self.convert(tmp_path, "bpi2020-travel.toml", *steps)  # fmt: skip

    def test_offices_have_dutch_business_days(self) -> None:
        """Every office that a mapping of a Dutch log names is one of the policy, in the zone of the log's times."""
        offices = load_policy("permits").offices
        for name in ("permits.toml", "bpi2012-loans.toml", "bpi2020-travel.toml"):
            mapping = load_mapping(MAPPINGS / name)
            assert mapping.office is not None
            named = {*mapping.office.names.values(), mapping.office.default} - {None}
            assert {("Europe/Amsterdam", "NL")} == {
                (offices[office].tz, offices[office].holidays) for office in named if office is not None
            }
            assert "Europe/Amsterdam" == mapping.timezone
