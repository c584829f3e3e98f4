"""`docketwatch evaluate`: computes every alert revision of a log and the loads at its end, without Kafka."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from math import fsum
from pathlib import Path
from typing import Final

import click
import msgspec

from schemas.decode import Refused
from schemas.instants import to_text
from schemas.loads import Load
from schemas.office_loads import ALL_OFFICES
from streams.cli.files import OUTPUT, print_line
from streams.cli.options import FILES, LAST_INSTANT, POLICY, read_policy
from streams.cli.progress import reading
from streams.core.evaluation import Evaluation
from streams.core.officers.table import load_json
from streams.core.policy.rules import Rules
from streams.errors import NothingRecordedError
from streams.files.outputs import OutputGroup
from streams.process.interpreter_tuning import garbage_collector_off
from streams.sources.logs import LogWriter, read_events

__all__ = ["command"]

_MANY: Final = 20
_NEARLY_ALL: Final = 0.9
_NAMED: Final = 3


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
def command(
    files: tuple[Path, ...],
    policy_file: Path | None,
    until: int,
    alerts_file: Path | None,
    loads_file: Path | None,
    offices_file: Path | None,
    officer_alerts_file: Path | None,
    refused_file: Path | None,
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
    wall, cpu = time.perf_counter() - started, time.process_time() - started_cpu
    print_line(
        f"{counts.events:,} events, {len(evaluation.cases):,} cases ({evaluation.cases.unregistered:,} unregistered), "
        f"{len(table):,} officers as of {to_text(until)}"
    )
    if refusals is not None:
        print_line(f"{refusals.count:,} lines were refused")
    counts.print("alert revisions")
    counts.print_hint()
    of_officers.print("officer alert revisions")
    print_line(
        f"{sum(load.open_cases for load in table):,} open cases and {sum(load.in_custody for load in table):,} in "
        f"custody with an officer; {_minutes(table)}"
    )
    zoneless = sorted({totals.office for totals in of_offices} - {*evaluation.cases.rules.policy.offices, ALL_OFFICES})
    if zoneless:
        named = ", ".join(zoneless[:_NAMED]) + (", ..." if len(zoneless) > _NAMED else "")
        print_line(
            f"{len(zoneless):,} offices without a time zone in the policy, whose business days are of UTC: {named}"
        )
    rate = counts.events / wall if wall else 0
    print_line(f"{wall:.1f} s, {rate:,.0f} events/s, {cpu / max(1, counts.events) * 1e6:.1f} us CPU per event")
    _require_events(counts.events, None, until)  # what was refused is written by now


def _require_events(count: int, refusals: "_Refusals | None", until: int) -> None:
    if not count and (refusals is None or not refusals.count):
        raise NothingRecordedError(until)


def _minutes(table: Sequence[Load]) -> str:
    """The officers' monthly workload and capacity."""
    workload, capacity = (
        fsum(load.workload_minutes_month for load in table),
        fsum(load.capacity_minutes_month for load in table),
    )
    return f"{workload / 60:,.1f} hours of work per month, {capacity / 60:,.1f} of capacity"


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

    def print(self, name: str) -> None:
        """Print the number of revisions, and of open alerts by cause."""
        standing = Counter(self._standing.values())
        print_line(f"{self.revisions:,} {name}; open: {standing.total():,}")
        for cause, number in sorted(standing.items(), key=lambda item: (-item[1], item[0])):
            print_line(f"  {number:>9,} {cause}")

    def print_hint(self) -> None:
        """Print a note if one cause makes nearly all of many open alerts: usually the log lacks something."""
        standing = Counter(self._standing.values())
        total = standing.total()
        for cause, number in standing.most_common(1):
            if total >= _MANY and number >= _NEARLY_ALL * total:
                print_line(
                    f"nearly all are {cause}: does the log have the events that end it? `docketwatch explain` says "
                    f"what a case lacks, and [causes.{cause}] enabled = false in a policy switches the cause off"
                )
