"""`docketwatch evaluate`: computes every alert revision of a log and the loads at its end, without Kafka."""

import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import click
import msgspec

from schemas.decode import Refused
from streams.cli.files import OUTPUT, print_line
from streams.cli.options import FILES, LAST_INSTANT, POLICY, read_policy
from streams.cli.progress import reading
from streams.core.evaluation import Evaluation
from streams.core.load.office_zones import offices_without_zone
from streams.core.officers.table import load_json
from streams.core.policy.rules import Rules
from streams.errors import NothingRecordedError
from streams.files.outputs import OutputGroup
from streams.process.interpreter_tuning import garbage_collector_off
from streams.sources.logs import LogWriter, read_events
from streams.tools.evaluation_summary import EvaluatedAlerts, EvaluationSummary

__all__ = ["command"]


@click.command("evaluate")
@FILES
@POLICY
@click.option("--until", type=LAST_INSTANT, required=True, help="Last instant of events and deadlines.")
@click.option("--alerts", "alerts_file", type=OUTPUT, help="Write every alert revision to this file.")
@click.option("--loads", "loads_file", type=OUTPUT, help="Write the loads as of --until to this file.")
@click.option("--offices", "offices_file", type=OUTPUT, help="Write the office records as of --until to this file.")
@click.option(
    "--officer-alerts", "officer_alerts_file", type=OUTPUT, help="Write every officer alert revision to this file."
)
@click.option(
    "--refused",
    "refused_file",
    type=OUTPUT,
    help="Go on past lines that are no event, and write where each is and why to this file.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="The summary as one JSON object: until, policy, events, cases, officers, refused, alerts, officer_alerts, "
    "loads, offices_without_zone and seconds.",
)
def command(
    files: tuple[Path, ...],
    policy_file: Path | None,
    until: int,
    alerts_file: Path | None,
    loads_file: Path | None,
    offices_file: Path | None,
    officer_alerts_file: Path | None,
    refused_file: Path | None,
    as_json: bool,
) -> None:
    """Run the monitor over log files without Kafka.

    Output files are JSON Lines (.gz and .zst by their suffix), written whole or not at all; - is the standard output.
    A summary goes to stdout, or to stderr if an output uses stdout. Exit code 1 when there is nothing to evaluate: no
    event is recorded up to --until.
    """
    evaluation = Evaluation(Rules(read_policy(policy_file)))
    counts, of_officers = _Summary(), _Summary()
    started, started_cpu = time.perf_counter(), time.process_time()
    with ExitStack() as files_open:
        files_open.enter_context(garbage_collector_off())
        outputs = files_open.enter_context(OutputGroup())
        alerts = outputs.add(LogWriter(alerts_file)) if alerts_file else None
        loads = outputs.add(LogWriter(loads_file)) if loads_file else None
        offices = outputs.add(LogWriter(offices_file)) if offices_file else None
        officer_alerts = outputs.add(LogWriter(officer_alerts_file)) if officer_alerts_file else None
        refusals = _Refusals(outputs.add(LogWriter(refused_file))) if refused_file else None
        with reading("evaluating") as on_progress:
            events = read_events(files, on_progress=on_progress, on_refused=None if refusals is None else refusals.add)
            for step in evaluation.run(events, until):
                counts.events += step.events
                for revision in step.effects.alerts:
                    counts.count(revision.alert_id, revision.cause, revision.status)
                    if alerts:
                        alerts.write_line(revision.json())
                for record in step.officers.alerts:
                    of_officers.count(record.alert_id, record.cause, record.status)
                    if officer_alerts:
                        officer_alerts.write_line(record.json())
        _require_events(counts.events, refusals, until)
        table = evaluation.loads()
        if loads:
            for load in table:
                loads.write_line(load_json(load))
        of_offices = evaluation.office_totals(table)
        if offices:
            for totals in of_offices:
                offices.write_line(totals.record(evaluation.cases.rules, until).json())
    rules, whole = evaluation.cases.rules, of_offices[0]
    summary = EvaluationSummary(
        until=until,
        rules=rules,
        events=counts.events,
        cases=len(evaluation.cases),
        unregistered=evaluation.cases.unregistered,
        open_cases=whole.cases.open_cases + whole.cases.in_custody,
        refused=None if refusals is None else refusals.count,
        alerts=counts.counted(),
        officer_alerts=of_officers.counted(),
        loads=table,
        offices_without_zone=offices_without_zone(rules.policy, (totals.office for totals in of_offices)),
        seconds=time.perf_counter() - started,
        cpu_seconds=time.process_time() - started_cpu,
    )
    if as_json:
        print_line(summary.json())
    else:
        for line in summary.lines():
            print_line(line)
    _require_events(counts.events, None, until)  # what was refused is written by now


def _require_events(count: int, refusals: "_Refusals | None", until: int) -> None:
    if not count and (refusals is None or not refusals.count):
        raise NothingRecordedError(until)


class _Refusals:
    """Writes where a line that is no event is and why; the line itself may hold what identifies a person.

    Args:
        output: Where to.
    """

    def __init__(self, output: LogWriter) -> None:
        self.count = 0
        self._output = output

    def add(self, file: Path, line: int, refused: Refused) -> None:
        """Write one."""
        self.count += 1
        record = {"file": str(file), "line": line, "code": refused.code, "field": refused.field}
        self._output.write_line(msgspec.json.encode({**record, "sentence": refused.sentence}))


class _Summary:
    """Counts of alert revisions and open alerts."""

    def __init__(self) -> None:
        self.events = 0
        self.revisions = 0
        self._standing: dict[str, str] = {}

    def count(self, alert_id: str, cause: str, status: str) -> None:
        """Count one revision."""
        self.revisions += 1
        if status in ("raised", "escalated"):
            self._standing[alert_id] = cause
        else:
            self._standing.pop(alert_id, None)

    def counted(self) -> EvaluatedAlerts:
        """The number of revisions, and of open alerts by cause, the most first."""
        standing = Counter(self._standing.values())
        by_cause = dict(sorted(standing.items(), key=lambda item: (-item[1], item[0])))
        return EvaluatedAlerts(self.revisions, standing.total(), by_cause)
