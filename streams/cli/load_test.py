"""`docketwatch load-test`: measures alert latency at a rate of events, and finds the highest sustained rate."""

import gc
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.endings import run_loop
from streams.cli.files import OUTPUT, print_line
from streams.cli.load_report import HEAD, LoadTestReport, line
from streams.cli.options import FILES, POLICY, Number
from streams.cli.own_worker import own_worker, still_runs
from streams.cli.progress import showing
from streams.errors import UsageError
from streams.extras import require
from streams.files.outputs import OutputFile, OutputGroup
from streams.sources.logs import read_lines

if TYPE_CHECKING:
    from streams.kafka.client.settings import Settings
    from streams.process.child_process import ChildProcess
    from streams.tools.load_test.rate_search import RateSearch
    from streams.tools.load_test.result import Result
    from streams.tools.load_test.run import SentLoad

__all__ = ["command"]

_MOST: Final = 1_000_000.0


@click.command("load-test")
@FILES
@click.option(
    "--clock", type=click.Choice(["wall", "log"]), default="wall", show_default=True, help="The worker's clock."
)
@click.option(
    "--rate", "rates", type=Number(min=1), multiple=True, help="Events per second; repeat it for several runs."
)
@click.option(
    "--from-rate", type=Number(min=1), default=5_000, show_default=True, help="Rate at which the search begins."
)
@click.option(
    "--precision", type=Number(0.01, 1), default=0.1, show_default=True, help="Relative precision of the knee."
)
@click.option("--seconds", type=Number(min=1), default=20, show_default=True, help="Length of a run.")
@click.option(
    "--warmup",
    type=Number(min=0),
    default=5,
    show_default=True,
    help="Seconds at the start of a run that do not count.",
)
@click.option("--bound", type=Number(min=0.01), help="Bound of p99 in seconds. Default: the hold-back + 1.")
@click.option("--with-worker", is_flag=True, help="Also start a worker, measure its CPU time, and stop it afterwards.")
@POLICY
@click.option("--csv", "csv_file", type=OUTPUT, help="Write one row for each run to this file.")
@click.option("--json", "json_file", type=OUTPUT, help="Write all results to this file.")
@click.option(
    "--patience",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    help="Give up after this many seconds without progress.",
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
    """Send the events of logs at a rate, and measure the time until their alerts can be read.

    Without --rate it searches for the knee: the highest rate at which partitions do not fall behind and the 99th
    percentile stays within the bound. Then it runs at half of it. The latency of an alert is from the scheduled send
    time of the event that made it due (open loop) to when a consumer of committed records has it.

    With --clock wall, each event is shifted so that its recorded_at is its send time. With --clock log, events are sent
    unchanged, for a worker with --clock log. The topics must be empty.
    """
    require("load-test", "`docketwatch load-test`")
    # imported late: the Kafka client is slow to import, and --help does not need it
    from streams.kafka.client.admin import AdminClient
    from streams.kafka.client.settings import Settings
    from streams.kafka.client.topics import input_partitions, judged_partitions
    from streams.tools.load_test.rate_search import RateSearch
    from streams.tools.load_test.run import SentLoad

    settings = Settings.load(brokers=brokers, prefix=prefix)
    if warmup >= seconds:
        raise UsageError(f"--warmup {warmup:g} must be less than --seconds {seconds:g}: nothing would be counted")
    hold_back = settings.hold_back.total_seconds()
    load = SentLoad(seconds, warmup, bound or hold_back + 1, is_moved_to_now=clock == "wall", patience=patience)
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
        gc.freeze()  # these objects live to the end, so the collector need not walk them
        search = None if rates else RateSearch(from_rate, precision, _MOST)
        run_loop(_measure(files, settings, there, load, worker, rates, search, report))


@contextmanager
def _written(report: LoadTestReport, csv_file: Path | None, json_file: Path | None) -> Iterator[None]:
    """Open the files now, so that a fault shows before the first run; write them at the end."""
    with OutputGroup() as outputs:
        rows = None if csv_file is None else outputs.add(OutputFile(csv_file))
        whole = None if json_file is None else outputs.add(OutputFile(json_file))
        try:
            yield
        finally:
            if report.runs:  # also the runs before a failure
                if rows is not None:
                    rows.write(report.csv())
                if whole is not None:
                    whole.write(report.json())
                outputs.publish()


@dataclass(frozen=True, slots=True)
class _Cluster:
    """The cluster's partitions and abilities."""

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
    search: "RateSearch | None",
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
            print_line(line(result))
            return result

        print_line(HEAD)
        for rate in rates:
            await run(rate)
        if search is not None:
            await _search(search, run, report)


async def _search(
    search: "RateSearch", run: "Callable[[float], Coroutine[Any, Any, Result]]", report: LoadTestReport
) -> None:
    while (rate := search.next_rate()) is not None:
        search.record(rate, is_sustained=(await run(rate)).is_held)
    report.knee = search.knee
    if search.knee is None:
        print_line("no rate was sustained")
        return
    print_line(f"knee: {search.knee:,.0f} events/s; at half of it:")
    report.at_half = await run(search.knee / 2)
