"""One docket, one set of numbers: every surface's values of every office, on Apache Kafka."""

import csv
import json
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from schemas.instants import to_ms, to_text
from streams.sources.logs import read_events
from tests.browser.consoles import TOKENS, ConsoleProcess, ask
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import LIMIT, wait_until

pytestmark = pytest.mark.kafka

UNASSIGNED = Path(__file__).parents[1] / "data" / "dockets" / "unassigned-cases.jsonl"
UNTIL = "2026-03-01T00:00:00.000Z"

SERIES = {
    "in_custody_cases": ("in_custody", 1),
    "unassigned_cases": ("unassigned", 1),
    "in_transit_cases": ("in_transit", 1),
    "with_absent_cases": ("with_absent", 1),
    "lost_track_cases": ("lost_track", 1),
    "bookings_7d": ("bookings_7d", 1),
    "hearings_7d": ("hearings_7d", 1),
    "hearings_30d": ("hearings_30d", 1),
    "deadlines_7d": ("deadlines_7d", 1),
    "officers_at_work": ("officers_at_work", 1),
    "workload_seconds": ("workload_minutes_month", 60),
    "capacity_seconds": ("capacity_minutes_month", 60),
}
"""Metric of an office -> the number of the record that it tells, and how many of its units one of that is."""

Records = dict[str, dict[str, Any]]


@dataclass
class OfficeFigures:
    """The values of each surface, by office.

    Attributes:
        evaluated: Lines of `evaluate --offices`.
        printed: Offices in `load --json`.
        officers: Officers in `load --json`.
        csv: The console's offices.csv.
        series: Metrics of the worker, by name and label of the office.
    """

    evaluated: Records
    printed: Records
    officers: Records
    csv: dict[str, dict[str, str]]
    series: dict[tuple[str, str], float]


@pytest.fixture(scope="module", params=["unassigned-cases", "generated"])
def surfaces(
    request: pytest.FixtureRequest, apache_kafka: str, tmp_path_factory: pytest.TempPathFactory
) -> OfficeFigures:
    """A docket in which most cases have no officer, and a generated one of four offices."""
    directory = tmp_path_factory.mktemp("numbers")
    docket = Docket(UNASSIGNED, to_ms(UNTIL))
    if request.param == "generated":
        docket = Docket.make(directory / "docket", cases=800, days=60)
    deployment = Deployment(apache_kafka, f"numbers-{request.param}", partitions=2).create()
    evaluated, (printed, officers) = _evaluated(docket, directory), _printed(docket)
    with ExitStack() as running:
        worker = CliProcess(deployment, directory / "worker.log", "worker", "--clock", "log")
        running.callback(lambda: worker.child.exit_code is None and worker.child.kill())
        console = ConsoleProcess(deployment, directory / "console")
        running.callback(lambda: console.child.exit_code is None and console.child.kill())
        worker.ready()
        deployment.feed(read_events([docket.log]), until=docket.until)
        wait_until(lambda: worker.has_passed(docket.until), "a worker that has worked through the log")
        console.await_data()
        deadline = time.monotonic() + LIMIT
        while True:  # the tests report a difference, not a wait that ends
            found = OfficeFigures(evaluated, printed, officers, _csv(console), _series(worker.metrics()))
            if time.monotonic() > deadline or (_wrong_in_csv(found), _wrong_in_series(found)) == ([], []):
                return found


def _run(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli.main", *words], capture_output=True, text=True, timeout=LIMIT, check=True
    )
    return done.stdout


def _evaluated(docket: Docket, directory: Path) -> Records:
    out = directory / "offices.jsonl"
    _run("evaluate", str(docket.log), "--until", to_text(docket.until), "--offices", str(out))
    return {record["office"]: record for record in map(json.loads, out.read_text().splitlines())}


def _printed(docket: Docket) -> tuple[Records, Records]:
    result = json.loads(_run("load", str(docket.log), "--until", to_text(docket.until), "--json"))
    offices = {record["office"]: record for record in result["offices"]}
    return offices, {record["officer_id"]: record for record in result["officers"]}


def _csv(console: ConsoleProcess) -> dict[str, dict[str, str]]:
    token = {"Authorization": f"Bearer {TOKENS['supervisor']}"}
    status, text, _ = ask(f"{console.url}download/offices.csv", headers=token)
    assert status == 200, text
    return {row["office"]: row for row in csv.DictReader(StringIO(text))}


def _series(metrics: str) -> dict[tuple[str, str], float]:
    """Return metrics of offices, summed over their other labels except the cause."""
    found: dict[tuple[str, str], float] = {}
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if sample.name.startswith("docketwatch_office_"):
                name = "/".join(filter(None, (sample.name, sample.labels.get("cause"), sample.labels.get("level"))))
                for office in (sample.labels["office"], "*"):
                    found[name, office] = found.get((name, office), 0.0) + sample.value
    return found


def _wrong_in_csv(surfaces: OfficeFigures) -> list[tuple[str, str, object, str]]:
    """Return (office, name, value of the record, value of the console's file)."""
    wrong = []
    for office, record in surfaces.evaluated.items():
        row = surfaces.csv.get(office, {})
        for name, value in _flat(record).items():
            result = row.get(name, "")
            same = result == "" if value is None else result != "" and float(result) == pytest.approx(value, abs=1e-4)
            if not same:
                wrong.append((office, name, value, result))
    return wrong


def _wrong_in_series(surfaces: OfficeFigures) -> list[tuple[str, str, float, float | None]]:
    """Return (office, metric, value of the record, value of the metric)."""
    wrong = []
    for office, record in surfaces.evaluated.items():
        expected = {
            f"docketwatch_office_{metric}": float(record[name]) * unit for metric, (name, unit) in SERIES.items()
        }
        expected |= {
            f"docketwatch_office_lost_track_cause_cases/{cause}": float(cases)
            for cause, cases in record["by_cause"].items()
        }
        expected |= {
            f"docketwatch_office_open_cases/{level}": float(cases) for level, cases in record["by_level"].items()
        }
        for name, value in expected.items():
            result = surfaces.series.get((name, office))
            if result != pytest.approx(value):
                wrong.append((office, name, value, result))
    return wrong


def _flat(record: dict[str, Any]) -> dict[str, float | None]:
    """Return the numbers of a record; a nested one has both names."""
    numbers: dict[str, float | None] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            numbers |= {f"{name}.{inner}": number for inner, number in value.items()}
        elif name not in ("v", "office", "as_of"):
            numbers[name] = value
    return numbers


class TestOneDocket:
    def test_load_prints_what_evaluate_writes(self, surfaces: OfficeFigures) -> None:
        """Every record is equal to the last digit."""
        assert surfaces.evaluated == surfaces.printed

    def test_the_console_has_the_same(self, surfaces: OfficeFigures) -> None:
        """Every number of every office is equal, by its name in the record."""
        assert [] == _wrong_in_csv(surfaces)
        assert set(surfaces.evaluated) == set(surfaces.csv)

    def test_the_metrics_have_the_same(self, surfaces: OfficeFigures) -> None:
        """Every number that adds up over workers is equal; quotients are recording rules over them."""
        assert [] == _wrong_in_series(surfaces)

    def test_the_whole_is_the_sum_of_the_offices(self, surfaces: OfficeFigures) -> None:
        """Every case and every officer is in exactly one office."""
        whole, *offices = (_flat(record) for record in surfaces.evaluated.values())
        quotients = {"utilisation", "officers_needed", "achievable_caseload"}
        for name in whole:
            if name not in quotients and not name.endswith(("per_case", "per_case_month")):
                assert whole[name] == sum(office[name] or 0 for office in offices), name


class TestUnassignedCases:
    @pytest.mark.parametrize("surfaces", ["unassigned-cases"], indirect=True)
    def test_they_are_in_the_numbers_of_every_surface(self, surfaces: OfficeFigures) -> None:
        """110 are open, 100 unassigned, 10 with an officer who departed: 13,200 minutes need 1.83 officers."""
        expected = {
            "open_cases": 110,
            "unassigned": 100,
            "with_absent": 10,
            "workload_minutes_month": 13_200,
            "officers_needed": 13_200 / 7_200,
            "minutes_per_case_month": 7_200 / 110,
        }
        for office in ("*", "ATL"):
            for record in (surfaces.evaluated[office], surfaces.printed[office], surfaces.csv[office]):
                assert expected == pytest.approx({name: float(record[name]) for name in expected}, abs=1e-4)
            assert 13_200 * 60 == surfaces.series["docketwatch_office_workload_seconds", office]
        assert {"o-1": 7_200, "o-2": 0} == {
            name: each["capacity_minutes_month"] for name, each in surfaces.officers.items()
        }
