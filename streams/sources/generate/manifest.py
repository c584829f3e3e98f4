"""manifest.json: what a generated log was made from, and what is in it."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from msgspec import Struct, json

from schemas.instants import to_text
from streams.sources.generate.options import Options

__all__ = ["MANIFEST", "FileEntry", "LogCounts", "Manifest", "manifest"]

MANIFEST: Final = "manifest.json"
"""Its name."""


class FileEntry(Struct, frozen=True):
    """One file beside the manifest.

    Attributes:
        name: Its name.
        lines: How many lines it has.
        bytes: How many bytes, as stored.
        sha256: Of the bytes as stored, in hex.
    """

    name: str
    lines: int
    bytes: int
    sha256: str


class LogCounts:
    """Counts while a log is generated."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter()
        self.cases: Counter[str] = Counter()
        self.officers: Counter[str] = Counter()
        self.standing: Counter[str] = Counter()
        self.lost_cases = 0


class Manifest(Struct, frozen=True, kw_only=True):
    """The content of manifest.json.

    Attributes:
        v: Version of this file.
        seed, cases, days, start, lost, late, late_by, duplicates, disorder, prefix, policy, skew, trend, season: The
            options.
        until: The end of the window: the `--until` of `evaluate`, and the instant of the truth.
        events: Events by type, duplicates not counted.
        cases_by_office: Cases by the office that opened them.
        officers_by_office: Officers by office.
        lost_cases: Cases for which anything stands at the end.
        standing: What stands at the end, by cause.
        files: The log and the truth.
    """

    v: int = 1
    seed: int
    cases: int
    days: int
    start: str
    until: str
    lost: float
    late: float
    late_by: str
    duplicates: float
    disorder: float
    prefix: str
    policy: str
    skew: float | None
    trend: float
    season: float
    events: Mapping[str, int]
    cases_by_office: Mapping[str, int]
    officers_by_office: Mapping[str, int]
    lost_cases: int
    standing: Mapping[str, int]
    files: tuple[FileEntry, ...]

    def json(self) -> bytes:
        """The file's content."""
        return json.format(json.encode(self), indent=2)


def manifest(options: Options, policy_id: str, tally: LogCounts, files: tuple[FileEntry, ...]) -> Manifest:
    """Puts together what is known at the end."""
    return Manifest(
        seed=options.seed,
        cases=options.cases,
        days=options.days,
        start=options.start.isoformat(),
        until=to_text(options.end_ms),
        lost=options.lost,
        late=options.late,
        late_by=options.late_by.text,
        duplicates=options.duplicates,
        disorder=options.disorder,
        prefix=options.prefix,
        policy=policy_id,
        skew=options.skew,
        trend=options.trend,
        season=options.season,
        events=_sorted(tally.events),
        cases_by_office=_sorted(tally.cases),
        officers_by_office=_sorted(tally.officers),
        lost_cases=tally.lost_cases,
        standing=_sorted(tally.standing),
        files=files,
    )


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))
