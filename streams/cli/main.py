"""The `docketwatch` command: it loads subcommands by name and turns errors into one sentence and an exit code."""

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
from streams.cli.reference.command_group import CommandGroup
from streams.errors import DocketwatchError
from streams.process.interpreter_tuning import garbage_collector_off

__all__ = ["docketwatch", "main"]

_INTERNAL: Final = 70
_CANNOT_BE_WRITTEN: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

_SECTIONS: Final = {
    "Start here": {
        "demo": "run the whole monitor on the embedded broker, with a live console",
        "evaluate": "compute all alerts and loads of a log, without Kafka",
        "explain": "explain which causes hold for a case, and why",
        "due": "list the deadlines ahead, and what prevents each alert",
        "load": "print cases, capacity and need of every office and officer",
        "help": "print this list, or the help of a command",
    },
    "Run": {
        "worker": "run one worker on the configured broker",
        "console": "serve the web console",
        "topics": "create or check the topics of the catalogue",
        "replay": "replay logs into Kafka",
        "broker": "run the embedded broker until Ctrl-C",
    },
    "Analyse": {
        "convert": "convert EOIR tables, an XES log or a CSV log to an event log",
        "pseudonym": "print what an id of the source is called in alerts",
        "generate": "generate an event log and the alerts that are true for it",
        "score": "compare open alerts with the truth of a generated log: recall and precision",
        "verify": "replay through Kafka and a worker, and compare the alerts",
        "report": "write the supervisor's week of one office as one page",
        "forecast": "foresee check-ins, hearings and workload of the weeks ahead",
        "whatif": "compare alerts and loads under another policy or staffing",
        "balance": "compute moves of cases inside an office that even out its officers' work",
        "load-test": "measure alert latency at a rate of events, and find the highest rate that a worker sustains",
    },
    "Administer": {
        "config": "print the settings in effect and the source of each",
        "policy": "check a policy",
        "state": "check whether the workers' state matches their committed offsets, and repair it",
        "gaps": "list gaps in the input, or accept that their records are lost",
        "dead-letters": "list refused records with their reasons, or send them again",
        "alerts": "republish all open alerts after an alert topic was lost",
        "monitoring": "export rules, routes and dashboards for Prometheus, Alertmanager and Grafana",
        "schemas": "export JSON Schemas and the AsyncAPI document",
        "completion": "print the script that completes commands in a shell",
    },
}
"""What each command does, by section of the help."""

_COMMANDS: Final = {name: text for commands in _SECTIONS.values() for name, text in commands.items()}


class _Commands(CommandGroup):
    """Imports a subcommand only when it is called: `docketwatch --help` loads no broker client."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted(_COMMANDS)

    def load_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # as in the group
        """Import a command."""
        if cmd_name not in _COMMANDS:
            return None
        with garbage_collector_off():  # an import makes many objects that stay, and each collection walks them all
            command = import_module(f"streams.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        for title, commands in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="docketwatch")
def docketwatch() -> None:
    """Monitor caseloads and find lost-track cases, with the cause, in real time.

    `docketwatch demo` shows all of it on this machine. `docketwatch COMMAND --help` ends with an example.

    Exit codes: 0 done, 1 the answer is no, 2 bad usage or bad input, 70 an internal error.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line.

    Args:
        arguments: Arguments after the program's name; by default those of the process.

    Raises:
        SystemExit: Always, with the exit code.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # file names are bytes and are printed unchanged
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
        _print_error("Interrupted." if number is signal.SIGINT else f"Ended by {number.name}.")
        sys.exit(128 + number)
    except BrokenPipeError:
        # the reader of our output closed it, as `| head` does; Python would complain again at exit
        sys.stderr.close()
        sys.exit(0)
    except DocketwatchError as error:
        _print_error(f"docketwatch: {error}")
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001  # exit code 1 would mean "no"
        if isinstance(error, OSError) and error.errno in _CANNOT_BE_WRITTEN and error.filename is None:
            # a fault of an output file is a DocketwatchError; this one is of the standard output
            _print_error(f"docketwatch: the standard output cannot be written: {error.strerror}")
            _drop_stdout()
            sys.exit(2)
        _print_error(
            f"{traceback.format_exc()}docketwatch: this is a fault of docketwatch; please report the lines above"
        )
        sys.exit(_INTERNAL)
    sys.exit(code if isinstance(code, int) else 0)


def _print_error(text: str) -> None:
    with suppress(OSError):  # as above
        click.echo(text, err=True)


def _drop_stdout() -> None:
    """Discard further output: at exit Python would try to write the rest, and complain."""
    with suppress(OSError, ValueError):  # ValueError: it is not a file, as in a test
        os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), sys.stdout.fileno())


if __name__ == "__main__":
    main()
