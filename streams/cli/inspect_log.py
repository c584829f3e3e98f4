"""`docketwatch convert inspect` and `convert check`: what an export holds, and whether a mapping fits it."""

import os
import secrets
import time
from pathlib import Path

import click
import msgspec

from streams.cli.files import INPUT, OUTPUT, InputPath, print_line
from streams.errors import UsageError
from streams.files.outputs import OutputFile, OutputGroup
from streams.sources.converting import NothingConvertedError
from streams.sources.inspection.inspecting import Inspection, inspect_csv, inspect_xes, is_xes, summary
from streams.sources.inspection.suggestion import guessed, mapping_text
from streams.sources.logs import LogWriter
from streams.sources.mapped_log import convert_csv, convert_xes
from streams.sources.mapping import load_mapping
from streams.sources.pseudonym_key import Secret

__all__ = ["check", "inspect", "present"]

_DAY_MS = 86_400_000
_MOST_ACTIVITIES = 50
_MOST_SHAPES = 5


@click.command("inspect")
@click.argument("file", type=INPUT)
@click.option("--delimiter", help="What stands between the values of a CSV file. Default: seen from its first line.")
@click.option("--encoding", default="utf-8-sig", show_default=True, help="Of a CSV file.")
@click.option("--out", type=OUTPUT, help="Write the mapping to start from to this file. Default: print it.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object: records, delimiter, attributes, activity, activities, twice, repeated, skipped, noted and "
    "mapping.",
)
def inspect(file: Path, delimiter: str | None, encoding: str, out: Path | None, *, as_json: bool) -> None:
    """Print what a CSV or XES export holds, and a mapping to start from.

    Columns or attributes with the shapes of their values (9 is a digit, A a letter), activities with their counts,
    columns of one name, rows that come twice. Of values only the activities are shown.
    """
    _check_text_options(delimiter, encoding)
    found = inspect_xes(file) if is_xes(file) else inspect_csv(file, delimiter, encoding)
    text = mapping_text(found)
    if out is not None:
        with OutputGroup() as group:
            group.add(OutputFile(out)).write(text.encode())
    if as_json:
        print_line(_inspection_json(found, text))
        return
    delimited = f", delimiter {found.delimiter!r}" if found.delimiter else ""
    print_line(f"{file}: {found.records:,} records, {len(found.attributes)} attributes{delimited}")
    for line in summary(found):
        print_line(line)
    _print_faults(found)
    activity = guessed(found).activity
    if activity is None:
        print_line("activities: no attribute has a name that says so; name one as log.activity")
    else:
        print_line(f"activities ({activity.name}):")
        for name, number in activity.values.most_common(_MOST_ACTIVITIES):
            print_line(f"{number:>12,} {name}")
    print_line(f"a mapping to start from:\n\n{text}" if out is None else f"a mapping to start from: {out}")


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=INPUT, metavar="FILE...")
@click.option(
    "--mapping",
    "mapping_file",
    type=InputPath(must_exist=False),
    required=True,
    help="Mapping of columns to events (TOML).",
)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object: fits, misfits and report, as `convert` prints it."
)
def check(files: tuple[Path, ...], mapping_file: Path, *, as_json: bool) -> None:
    """Convert without writing anything, and print the report.

    Exit code 1 when no event came of the records, or the mapping has a name that is in no record.
    """
    of_xes = is_xes(files[0])
    if of_xes and len(files) > 1:
        raise UsageError("an XES log is one file: several are read of CSV logs only")
    mapping = load_mapping(mapping_file, of_csv=not of_xes)
    secret = Secret(secrets.token_bytes(32), "the key of this check")
    with LogWriter(Path(os.devnull)) as log:
        if of_xes:
            report = convert_xes(files[0], mapping, secret, log, present=present())
        else:
            report = convert_csv(files, mapping, secret, log, present=present())
    misfits = sum(one.table == "mapping" for one in report.record().noted)
    if as_json:
        document = {"fits": bool(report.events) and not misfits, "misfits": misfits, "report": report.record()}
        print_line(msgspec.json.encode(document).decode())
    else:
        print_line(report.text())
    if not report.events:
        raise NothingConvertedError("not one event came of what was read: see above what was skipped and noted")
    if misfits:
        raise NothingConvertedError(f"the mapping has {misfits:,} names that no record has: see above under noted")
    if not as_json:
        print_line("the mapping fits: each of its names is in some record")


def present() -> int:
    """UTC milliseconds after which no fact is dated: a day from now, for clocks and zones that are wrong by hours."""
    return int(time.time() * 1000) + _DAY_MS


def _check_text_options(delimiter: str | None, encoding: str) -> None:
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '\r\n"'):
        raise UsageError(f"--delimiter {delimiter!r} must be one character, such as ; or a tab")
    try:
        "".encode(encoding)
    except LookupError:
        raise UsageError(f'--encoding {encoding!r} must be one that Python knows, such as "cp1252"') from None


def _inspection_json(inspection: Inspection, mapping: str) -> str:
    activity, record = guessed(inspection).activity, inspection.report.record()
    document = {
        "records": inspection.records,
        "delimiter": inspection.delimiter,
        "attributes": [
            {
                "name": one.name,
                "filled": one.filled,
                "different": len(one.values),
                "dates": one.dates,
                "shapes": dict(one.shapes.most_common(_MOST_SHAPES)),
            }
            for one in inspection.attributes.values()
        ],
        "activity": None if activity is None else activity.name,
        "activities": {} if activity is None else dict(activity.values.most_common(_MOST_ACTIVITIES)),
        "twice": inspection.twice,
        "repeated": inspection.repeated,
        "skipped": record.skipped,
        "noted": record.noted,
        "mapping": mapping,
    }
    return msgspec.json.encode(document).decode()


def _print_faults(inspection: Inspection) -> None:
    for name, number in inspection.twice.items():
        print_line(f"{number} columns are called {name}: a mapping cannot name one of them")
    if inspection.repeated:
        print_line(f"{inspection.repeated:,} records say nothing but what one before them says")
    record = inspection.report.record()
    for one in (*record.skipped, *record.noted):
        print_line(f"{one.count:,} {one.table}: {one.reason}")
