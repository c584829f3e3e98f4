"""The routes of alerts, as Alertmanager's own tool reads the configuration."""

import pytest
import yaml

from schemas.policy import load_policy
from tests.rules.test_rules import ALERTS
from tests.rules.tools import DEPLOY, run

CONFIG = DEPLOY / "alertmanager" / "alertmanager.yaml"


def receiver(labels: dict[str, str]) -> str:
    """Return the receiver of an alert."""
    words = [f"{name}={value}" for name, value in labels.items()]
    done = run("amtool", "config", "routes", "test", f"--config.file={CONFIG}", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class TestRoutes:
    def test_amtool_accepts_the_configuration(self) -> None:
        """Alertmanager would accept it, too."""
        done = run("amtool", "check-config", CONFIG)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_every_alert_goes_to_its_receiver(self) -> None:
        """Alerts about dockets go to supervisors, pipeline alerts to on-call, the watchdog to its receiver."""
        receivers = {
            name: receiver({"alertname": name, "office": "ATL", **rule["labels"]}) for name, rule in ALERTS.items()
        }
        of_supervisors = {
            name for name, rule in ALERTS.items() if rule["labels"]["category"] in ("lost-track", "load", "policy")
        }

        assert {name for name, to in receivers.items() if to == "supervisors"} == of_supervisors
        assert {name for name, to in receivers.items() if to == "watchdog"} == {"DocketwatchWatchdog"}
        assert {name for name, to in receivers.items() if to == "duty"} == set(ALERTS) - of_supervisors - {
            "DocketwatchWatchdog"
        }

    def test_an_officer_is_one_notification(self) -> None:
        """All alerts of an officer are one notification; an office's other alerts are one, too."""
        routes = yaml.safe_load(CONFIG.read_text())["route"]["routes"]
        ours = next(route for route in routes if route["receiver"] == "supervisors")
        assert ours["group_by"] == ["job", "office", "officer"]

    @pytest.mark.parametrize("office", [*load_policy(None).offices, "ELSEWHERE"])
    def test_a_warning_waits_for_the_working_hours_of_its_office(self, office: str) -> None:
        """A critical alert does not wait."""
        config = yaml.safe_load(CONFIG.read_text())
        ours = next(route for route in config["route"]["routes"] if route["receiver"] == "supervisors")
        hours = {interval["name"]: interval["time_intervals"][0] for interval in config["time_intervals"]}
        matching = next(
            route
            for route in ours["routes"]
            if f'office="{office}"' in route["matchers"] or len(route["matchers"]) == 1
        )
        offices = load_policy(None).offices
        expected = offices[office].tz if office in offices else "UTC"

        assert "active_time_intervals" not in ours
        assert 'severity="warning"' in matching["matchers"]
        assert [hours[name]["location"] for name in matching["active_time_intervals"]] == [expected]
