"""`docketwatch generate`: generates an event log in the shape of the audit, and the alerts that are true for it."""

from datetime import date, datetime
from pathlib import Path
from typing import Final

import click

from schemas.durations import Duration, parse_duration
from streams.cli.files import FolderPath, registry
from streams.cli.options import POLICY, Number, read_policy
from streams.cli.progress import reading
from streams.errors import UsageError
from streams.sources.generate import TRUTH, Options, Stage, generate, log_name, output_names

__all__ = ["command"]

_BAR: Final = 1_000
# the start of each stage on the bar, and its share of the bar
_PLACES: Final = {Stage.CASES: (0.0, 0.9), Stage.MERGE: (0.9, 0.1)}
_SHARE: Final = Number(0, 1)


class _Duration(click.ParamType):
    """A duration in the form of the policy."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Duration:
        if isinstance(value, Duration):
            return value
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(f"{value!r}: {error}", param, ctx)


@click.command("generate")
@click.option(
    "--cases", type=click.IntRange(min=1), default=10_000, show_default=True, help="Number of cases, old and new."
)
@click.option(
    "--days", type=click.IntRange(min=1), default=180, show_default=True, help="Length of the window of live events."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the random numbers.")
@click.option("--out", type=FolderPath(), required=True, help="Directory to write to.")
@click.option(
    "--start", type=click.DateTime(["%Y-%m-%d"]), default="2026-01-05", show_default=True, help="First day, 00:00 UTC."
)
@click.option(
    "--lost", type=_SHARE, default=0.027, show_default=True, help="Share of lost-track cases, over all causes."
)
@click.option("--late", type=_SHARE, default=0.01, show_default=True, help="Share of live records that come late.")
@click.option(
    "--late-by", type=_Duration(), default="2d", show_default=True, help="The longest delay of a late record."
)
@click.option("--duplicates", type=_SHARE, default=0.0, show_default=True, help="Share of lines that come twice.")
@click.option("--disorder", type=_SHARE, default=0.0, show_default=True, help="Share of lines out of order.")
@click.option("--offices", type=click.IntRange(2, 25), default=4, show_default=True, help="4 are the audited offices.")
@click.option(
    "--officers",
    type=click.IntRange(min=6),
    help="Number of officers. Default: the audit's 1,700 to 10,156 cases each.",
)
@click.option(
    "--skew", type=Number(1, 100), help="Most loaded officer of an office by the least; 6 is the audit's. Default: 1.2."
)
@click.option(
    "--trend", type=Number(-1, 10), default=0.0, show_default=True, help="Growth of new cases a year; -0.3 is a fall."
)
@click.option("--season", type=_SHARE, default=0.0, show_default=True, help="Swing of new cases about their mean.")
@click.option("--prefix", default="", help="Prefix of every id, so that two logs can share a broker.")
@click.option("--compress", type=click.Choice(["gz", "zst"]), help="Compress the log.")
@click.option("--force", is_flag=True, help="Replace files of these names that generate did not write.")
@POLICY
def command(
    cases: int,
    days: int,
    seed: int,
    out: Path,
    start: datetime,
    lost: float,
    late: float,
    late_by: Duration,
    duplicates: float,
    disorder: float,
    offices: int,
    officers: int | None,
    skew: float | None,
    trend: float,
    season: float,
    prefix: str,
    compress: str | None,
    force: bool,
    policy_file: Path | None,
) -> None:
    """Generate a docket and its events; the same options give the same log.

    It writes events.jsonl, truth.jsonl (the alerts that must be open at the end, computed without the monitor) and
    manifest.json to DIR, and replaces the files of an earlier run by its manifest. `docketwatch score` compares the
    truth with the alerts of `evaluate`.
    """
    options = Options(
        cases=cases,
        days=days,
        seed=seed,
        start=date(start.year, start.month, start.day),
        lost=lost,
        late=late,
        late_by=late_by,
        duplicates=duplicates,
        disorder=disorder,
        offices=offices,
        officers=officers,
        skew=skew,
        trend=trend,
        season=season,
        prefix=prefix,
        compress=compress or "",
    )
    for name in output_names(options):
        registry().add_output(out / name, f"the output {out / name}")
    policy = read_policy(policy_file)
    if any(office.holidays or office.closed for office in policy.offices.values()):
        raise UsageError("a generated log knows the holidays of the United States only: name another policy")
    with reading("generating") as show:

        def on_progress(stage: Stage, done: int, total: int) -> None:
            if show is not None:
                begins, share = _PLACES[stage]
                show(int(_BAR * (begins + share * done / max(1, total))), _BAR)

        made = generate(options, out, policy=policy, on_progress=on_progress, replaces_foreign=force)
    log, truth = made.files
    click.echo(f"{out / log.name}: {log.lines:,} lines, {log.bytes / 1e6:,.1f} MB, {cases:,} cases over {days:,} days")
    click.echo(f"{out / TRUTH}: {truth.lines:,} alerts are open for {made.lost_cases:,} cases at {made.until}")
    click.echo(
        f"next: docketwatch evaluate {out / log_name(options)} --until {made.until} --alerts {out / 'alerts.jsonl'}"
    )
    click.echo(f"      docketwatch score {out / TRUTH} {out / 'alerts.jsonl'}")
