"""Small mappings and logs for the tests of XES and CSV, and their conversion."""

from dataclasses import dataclass
from pathlib import Path

from schemas import hot
from schemas.decode import decode
from streams.sources.logs import LogWriter
from streams.sources.mapped_log import convert_csv, convert_xes
from streams.sources.mapping import load_mapping
from streams.sources.pseudonym_key import Secret
from streams.sources.report import ReportRecord

KEY = Secret(bytes(range(32)), "the key of the tests")

HEAD = """
source = "shop"
timezone = "Europe/Amsterdam"
[log]
case = "case"
activity = "activity"
timestamp = "time"
[office]
from = "desk"
names = { "front" = "FRONT" }
[officer]
from = "clerk"
nobody = ["system"]
[[events]]
emit = "case_opened"
on = "first"
set = { level = "standard" }
"""
"""A mapping that opens cases; tests add rules to it."""

ASSIGNED = '[[events]]\nemit = "officer_assigned"\non = "change"\n'


@dataclass(frozen=True)
class ConvertedLog:
    """The result of a conversion."""

    events: list[hot.AnyEvent]
    report: ReportRecord
    text: str

    def of(self, event_type: str) -> list[hot.AnyEvent]:
        return [event for event in self.events if event.type == event_type]

    def values(self, *fields: str) -> list[tuple[object, ...]]:
        """Return type and fields of every event."""
        return [(event.type, *(getattr(event, name, None) for name in fields)) for event in self.events]

    def skipped(self) -> dict[str, int]:
        return {f"{one.table}: {one.reason}": one.count for one in self.report.skipped}

    def noted(self) -> dict[str, int]:
        """Return the notes on the log; `unmatched` has those on the mapping, `unending` those on alerts."""
        others = ("mapping", "alerts")
        return {f"{one.table}: {one.reason}": one.count for one in self.report.noted if one.table not in others}

    def unending(self) -> dict[str, int]:
        """Return the alerts that no record can end, with the number of cases."""
        return {one.reason: one.count for one in self.report.noted if one.table == "alerts"}

    def unmatched(self) -> list[str]:
        return [one.reason for one in self.report.noted if one.table == "mapping"]


def write_mapping(folder: Path, text: str) -> Path:
    """Write a mapping to a file."""
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return path


def from_csv(folder: Path, mapping: str, *files: str | bytes, **options: object) -> ConvertedLog:
    """Convert a CSV log of one file or several; every line must be an event of the contract."""
    logs = [folder / ("log.csv" if not number else f"log{number}.csv") for number in range(len(files))]
    for log, rows in zip(logs, files, strict=True):
        log.write_bytes(rows if isinstance(rows, bytes) else rows.encode())
    read = load_mapping(write_mapping(folder, mapping), of_csv=True)
    with LogWriter(folder / "out.jsonl") as out:
        report = convert_csv(logs, read, KEY, out, **options)  # type: ignore[arg-type]
    return _converted(folder / "out.jsonl", report.record(), report.text())


def from_xes(folder: Path, mapping: str, log: str | bytes, **options: object) -> ConvertedLog:
    """Convert an XES log; every line must be an event of the contract."""
    path = folder / "log.xes"
    path.write_bytes(log if isinstance(log, bytes) else log.encode())
    read = load_mapping(write_mapping(folder, mapping))
    with LogWriter(folder / "out.jsonl") as out:
        report = convert_xes(path, read, KEY, out, **options)  # type: ignore[arg-type]
    return _converted(folder / "out.jsonl", report.record(), report.text())


def _converted(out: Path, report: ReportRecord, text: str) -> ConvertedLog:
    events = [decode(line) for line in out.read_bytes().splitlines()]
    return ConvertedLog(events, report, out.read_text() + text)


def trace(case: str, *events: str, **attributes: str) -> str:
    """Return a trace of an XES log."""
    own = "".join(f'<string key="{key}" value="{value}"/>' for key, value in attributes.items())
    return f'<trace><string key="concept:name" value="{case}"/>{own}{"".join(events)}</trace>'


def event(activity: str, time: str, **attributes: str) -> str:
    """Return an event of an XES log."""
    own = "".join(f'<string key="{key}" value="{value}"/>' for key, value in attributes.items())
    name = f'<string key="concept:name" value="{activity}"/>' if activity else ""
    date = f'<date key="time:timestamp" value="{time}"/>' if time else ""
    return f"<event>{name}{date}{own}</event>"


def xes(*traces: str, namespace: str = ' xmlns="http://www.xes-standard.org/"') -> str:
    """Return an XES log."""
    return f'<?xml version="1.0" encoding="UTF-8"?><log{namespace}>{"".join(traces)}</log>'
