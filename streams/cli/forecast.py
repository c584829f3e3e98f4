"""`docketwatch forecast`: prints check-ins, hearings and workload of the weeks ahead, booked and expected apart."""

import json
from pathlib import Path

import click
import msgspec

from streams.cli.files import OUTPUT, print_line, registry
from streams.cli.options import FILES, LAST_INSTANT, POLICY, read_policy
from streams.cli.progress import reading
from streams.core.policy.rules import Rules
from streams.errors import NothingRecordedError, UsageError
from streams.extras import require
from streams.files.outputs import OutputGroup
from streams.process.interpreter_tuning import garbage_collector_off
from streams.sources.logs import LogWriter, read_events
from streams.tools.forecast.forecasting import DEFAULT_WEEKS, forecast_of
from streams.tools.forecast.records import Forecast
from streams.tools.forecast.states import MOST_WEEKS
from streams.tools.forecast.weekly import WeeklyForecasts

__all__ = ["command"]

_WIDTH = 150


@click.command("forecast")
@FILES
@POLICY
@click.option("--until", type=LAST_INSTANT, required=True, help="As of this instant; the first week begins with it.")
@click.option(
    "--weeks", type=click.IntRange(1, MOST_WEEKS), default=DEFAULT_WEEKS, show_default=True, help="Weeks ahead."
)
@click.option("--office", help="Only this office and its officers.")
@click.option(
    "--collisions",
    "collisions_file",
    type=OUTPUT,
    help="Write booked appointments that collide to this file, with case ids; only its owner may read it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object: offices and officers, week by week.")
def command(
    files: tuple[Path, ...],
    policy_file: Path | None,
    until: int,
    weeks: int,
    office: str | None,
    collisions_file: Path | None,
    as_json: bool,
) -> None:
    """Print check-ins, hearings and workload of the weeks ahead, by office and officer.

    Booked is what stands in the log. Expected is what will take place by the rates of the log: dates that are kept,
    moved, adjourned and booked anew, and cases that arrive. Exit code 1 when there is nothing to evaluate: no event is
    recorded up to --until.
    """
    if not as_json:
        require("terminal", "`docketwatch forecast` without --json")
    rules = Rules(read_policy(policy_file))
    weekly = WeeklyForecasts(rules, until, weeks)
    with garbage_collector_off(), OutputGroup() as outputs:
        rows = outputs.add(LogWriter(collisions_file, is_private=True)) if collisions_file else None
        with reading("evaluating") as on_progress:
            origin = weekly.run(read_events(files, on_progress=on_progress))
        if origin is None:
            raise NothingRecordedError(until)
        found, collisions = forecast_of(weekly, origin, rules)
        found = _only(found, office)
        for each in collisions if rows else ():
            if rows and office in (None, each.office):
                rows.write_line(json.dumps(each.record, separators=(",", ":")).encode())
    if as_json:
        print_line(msgspec.json.encode(found).decode())
    else:
        _print(found)


def _only(found: Forecast, office: str | None) -> Forecast:
    if office is None:
        return found
    offices = [each for each in found.offices if each.office == office]
    if not offices:
        raise UsageError(f"--office: no case and no officer of the log is at the office {office}")
    officers = [each for each in found.officers if each.office == office]
    return msgspec.structs.replace(found, offices=offices, officers=officers)


def _print(found: Forecast) -> None:
    from rich.console import Console  # late: of an extra

    from streams.tools.forecast.text import sentences_of, table_of_office, table_of_officers  # late, as above

    width = None if Console().is_terminal else _WIDTH
    console = Console(stderr=registry().writes_to_stdout, width=width, highlight=False)
    for sentence in sentences_of(found):
        console.print(sentence, markup=False)
    for office in found.offices:
        console.print()
        console.print(table_of_office(office))
    if found.officers:
        console.print()
        console.print(table_of_officers(found.officers))
