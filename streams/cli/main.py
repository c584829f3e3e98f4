"""The `docketwatch` command: finds its subcommands by name; what goes wrong becomes one sentence and an exit code."""

import errno
import os
import signal
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from typing import Final

import click

from streams.cli.endings import TerminatedError, ends_in_order
from streams.errors import DocketwatchError

__all__ = ["docketwatch", "main"]

_INTERNAL: Final = 70
_CANNOT_BE_WRITTEN: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

_COMMANDS: Final = {
    "alerts": "publish every standing alert again, after an alert topic was lost",
    "broker": "run the embedded broker until Ctrl-C",
    "config": "the settings in effect, and where each comes from",
    "console": "what the workers publish, in a browser",
    "convert": "turn EOIR tables, an XES or a CSV log into an event log",
    "dead-letters": "list what was refused and why; send it again",
    "demo": "the main job on the embedded broker, with a live console",
    "evaluate": "every alert and the load table of a log, without Kafka",
    "explain": "why the alerts of a case stand or do not, in words",
    "gaps": "input that was deleted before it was read; accept the loss",
    "generate": "an event log with the audit's shape, and the truth beside it",
    "load": "what every office and officer carries, has and needs, with what each number is of",
    "load-test": "how late alerts are at a rate of events, and the highest rate that a worker holds",
    "policy": "validate a policy",
    "replay": "play logs into Kafka",
    "score": "recall and precision of standing alerts against a generated truth",
    "monitoring": "export rules, routes and dashboards for Prometheus, Alertmanager and Grafana",
    "schemas": "export JSON Schemas and the AsyncAPI document",
    "state": "what state the workers keep, and whether it belongs to their offsets; mend it where it does not",
    "topics": "create or check the topics of the catalogue",
    "verify": "replay through Kafka and a worker, and compare the alerts",
    "whatif": "what would differ under another policy",
    "worker": "one worker on the configured broker",
}


class _Commands(click.Group):
    """Subcommands imported only when they are called: `docketwatch --help` loads no broker client."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in _COMMANDS:
            return None
        command = import_module(f"streams.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="docketwatch")
def docketwatch() -> None:
    """Notices that nothing has happened: caseloads, lost-track cases and why, in real time.

    Exit codes: 0 done, 1 the answer is no, 2 bad usage or bad input, 70 an internal error.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line.

    Args:
        arguments: Words after the program's name; those of the process when left out.

    Raises:
        SystemExit: Always, with the exit code.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # the names of files are bytes, and are printed as such
    try:
        with ends_in_order():
            code = docketwatch.main(arguments, standalone_mode=False)
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except click.ClickException as error:
        with suppress(OSError):  # the standard error cannot be written; the exit code says it
            error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort) as interrupt:
        ended = interrupt.__cause__ or interrupt  # click makes an Abort of what interrupts a command
        number = ended.signal if isinstance(ended, TerminatedError) else signal.SIGINT
        _say("Interrupted." if number is signal.SIGINT else f"Ended by {number.name}.")
        sys.exit(128 + number)
    except BrokenPipeError:
        # the reader of our output went away, as `| head` does; python would complain again at exit
        sys.stderr.close()
        sys.exit(0)
    except DocketwatchError as error:
        _say(f"docketwatch: {error}")
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001  # 1 would be an answer, and it is none
        if isinstance(error, OSError) and error.errno in _CANNOT_BE_WRITTEN and error.filename is None:
            # outputs that a command was asked for are DocketwatchErrors by now: this is what it prints
            _say(f"docketwatch: the standard output cannot be written: {error.strerror}")
            _drop_stdout()
            sys.exit(2)
        _say(f"{traceback.format_exc()}docketwatch: this is a fault of docketwatch; please report the lines above")
        sys.exit(_INTERNAL)
    sys.exit(code if isinstance(code, int) else 0)


def _say(text: str) -> None:
    with suppress(OSError):  # as above
        click.echo(text, err=True)


def _drop_stdout() -> None:
    """Have nothing more written there: Python would try what is left at its end, and complain."""
    with suppress(OSError, ValueError):  # ValueError: it is no file, as within a test
        os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), sys.stdout.fileno())


if __name__ == "__main__":
    main()
