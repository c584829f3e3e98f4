"""`docketwatch report`: writes the supervisor's week of one office as one HTML page for print."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click

from schemas import hot
from schemas.topics import input_topics
from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.endings import run_loop
from streams.cli.files import INPUT, OUTPUT, FolderPath, registry
from streams.cli.options import POLICY, read_policy
from streams.cli.progress import reading
from streams.cli.workers_state import workers_settings
from streams.core.policy.rules import Rules
from streams.errors import UsageError
from streams.files.outputs import OutputFile
from streams.files.paths import STDOUT, is_stream
from streams.process.interpreter_tuning import garbage_collector_off
from streams.sources.logs import read_events
from streams.tools.report.document import document_of
from streams.tools.report.figures import report_of, zone_of
from streams.tools.report.iso_week import IsoWeek
from streams.tools.report.page import page_of

__all__ = ["command"]


class _Week(click.ParamType):
    """A week of ISO 8601; None for the last one, which the office's time zone decides."""

    name = "week"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> IsoWeek | None:
        if isinstance(value, IsoWeek):
            return value
        if value == _LAST:
            return None
        try:
            return IsoWeek.parse(str(value))
        except ValueError as error:
            self.fail(f"{value!r}: {error}", param, ctx)


_LAST: Final = "last"
_WEEK: Final = _Week()


@click.command("report")
@click.argument("files", nargs=-1, type=INPUT, metavar="[FILE...]")
@POLICY
@BROKERS
@PREFIX
@click.option("--office", required=True, help="The office, such as ATL.")
@click.option(
    "--week",
    type=_WEEK,
    required=True,
    help="Monday to Sunday at the office, such as 2026-W10; last is the last one that is over there by now.",
)
@click.option("--out", type=OUTPUT, help="Write the page to this file. Default: the standard output.")
@click.option("--folder", type=FolderPath(must_exist=True), help="Write the page to OFFICE-WEEK.html in this folder.")
@click.option("--ids", "with_ids", is_flag=True, help="Name the cases; then only the file's owner may read it.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object on the standard output: record, needed_range, causes, weeks, ahead, over, away, decisions, "
    "feeds and, with --ids, cases. The page is written only with --out or --folder.",
)
def command(
    files: tuple[Path, ...],
    policy_file: Path | None,
    brokers: str | None,
    prefix: str | None,
    office: str,
    week: IsoWeek | None,
    out: Path | None,
    folder: Path | None,
    with_ids: bool,
    as_json: bool,
) -> None:
    """Write the supervisor's week of one office as one HTML page that prints on two sheets of A4.

    It reads log files or, without files, the input topics on the broker while they hold the docket from its beginning.
    It has what is lost track of and why, the load now and four weeks ahead, who is over and who is away, training that
    lapses, handoffs, the decisions asked for, and what the numbers rest on. Exit code 1 when there is nothing to
    evaluate: no event is recorded up to the end of the week.
    """
    rules = Rules(read_policy(policy_file))
    week = week or IsoWeek.before(int(time.time() * 1000), zone_of(rules, office))
    target = None if as_json and out is None and folder is None else _target(office, week, out, folder)
    if with_ids and target is not None and is_stream(target):
        raise UsageError("--ids needs --out or --folder: a page that names cases is for its owner only")
    with garbage_collector_off(), reading("evaluating") as on_progress:
        if files:
            names, events = [file.name for file in files], read_events(files, on_progress=on_progress)
        else:
            names, events = _from_topics(brokers, prefix, on_progress or _not_shown)
        report = report_of(events, rules, office, week, names)
    if target is not None:
        with OutputFile(target, is_private=with_ids) as page:
            page.write(page_of(report, with_ids=with_ids).encode())
    if as_json:
        click.echo(document_of(report, with_ids=with_ids).decode())


def _from_topics(
    brokers: str | None, prefix: str | None, on_progress: Callable[[int, int], None]
) -> tuple[list[str], Iterator[hot.AnyEvent]]:
    # imported late: the Kafka client is slow to import, and files do not need it
    from streams.tools.docket_events import NoHistoryError, read_topics

    settings = workers_settings(brokers, prefix, [each.short for each in input_topics()])
    try:
        source = run_loop(read_topics(settings, on_progress))
    except NoHistoryError as error:
        raise UsageError(f"{error}, or give the files of one") from error
    return [source.sentence], source.events(on_progress)


def _not_shown(_: int, __: int) -> None:
    """Ignore the progress: without a terminal there is no bar."""


def _target(office: str, week: IsoWeek, out: Path | None, folder: Path | None) -> Path:
    if folder is None:
        return out or STDOUT
    if out is not None:
        raise UsageError("--out and --folder both say where to write the page: name one")
    target = folder / f"{office}-{week}.html"
    registry().add_output(target, f"the output {target}")
    return target
