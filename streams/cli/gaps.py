"""`docketwatch gaps`: lists the gaps in the input, and accepts the loss of what is missing."""

import time
from typing import TYPE_CHECKING

import click

from schemas.instants import to_text
from streams.cli.actor import ACTOR, actor_id
from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.endings import run_loop
from streams.cli.reference.command_group import CommandGroup
from streams.errors import UsageError

if TYPE_CHECKING:
    from schemas.input_gaps import InputGapRecord

__all__ = ["command"]


@click.group("gaps", cls=CommandGroup)
def command() -> None:
    """List gaps of the input, or accept one."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print every gap as a line of JSON.")
@BROKERS
@PREFIX
def _list(as_json: bool, brokers: str | None, prefix: str | None) -> int:
    """Print the gaps that are not accepted; alerts after them are held. Exit code 1 when there is a gap."""
    # imported late: the Kafka client is slow to import, and --help does not need it
    from streams.kafka.client.settings import Settings
    from streams.kafka.state.gap_records import read_gaps

    gaps = run_loop(read_gaps(Settings.load(brokers=brokers, prefix=prefix)))
    for gap in gaps:
        click.echo(gap.model_dump_json() if as_json else _line(gap))
    if not as_json:
        click.echo("1 gap is open" if len(gaps) == 1 else f"{len(gaps):,} gaps are open")
    return 1 if gaps else 0


@command.command("accept")
@click.argument("topic")
@click.option(
    "--partition", type=click.IntRange(min=0), help="The partition. Default: every partition of the topic with a gap."
)
@ACTOR
@BROKERS
@PREFIX
def _accept(topic: str, partition: int | None, actor: str | None, brokers: str | None, prefix: str | None) -> None:
    """Accept that records of TOPIC are lost; the worker that waits at the gap continues after it.

    Stop the loss first: while the broker keeps deleting records, another gap follows.
    """
    from streams.kafka.client.settings import Settings
    from streams.kafka.state.gap_records import accept_gaps, read_gaps  # late, as above

    who = actor_id(actor)
    settings = Settings.load(brokers=brokers, prefix=prefix)
    name = topic if topic.startswith(f"{settings.prefix}.") else f"{settings.prefix}.{topic}"
    found = run_loop(read_gaps(settings))
    chosen = [gap for gap in found if gap.topic == name and partition in (None, gap.partition)]
    if not chosen:
        where = name if partition is None else f"partition {partition} of {name}"
        raise UsageError(f"{where} has no gap that is open; `docketwatch gaps list` names them")
    run_loop(accept_gaps(settings, chosen, who, time.time_ns() // 1_000_000))
    for gap in chosen:
        click.echo(f"accepted: {_line(gap)}")
    click.echo(f"audited as {who}; the workers continue within seconds")


def _line(gap: "InputGapRecord") -> str:
    known = "nothing was read before" if gap.known is None else f"read up to {to_text(gap.known)} before"
    is_cut = gap.resumes_at <= gap.offset
    what = f"were cut off, and reading goes on at offset {gap.resumes_at}" if is_cut else "are gone"
    return (
        f"{gap.topic} partition {gap.partition}: offsets {gap.offset} to {gap.last_offset} {what} "
        f"({gap.last_offset - gap.offset + 1:,} records), {known}, found {to_text(gap.observed_at)}"
    )
