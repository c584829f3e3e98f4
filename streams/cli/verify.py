"""`docketwatch verify`: compares the alerts of a replay through Kafka and a worker with the expected ones."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from schemas.instants import to_text
from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.endings import run_loop
from streams.cli.files import INPUT
from streams.cli.options import FILES, LAST_INSTANT, POLICY
from streams.cli.own_worker import own_worker, still_runs
from streams.cli.progress import showing
from streams.cli.replay import SPEED, play
from streams.cli.verify_officers import OfficerExpectation, in_short
from streams.errors import UsageError
from streams.sources.log_blocks import read_blocks
from streams.tools.replay.pace import Pace

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from streams.kafka.client.settings import Settings
    from streams.process.child_process import ChildProcess
    from streams.tools.verify.alert_comparison import AlertDifference
    from streams.tools.verify.load_comparison import LoadDifference

__all__ = ["command"]

_SHOWN: Final = 20
_KINDS: Final = ("missing", "extra", "different", "disordered")


@click.command("verify")
@FILES
@click.option("--until", type=LAST_INSTANT, required=True, help="Last instant of events and deadlines.")
@click.option(
    "--expect",
    "expected_file",
    type=INPUT,
    required=True,
    help="Output of `docketwatch evaluate --alerts` for the same logs, policy and instant.",
)
@click.option("--expect-officers", "officers_file", type=INPUT, help="Output of `evaluate --officer-alerts` for them.")
@click.option("--expect-loads", "loads_file", type=INPUT, help="Output of `evaluate --loads` for them.")
@click.option(
    "--with-worker", is_flag=True, help="Also start a worker and stop it afterwards; the same as --workers 1."
)
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Start this many workers, each with its own data directory."
)
@POLICY
@SPEED
@click.option(
    "--patience",
    type=click.IntRange(min=1),
    default=120,
    show_default=True,
    help="Give up after this many seconds without progress.",
)
@BROKERS
@PREFIX
def command(
    files: tuple[Path, ...],
    until: int,
    expected_file: Path,
    officers_file: Path | None,
    loads_file: Path | None,
    with_worker: bool,
    workers: int | None,
    policy_file: Path | None,
    speed: float | None,
    patience: int,
    brokers: str | None,
    prefix: str | None,
) -> int:
    """Replay logs through Kafka and a worker, then compare every alert revision with the expected ones.

    --expect-officers also compares officer alerts, and --expect-loads the load of every officer.

    The topics must be empty, and the workers must run with `--clock log` (or use --workers N, which passes on
    --policy). Only observed_at may differ, and as_of of a load. Exit code 1 when anything is missing, extra or
    different.
    """
    # imported late: the Kafka client is slow to import, and --help does not need it
    from streams.kafka.client.admin import AdminClient
    from streams.kafka.client.settings import Settings
    from streams.kafka.client.topics import judged_partitions
    from streams.tools.verify.alert_comparison import AlertComparison, Expectation
    from streams.tools.verify.alert_reader import compare_alerts, wait_until_judged

    settings = Settings.load(brokers=brokers, prefix=prefix)
    wanted = workers or int(with_worker)
    if wanted > 1 and settings.delivery == "ordered":
        raise UsageError(f"--workers {wanted}: with DOCKETWATCH_DELIVERY=ordered one worker runs a group, not more")
    expected = Expectation(str(expected_file), _lines(expected_file))
    officers = OfficerExpectation(officers_file, loads_file, _lines)
    with AdminClient(settings) as admin:
        case_partitions, alert_partitions = judged_partitions(admin, settings)
    with ExitStack() as open_:
        own = [open_.enter_context(_own(settings, case_partitions, policy_file, number)) for number in range(wanted)]
        with showing("replaying") as show:
            state = play(files, settings, Pace(speed), until=until, on_state=lambda state: show(str(state)))
        click.echo(f"replayed {state.sent:,} events in {state.seconds:.1f} s, {state.rate:,.0f} events/s")
        with showing("waiting for the worker") as show:
            judging = wait_until_judged(
                settings,
                case_partitions,
                until,
                patience=patience,
                officers=officers.is_any,
                on_clock=lambda clock: show(f"judged up to {to_text(clock)}"),
                check=lambda: _still_run(own),
            )
            run_loop(judging)
        comparison = AlertComparison(expected)
        gone = run_loop(compare_alerts(settings, alert_partitions, comparison))
    differences = comparison.differences(gone)
    _report(differences)
    click.echo(in_short("alert revisions", comparison, len(differences)))
    differ = len(differences)
    for found, sentence in officers.compare(settings):
        _report(found)
        click.echo(sentence)
        differ += len(found)
    return 1 if differ else 0


def _own(
    settings: "Settings", partitions: int, policy_file: Path | None, number: int
) -> "AbstractContextManager[ChildProcess]":
    name = f"verify-{number}" if number else "verify"
    more = {"DATA_DIR": str(settings.data_dir / name)}  # no two may share one
    if settings.instance_id is not None:
        more["INSTANCE_ID"] = f"{settings.instance_id}-{number}"  # nor a name in the group
    return own_worker(settings, partitions, policy_file, name=name, more=more)


def _still_run(workers: "list[ChildProcess]") -> None:
    for worker in workers:
        still_runs(worker)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    for block in read_blocks(path):
        for line in block.removesuffix(b"\n").split(b"\n"):
            number += 1
            if line.strip():
                yield number, line


def _report(differences: "Sequence[AlertDifference | LoadDifference]") -> None:
    for kind in _KINDS:
        of_kind = [difference for difference in differences if difference.kind == kind]
        for difference in of_kind[:_SHOWN]:
            click.echo(str(difference))
        if len(of_kind) > _SHOWN:
            click.echo(f"{kind}: and {len(of_kind) - _SHOWN:,} more")
