"""`docketwatch report`: writes the supervisor's week of one office as one HTML page for print."""

from pathlib import Path
from typing import Final

import click

from streams.cli.files import OUTPUT
from streams.cli.options import FILES, POLICY, read_policy
from streams.cli.progress import reading
from streams.core.policy.rules import Rules
from streams.errors import UsageError
from streams.files.outputs import OutputFile
from streams.files.paths import STDOUT, is_stream
from streams.process.interpreter_tuning import garbage_collector_off
from streams.sources.logs import read_events
from streams.tools.report.figures import report_of
from streams.tools.report.iso_week import IsoWeek
from streams.tools.report.page import page_of

__all__ = ["command"]


class _Week(click.ParamType):
    """A week of ISO 8601."""

    name = "week"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> IsoWeek:
        if isinstance(value, IsoWeek):
            return value
        try:
            return IsoWeek.parse(str(value))
        except ValueError as error:
            self.fail(f"{value!r}: {error}", param, ctx)


_WEEK: Final = _Week()


@click.command("report")
@FILES
@POLICY
@click.option("--office", required=True, help="The office, such as ATL.")
@click.option("--week", type=_WEEK, required=True, help="Monday to Sunday at the office, such as 2026-W10.")
@click.option("--out", type=OUTPUT, default=STDOUT, help="Write the page to this file. Default: the standard output.")
@click.option("--ids", "with_ids", is_flag=True, help="Name the cases; then only the file's owner may read it.")
def command(
    files: tuple[Path, ...], policy_file: Path | None, office: str, week: IsoWeek, out: Path, with_ids: bool
) -> None:
    """Write the supervisor's week of one office as one HTML page that prints on two sheets of A4.

    It has what is lost track of and why, the load now and four weeks ahead, who is over and who is away, training that
    lapses, handoffs, the decisions asked for, and what the numbers rest on. Exit code 1 when there is nothing to
    evaluate: no event is recorded up to the end of the week.
    """
    if with_ids and is_stream(out):
        raise UsageError("--ids needs --out with a file: a page that names cases is for its owner only")
    rules = Rules(read_policy(policy_file))
    with garbage_collector_off(), reading("evaluating") as on_progress:
        names = [file.name for file in files]
        report = report_of(read_events(files, on_progress=on_progress), rules, office, week, names)
    with OutputFile(out, is_private=with_ids) as page:
        page.write(page_of(report, with_ids=with_ids).encode())
