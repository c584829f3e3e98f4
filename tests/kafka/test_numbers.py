"""One docket, one set of numbers: each surface's value of every office and officer, on Apache Kafka."""

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

import pytest
from prometheus_client.parser import text_string_to_metric_families

from schemas.case_views import Role
from schemas.instants import to_text
from streams.core.load.office_record import needed
from streams.metrics.offices import NO_OFFICE
from streams.web.labels import CAUSES
from tests.browser.consoles import TOKENS, ConsoleProcess, ask
from tests.browser.served_pages import ServedPage
from tests.kafka.board_figures import (
    ALL,
    NOT_OF_THE_DOCKET,
    Figures,
    board_figures,
    board_queries,
    recorded_figures,
)
from tests.kafka.console_rows import SIDES, cause_row, office_row, officer_row, shares, sides_text, tiles
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.evaluated_numbers import EvaluatedNumbers, Record, cases_of, gini, run_command
from tests.kafka.losing_docket import LOSING, MIXED, losing_docket
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import wait_until
from tests.rules.servers import Prometheus
from tests.rules.test_rules import RULES
from tests.rules.tools import program

pytestmark = pytest.mark.kafka

_OFFICE_SERIES: Final = {
    **{f"{name}_cases": (name, 1) for name in ("in_custody", "unassigned", "in_transit", "with_absent", "lost_track")},
    **{name: (name, 1) for name in ("bookings_7d", "hearings_7d", "hearings_30d", "deadlines_7d", "officers_at_work")},
    "workload_seconds": ("workload_minutes_month", 60),
    "capacity_seconds": ("capacity_minutes_month", 60),
}
_OFFICER_SERIES: Final = {
    "open_cases": ("open_cases", 1),
    "lost_track_cases": ("lost_track", 1),
    "deadlines_7d": ("deadlines_7d", 1),
    "workload_seconds": ("workload_minutes_month", 60),
    "utilisation_ratio": ("utilisation", 1),
    "time_per_case_seconds": ("minutes_per_case_month", 60),
}
"""Metric of an office or officer -> the number of the record that it tells, and its units in one unit of that."""


@dataclass(frozen=True)
class NumberSurfaces:
    """What shows the numbers of one docket.

    Attributes:
        docket: The log.
        deployment: The topics that worker and console read.
        console: The address of the console.
        prometheus: It scrapes worker and console.
        metrics: A scrape of the worker.
    """

    docket: Docket
    deployment: Deployment
    console: str
    prometheus: Prometheus
    metrics: str

    def page(self, path: str, role: Role) -> ServedPage:
        """Return a page of the console."""
        return ServedPage.of(self.console, path, role)

    def csv(self, name: str, role: Role) -> list[dict[str, str]]:
        """Return the rows of a file of the console."""
        status, text, _ = ask(f"{self.console}download/{name}", headers={"Authorization": f"Bearer {TOKENS[role]}"})
        assert status == 200, text
        return list(csv.DictReader(StringIO(text)))

    def printed(self, command: str, *words: str) -> Record:
        """Return what a command prints of the topics."""
        places = ("--brokers", self.deployment.broker, "--prefix", self.deployment.prefix)
        return dict(json.loads(run_command(command, *places, "--json", *words)))

    def asked(self, expr: str, office: str = ALL) -> Figures:
        """Return the result of a query of a board, with an office chosen."""
        expr = expr.replace("$job", ".*").replace("$office", ".*" if office == ALL else office)
        return {_label_of(each["metric"]): float(each["value"][1]) for each in self.prometheus.query(expr)}


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """A generated docket of four offices, one with too few officers, and one with every kind of loss."""
    return losing_docket(tmp_path_factory.mktemp("docket"))


@pytest.fixture(scope="module")
def numbers(docket: Docket, tmp_path_factory: pytest.TempPathFactory) -> EvaluatedNumbers:
    """What every surface must say."""
    return EvaluatedNumbers.of(docket, tmp_path_factory.mktemp("evaluated"))


@pytest.fixture(scope="module")
def surfaces(docket: Docket, apache_kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NumberSurfaces]:
    """A worker that has worked through the log, a console that has read its outputs, and Prometheus."""
    program("prometheus")
    directory = tmp_path_factory.mktemp("numbers")
    deployment = Deployment(apache_kafka, "numbers", partitions=2).create()
    with ExitStack() as running:
        worker = CliProcess(deployment, directory / "worker.log", "worker", "--clock", "log")
        running.callback(lambda: worker.child.exit_code is None and worker.child.kill())
        deployment.feed(docket.events, until=docket.until)
        worker.ready()
        wait_until(lambda: worker.has_passed(docket.until), "a worker that has worked through the log")
        console = ConsoleProcess(deployment, directory / "console")
        running.callback(lambda: console.child.exit_code is None and console.child.kill())
        console.await_data()
        wait_until(lambda: "docketwatch_deadlines_ahead{" in ask(f"{console.url}metrics")[1], "the deadlines ahead")
        scraped = worker.output().rpartition("metrics http://")[2].split()[0].partition("/")[0]
        shown = console.url.removeprefix("http://").rstrip("/")
        prometheus = running.enter_context(Prometheus(directory, RULES, [scraped], consoles=[shown]))
        # a rule that reads another sees it one evaluation later
        recorded = (
            "count_over_time(job:docketwatch_officers_needed:ratio[1m]) > 2",
            "count_over_time(office_cause:docketwatch_deadlines_ahead_7d:max[1m]) > 2",
        )
        wait_until(lambda: all(map(prometheus.query, recorded)), "three evaluations of every rule")
        yield NumberSurfaces(docket, deployment, console.url, prometheus, worker.metrics())


def _label_of(labels: Mapping[str, str]) -> str:
    """Return the labels of a series other than its name and its process."""
    return " ".join(value for name, value in sorted(labels.items()) if name not in ("__name__", "job", "instance"))


def _differing(expected: Mapping[Any, Figures], found: Mapping[Any, Figures]) -> list[tuple[Any, Figures, Figures]]:
    """Return (what, expected, found) of what differs."""
    assert set(expected) == set(found)
    return [(each, expected[each], found[each]) for each in expected if found[each] != pytest.approx(expected[each])]


def _flat(record: Record) -> dict[str, float | None]:
    """Return the numbers of a record; a nested one has both names."""
    numbers: dict[str, float | None] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            numbers |= {f"{name}.{inner}": number for inner, number in value.items()}
        elif name not in ("v", "office", "as_of"):
            numbers[name] = value
    return numbers


def _cell(value: object) -> str:
    """Return a cell of the console's files."""
    return "" if value is None else str(round(value, 4) if isinstance(value, float) else value)


def _without_instants(records: list[Record]) -> list[Record]:
    return [{name: value for name, value in each.items() if name != "as_of"} for each in records]


def _with_sorted_alerts(row: dict[str, str]) -> dict[str, str]:
    return row | {"Docket alerts": ", ".join(sorted(filter(None, row["Docket alerts"].split(", "))))}


def _check_list(surfaces: NumberSurfaces, filtered: str, alerts: list[Record], role: Role) -> None:
    """Check how many alerts and cases the page of cases lost track of names."""
    # NiceGUI sends the page without it when the record of the view takes longer than three seconds
    [summary] = wait_until(lambda: surfaces.page(f"/lost-track{filtered}", role).texts("p", "status"), "a summary")
    named = f"{len(alerts):,} alerts on {cases_of(alerts):,} cases" if alerts else "No open alert matches."
    assert named == summary.partition(";")[0]


class TestDocket:
    def test_it_has_what_surfaces_counted_in_their_own_way(self, numbers: EvaluatedNumbers) -> None:
        """Cases without an officer, of one who left, in transit, protected, and with several alerts and sides."""
        whole, losing, alerts = numbers.offices[ALL], numbers.offices[LOSING], numbers.alerts
        assert (110, 100, 10) == tuple(losing[name] for name in ("open_cases", "unassigned", "with_absent"))
        assert (1, 2) == (numbers.absent(LOSING), numbers.absent(MIXED))
        assert whole["in_transit"] > 0
        assert numbers.protected & {each["case_id"] for each in alerts}
        assert sum(cases_of(alerts, cause_class=side) for side in SIDES) > whole["lost_track"]
        assert sum(whole["by_cause"].values()) > whole["lost_track"]
        assert len(alerts) > sum(whole["by_cause"].values())  # two hearings of one case
        assert any(each["utilisation"] is None for each in numbers.at_work(MIXED))
        assert any(each["status"] is None and each["office"] for each in numbers.officers.values())

    def test_the_whole_is_the_sum_of_the_offices(self, numbers: EvaluatedNumbers) -> None:
        """Every case and every officer is in exactly one office."""
        whole, *offices = (_flat(record) for record in numbers.offices.values())
        quotients = {"utilisation", "officers_needed", "achievable_caseload"}
        for name in whole:
            if name not in quotients and not name.endswith(("per_case", "per_case_month")):
                assert whole[name] == sum(office[name] or 0 for office in offices), name

    def test_unassigned_cases_are_in_the_numbers(self, numbers: EvaluatedNumbers) -> None:
        """100 cases without an officer and 10 of a departed one need 13,200 minutes and 1.83 officers."""
        expected = {
            "workload_minutes_month": 13_200,
            "officers_needed": 13_200 / 7_200,
            "minutes_per_case_month": 7_200 / 110,
        }
        assert expected == pytest.approx({name: numbers.offices[LOSING][name] for name in expected})
        assert {"o-1": 7_200, "o-2": 0} == {
            name: each["capacity_minutes_month"] for name, each in numbers.officers_of(LOSING).items()
        }


class TestCommands:
    def test_load_prints_what_evaluate_writes(self, numbers: EvaluatedNumbers) -> None:
        """Every record is equal to the last digit."""
        assert list(numbers.offices.values()) == numbers.printed["offices"]
        assert list(numbers.officers.values()) == numbers.printed["officers"]

    def test_load_prints_the_same_of_the_topics(self, numbers: EvaluatedNumbers, surfaces: NumberSurfaces) -> None:
        """Records, needs and deadlines are those of the log, as of the same instant."""
        expected, printed = dict(numbers.printed), surfaces.printed("load", "--deadlines")
        # a load that nothing changed since has the instant of its change
        assert _without_instants(expected.pop("officers")) == _without_instants(printed.pop("officers"))
        assert expected == printed

    def test_the_report_of_a_week_has_the_record(self, numbers: EvaluatedNumbers, docket: Docket) -> None:
        """The log ends with the week; the zone of an office that the policy does not name is UTC."""
        for office in (LOSING, MIXED):
            made = json.loads(
                run_command("report", str(docket.log), "--office", office, "--week", "2026-W09", "--json")
            )
            assert numbers.offices[office] == made["record"]
            assert numbers.needs(office)["all_weights"] == made["needed_range"]


class TestConsole:
    def test_the_files_have_the_numbers(self, numbers: EvaluatedNumbers, surfaces: NumberSurfaces) -> None:
        """Every number of every office and officer is equal, by its name in the record."""
        offices = {row["office"]: row for row in surfaces.csv("offices.csv", "viewer")}
        assert set(numbers.offices) == set(offices)
        for office, record in numbers.offices.items():
            assert record["as_of"] == offices[office]["as_of"]
            cases, used = (numbers.spread_of(office, name) for name in ("open_cases", "utilisation"))
            alerts = numbers.alerts_of(office)
            expected = _flat(record) | {
                "officers_absent": numbers.absent(office),
                "officers_overloaded": numbers.over(office, "overloaded"),
                "officers_critical": numbers.over(office, "critical"),
                **dict(zip(("cases_p50", "cases_p90", "cases_largest"), shares(cases), strict=True)),
                "cases_gini": gini(cases),
                **dict(zip((f"utilisation_{name}" for name in ("p50", "p90", "largest")), shares(used), strict=True)),
                "critical": cases_of(alerts, severity="critical"),
                **{side: cases_of(alerts, cause_class=side) for side in SIDES},
            }
            row = {name: float(value) if value else None for name, value in offices[office].items() if name in expected}
            assert pytest.approx(expected, abs=1e-4) == row, office
        officers = {row["officer_id"]: row for row in surfaces.csv("officers.csv", "supervisor")}
        assert set(numbers.officers) == set(officers)
        for officer, row in officers.items():
            of_file = {name: _cell(numbers.officers[officer][name]) for name in row if name != "as_of"}
            assert of_file == {name: value for name, value in row.items() if name != "as_of"}

    def test_the_offices_show_the_records(self, numbers: EvaluatedNumbers, surfaces: NumberSurfaces) -> None:
        """Every cell of the table, the range, and what each weight changes."""
        page = surfaces.page("/offices", "viewer")
        rows = [office_row(numbers, office) for office in sorted(numbers.offices) if office != ALL]
        assert rows == page.table("Offices by load")
        assert [
            {
                "Weight of the policy": each["weight"],
                "25% lower": needed(each["less"]),
                "As set": needed(numbers.offices[ALL]["officers_needed"]),
                "25% higher": needed(each["more"]),
            }
            for each in numbers.needs(ALL)["each_weight"]
        ] == page.table("Officers needed when one weight changes")
        of_all = numbers.needs(ALL)["all_weights"]
        spread = f"{needed(of_all['p10'])} to {needed(of_all['p90'])}"
        assert any(spread in text for text in page.texts("p"))
        shown = [dict(list(row.items())[:6]) for row in rows]
        assert sorted(shown, key=lambda row: float(row["Min/case"])) == surfaces.page("/", "viewer").table(
            "Highest loads"
        )

    def test_the_overview_shows_the_totals(self, numbers: EvaluatedNumbers, surfaces: NumberSurfaces) -> None:
        """Every tile with its note, every cause, and the sentence of the chart of cases lost track of."""
        page, until = surfaces.page("/", "restricted"), surfaces.docket.until
        assert tiles(numbers, until) == page.tiles()
        shown = page.table("Lost-track cases by cause")
        assert [cause_row(numbers, cause, until) for cause in CAUSES] == [
            {name: text for name, text in row.items() if name != "What the record shows"} for row in shown
        ]
        whole = numbers.offices[ALL]
        assert whole["by_cause"] == {cause: cases_of(numbers.alerts, cause=cause) for cause in CAUSES}
        assert page.texts("figcaption")[0].startswith(f"{whole['lost_track']:,} cases now ({sides_text(numbers)};")

    def test_the_officers_show_the_loads(self, numbers: EvaluatedNumbers, surfaces: NumberSurfaces) -> None:
        """Every cell of every officer, also of the page of one, and the number of their cases in the list."""
        expected = {officer: officer_row(numbers, officer) for officer in numbers.officers}
        shown = surfaces.page("/officers", "supervisor").table("Officers by load")
        assert expected == {row["Officer"]: _with_sorted_alerts(row) for row in shown}
        assert len(expected) == len(shown)
        for officer, row in expected.items():
            own = surfaces.page(f"/officers?officer={officer}", "supervisor").table("Officers by load")
            assert row == next(_with_sorted_alerts(each) for each in own if each["Officer"] == officer)
            alerts = [each for each in numbers.alerts if each["officer_id"] == officer]
            assert numbers.officers[officer]["lost_track"] == cases_of(alerts)
            _check_list(surfaces, f"?officer={officer}", alerts, "restricted")
        busiest = surfaces.page("/", "restricted").table("Highest loads")
        assert [{name: expected[row["Officer"]][name] for name in row} for row in busiest] == busiest

    def test_the_list_has_the_cases_lost_track_of(self, numbers: EvaluatedNumbers, surfaces: NumberSurfaces) -> None:
        """Page and file have the cases of the record; a role that sees no protected cases has the others."""
        for role, hidden in (("restricted", frozenset()), ("supervisor", numbers.protected)):
            for office, record in numbers.offices.items():
                alerts = [each for each in numbers.alerts_of(office) if each["case_id"] not in hidden]
                _check_list(surfaces, "" if office == ALL else f"?office={office}", alerts, role)
                if role == "restricted":
                    assert record["lost_track"] == cases_of(alerts)
            rows = surfaces.csv("lost-track.csv", role)
            wanted = {each["alert_id"]: each for each in numbers.alerts if each["case_id"] not in hidden}
            assert {key: (each["case_id"], each["severity"]) for key, each in wanted.items()} == {
                row["alert_id"]: (row["case_id"], row["severity"]) for row in rows
            }

    def test_the_deadlines_are_of_the_same_instant(self, numbers: EvaluatedNumbers, surfaces: NumberSurfaces) -> None:
        """Each cause, office and officer has the deadlines that `load` counts from the instant of the loads."""
        page = surfaces.page("/due-soon", "restricted")
        ahead = numbers.deadlines("offices", ALL)
        expected = {
            "Cause": {CAUSES[cause][0]: each for cause, each in ahead["by_cause"].items()},
            "Office": {each["office"]: each for each in numbers.printed["deadlines"]["offices"] if each is not ahead},
            "Officer": {each["officer_id"] or "none": each for each in numbers.printed["deadlines"]["officers"]},
        }
        for what, counts in expected.items():
            assert {name: (f"{each['within_7d']:,}", f"{each['within_14d']:,}") for name, each in counts.items()} == {
                row[what]: (row["7 days"], row["14 days"]) for row in page.table(f"Deadlines by {what.lower()}")
            }
        due = surfaces.printed("due", "--days", "7")
        assert to_text(surfaces.docket.until) == due["as_of"]
        for office, record in numbers.offices.items():
            assert record["deadlines_7d"] == cases_of([each for each in due["due"] if office in (ALL, each["office"])])


class TestMetrics:
    def test_they_have_the_numbers(self, numbers: EvaluatedNumbers, surfaces: NumberSurfaces) -> None:
        """Every number of an office that adds up over workers, and every number of an officer, is equal."""
        found: dict[tuple[str, ...], float] = {}
        for family in text_string_to_metric_families(surfaces.metrics):
            for sample in family.samples:
                labels = [sample.labels.get(name, "") for name in ("officer", "office", "cause", "level")]
                key = (sample.name.removeprefix("docketwatch_"), *filter(None, labels))
                found[key] = found.get(key, 0.0) + sample.value
        expected: dict[tuple[str, ...], float] = {}
        for office, record in numbers.offices.items():
            if office == ALL:
                continue
            expected |= {(f"office_{name}", office): record[of] * unit for name, (of, unit) in _OFFICE_SERIES.items()}
            expected["office_officers_absent", office] = numbers.absent(office)
            for name, labels in (("lost_track_cause_cases", record["by_cause"]), ("open_cases", record["by_level"])):
                expected |= {(f"office_{name}", office, label): cases for label, cases in labels.items()}
        for officer, load in numbers.officers.items():
            labels = (officer, load["office"] or NO_OFFICE)
            at_work = load["status"] not in ("leave", "departed")
            expected["officer_at_work", *labels] = float(at_work)
            for name, (of, unit) in _OFFICER_SERIES.items():
                if load[of] is not None:
                    expected[f"officer_{name}", *labels] = load[of] * unit
        of_names = {name for name, *_ in expected}
        assert pytest.approx(expected) == {key: value for key, value in found.items() if key[0] in of_names}

    def test_the_recorded_series_have_the_numbers(self, numbers: EvaluatedNumbers, surfaces: NumberSurfaces) -> None:
        """Every rule about offices gives the record's number, or that of its officers at work."""
        expected = recorded_figures(numbers)
        assert [] == _differing(expected, {rule: surfaces.asked(rule) for rule in expected})


class TestBoards:
    def test_every_query_has_the_number(self, numbers: EvaluatedNumbers, surfaces: NumberSurfaces) -> None:
        """Each panel shows the number of the record with all offices, and with each of them, chosen."""
        queries = dict(board_queries())
        for office in numbers.offices:
            expected = board_figures(numbers, office)
            found = {query: surfaces.asked(queries[query], office) for query in expected}
            assert [] == _differing(expected, found), office

    def test_every_panel_is_compared(self, numbers: EvaluatedNumbers) -> None:
        """A panel is among the compared ones, or it is not about the docket."""
        queries, compared = dict(board_queries()), board_figures(numbers, MIXED)
        assert set(compared) <= set(queries)
        assert {question for question, _ in set(queries) - set(compared)} == set(NOT_OF_THE_DOCKET)
