"""What every panel of the boards must show of a docket, and the recorded series below them."""

import json
from collections.abc import Callable, Iterator, Mapping
from math import ceil
from pathlib import Path
from typing import Final

from schemas.causes import Cause
from schemas.policy import load_policy
from tests.kafka.evaluated_numbers import EvaluatedNumbers, Record, quantile

__all__ = [
    "ALL",
    "BOARDS",
    "NOT_OF_THE_DOCKET",
    "Figures",
    "board_figures",
    "board_queries",
    "recorded_figures",
    "within_reach",
]

ALL: Final = "*"
BOARDS: Final = Path(__file__).parents[2] / "deploy" / "grafana" / "dashboards"

NOT_OF_THE_DOCKET: Final[Mapping[str, str]] = {
    "How many feeds are silent?": "about the feeds",
    "How late would an alert be?": "about the wall clock",
    "Do we resolve more than we raise?": "rates of the last hour",
    "How many alerts are raised per day?": "rates of the last hour",
    "How many alerts are retracted per day?": "rates of the last hour",
    "How many workers run?": "about the pipeline",
    "How many workers use another policy?": "about the pipeline",
    "How large is the state?": "about the pipeline",
    "How much state is left to restore?": "about the pipeline",
    "How long has work been uncommitted?": "about the pipeline",
    "How far behind is each feed?": "about the wall clock",
    "How late are alerts?": "about the wall clock",
    "How many records arrive?": "about the pipeline",
    "What is refused, and why?": "about the pipeline",
    "Which events are late, repeated, or from the future?": "about the pipeline",
    "How large is the backlog?": "about the pipeline",
    "How long ago was the last commit?": "about the pipeline",
    "How many records does a batch hold?": "about the pipeline",
    "How much memory does a worker use?": "about the pipeline",
    "How much CPU does a worker use?": "about the pipeline",
}
"""Panels whose figures are none of the office record, the loads or the alerts, and why."""

Figures = Mapping[str, float]
"""By the value of the one label of a series; "" for a series without labels."""

Query = tuple[str, str]
"""The question of a panel, and the legend of one of its queries."""

_MINUTE: Final = 60
_MOST_DOCKETS: Final = 15
_SPREAD: Final = {"p10": 0.1, "p50": 0.5, "p90": 0.9, "max": 1.0}
_SPREADS: Final = {
    "caseload_cases": ("open_cases", 1),
    "workload_seconds": ("workload_minutes_month", _MINUTE),
    "utilisation_ratio": ("utilisation", 1),
    "time_per_case_seconds": ("minutes_per_case_month", _MINUTE),
}
_SUMS: Final = {
    **{f"{name}_cases": name for name in ("in_custody", "unassigned", "in_transit", "with_absent", "lost_track")},
    **{name: name for name in ("open_cases", "bookings_7d", "hearings_7d", "hearings_30d", "deadlines_7d")},
    "officers_at_work": "officers_at_work",
}
_MINUTES: Final = {"workload_seconds": "workload_minutes_month", "capacity_seconds": "capacity_minutes_month"}
_QUOTIENTS: Final = {
    "utilisation": ("utilisation", 1),
    "time_per_case_seconds": ("minutes_per_case_month", _MINUTE),
    "mean_time_per_case_seconds": ("mean_minutes_per_case", _MINUTE),
    "achievable_caseload": ("achievable_caseload", 1),
    "officers_needed": ("officers_needed", 1),
}


def within_reach(office: str, numbers: EvaluatedNumbers) -> list[str]:
    """Return the offices that a choice of the board's variable shows."""
    return [office] if office != ALL else [each for each in numbers.offices if each != ALL]


def board_queries() -> Iterator[tuple[Query, str]]:
    """Yield every query of the generated boards with its panel's question and its legend."""
    for file in sorted(BOARDS.glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                yield (panel["title"], target["legendFormat"]), target["expr"]


def board_figures(numbers: EvaluatedNumbers, office: str) -> dict[Query, Figures]:
    """Return the figures of every query about the docket, with an office chosen.

    Args:
        numbers: Of the docket.
        office: The chosen office; `*` for all.
    """
    chosen = within_reach(office, numbers)
    record, alerts = numbers.offices[office], numbers.alerts_of(office)

    def by_office(name: str, unit: float = 1) -> Figures:
        return _known({each: numbers.offices[each][name] for each in chosen}, unit)

    def standing(label: str, **labels: str) -> Figures:
        of = [each[label] for each in alerts if labels.items() <= each.items()]
        return {value: of.count(value) for value in of}

    def spread(name: str, share: float) -> dict[str, float | None]:
        found = {each: numbers.spread_of(each, name) for each in chosen}
        return {each: quantile(values, share) if values else None for each, values in found.items()}

    def due(within: str, label: str) -> Figures:
        # an office that the policy does not name has no series before it has a deadline
        due_in = {each: numbers.deadlines("offices", each) for each in chosen}
        due_in = {each: due for each, due in due_in.items() if due["by_cause"] or each in load_policy(None).offices}
        if label == "office" or not due_in:
            return {each: due[within] for each, due in due_in.items()}
        by_cause = numbers.deadlines("offices", office)["by_cause"]
        return {cause.value: by_cause.get(cause.value, {}).get(within, 0) for cause in Cause}

    needs = numbers.needs(office)["each_weight"]
    figures: dict[Query, Figures] = {
        ("How many records need a human look?", "cases"): {"": record["lost_track"]},
        ("How many have waited too long?", "escalated"): {"": sum(each["severity"] == "critical" for each in alerts)},
        ("How much time per case and month?", "time"): {"": record["minutes_per_case_month"] * _MINUTE},
        ("How many officers are needed per officer at work?", "needed per officer"): {"": record["utilisation"]},
        ("Is it getting better or worse?", "{{cause_class}}"): standing("cause_class"),
        ("Why are cases lost track of?", "{{cause}}"): record["by_cause"],
        ("How loaded is each office?", "open cases"): by_office("open_cases"),
        ("How loaded is each office?", "unassigned"): by_office("unassigned"),
        ("How loaded is each office?", "officer absent"): by_office("with_absent"),
        ("How loaded is each office?", "at work"): by_office("officers_at_work"),
        ("How loaded is each office?", "load"): by_office("utilisation"),
        ("How loaded is each office?", "lost track"): by_office("lost_track"),
        ("How many officers are at 100% or more?", "overloaded"): {"": numbers.over(office, "overloaded")},
        ("How many officers are at 150% or more?", "critical"): {"": numbers.over(office, "critical")},
        ("How many absent officers have open cases?", "away"): {"": numbers.absent(office)},
        ("How many officers have their own series?", "shown"): {"": len(numbers.officers)},
        **{
            ("How many cases does an officer have?", f"{name}, highest office"): {
                "": max(value for value in spread("open_cases", _SPREAD[name]).values() if value is not None)
            }
            for name in ("p50", "p90")
        },
        ("How much time per case and month, by office?", "{{office}}"): by_office("minutes_per_case_month", _MINUTE),
        ("How many officers does each office need?", "at work"): by_office("officers_at_work"),
        ("How many officers does each office need?", "needed"): by_office("officers_needed"),
        ("How many officers does each office need?", "whole officers"): {
            each: ceil(number) for each, number in by_office("officers_needed").items()
        },
        ("How many officers does each office need?", "achievable caseload"): by_office("achievable_caseload"),
        **{
            ("How many officers does each office need?", f"load {name}"): _known(spread("utilisation", _SPREAD[name]))
            for name in ("p50", "p90", "max")
        },
        **{
            ("How much does each weight change officers needed?", f"25% {way}"): {
                each["weight"]: each[way] for each in needs
            }
            for way in ("less", "more")
        },
        **{
            (question, "{{cause}}"): standing("cause", cause_class=side)
            for question, side in (
                ("What has the agency not done?", "agency"),
                ("Which records are incorrect?", "record"),
                ("Which appointments have no outcome?", "person"),
            )
        },
        **{
            ("Which causes are open in which office?", cause.value): standing("office", cause=cause.value)
            for cause in Cause
        },
        **{
            (f"What comes due soon, by {label}?", f"{days} days"): due(f"within_{days}d", label)
            for label in ("cause", "office")
            for days in (7, 14)
        },
        ("Do more deadlines lie ahead than usual?", "{{cause}}"): due("within_7d", "cause"),
        ("Do more deadlines lie ahead than usual?", "{{cause}}, usual"): {},  # there was no week before
        ("Which causes have waited too long?", "{{cause}}"): standing("cause", severity="critical"),
        ("How many cases are known?", "now"): {"": numbers.cases},
    }
    return figures | (_of_officers(numbers.officers_of(office)) if office != ALL else {})


def _of_officers(loads: Mapping[str, Record]) -> dict[Query, Figures]:
    """Return the figures of the panels about the largest dockets; an office has less than they show."""
    assert len(loads) < _MOST_DOCKETS - 5, "the cut of `topk` lies between equal numbers"

    def each(name: str, unit: float = 1) -> Figures:
        return _known({officer: load[name] for officer, load in loads.items()}, unit)

    return {
        ("Which dockets are largest?", "open cases"): each("open_cases"),
        ("Which dockets are largest?", "time per case"): each("minutes_per_case_month", _MINUTE),
        ("Which dockets are largest?", "load"): each("utilisation"),
        ("Which dockets are largest?", "lost track"): each("lost_track"),
        ("Which dockets have the most lost-track cases?", "{{officer}}"): each("lost_track"),
    }


def recorded_figures(numbers: EvaluatedNumbers) -> dict[str, Figures]:
    """Return the series of the recording rules about offices, by rule; of all offices together the label is ""."""
    offices = within_reach(ALL, numbers)

    def of_each(number: Callable[[str], float | None], unit: float = 1) -> Figures:
        return _known({office: number(office) for office in offices}, unit)

    def field(name: str) -> Callable[[str], float | None]:
        return lambda office: numbers.offices[office][name]

    def spread(name: str, share: float) -> Callable[[str], float | None]:
        def of(office: str) -> float | None:
            found = numbers.spread_of(office, name)
            return quantile(found, share) if found else None

        return of

    found = {f"office:docketwatch_{figure}:sum": of_each(field(name)) for figure, name in _SUMS.items()}
    found |= {f"office:docketwatch_{figure}:sum": of_each(field(name), _MINUTE) for figure, name in _MINUTES.items()}
    found["office:docketwatch_officers_absent:sum"] = of_each(numbers.absent)
    for mark in ("overloaded", "critical"):
        found[f"office:docketwatch_officers_{mark}:sum"] = of_each(lambda office, mark=mark: numbers.over(office, mark))
    for figure, (name, unit) in _QUOTIENTS.items():
        found[f"office:docketwatch_{figure}:ratio"] = of_each(field(name), unit)
        found[f"job:docketwatch_{figure}:ratio"] = {"": numbers.offices[ALL][name] * unit}
    one_officer = "one_officer_minutes_month"
    found["office:docketwatch_one_officer_seconds:ratio"] = of_each(
        lambda office: numbers.needs(office)[one_officer], _MINUTE
    )
    found["job:docketwatch_one_officer_seconds:ratio"] = {"": numbers.needs(ALL)[one_officer] * _MINUTE}
    for way in ("less", "more"):
        rule = f"weight:docketwatch_officers_needed_{way}:ratio"
        needs = {office: numbers.needs(office)["each_weight"] for office in numbers.offices}
        found[f"job_{rule}"] = {each["weight"]: each[way] for each in needs[ALL]}
        found[f"office_{rule}"] = {
            f"{office} {each['weight']}": each[way] for office in offices for each in needs[office]
        }
    for figure, (name, unit) in _SPREADS.items():
        for share, value in _SPREAD.items():
            found[f"office:docketwatch_{figure}:{share}"] = of_each(spread(name, value), unit)
    return found


def _known(numbers: Mapping[str, float | None], unit: float = 1) -> Figures:
    return {label: number * unit for label, number in numbers.items() if number is not None}
