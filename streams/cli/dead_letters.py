"""`docketwatch dead-letters`: lists refused records, and sends them again after a fix."""

import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import click

from schemas.instants import to_text
from streams.cli.actor import ACTOR, actor_id
from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.endings import run_loop
from streams.cli.reference.command_group import CommandGroup

if TYPE_CHECKING:
    from streams.tools.dead_letters import Letter

__all__ = ["command"]

_OUTCOMES: Final = {None: "", "sent": "sent again", "refused": "refused again", "gone": "gone"}


@click.group("dead-letters", cls=CommandGroup)
def command() -> None:
    """List refused records with their reasons, or send them again."""


@command.command("list")
@click.option("--code", help="Only records refused for this reason, such as bad_value.")
@click.option("--limit", type=click.IntRange(min=0), default=50, show_default=True, help="Records to print.")
@click.option("--json", "as_json", is_flag=True, help="Print every dead letter as a line of JSON.")
@BROKERS
@PREFIX
def _list(code: str | None, limit: int, as_json: bool, brokers: str | None, prefix: str | None) -> None:
    """Print refused records: position, reason and outcome. Only --json prints payloads."""
    # imported late: the Kafka client is slow to import, and --help does not need it
    from streams.kafka.client.settings import Settings
    from streams.tools.dead_letters import read_letters

    found = run_loop(read_letters(Settings.load(brokers=brokers, prefix=prefix)))
    letters = [each for each in found.letters.values() if code is None or each.letter.code == code]
    if as_json:
        for each in letters:
            click.echo(each.letter.model_dump_json())
        return
    for each in letters[:limit]:
        click.echo(_line(each))
    if len(letters) > limit:
        click.echo(f"and {len(letters) - limit:,} more (--limit)")
    for name, number in Counter(each.letter.code.value for each in letters).most_common():
        click.echo(f"{number:>9,} {name}")
    click.echo(f"{len(letters):,} refused, {sum(each.outcome == 'sent' for each in letters):,} of them sent again")
    if found.unreadable:
        click.echo(f"{found.unreadable:,} records on the topic are no dead letters", err=True)


@command.command("redrive")
@click.argument("keys", nargs=-1, metavar="[TOPIC:PARTITION:OFFSET]...")
@ACTOR
@click.option("--dry-run", is_flag=True, help="Check each record and print the result; send nothing.")
@BROKERS
@PREFIX
def _redrive(keys: tuple[str, ...], actor: str | None, dry_run: bool, brokers: str | None, prefix: str | None) -> int:
    """Send refused records again, each to its right topic; without arguments, all that were not sent yet.

    Run it after a fix: of the schema, of docketwatch, or of a producer that used the wrong topic or key. You can run it
    again at any time; it sends no record twice. Exit code 1 when a record is refused again or gone, or would be.
    """
    from streams.kafka.client.settings import Settings
    from streams.tools.dead_letters import read_letters, redrive, would_redrive  # late, as above

    who = actor_id(actor)
    settings = Settings.load(brokers=brokers, prefix=prefix)
    found = run_loop(read_letters(settings))
    does = would_redrive if dry_run else redrive
    done = run_loop(does(settings, found, dict.fromkeys(keys), who, time.time_ns() // 1_000_000))
    for record in done:
        if record.outcome != "sent":
            click.echo(f"{record.key}: {record.outcome}" + (f" ({record.code.value})" if record.code else ""))
    outcomes = Counter(record.outcome for record in done)
    if dry_run:
        click.echo(f"{outcomes['sent']:,} would be sent again, {len(done) - outcomes['sent']:,} not; nothing was sent")
    else:
        click.echo(f"{outcomes['sent']:,} sent again, {len(done) - outcomes['sent']:,} not; audited as {who}")
    return 1 if outcomes["refused"] or outcomes["gone"] else 0


def _line(each: "Letter") -> str:
    letter = each.letter
    became = _OUTCOMES[each.outcome]
    return f"{to_text(letter.observed_at)} {letter.key} {letter.code.value}: {letter.sentence}" + (
        f" [{became}]" if became else ""
    )
