"""Dashboards and console agree on one docket: each number of CONTRACT.md §8 has one query."""

import re
from collections.abc import Mapping
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from schemas.causes import Cause
from schemas.policy import load_policy
from streams.core.load.office_rows import OfficePartial, OfficeRow, StaffRow
from streams.core.load.office_summary import OfficeSummary
from streams.core.policy.rules import Rules
from streams.metrics.stats import CaseStats, OfficerStats
from streams.monitoring.boards import boards
from streams.monitoring.boards.panels import Panel
from streams.web.tables.output_tables import OutputTables
from streams.web.totals import Totals, count
from tests.rules.test_rules import RULES as RULE_FILE
from tests.rules.tools import run
from tests.unit.metrics.metric_samples import collector, samples, view
from tests.unit.metrics.metric_samples import load as officer_load

POLICY: Final = load_policy(None)
RULES: Final = Rules(POLICY)
CAUSES: Final = tuple(cause.value for cause in Cause)


def row(office: str, levels: tuple[int, int, int, int], **changes: Any) -> OfficeRow:
    by_cause = tuple(range(len(CAUSES)))
    known = {"open_cases": sum(levels), "by_level": levels, "hearings_30d": 7, "bookings_30d": 11, "deadlines_7d": 2}
    return OfficeRow(office, **{**known, "by_cause": by_cause, "lost_track": 31, **changes})


CASES: Final = (
    [row("ATL", (5, 60, 30, 15), unassigned=55, in_transit=2), row("SEA", (1, 20, 9, 0), in_custody=3)],
    [row("ATL", (2, 10, 70, 8), unassigned=45), row("ELP", (0, 4, 0, 0), lost_track=0, by_cause=(0,) * len(CAUSES))],
)
"""Rows of the case partitions of two workers; no officer is at work in ELP."""

STAFF: Final = (
    [StaffRow("ATL", 2, Decimal(13_200), 1, 6), StaffRow("ELP", 0, Decimal(0), 1, 4)],
    [StaffRow("ATL", 1, Decimal(6_000), 0, 0), StaffRow("SEA", 1, Decimal(7_200), 0, 0)],
)

LOADS: Final = (
    [
        officer_load("o-1", office="ATL", utilisation=1.7, open_cases=90, minutes_per_case_month=80.0),
        officer_load("o-2", office="ATL", utilisation=0.4, open_cases=20, minutes_per_case_month=300.0),
        officer_load("o-9", office="ELP", status="departed", utilisation=None, minutes_per_case_month=None),
    ],
    [
        officer_load("o-3", office="ATL", utilisation=1.1, open_cases=45, minutes_per_case_month=133.3),
        officer_load("o-4", office="SEA", utilisation=0.9, open_cases=30, minutes_per_case_month=240.0),
    ],
)


def console() -> Totals:
    """Return the console's numbers."""
    tables, encode = OutputTables(), msgspec.json.Encoder().encode
    for number in (0, 1):
        tables.update_offices(f"cases:{number}".encode(), encode(OfficePartial(number, 1, CASES[number])))
        tables.update_offices(f"officers:{number}".encode(), encode(OfficePartial(number, 1, staff=STAFF[number])))
        for load in LOADS[number]:
            tables.loads[load.officer_id] = load
    return count(tables, RULES)


def series() -> dict[str, float]:
    """Return what Prometheus scrapes of the two workers."""
    numbers = {}
    for number in (0, 1):
        stats = OfficerStats(loads={load.officer_id: load for load in LOADS[number]}, staff=STAFF[number])
        seen = view(cases={number: CaseStats(offices=CASES[number])}, officers={number: stats})
        for (name, labels), value in samples(collector(seen)).items():
            if name.startswith(("office", "caseload", "workload", "utilisation", "time_per_case")):
                where = ",".join(
                    f'{key}="{text}"' for key, text in (*labels, ("job", "docketwatch"), ("instance", f"w{number}"))
                )
                numbers[f"docketwatch_{name}{{{where}}}"] = value
    return numbers


def panels() -> dict[str, Panel]:
    """Return every panel of every board, by its question."""
    return {panel.question: panel for board in boards(POLICY) for panel in board.panels}


Numbers = Mapping[tuple[str, ...], float | None]


def by_office(name: str, unit: float = 1) -> Numbers:
    """Return a number of the office record, by office, as the console has it."""
    values = {(office.office,): getattr(office.record, name) for office in console().offices}
    return {key: None if value is None else value * unit for key, value in values.items()}


def whole(value: float | None) -> Numbers:
    """Return a number of all offices together."""
    return {(): value}


def of_spread(name: str) -> Numbers:
    return {(each.office,): getattr(each.utilisation, name) for each in console().offices if each.utilisation}


def expected() -> dict[tuple[str, str], Numbers]:
    """Return the console's values, by the question and legend of the query for the same number."""
    totals = console()
    together: OfficeSummary = totals.whole
    record = together.record
    marks = POLICY.officers
    over = {"overloaded": together.officers_over[0], "critical": together.officers_over[1]}
    return {
        ("How many records need a human look?", "cases"): whole(record.lost_track),
        ("How much time per case and month?", "time"): whole((record.minutes_per_case_month or 0) * 60),
        ("How many officers are needed per officer at work?", "needed per officer"): whole(record.utilisation),
        ("Why are cases lost track of?", "{{cause}}"): {(cause,): getattr(record.by_cause, cause) for cause in CAUSES},
        ("How loaded is each office?", "open cases"): by_office("open_cases"),
        ("How loaded is each office?", "unassigned"): by_office("unassigned"),
        ("How loaded is each office?", "officer absent"): by_office("with_absent"),
        ("How loaded is each office?", "at work"): by_office("officers_at_work"),
        ("How loaded is each office?", "load"): by_office("utilisation"),
        ("How loaded is each office?", "lost track"): by_office("lost_track"),
        ("How much time per case and month, by office?", "{{office}}"): by_office("minutes_per_case_month", 60),
        ("How many absent officers have open cases?", "away"): whole(together.officers_absent),
        **{
            (f"How many officers are at {getattr(marks, name).raise_:.0%} or more?", name): whole(number)
            for name, number in over.items()
        },
        ("How many officers does each office need?", "at work"): by_office("officers_at_work"),
        ("How many officers does each office need?", "needed"): by_office("officers_needed"),
        ("How many officers does each office need?", "whole officers"): {
            (each.office,): ceil(each.record.officers_needed)
            for each in totals.offices
            if each.record.officers_needed is not None
        },
        ("How many officers does each office need?", "achievable caseload"): by_office("achievable_caseload"),
        ("How many officers does each office need?", "load p50"): of_spread("p50"),
        ("How many officers does each office need?", "load p90"): of_spread("p90"),
        ("How many officers does each office need?", "load max"): of_spread("largest"),
        ("How much does each weight change officers needed?", "25% less"): {
            (each.weight,): each.less for each in together.sensitivity
        },
        ("How much does each weight change officers needed?", "25% more"): {
            (each.weight,): each.more for each in together.sensitivity
        },
    }


def asked(question: str, legend: str) -> str:
    """Return a panel's query for all offices."""
    [query] = [query for query in panels()[question].queries if query.legend == legend]
    return query.expr.replace("$job", "docketwatch").replace("$office", ".+")


def as_promtool(question: str, legend: str, numbers: Numbers) -> dict[str, Any]:
    """Return a query and its expected result."""
    expr = asked(question, legend)
    found = re.search(r"\bby \((\w+)\)", expr)
    label = "" if found is None else found[1]
    numbers = [
        {"labels": f'{{{label}="{key[0]}"}}' if key else "{}", "value": round(value, 4)}
        for key, value in numbers.items()
        if value is not None
    ]
    return {"expr": f"round({expr}, 0.0001)", "eval_time": "5m", "exp_samples": numbers}


class TestSameNumbers:
    def test_dashboards_agree_with_the_console(self, tmp_path: Path) -> None:
        """Every panel about offices is checked, with two workers, absent officers and an office without any."""
        tests = [as_promtool(*place, numbers) for place, numbers in expected().items()]
        inputs = [{"series": name, "values": f"{value}x5"} for name, value in series().items()]
        document = {
            "rule_files": [str(RULE_FILE)],
            "evaluation_interval": "1m",
            "tests": [{"interval": "1m", "input_series": inputs, "promql_expr_test": tests}],
        }
        file = tmp_path / "same.yaml"
        file.write_text(yaml.safe_dump(document))
        done = run("promtool", "test", "rules", file)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_time_by_office_has_one_query(self) -> None:
        """Three panels had two different queries, so one board contradicted the other."""
        asking = [
            (question, query.legend)
            for question, panel in panels().items()
            for query in panel.queries
            if "office:docketwatch_time_per_case" in query.expr
        ]
        assert [("How much time per case and month, by office?", "{{office}}")] == asking
