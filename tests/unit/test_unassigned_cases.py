"""The docket of unassigned cases reads 1.83 (2) officers needed on every surface."""

import csv
import json
from math import ceil
from pathlib import Path

import msgspec
import pytest

from schemas.instants import to_ms
from schemas.policy import load_policy
from streams.cli.main import main
from streams.core.evaluation import Evaluation
from streams.core.load.office_rows import OfficePartial
from streams.core.policy.rules import Rules
from streams.monitoring.boards import boards
from streams.sources.logs import read_events
from streams.web.csv_files import offices_csv
from streams.web.pages.offices import OFFICE_COLUMNS, office_cells
from streams.web.pages.overview import officers_needed
from streams.web.totals import CauseCounts, Totals, count
from tests.unit.metrics.metric_samples import case_stats, collector, key, officer_stats, samples, view
from tests.unit.web.alerts import tables_of

DOCKET = Path(__file__).parents[1] / "data" / "dockets" / "unassigned-cases.jsonl"
UNTIL = "2026-03-01T00:00:00.000Z"
NEEDED = 13_200 / 7_200


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    """100 standard cases of Atlanta without an officer, 10 of one who departed, one officer at work."""
    evaluation = Evaluation(Rules(load_policy()))
    for _ in evaluation.run(read_events([DOCKET]), to_ms(UNTIL)):
        pass
    return evaluation


def output(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main([*words])
    assert 0 == stopped.value.code
    return capsys.readouterr().out


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    return output(capsys, *words, str(DOCKET), "--until", UNTIL)


def totals_of(evaluation: Evaluation) -> Totals:
    """Return the console's numbers, of the partials that workers publish."""
    loads = evaluation.loads()
    staff = evaluation.table.staff_rows(loads)
    tables = tables_of(loads=tuple(loads))
    encode = msgspec.json.Encoder().encode
    tables.update_offices(b"cases:0", encode(OfficePartial(0, to_ms(UNTIL), evaluation.cases.office_rows())))
    tables.update_offices(b"officers:0", encode(OfficePartial(0, to_ms(UNTIL), staff=staff)))
    return count(tables, Rules(load_policy()))


class TestOfficersNeeded:
    def test_in_load(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The JSON has the fraction, the table both."""
        offices = json.loads(printed(capsys, "load", "--json"))["offices"]
        assert ["*", "ATL"] == [office["office"] for office in offices]
        assert [NEEDED, NEEDED] == [pytest.approx(office["officers_needed"]) for office in offices]
        lines = [" ".join(line.split()) for line in printed(capsys, "load").splitlines()]
        assert 2 == lines.count("officers needed 1.83 (2) 13,200 minutes of work / 7,200 minutes of one officer")

    def test_in_evaluate(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """`--offices` writes the same records."""
        file = tmp_path / "offices.jsonl"
        printed(capsys, "evaluate", "--offices", str(file))
        assert [NEEDED, NEEDED] == [
            pytest.approx(json.loads(line)["officers_needed"]) for line in file.read_text().splitlines()
        ]

    def test_in_the_console(self, evaluation: Evaluation) -> None:
        """The row of the office, and that of all together, from the partials that workers publish."""
        totals = totals_of(evaluation)
        index = next(index for index, column in enumerate(OFFICE_COLUMNS) if "needed" in column.title.lower())
        for office in (totals.whole, *totals.offices):
            assert "1.83 (2)" == office_cells(office, totals)[index].text

    def test_in_the_tile_of_the_overview(self, evaluation: Evaluation) -> None:
        """The figure, beside the officers at work."""
        assert ("1.83 (2)", "1 at work; an estimate, see Offices") == officers_needed(
            totals_of(evaluation).whole.record
        )

    def test_in_the_csv_of_the_console(self, evaluation: Evaluation) -> None:
        """The file has the record's number, unrounded but for four decimals."""
        totals = totals_of(evaluation)
        rows = csv.DictReader(
            "".join(offices_csv([(each, CauseCounts()) for each in (totals.whole, *totals.offices)], None)).splitlines()
        )
        assert [("*", "1.8333"), ("ATL", "1.8333")] == [(row["office"], row["officers_needed"]) for row in rows]

    def test_in_the_report(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """The page's figure and its decision; the JSON has the record."""
        words = ["report", str(DOCKET), "--office", "ATL", "--week", "2026-W09"]
        file = tmp_path / "report.html"
        output(capsys, *words, "--out", str(file))
        page = file.read_text()
        assert "<p>officers needed<b>1.83 (2)</b>" in page
        assert "the weights of the policy need 1.83 (2), 1 is at work." in page
        assert "officers needed by the weights</th><td>1.83 (2)</td>" in page
        document = json.loads(output(capsys, *words, "--json"))
        assert (110, pytest.approx(NEEDED)) == (document["record"]["open_cases"], document["record"]["officers_needed"])

    def test_in_a_whatif(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        """Half the time of an officer needs twice the officers; the table and the page have both forms."""
        words = ["--since", "2026-02-01T00:00:00Z", "--set", "load.capacity_hours_month=60"]
        file = tmp_path / "whatif.html"
        lines = [" ".join(line.split()) for line in printed(capsys, "whatif", *words, "--html", str(file)).splitlines()]
        assert "all officers needed by the weights 1.83 (2) 3.67 (4)" in lines
        assert "<td>officers needed by the weights</td><td>1.83 (2)</td><td>3.67 (4)</td>" in file.read_text()
        offices = json.loads(printed(capsys, "whatif", *words, "--json"))["offices"]
        assert pytest.approx(NEEDED) == offices[0]["now"]["officers_needed"]

    def test_in_prometheus(self, evaluation: Evaluation) -> None:
        """Work by the mean capacity of an officer at work: what the boards divide."""
        loads = evaluation.loads()
        exported = samples(
            collector(
                view(
                    cases={0: case_stats(offices=evaluation.cases.office_rows())},
                    officers={0: officer_stats(*loads, staff=evaluation.table.staff_rows(loads))},
                )
            )
        )
        work = sum(
            value
            for (name, labels), value in exported.items()
            if name == "office_workload_seconds" and ("office", "ATL") in labels
        )
        capacity = exported[key("office_capacity_seconds", office="ATL")]
        needed = work / (capacity / exported[key("office_officers_at_work", office="ATL")])
        assert (NEEDED, 2) == (pytest.approx(needed), ceil(needed))

    def test_on_the_boards(self) -> None:
        """The table of offices has the fraction with two decimals, and beside it the next whole number."""
        [panel] = [
            panel for board in boards(load_policy()) for panel in board.panels
            if panel.question == "How many officers does each office need?"
        ]  # fmt: skip
        place = next(place for place, query in enumerate(panel.queries) if query.legend == "needed")
        fraction, whole = panel.queries[place : place + 2]
        assert (2, 0) == (fraction.decimals, whole.decimals)
        assert f"ceil({fraction.expr})" == whole.expr
