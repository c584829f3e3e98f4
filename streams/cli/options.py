"""Options and arguments that several commands share."""

import math
import re
from pathlib import Path
from typing import Final

import click

from schemas.instants import to_ms
from schemas.policy import Policy, PolicyError, PolicyProblem, load_policy, parse_policy
from streams.cli.files import INPUT, InputPath
from streams.errors import InputError
from streams.files.inputs import read_input
from streams.files.paths import is_stream

__all__ = ["FILES", "INSTANT", "POLICY", "Number", "Speed", "load_named_policy", "read_policy"]


_FASTEST: Final = 1e12


class _Instant(click.ParamType):
    """An RFC 3339 instant with an offset; converts to UTC milliseconds."""

    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return to_ms(str(value))
        except ValueError as error:
            self.fail(f"{value!r}: {error}", param, ctx)


INSTANT: Final = _Instant()


class Number(click.FloatRange):
    """A number in a range. Stock: nan lies in every range, and inf in a range without an upper bound."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number.

        Raises:
            click.BadParameter: It is no number, is not finite, or is out of range.
        """
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number", param, ctx)
        return number


class Speed(click.ParamType):
    """`60x` or `max`; converts to log seconds per second, None for as fast as possible."""

    name = "speed"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float | None:
        """The speed, or None.

        Raises:
            click.BadParameter: It is neither.
        """
        # click converts a converted value again
        if value is None or isinstance(value, float) or value == "max":
            return value if isinstance(value, float) else None
        found = re.fullmatch(r"(\d+(?:\.\d+)?)x", str(value), re.ASCII)
        speed = float(found[1]) if found else 0.0
        if not 0 < speed <= _FASTEST:
            self.fail(f"{value!r} must be a multiple of real time such as 60x or 0.5x, or max", param, ctx)
        return speed


FILES: Final = click.argument("files", nargs=-1, required=True, type=INPUT, metavar="FILE...")
"""One or more event logs: JSON Lines, plain, .gz or .zst; - is the standard input."""

POLICY: Final = click.option(
    "--policy",
    "policy_file",
    type=InputPath(must_exist=False),
    help="Policy file (TOML). Default: the packaged default.toml.",
)


def load_named_policy(path: Path | None) -> Policy:
    """The policy at a path, a pipe or the standard input, else the packaged policy of that name, else the default.

    Raises:
        PolicyError: It cannot be read or is invalid.
    """
    if path is None or not is_stream(path):
        return load_policy(path)
    try:
        text = read_input(path).decode()
    except UnicodeDecodeError:
        sentence = "the file is not UTF-8 text: a policy is TOML in UTF-8"
    except OSError as error:
        sentence = f"the file cannot be read: {error.strerror or error}"
    else:
        return parse_policy(text, str(path))
    raise PolicyError(str(path), [PolicyProblem(None, "", None, sentence)])


def read_policy(path: Path | None) -> Policy:
    """The policy at a path, or the packaged default.

    Raises:
        InputError: It cannot be read, or a key is wrong; the text names file, key, value and the right form.
    """
    try:
        return load_named_policy(path)
    except PolicyError as error:
        raise InputError(str(path), None, None, str(error).removeprefix(f"{path}: ")) from error
