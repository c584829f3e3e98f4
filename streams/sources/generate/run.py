"""Writes a generated log, the truth beside it and a manifest, in memory bounded by one chunk of lines.

Cases are lived one after the other, each from its own seed. What lies before the window is loaded in the order of the
cases, so it goes straight into the log; the live records of all cases are sorted on disk and follow it.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

from msgspec import json

from schemas import hot
from schemas.decode import encode_event
from schemas.policy import Policy, load_policy
from streams.errors import OutputError
from streams.files.outputs import OutputGroup
from streams.files.zstd import ZSTD_SUFFIX, require_zstd
from streams.sources.external_sort import CHUNK_BYTES, ExternalSort
from streams.sources.generate.biography import live
from streams.sources.generate.chance import chance_of
from streams.sources.generate.earlier import EarlierRun
from streams.sources.generate.manifest import MANIFEST, FileEntry, LogCounts, Manifest, manifest
from streams.sources.generate.options import Options
from streams.sources.generate.recording import DisorderedDelivery, Recorder
from streams.sources.generate.staff import officer_events
from streams.sources.generate.truth import Truth
from streams.sources.generate.world import World
from streams.sources.log_writer import LogWriter

__all__ = ["MANIFEST", "TRUTH", "Stage", "generate", "log_name", "output_names"]

TRUTH = "truth.jsonl"
_TELL_EVERY = 1_000

Progress = Callable[["Stage", int, int], None]


class Stage(StrEnum):
    """The stage of the generation."""

    CASES = "living cases"
    MERGE = "merging records"


_LOG_NAMES = ("events.jsonl", "events.jsonl.gz", "events.jsonl.zst")


def log_name(options: Options) -> str:
    """The file name of the log."""
    return f"events.jsonl.{options.compress}" if options.compress else "events.jsonl"


def output_names(options: Options) -> tuple[str, ...]:
    """The files that `generate` writes below its directory."""
    return log_name(options), TRUTH, MANIFEST


def generate(
    options: Options,
    out: Path,
    *,
    policy: Policy | None = None,
    on_progress: Progress | None = None,
    chunk_bytes: int = CHUNK_BYTES,
    replaces_foreign: bool = False,
) -> Manifest:
    """Generates a log.

    Args:
        options: What to make; equal options give equal files.
        out: The directory, made if need be. Files of an earlier run are replaced, and no others.
        policy: Under which the truth is stated; None is the default one.
        on_progress: Called with the stage, the part of it done so far, and its total.
        chunk_bytes: Memory for sorting; it changes nothing in the files.
        replaces_foreign: Replace also files that no earlier run wrote, or that were changed since.

    Raises:
        MissingExtraError: It is to be .zst, and the library for that is not installed.
        OutputError: The directory cannot be written to, or such a file lies there.
    """
    if log_name(options).endswith(ZSTD_SUFFIX):
        require_zstd()  # before the directory is made
    try:
        out.mkdir(parents=True, exist_ok=True)
        earlier = EarlierRun(out)
        if not replaces_foreign:
            earlier.refuse_foreign(output_names(options))
        # of an earlier run, compressed otherwise; it does not stay beside the truth of another
        stale = [name for name in _LOG_NAMES if name != log_name(options) and earlier.wrote(name)]
        made = _generate(options, policy or load_policy(), out, on_progress or _no_progress, chunk_bytes)
        for name in stale:
            (out / name).unlink(missing_ok=True)
        return made
    except OSError as error:
        raise OutputError(str(out), f"cannot be written to: {error.strerror or error}") from error


def _generate(options: Options, policy: Policy, out: Path, on_progress: Progress, chunk_bytes: int) -> Manifest:
    with (
        ExternalSort(chunk_bytes=chunk_bytes) as live_lines,
        OutputGroup() as outputs,
    ):
        log = outputs.add(LogWriter(out / log_name(options)))
        truth = outputs.add(LogWriter(out / TRUTH))
        delivery = DisorderedDelivery(options, log.write_line)
        tally = _live_all(options, policy, delivery, live_lines, truth, on_progress)
        total = len(live_lines)
        for done, line in enumerate(live_lines.merged()):
            delivery.deliver(line)
            if done % _TELL_EVERY == 0:
                on_progress(Stage.MERGE, done, total)
        delivery.finish()
        on_progress(Stage.MERGE, total, total)
        for output in (log, truth):
            output.finish()
        files = tuple(FileEntry(each.path.name, each.lines, each.size, each.sha256) for each in (log, truth))
        made = manifest(options, policy.id, tally, files)
        outputs.add(LogWriter(out / MANIFEST)).write_line(made.json())
    return made


def _live_all(
    options: Options,
    policy: Policy,
    delivery: DisorderedDelivery,
    live_lines: ExternalSort,
    truth: LogWriter,
    on_progress: Progress,
) -> LogCounts:
    world = World(options, policy)
    judge = Truth(policy, options.end_ms)
    recorder = Recorder(options)
    tally = LogCounts()

    def hand_on(events: Sequence[hot.AnyEvent], loaded: int) -> None:
        for event in events[:loaded]:
            delivery.deliver(encode_event(event))
        for event in events[loaded:]:
            live_lines.add(event.recorded_at, encode_event(event))
        tally.events.update(event.type for event in events)

    for officer, events in officer_events(options, world.staff):
        tally.officers[world.offices[officer.office].name] += 1
        chance = chance_of(options.seed, officer.id, "records").random
        hand_on(events, recorder.record(events, options.start_ms, chance))
    for number in range(options.cases):
        life = live(world, number)
        events = life.facts.events
        tally.cases[world.offices[life.first_office].name] += 1
        hand_on(events, recorder.record(events, recorder.loaded_at(number), life.chance))
        standing = judge.of(life.facts.case_id, events)
        for lost in standing:
            truth.write_line(json.encode(lost))
            tally.standing[lost.cause] += 1
        tally.lost_cases += bool(standing)
        if number % _TELL_EVERY == 0:
            on_progress(Stage.CASES, number, options.cases)
    on_progress(Stage.CASES, options.cases, options.cases)
    return tally


def _no_progress(_stage: Stage, _done: int, _total: int) -> None:
    pass
