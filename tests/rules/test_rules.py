"""Every alert fires when it should and only then, with the right texts, as Prometheus's own tool finds."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.policy import load_policy
from streams.monitoring.export import NO_ADDRESSES, rule_groups
from streams.monitoring.rules.rule_files import AlertingRule, rule_file
from tests.rules.stories import STORIES
from tests.rules.story import RuleStory
from tests.rules.tools import DEPLOY, run

RULES = DEPLOY / "prometheus" / "docketwatch.rules.yaml"
GROUPS = yaml.safe_load(RULES.read_text())["groups"]
ALERTS = {rule["alert"]: rule for group in GROUPS for rule in group["rules"] if "alert" in rule}


_ABSENT = 5
"""Intervals before a story in which nothing is scraped: every worker starts once."""


def seconds(text: str) -> int:
    """Return the seconds of a duration of Prometheus, such as 24h45m."""
    return sum(int(number) * {"s": 1, "m": 60, "h": 3_600}[unit] for number, unit in re.findall(r"(\d+)([smh])", text))


def first_value(values: str) -> str:
    """Return the first sample of a series, which may follow absence."""
    return next(part for part in values.split() if not part.startswith("_")).partition("x")[0].partition("+")[0]


def as_promtool(story: RuleStory) -> dict[str, Any]:
    """Return a story as a unit test of promtool; descriptions without variables are those of the rule."""
    rule = ALERTS[story.alert]
    expected = [
        {
            "exp_labels": {**firing.labels, **rule["labels"]},
            "exp_annotations": {
                "summary": firing.summary,
                "description": firing.description or rule["annotations"]["description"],
                "runbook_url": rule["annotations"]["runbook_url"],
            },
        }
        for firing in story.fires
    ]
    return {
        "name": f"{story.alert}: {story.claim}",
        "interval": story.every,
        "input_series": [
            {"series": name, "values": f"{'_ ' * _ABSENT}{values}"} for name, values in story.series.items()
        ],
        "alert_rule_test": [
            {
                "eval_time": f"{seconds(story.at) + _ABSENT * seconds(story.every)}s",
                "alertname": story.alert,
                "exp_alerts": expected,
            }
        ],
    }


def judged(stories: list[RuleStory], tmp_path: Path, rules: Path = RULES) -> str:
    """Return promtool's findings about stories."""
    files = []
    for every in sorted({story.every for story in stories}):
        units = [as_promtool(story) for story in stories if story.every == every]
        files.append(tmp_path / f"stories-{every}.yaml")
        document = {
            "rule_files": [str(rules)],
            "evaluation_interval": every,
            "group_eval_order": [group["name"] for group in GROUPS],
            "tests": units,
        }
        files[-1].write_text(yaml.safe_dump(document))
    done = run("promtool", "test", "rules", *files)
    return "" if done.returncode == 0 else done.stdout + done.stderr


class TestRules:
    def test_promtool_accepts_them(self) -> None:
        """promtool checks syntax, templates and names."""
        done = run("promtool", "check", "rules", RULES)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_every_alert_has_what_its_receiver_needs(self) -> None:
        """It has a severity, a fact, its meaning, and what to do."""
        for name, rule in ALERTS.items():
            assert set(rule["labels"]) == {"severity", "category", "subject"}, name
            assert rule["labels"]["severity"] in ("critical", "warning", "none"), name
            assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}, name

    def test_the_thresholds_are_the_policys(self) -> None:
        """Another policy makes other rules."""
        policy = load_policy(None)
        officers = policy.officers.model_copy(
            update={"overloaded": policy.officers.overloaded.model_copy(update={"raise_": 1.1, "periods": 1})}
        )
        other = policy.model_copy(update={"officers": officers, "version": "2"})
        alerts = {
            rule.name: rule for group in rule_groups(other) for rule in group.rules if isinstance(rule, AlertingRule)
        }
        text = rule_file(rule_groups(other), policy=other.id, runbooks=NO_ADDRESSES.runbooks)

        overloaded = alerts["DocketwatchOfficerOverloaded"]
        assert (overloaded.expr.split(" or ")[0], overloaded.hold_for) == (
            "max by (job, office, officer) (docketwatch_officer_utilisation_ratio) >= 1.1",
            "",
        )
        assert 'policy!="default@2"' in text


class TestStories:
    def test_each_alert_has_one_in_which_it_fires_and_one_in_which_it_does_not(self) -> None:
        """Only the watchdog always fires."""
        fires = {story.alert for story in STORIES if story.fires}
        silent = {story.alert for story in STORIES if not story.fires}

        assert fires == set(ALERTS)
        assert silent == set(ALERTS) - {"DocketwatchWatchdog"}

    def test_every_counter_begins_at_0(self) -> None:
        """A worker's series also begin with absence: a rule that needs an earlier sample would never fire."""
        begins = {
            (story.alert, name): first_value(values)
            for story in STORIES
            for name, values in story.series.items()
            if "_total{" in name or "_bucket{" in name
        }
        assert {"0"} == set(begins.values()), begins

    @pytest.mark.timeout(1200)
    def test_they_come_true(self, tmp_path: Path) -> None:
        """All run at once; promtool names those that fail."""
        assert judged(list(STORIES), tmp_path) == ""

    @pytest.mark.parametrize("alert", ["DocketwatchFeedBlind", "DocketwatchOfficerLosingTrack"])
    def test_a_wrong_story_is_found(self, alert: str, tmp_path: Path) -> None:
        """The check above can fail."""
        silent = next(story for story in STORIES if story.alert == alert and not story.fires)
        loud = next(story for story in STORIES if story.alert == alert and story.fires)
        wrong = RuleStory(alert, "a wrong story", silent.series, silent.at, loud.fires)
        assert "a wrong story" in judged([wrong], tmp_path)
