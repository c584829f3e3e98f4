"""The configuration of Alertmanager: routes, receivers, grouping, working hours and inhibition."""

from typing import Any, Final

from schemas.policy import Policy
from streams.monitoring.rules.rule_files import HEADER, as_yaml

__all__ = ["alertmanager_config"]

_WORKDAYS: Final = {
    "weekdays": ["monday:friday"],
    "times": [{"start_time": "08:00", "end_time": "18:00"}],
}
_MOST_ALERTS: Final = 20
"""The most alerts in one notification; it also gives the number of the others."""

_HELD_BY_BLINDNESS: Final = "DocketwatchClockLagging|DocketwatchClockFarBehind|DocketwatchNotCommitting"


def alertmanager_config(policy: Policy, *, hooks: str | None) -> str:
    """The text of alertmanager.yml.

    Args:
        policy: Names the offices, each with its own working hours.
        hooks: Base address of the webhooks `supervisors`, `duty` and `watchdog`; None for none.
    """
    zones = {name: office.tz for name, office in sorted(policy.offices.items())}
    document: dict[str, Any] = {
        "route": _routes(list(zones)),
        "inhibit_rules": _inhibitions(),
        "receivers": [_receiver(name, hooks) for name in ("duty", "supervisors", "watchdog")],
        "time_intervals": [_hours(f"hours-{name}", tz) for name, tz in zones.items()] + [_hours("hours", "UTC")],
    }
    return HEADER.format(policy=policy.id) + as_yaml(document)


def _routes(offices: list[str]) -> dict[str, Any]:
    warning = 'severity="warning"'
    in_hours = [
        {"matchers": [warning, f'office="{name}"'], "active_time_intervals": [f"hours-{name}"]} for name in offices
    ]
    return {
        "receiver": "duty",
        "group_by": ["job", "subject"],
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "4h",
        "routes": [
            {
                "receiver": "watchdog",
                "matchers": ['alertname="DocketwatchWatchdog"'],
                "group_wait": "0s",
                "group_interval": "1m",
                "repeat_interval": "1m",
            },
            {
                # one notification an officer, for all of the officer's alerts and cases
                "receiver": "supervisors",
                "matchers": ['category=~"lost-track|load|policy"'],
                "group_by": ["job", "office", "officer"],
                "repeat_interval": "24h",
                "routes": [*in_hours, {"matchers": [warning], "active_time_intervals": ["hours"]}],
            },
        ],
    }


def _inhibitions() -> list[dict[str, Any]]:
    return [
        {
            # while a feed is silent, an event that seems missing may only be late
            "source_matchers": ['category="blind"'],
            "target_matchers": ['category="lost-track"'],
            "equal": ["job"],
        },
        {
            "source_matchers": ['category="blind"'],
            "target_matchers": [f'alertname=~"{_HELD_BY_BLINDNESS}"'],
            "equal": ["job"],
        },
        {
            "source_matchers": ['severity="critical"'],
            "target_matchers": ['severity="warning"'],
            "equal": ["job", "subject", "office", "officer", "cause", "instance"],
        },
    ]


def _receiver(name: str, hooks: str | None) -> dict[str, Any]:
    if hooks is None:
        return {"name": name}
    hook = {"url": f"{hooks}/{name}", "send_resolved": name != "watchdog", "max_alerts": _MOST_ALERTS}
    return {"name": name, "webhook_configs": [hook]}


def _hours(name: str, tz: str) -> dict[str, Any]:
    return {"name": name, "time_intervals": [{**_WORKDAYS, "location": tz}]}
