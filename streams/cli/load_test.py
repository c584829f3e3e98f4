"""`docketwatch load-test`: how late alerts are at a rate of events, and the highest rate that a worker holds."""

import gc
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.endings import run_loop
from streams.cli.files import OUTPUT, tell
from streams.cli.load_report import HEAD, LoadTestReport, line
from streams.cli.options import FILES, POLICY, Number
from streams.cli.own_worker import own_worker, still_runs
from streams.cli.replay import showing
from streams.errors import UsageError
from streams.files.outputs import OutputFile, OutputGroup
from streams.sources.logs import read_lines

if TYPE_CHECKING:
    from streams.kafka.client.settings import Settings
    from streams.process.child_process import ChildProcess
    from streams.tools.load_test.knee import KneeSearch
    from streams.tools.load_test.result import Result
    from streams.tools.load_test.run import SentLoad

__all__ = ["command"]

_MOST: Final = 1_000_000.0


@click.command("load-test")
@FILES
@click.option("--clock", type=click.Choice(["wall", "log"]), default="wall", show_default=True, help="The worker's.")
@click.option("--rate", "rates", type=Number(min=1), multiple=True, help="Events a second; several are run in turn.")
@click.option("--from-rate", type=Number(min=1), default=5_000, show_default=True, help="Where the search begins.")
@click.option("--precision", type=Number(0.01, 1), default=0.1, show_default=True, help="Of the knee that is searched.")
@click.option("--seconds", type=Number(min=1), default=20, show_default=True, help="How long a run sends.")
@click.option("--warmup", type=Number(min=0), default=5, show_default=True, help="Seconds not counted.")
@click.option("--bound", type=Number(min=0.01), help="Seconds for p99; the hold-back + 1 when left out.")
@click.option("--with-worker", is_flag=True, help="Start a worker, too, tell its CPU time, and end it afterwards.")
@POLICY
@click.option("--csv", "csv_file", type=OUTPUT, help="A row a run.")
@click.option("--json", "json_file", type=OUTPUT, help="Everything.")
@click.option(
    "--patience", type=click.IntRange(min=1), default=60, show_default=True, help="Seconds without any progress."
)
@BROKERS
@PREFIX
def command(
    files: tuple[Path, ...],
    clock: str,
    rates: tuple[float, ...],
    from_rate: float,
    precision: float,
    seconds: float,
    warmup: float,
    bound: float | None,
    with_worker: bool,
    policy_file: Path | None,
    csv_file: Path | None,
    json_file: Path | None,
    patience: int,
    brokers: str | None,
    prefix: str | None,
) -> None:
    """Send the events of logs at a rate, and take the time until their alerts can be read.

    Without --rate it searches the knee: the highest rate at which partitions do not fall behind and the 99th percentile
    stays within the bound; then it runs at half of it. The latency of an alert is from when the event that made it due
    was meant to be sent (open loop) to when a consumer of committed records has it.

    With --clock wall the log is lived through now: each event is moved so that it is recorded when it is sent. With
    --clock log it is sent as it is, for a worker started so. The topics must hold nothing yet.
    """
    # late: the Kafka client takes its time to import, and --help needs none of it
    from streams.kafka.client.admin import AdminClient
    from streams.kafka.client.settings import Settings
    from streams.kafka.client.topics import input_partitions, judged_partitions
    from streams.tools.load_test.knee import KneeSearch
    from streams.tools.load_test.run import SentLoad

    settings = Settings.load(brokers=brokers, prefix=prefix)
    if warmup >= seconds:
        raise UsageError(f"--warmup {warmup:g} must be less than --seconds {seconds:g}: nothing would be counted")
    hold_back = settings.hold_back.total_seconds()
    load = SentLoad(seconds, warmup, bound or hold_back + 1, lives_now=clock == "wall", patience=patience)
    with AdminClient(settings) as admin:
        there = _Cluster(input_partitions(admin, settings), *judged_partitions(admin, settings), not admin.is_embedded)
    asked = {
        "files": [str(file) for file in files], "clock": clock, "hold_back": hold_back, "delivery": settings.delivery,
        "partitions": there.cases, "seconds": seconds, "warmup": warmup, "bound": load.bound,
    }  # fmt: skip
    report = LoadTestReport(asked)
    with ExitStack() as open_, _written(report, csv_file, json_file):
        own = own_worker(settings, there.cases, policy_file, clock=clock, name="load-test")
        worker = open_.enter_context(own) if with_worker else None
        gc.freeze()  # what lives now lives to the end; the collector need not walk it again
        search = None if rates else KneeSearch(from_rate, precision, _MOST)
        run_loop(_measure(files, settings, there, load, worker, rates, search, report))


@contextmanager
def _written(report: LoadTestReport, csv_file: Path | None, json_file: Path | None) -> Iterator[None]:
    """Open the files now, so that one that cannot be written is known before the first run; write them at the end."""
    with OutputGroup() as outputs:
        rows = None if csv_file is None else outputs.add(OutputFile(csv_file))
        whole = None if json_file is None else outputs.add(OutputFile(json_file))
        try:
            yield
        finally:
            if report.runs:  # also those before it went wrong
                if rows is not None:
                    rows.write(report.csv())
                if whole is not None:
                    whole.write(report.json())
                outputs.publish()


@dataclass(frozen=True, slots=True)
class _Cluster:
    """What is there: how topics are cut, and what the broker can do."""

    inputs: Mapping[str, int]
    cases: int
    alerts: int
    idempotent: bool


async def _measure(
    files: tuple[Path, ...],
    settings: "Settings",
    there: _Cluster,
    load: "SentLoad",
    worker: "ChildProcess | None",
    rates: tuple[float, ...],
    search: "KneeSearch | None",
    report: LoadTestReport,
) -> None:
    from streams.tools.load_test.run import LoadTestBench  # late, as above
    from streams.tools.load_test.source import EventSource
    from streams.tools.load_test.watch import AlertWatch

    async with AlertWatch(settings, there.inputs, there.alerts) as watch:
        bench = LoadTestBench(
            settings, there.inputs, watch, EventSource(read_lines(files)), load,
            idempotent=there.idempotent,
            check=(lambda: None) if worker is None else (lambda: still_runs(worker)),
            worker_cpu=(lambda: None) if worker is None else (lambda: worker.cpu_seconds),
        )  # fmt: skip
        with showing("waiting for the worker") as show:
            await bench.begin(show)

        async def run(rate: float) -> "Result":
            with showing(f"{rate:,.0f}/s") as show:
                result = await bench.run(rate, show)
            report.runs.append(result)
            tell(line(result))
            return result

        tell(HEAD)
        for rate in rates:
            await run(rate)
        if search is not None:
            await _search(search, run, report)


async def _search(
    search: "KneeSearch", run: "Callable[[float], Coroutine[Any, Any, Result]]", report: LoadTestReport
) -> None:
    while (rate := search.next_rate()) is not None:
        search.tell(rate, was_held=(await run(rate)).is_held)
    report.knee = search.knee
    if search.knee is None:
        tell("no rate was held")
        return
    tell(f"knee: {search.knee:,.0f} events/s; at half of it:")
    report.at_half = await run(search.knee / 2)
