"""Each side of a what-if, revision by revision, compared with an evaluation of its own."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

import msgspec
import pytest

from schemas.instants import to_ms
from streams.core.alerting.alert_revision import AlertRevision
from streams.tools.whatif.alert_history import AlertHistories
from streams.tools.whatif.both_sides import Side, judge_both
from streams.tools.whatif.comparison import AlertCounts, Comparison, Delay
from streams.tools.whatif.edits import Edits
from streams.tools.whatif.text import text_of
from tests.unit.tools.whatif.conftest import NOW, OPEN, TRIED, ComparedDocket, Record
from tests.unit.tools.whatif.test_both_sides import first, raises


@pytest.fixture(scope="module")
def published(docket: ComparedDocket) -> tuple[list[Record], list[Record]]:
    """Return the revisions of both sides, in the order in which the comparison takes them."""
    taken: dict[int, list[AlertRevision]] = {}
    take = AlertHistories.add

    def note(histories: AlertHistories, revisions: Iterable[AlertRevision]) -> None:
        noted = list(revisions)
        taken.setdefault(id(histories), []).extend(noted)
        take(histories, noted)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AlertHistories, "add", note)
        now, tried, _ = judge_both(iter(docket.events), NOW, TRIED, Edits(), docket.since, docket.until)
    left, right = ([json.loads(each.json()) for each in taken[id(side.alerts)]] for side in (now, tried))
    return left, right


class TestRevisions:
    """Each side goes through the same revisions as an evaluation of its own."""

    @pytest.mark.parametrize("place", [0, 1], ids=["now", "tried"])
    def test_they_are_those_of_an_evaluation(
        self, docket: ComparedDocket, published: tuple[list[Record], list[Record]], place: int
    ) -> None:
        """Every field of every revision, in order: raised, escalated, ended, raised again, office, officer."""
        revisions = (docket.now, docket.tried)[place]
        assert published[place] == revisions
        statuses = Counter(record["status"] for record in revisions)
        assert min(statuses[status] for status in ("raised", "escalated", "resolved", "retracted")) > 0
        stories = stories_of(revisions).values()
        assert any(len({record["raised_at"] for record in story}) > 1 for story in stories)
        assert any(
            before["status"] == after["status"]
            and before["officer_id"] != after["officer_id"]
            and before["office"] != after["office"]
            for story in stories
            for before, after in pairwise(story)
        )

    def test_histories_are_read_from_them(self, docket: ComparedDocket, sides: tuple[Side, Side]) -> None:
        """What a side keeps of an alert follows from its revisions in the evaluation."""
        for side, revisions in zip(sides, (docket.now, docket.tried), strict=True):
            stories = stories_of(revisions)
            assert side.alerts.keys() == stories.keys()
            for alert_id, story in stories.items():
                assert msgspec.to_builtins(side.alerts[alert_id]) == history_of(story, docket.since), alert_id

    def test_looks_a_week(self, docket: ComparedDocket, found: Comparison) -> None:
        """An alert asks for a look when it is raised, once or again, and when it becomes critical."""
        for revisions, looks in ((docket.now, found.alerts.looks_now), (docket.tried, found.alerts.looks_tried)):
            raised = {(record["alert_id"], record["raised_at"]) for record in revisions}
            critical = {(record["alert_id"], record["escalated_at"]) for record in revisions if record["escalated_at"]}
            instants = [to_ms(at) for _, at in [*raised, *critical]]
            assert looks == sum(at > docket.since for at in instants) > 50
        assert found.weeks == pytest.approx((docket.until - docket.since) / (7 * 86_400_000))
        shown = next(line for line in text_of(found) if "looks a week" in line)
        assert (
            f"{found.alerts.looks_now / found.weeks:,.1f} now, {found.alerts.looks_tried / found.weeks:,.1f}" in shown
        )

    @pytest.mark.parametrize("word", ["earlier", "later"])
    def test_delays(self, docket: ComparedDocket, found: Comparison, word: str) -> None:
        """The median and the 90th percentile are those of the two evaluations."""
        now, tried = first(docket.now), first(docket.tried)
        names = raises(docket.now, docket.since).keys() | raises(docket.tried, docket.since).keys()
        sign = -1 if word == "earlier" else 1
        hours = sorted(
            sign * (tried[name] - now[name]) / 3_600_000
            for name in names & now.keys() & tried.keys()
            if sign * (tried[name] - now[name]) > 0
        )
        delay: Delay = getattr(found, word)
        assert delay.alerts == len(hours) > 5
        assert (delay.median_hours, delay.p90_hours) == (
            pytest.approx(median(hours)), pytest.approx(between(hours, 0.9)),
        )  # fmt: skip
        assert median(hours) < between(hours, 0.9)

    @pytest.mark.parametrize(("groups", "field"), [
        ("by_cause", "cause"), ("by_office", "office"), ("by_officer", "officer_id"),
    ])  # fmt: skip
    def test_each_row(self, docket: ComparedDocket, found: Comparison, groups: str, field: str) -> None:
        """Every row counts the alerts of the evaluations, by what was published when they were raised last."""
        expected: Counter[tuple[str, str]] = Counter()
        for side, revisions in (("now", docket.now), ("tried", docket.tried)):
            raised = raises(revisions, docket.since)
            for alert_id, story in stories_of(revisions).items():
                expected[last_raised(story)[field] or "(none)", side] += alert_id in raised
        rows: list[AlertCounts] = getattr(found, groups)
        counted = {(row.group, side): getattr(row, side) for row in rows for side in ("now", "tried")}
        assert {key: count for key, count in counted.items() if count} == {
            key: count for key, count in expected.items() if count
        }


def stories_of(revisions: Iterable[Record]) -> dict[str, list[Record]]:
    """Return the revisions of each alert, in order."""
    stories: dict[str, list[Record]] = {}
    for record in revisions:
        stories.setdefault(record["alert_id"], []).append(record)
    return stories


def last_raised(story: Sequence[Record]) -> Record:
    """Return the revision that raised the alert for the last time."""
    newest = max(record["raised_at"] for record in story)
    return next(record for record in story if record["raised_at"] == newest)


def history_of(story: Sequence[Record], since: int) -> Record:
    """Return what a side must keep of an alert, from all its revisions."""
    raised = sorted({to_ms(record["raised_at"]) for record in story})
    critical = sorted({to_ms(record["escalated_at"]) for record in story if record["escalated_at"]})
    last, newest = last_raised(story), story[-1]
    in_window = [at for at in raised if at > since]
    critical_in_window = [at for at in critical if at > since]
    return {
        **{name: newest[name] for name in ("case_id", "cause", "instance")},
        "anchor_at": to_ms(newest["anchor_at"]),
        "office": last["office"],
        "officer_id": last["officer_id"],
        "raised_at": raised[0],
        "in_window_at": min(in_window, default=None),
        "critical_at": min(critical_in_window, default=None),
        "looks": len(in_window) + len(critical_in_window),
        "is_open": newest["status"] in OPEN,
        "is_critical": newest["status"] in OPEN and newest["severity"] == "critical",
    }


def between(values: Sequence[float], share: float) -> float:
    """Return the value at a share of the way through sorted values, between the two next to it."""
    place = share * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (place - below) * (values[above] - values[below])
