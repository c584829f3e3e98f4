"""`docketwatch replay`: plays event logs into Kafka."""

import gc
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schemas import hot
from schemas.instants import to_text
from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.endings import note_ignored_interrupts, run_loop
from streams.cli.options import FILES, INSTANT, LAST_INSTANT, Number, Speed
from streams.cli.progress import showing
from streams.errors import BrokerError
from streams.sources.logs import read_events, read_lines
from streams.tools.replay.pace import Pace

if TYPE_CHECKING:
    from streams.kafka.client.settings import Settings
    from streams.tools.replay.replayer import ReplayState

__all__ = ["SPEED", "command", "play"]


SPEED = click.option(
    "--speed", type=Speed(), default="max", show_default=True, help="60x: an hour of the log per minute; or max."
)


@click.command("replay")
@FILES
@SPEED
@click.option("--rate", type=Number(min=0, min_open=True), help="At most this many events per second.")
@click.option("--from", "since", type=INSTANT, help="Skip events recorded before this; resumes a replay.")
@click.option("--until", type=LAST_INSTANT, help="Stop after events recorded at this instant. Default: the last event.")
@click.option("--dry-run", is_flag=True, help="Read the logs and print what would be sent, without a broker.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object: with --dry-run events, first, last, clock, types and seconds; else sent, seconds, skipped, "
    "clocks_left_out, late_ms, clock and partitions.",
)
@BROKERS
@PREFIX
def command(
    files: tuple[Path, ...],
    speed: float | None,
    rate: float | None,
    since: int | None,
    until: int | None,
    dry_run: bool,
    as_json: bool,
    brokers: str | None,
    prefix: str | None,
) -> None:
    """Replay event logs into Kafka, merged by recorded_at.

    The schedule is an open loop: a slow broker delays events, not the schedule. At the end every partition of every
    input topic gets a clock record of --until + 1 ms. An interrupted replay prints where to resume; events that are
    sent twice change nothing.
    """
    # imported late: the Kafka client is slow to import, and --help does not need it
    from streams.kafka.client.settings import Settings

    settings = Settings.load(brokers=brokers, prefix=prefix)
    pace = Pace(speed, rate)
    if dry_run:
        _describe(files, pace, since, until, as_json=as_json)
        return
    note_ignored_interrupts("ends the replay and prints where to resume")
    with showing("reading") as show:
        state = play(files, settings, pace, since=since, until=until, on_state=lambda state: show(str(state)))
    if as_json:
        click.echo(_json(state))
        return
    click.echo(
        f"{state.sent:,} events in {state.seconds:.1f} s, {state.rate:,.0f} events/s"
        + (f", at most {state.behind * 1000:,.0f} ms late" if not pace.is_flat_out else "")
        + (f", {state.skipped:,} before --from left out" if state.skipped else "")
        + (f", {state.clocks:,} clock records of the logs left out" if state.clocks else "")
    )
    if state.until is None:
        click.echo("no event, so no clock record either: give --until to send them")
    else:
        click.echo(f"clock of {len(state.ends)} partitions on {settings.brokers}: {to_text(state.until + 1)}")


def play(
    files: tuple[Path, ...],
    settings: "Settings",
    pace: Pace,
    *,
    since: int | None = None,
    until: int | None = None,
    on_state: "Callable[[ReplayState], None] | None" = None,
) -> "ReplayState":
    """Replay log files; when interrupted or failed, print where to resume.

    Args:
        files: The logs.
        settings: The target cluster and topics.
        pace: The speed.
        since: Skip events recorded before this (ms).
        until: Skip events recorded after this (ms).
        on_state: Called with the progress.

    Raises:
        BrokerError: The broker is not there, lacks topics, refuses records, or went away.
        InputError: A log cannot be read, or a line is not an event.
    """
    from streams.kafka.client.admin import AdminClient  # late, as above
    from streams.kafka.client.topics import input_partitions
    from streams.tools.replay.replayer import Replay

    with AdminClient(settings) as admin:
        partitions = input_partitions(admin, settings)
        idempotent = not admin.is_embedded
    replay = Replay(settings, partitions, pace, since=since, until=until, idempotent=idempotent, on_state=on_state)
    gc.freeze()  # what lives now lives to the end; the collector need not walk it again
    try:
        run_loop(replay.run(read_lines(files)))
    except BrokerError as error:
        raise BrokerError(f"{error}; {_resume(replay.state)}") from error
    except KeyboardInterrupt:
        click.echo(_resume(replay.state), err=True)
        raise
    return replay.state


def _resume(state: "ReplayState") -> str:
    if state.durable is None:
        return "nothing was sent"
    return f"{state.sent:,} events were sent; resume with --from {to_text(state.durable)}"


def _json(state: "ReplayState") -> str:
    document = {
        "sent": state.sent,
        "seconds": state.seconds,
        "skipped": state.skipped,
        "clocks_left_out": state.clocks,
        "late_ms": state.behind * 1000,
        "clock": None if state.until is None else to_text(state.until + 1),
        "partitions": 0 if state.until is None else len(state.ends),
    }
    return json.dumps(document)


def _describe(files: tuple[Path, ...], pace: Pace, since: int | None, until: int | None, *, as_json: bool) -> None:
    counts: Counter[str] = Counter()
    first = last = None
    for event in read_events(files):
        at = event.recorded_at
        if until is not None and at > until:
            break
        if isinstance(event, hot.Clock) or (since is not None and at < since):
            continue
        counts[event.type] += 1
        first, last = at if first is None else first, at
    number = sum(counts.values())
    end = last if until is None else until
    seconds = 0.0
    if first is not None and end is not None:
        seconds = max(
            (end - first) / 1000 / pace.speed if pace.speed else 0.0, number / pace.rate if pace.rate else 0.0
        )
    if as_json:
        instants = {"first": first, "last": last, "clock": None if end is None else end + 1}
        named = {name: None if at is None else to_text(at) for name, at in instants.items()}
        click.echo(json.dumps({"events": number, **named, "types": dict(counts.most_common()), "seconds": seconds}))
        return
    click.echo(f"{number:,} events would be sent")
    if first is None or last is None or end is None:
        return
    click.echo(f"recorded {to_text(first)} to {to_text(last)}; clock records of {to_text(end + 1)} would follow")
    for kind, count in counts.most_common():
        click.echo(f"  {count:>12,} {kind}")
    click.echo("as fast as possible" if pace.is_flat_out else f"it would take {seconds:,.1f} s")
