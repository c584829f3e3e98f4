"""`docketwatch convert`: converts EOIR tables, an XES log or a CSV log to an event log with keyed pseudonyms."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import click
import msgspec

from streams.cli.files import INPUT, OUTPUT, FolderPath, InputPath, print_line, registry
from streams.cli.inspect_log import check, inspect, present
from streams.cli.options import read_policy
from streams.cli.progress import reading
from streams.cli.reference.command_group import CommandGroup
from streams.errors import UsageError
from streams.extras import require
from streams.files.outputs import OutputFile, OutputGroup
from streams.process.interpreter_tuning import garbage_collector_off
from streams.sources.converting import NothingConvertedError
from streams.sources.eoir.conversion import EoirConverter, EoirOptions
from streams.sources.eoir.files import files_of
from streams.sources.logs import LogWriter
from streams.sources.mapped_log import convert_csv, convert_xes
from streams.sources.mapping import load_mapping
from streams.sources.pseudonym_key import KEY_FILE_VARIABLE, NewSecret, Secret, read_secret
from streams.sources.report import ConversionReport

__all__ = ["command"]

_Function = TypeVar("_Function", bound=Callable[..., None])

_FILE: Final = click.argument("file", type=INPUT)
_FILES: Final = click.argument("files", nargs=-1, required=True, type=INPUT, metavar="FILE...")
_MAPPING: Final = click.option(
    "--mapping",
    "mapping_file",
    type=InputPath(must_exist=False),
    required=True,
    help="Mapping of columns to events (TOML).",
)
_HISTORY: Final = click.option(
    "--as-history",
    is_flag=True,
    help="Give all events of a case one recorded_at, so that an old case is judged once, as a whole.",
)


def _common(function: _Function) -> _Function:
    """Options of every conversion."""
    for option in (
        click.option(
            "--json",
            "as_json",
            is_flag=True,
            help="Print the report as one JSON object: source, key_id, rows_read, cases, events, skipped and noted.",
        ),
        click.option(
            "--ids",
            "ids_file",
            type=OUTPUT,
            help="Write each id of the source with its pseudonym to this file (mode 0600). Keep it secret.",
        ),
        click.option("--report", "report_file", type=OUTPUT, help="Write the report to this file, as JSON."),
        click.option("--new-key", type=OUTPUT, help="Make a new key, write it to this file (mode 0600), and use it."),
        click.option(
            "--key-file",
            type=InputPath(must_exist=False),
            help=f"File with the key of the pseudonyms. Default: {KEY_FILE_VARIABLE}.",
        ),
        click.option(
            "--out", type=OUTPUT, required=True, help="The event log; .gz and .zst are compressed, - is stdout."
        ),
    ):
        function = option(function)
    return function


@click.group("convert", cls=CommandGroup)
def command() -> None:
    """Convert an export of another system to an event log.

    Ids become pseudonyms by keyed HMAC-SHA-256: the same key gives the same pseudonyms. Keep the key secret, and do not
    lose it. A report counts what was read, written and skipped, with reasons; it has no value of the source.
    """


@command.command("eoir")
@click.argument("folder", type=FolderPath(must_exist=True), metavar="DIR")
@click.option(
    "--policy", "policy_file", type=InputPath(must_exist=False), default=Path("eoir"), show_default=True,
    help="Policy whose [offices] give courts their time zones.",
)  # fmt: skip
@click.option("--close-in-absentia", is_flag=True, help="Close a case at an order of removal in absentia.")
@_HISTORY
@_common
def _eoir(
    folder: Path,
    policy_file: Path,
    close_in_absentia: bool,
    as_history: bool,
    out: Path,
    key_file: Path | None,
    new_key: Path | None,
    report_file: Path | None,
    ids_file: Path | None,
    as_json: bool,
) -> None:
    """Convert EOIR CASE data: DIR has the unpacked A_TblCase.csv, B_TblProceeding.csv and tbl_schedule.csv.

    Judges become officers, and courts become offices. The tables have no check-ins and no record of who appeared.
    Exit code 1 when rows were read and no event came of them.
    """
    zones = {office: known.tz for office, known in read_policy(policy_file).offices.items()}
    options = EoirOptions(zones=zones, as_history=as_history, closes_in_absentia=close_in_absentia)
    for table in files_of(folder):
        registry().add_input(table, f"the input {table}")
    with (
        garbage_collector_off(),
        _outputs(out, report_file, key_file, new_key, ids_file) as outputs,
        EoirConverter(folder, outputs.secret, options, outputs.on_id) as conversion,
    ):
        with reading("reading tables") as on_progress:
            conversion.read(on_progress)
        with reading("converting cases") as on_progress:
            conversion.derive_events(on_progress)
        with reading("writing the log") as on_progress:
            conversion.write(outputs.log, on_progress)
        outputs.finish(conversion.report, as_json=as_json)


@command.command("xes")
@_FILE
@_MAPPING
@_HISTORY
@_common
def _xes(
    file: Path,
    mapping_file: Path,
    as_history: bool,
    out: Path,
    key_file: Path | None,
    new_key: Path | None,
    report_file: Path | None,
    ids_file: Path | None,
    as_json: bool,
) -> None:
    """Convert an IEEE XES event log (.xes, .xes.gz).

    Exit code 1 when events were read and none of the contract came of them.
    """
    require("sources", "`docketwatch convert xes`")
    mapping = load_mapping(mapping_file)
    with _outputs(out, report_file, key_file, new_key, ids_file) as outputs:
        with reading("converting") as on_progress:
            report = convert_xes(
                file,
                mapping,
                outputs.secret,
                outputs.log,
                as_history=as_history,
                on_progress=on_progress,
                present=present(),
                on_id=outputs.on_id,
            )
        outputs.finish(report, as_json=as_json)


@command.command("csv")
@_FILES
@_MAPPING
@_HISTORY
@_common
def _csv(
    files: tuple[Path, ...],
    mapping_file: Path,
    as_history: bool,
    out: Path,
    key_file: Path | None,
    new_key: Path | None,
    report_file: Path | None,
    ids_file: Path | None,
    as_json: bool,
) -> None:
    """Convert a CSV event log (.csv, .csv.gz): one event per row, with the column names in the first line.

    Several files are one log, such as incidents and their audit (see [changes] in deploy/mappings.md). Exit code 1 when
    rows were read and no event came of them.
    """
    mapping = load_mapping(mapping_file, of_csv=True)
    with _outputs(out, report_file, key_file, new_key, ids_file) as outputs:
        with reading("converting") as on_progress:
            report = convert_csv(
                files,
                mapping,
                outputs.secret,
                outputs.log,
                as_history=as_history,
                on_progress=on_progress,
                present=present(),
                on_id=outputs.on_id,
            )
        outputs.finish(report, as_json=as_json)


class _Outputs(NamedTuple):
    """The log, the report and the key of a conversion; its new files appear together at its end, or not at all."""

    log: LogWriter
    report: OutputFile | None
    secret: Secret
    ids: LogWriter | None

    @property
    def on_id(self) -> Callable[[str, bytes, str], None] | None:
        """The writer of ids of the source with their pseudonyms, if requested."""
        return None if self.ids is None else self._add_id

    def _add_id(self, kind: str, own: bytes, pseudonym: str) -> None:
        assert self.ids is not None
        line = {"kind": kind, "id": own.decode(errors="replace"), "pseudonym": pseudonym}
        self.ids.write_line(msgspec.json.encode(line))

    def finish(self, report: ConversionReport, *, as_json: bool) -> None:
        """Print the report, and write it, if requested.

        Raises:
            NothingConvertedError: Rows were read, and no event came of them.
        """
        print_line(report.json().decode().rstrip() if as_json else report.text())
        rows = report.rows.total()
        if rows and not report.events:
            raise NothingConvertedError(
                f"not one event came of {rows:,} rows, so nothing is written: see above what was skipped and noted"
            )
        if self.report is not None:
            self.report.write(report.json())


@contextmanager
def _outputs(
    out: Path, report_file: Path | None, key_file: Path | None, new_key: Path | None, ids_file: Path | None
) -> Iterator[_Outputs]:
    if new_key is not None and key_file is not None:
        raise UsageError("--key-file names a key and --new-key makes one: give one of the two")
    named = os.environ.get(KEY_FILE_VARIABLE)
    if named:
        registry().add_input(Path(named), KEY_FILE_VARIABLE)
    with OutputGroup() as group:
        log = group.add(LogWriter(out))
        report = None if report_file is None else group.add(OutputFile(report_file))
        secret = read_secret(key_file, os.environ) if new_key is None else group.add(NewSecret(new_key)).secret
        ids = None if ids_file is None else group.add(LogWriter(ids_file, is_private=True))
        yield _Outputs(log, report, secret, ids)


command.add_command(inspect)
command.add_command(check)
