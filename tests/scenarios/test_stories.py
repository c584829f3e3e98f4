"""Stories of cases as YAML that a domain expert can read: events, and every alert that must follow.

A story is one file under `stories/`:

    story: one sentence
    zone: America/New_York        # of its times; day 1 is `day_one`, by default Monday 2 March 2026
    policy: {causes: {...}}       # the differences from the packaged policy, usually none
    events:                       # in any order; `known` is when it was recorded, by default at once
      - {at: day 1 09:00, what: case_opened, case: A, office: ATL, level: standard}
    until: day 40
    alerts:                       # every revision, with the fields that matter; of one instant and case by cause
      - {at: day 8 09:00, case: A, cause: no_officer, status: raised}
    loads: {X: {open_cases: 1}}   # of officers that matter, as of `until`

"case: A" is the case id case-A, "officer: X" the officer id officer-X, "visit: 1" the check_in_id visit-1, "hearing: 1"
the hearing_id hearing-1. `agency` is agency_causes, `by` of an alert is ended_by, `about` its instance.
"""

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from schemas.policy import load_policy
from tests.builders import event, ms, policy
from tests.driver import Driver

STORIES = sorted((Path(__file__).parent / "stories").glob("*.yaml"))
DAY = re.compile(r"day (\d+)(?: (\d\d):(\d\d))?")
IDS = {"case": "case_id", "officer": "officer_id", "visit": "check_in_id", "hearing": "hearing_id"}
DETAILS = {"by": "ended_by", "agency": "agency_causes", "about": "instance"}


class ScenarioStory:
    """One file, with its times as instants."""

    def __init__(self, path: Path) -> None:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.zone = ZoneInfo(content.get("zone", "UTC"))
        self.day_one = content.get("day_one", date(2026, 3, 2))
        self.policy = policy(**content["policy"]) if "policy" in content else load_policy(None)
        self.events = [self._event(line) for line in content["events"]]
        self.until = self.instant(content["until"])
        self.alerts = [self._alert(line) for line in content["alerts"]]
        self.loads = {f"officer-{name}": row for name, row in content.get("loads", {}).items()}

    def instant(self, moment: str) -> int:
        """ "day 3 10:00" in the story's time zone."""
        found = DAY.fullmatch(moment)
        assert found is not None, f"{moment!r} is not of the form day 3 10:00"
        day, hour, minute = int(found[1]), int(found[2] or 0), int(found[3] or 0)
        local = datetime.combine(self.day_one + timedelta(days=day - 1), time(hour, minute), tzinfo=self.zone)
        return ms(local.isoformat())

    def _event(self, line: dict) -> dict:
        fields = dict(line)
        at, what = self.instant(fields.pop("at")), fields.pop("what")
        known = self.instant(fields.pop("known")) if "known" in fields else at
        if "due" in fields:
            fields["due_at"] = self.instant(fields.pop("due"))
        named = {IDS[name]: f"{name}-{fields.pop(name)}" for name in IDS.keys() & fields}
        if what == "check_in_completed":
            named.setdefault("check_in_id", None)
        if what.startswith("check_in_") and what.endswith(("scheduled", "completed")):
            fields.setdefault("channel", "office")
        if what == "hearing_scheduled":
            fields.setdefault("kind", "master")
        return event(what, at, known=known, **named, **fields)

    def _alert(self, line: dict) -> dict:
        fields = dict(line)
        expected = {"at": self.instant(fields.pop("at"))}
        for name in ("case", "officer"):
            if name in fields:
                value = fields.pop(name)
                expected[IDS[name]] = None if value is None else f"{name}-{value}"
        for name in fields.keys() & {"since", "deadline"}:
            expected[{"since": "anchor_at", "deadline": "deadline_at"}[name]] = self.instant(fields.pop(name))
        return expected | {DETAILS.get(name, name): value for name, value in fields.items()}


def sort_key(record: dict) -> tuple:
    """Return the order of a revision in a story; ids have no order that a reader could know."""
    return (
        record["at"],
        record["case_id"],
        record["status"] not in ("resolved", "retracted"),
        record["cause"],
        record["status"],
    )


def seen(record: dict, expected: dict) -> dict:
    """Return the fields of a revision that a story names."""
    shown = {name: record[name] for name in expected}
    return {name: ms(value) if name in ("anchor_at", "deadline_at") else value for name, value in shown.items()}


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path):
    """Exactly these alerts follow."""
    story = ScenarioStory(path)
    driver = Driver(story.policy).feed(*story.events).at(story.until)
    revisions = [record | {"at": at} for record, at in zip(driver.alerts(), driver.moments, strict=True)]
    revisions.sort(key=sort_key)
    assert list(map(sort_key, story.alerts)) == list(map(sort_key, revisions))
    for expected, record in zip(story.alerts, revisions, strict=True):
        assert expected == seen(record, expected)
    loads = driver.loads()
    for officer, row in story.loads.items():
        assert row == {name: loads.get(officer, {}).get(name, 0) for name in row}


def test_all_stories_are_here():
    """The folder has the stories of the audit."""
    assert len(STORIES) >= 12
