"""`docketwatch demo`: runs the whole monitor on the embedded broker, with a live screen and the console."""

import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from schemas.durations import parse_duration
from streams.cli.endings import how_to_end, note_ignored_interrupts, run_loop
from streams.cli.files import INPUT
from streams.cli.options import POLICY, Speed, read_policy
from streams.extras import MissingExtraError, require
from streams.files.inputs import rereadable

if TYPE_CHECKING:
    from streams.cli.demo_processes import DemoProcesses
    from streams.sources.generate import Options

__all__ = ["command"]

_METRICS_PORT: Final = 9108
_CONSOLE_PORT: Final = 9180
_PARTITIONS: Final = 4


class _Seconds(click.ParamType):
    """A duration such as 60s or 5m; converts to seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        try:
            duration = parse_duration(str(value))
        except ValueError as error:
            self.fail(f"{value!r}: {error}", param, ctx)
        if duration.business_days or not duration.milliseconds:
            self.fail(f"{value!r}: must be some seconds, minutes or hours, such as 60s", param, ctx)
        return duration.milliseconds / 1000


class _Interrupts:
    """Ctrl-C and SIGTERM; none is lost where Python swallows exceptions. SIGINT stays ignored where it was.

    Attributes:
        on_first: Called at once at the first signal.
    """

    def __init__(self) -> None:
        self.on_first: Callable[[], None] = _do_nothing
        self._is_interrupted = False
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._interrupt)

    def check(self) -> None:
        """Raise an interrupt again that may have been swallowed.

        Raises:
            KeyboardInterrupt: A signal came.
        """
        if self._is_interrupted:
            raise KeyboardInterrupt

    def _interrupt(self, *_: object) -> None:
        if not self._is_interrupted:
            self._is_interrupted = True
            self.on_first()
        raise KeyboardInterrupt


def _do_nothing() -> None:
    """Before any process runs, there is nothing to stop."""


def _speed(ctx: click.Context, param: click.Parameter, value: str) -> str:
    Speed().convert(value, param, ctx)
    return value  # as given: the replay parses it again


@click.command("demo")
@click.option("--for", "seconds", type=_Seconds(), help="Stop after this time, such as 60s.")
@click.option("--log", "log_file", type=INPUT, help="Replay this log instead.")
@click.option(
    "--speed",
    default="86400x",
    show_default=True,
    callback=_speed,
    help="Log time per real time, or max. 86400x is a day per second.",
)
@click.option(
    "--cases", type=click.IntRange(1, 1_000_000), default=10_000, show_default=True, help="Cases to generate."
)
@click.option("--days", type=click.IntRange(1, 3_650), default=120, show_default=True, help="Days to generate.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the generated cases.")
@click.option("--plain", is_flag=True, help="Print plain lines instead of the live screen, as without a terminal.")
@click.option("--no-console", is_flag=True, help="Start no web console.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port of the broker. Default: any free one.")
@click.option(
    "--metrics-port", type=click.IntRange(1, 65_535), help="Port of /metrics. Default: 9108 if free, else any."
)
@click.option(
    "--console-port", type=click.IntRange(1, 65_535), help="Port of the console. Default: 9180 if free, else any."
)
@POLICY
def command(
    seconds: float | None,
    log_file: Path | None,
    speed: str,
    cases: int,
    days: int,
    seed: int,
    plain: bool,
    no_console: bool,
    port: int | None,
    metrics_port: int | None,
    console_port: int | None,
    policy_file: Path | None,
) -> int:
    """Run the whole monitor on this machine until Ctrl-C: broker, topics, worker, console, metrics, a replayed docket.

    Everything is in memory and on loopback. Nothing remains when it ends.
    """
    for extra in ("demo", "terminal"):
        require(extra, "`docketwatch demo`")
    started = time.monotonic()
    interrupts = _Interrupts()
    read_policy(policy_file)  # to report a fault in it now
    note_ignored_interrupts("ends everything")
    end = how_to_end()
    # late: the Kafka clients take their time to import, and --help needs none of them
    from streams.cli.demo_processes import DemoProcesses, usable_port
    from streams.cli.terminal.lines import played, replaying
    from streams.cli.terminal.show import show
    from streams.sources.generate import Options, log_name

    metrics_port = usable_port(metrics_port, _METRICS_PORT, "--metrics-port")
    if not no_console:
        console_port = usable_port(console_port, _CONSOLE_PORT, "--console-port")
    metrics_url = f"http://127.0.0.1:{metrics_port}/metrics"
    on_screen = sys.stdout.isatty() and not plain
    try:
        with (
            tempfile.TemporaryDirectory(prefix="docketwatch-demo-") as scratch,
            rereadable(() if log_file is None else (log_file,)) as logs,
            DemoProcesses(Path(scratch), port=port, partitions=_PARTITIONS) as stack,
        ):
            interrupts.on_first = stack.request_exit

            def check() -> None:
                interrupts.check()
                stack.check()

            stack.start_broker()
            click.echo(f"broker in memory at {stack.settings.brokers}, topics created")
            stack.start_worker(metrics_port, policy_file)
            click.echo(f"worker starting, metrics at {metrics_url}")
            options = Options(cases=cases, days=days, seed=seed)
            docket = Path(scratch) / "docket"
            log = logs[0] if logs else docket / log_name(options)
            console_url = (
                None if console_port is None or no_console else _start_console(stack, console_port, policy_file, log)
            )
            until = None if logs else _generate(docket, options)
            check()
            stack.start_replay(log, speed)
            click.echo(f"replaying {log.name} at {speed}; {end} ends everything")

            def footer(clock: int | None) -> list[str]:
                where = f"metrics {metrics_url}" if console_url is None else f"console {console_url}"
                return [where, played(end) if stack.is_played else replaying(speed, clock, until, end)]

            run_loop(
                show(
                    stack.settings,
                    metrics_url,
                    until=None if seconds is None else started + seconds,
                    on_screen=on_screen,
                    started=started,
                    check=check,
                    footer=footer,
                    is_played=lambda: stack.is_played,
                    played=played(end),
                )
            )
    except KeyboardInterrupt:
        click.echo("stopped")
    return 0


def _start_console(stack: "DemoProcesses", port: int, policy_file: Path | None, log: Path) -> str | None:
    try:
        require("console", "the web console")
    except MissingExtraError as missing:
        click.echo(missing)
        return None
    url = stack.start_console(port, policy_file, log)
    click.echo(f"console starting, open {url}")
    return url


def _generate(directory: Path, options: "Options") -> int:
    from streams.sources.generate import generate  # late, as above

    click.echo(f"generating {options.cases:,} cases over {options.days} days")
    generate(options, directory)
    return options.end_ms
