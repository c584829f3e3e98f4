"""`docketwatch score`: compares open alerts with the truth of a generated log: recall and precision."""

import json
from pathlib import Path

import click

from streams.cli.files import INPUT
from streams.sources.generate.score import score

__all__ = ["command"]


@click.command("score")
@click.argument("truth", type=INPUT)
@click.argument("alerts", type=INPUT)
@click.option("--show", type=click.IntRange(min=0), default=20, show_default=True, help="Differences to print.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with every difference.")
def command(truth: Path, alerts: Path, show: int, as_json: bool) -> int:
    """Compare TRUTH (truth.jsonl of `generate`) with ALERTS (`evaluate --alerts`).

    An alert is right when case, cause, instance and anchor are those of the truth. Exit code 1 when any is missing or
    extra.
    """
    found = score(truth, alerts)
    if as_json:
        differences = [{"kind": each.kind, **each.alert._asdict(), "words": each.words} for each in found.differences]
        document = {**found._asdict(), "recall": found.recall, "precision": found.precision, "differences": differences}
        click.echo(json.dumps(document, indent=2))
        return 0 if found.is_perfect else 1
    click.echo(f"recall {found.recall:.6f}  precision {found.precision:.6f}")
    click.echo(f"{found.right:,} right of {found.true:,} expected and {found.standing:,} open")
    if found.other_deadlines:
        click.echo(f"{found.other_deadlines:,} of them were raised at another deadline than the final one")
    for difference in found.differences[:show]:
        click.echo(f"  {difference.kind}: {difference.alert}: {difference.words}")
    if len(found.differences) > show:
        click.echo(f"  and {len(found.differences) - show:,} more")
    return 0 if found.is_perfect else 1
