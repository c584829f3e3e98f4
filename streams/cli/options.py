"""Options and arguments that several commands share."""

import math
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from schemas.ids import is_pseudonym
from schemas.instants import to_ms
from schemas.policy import Policy, PolicyError, PolicyProblem, load_policy, parse_policy
from streams.cli.files import INPUT, InputPath
from streams.core.load.office_zones import offices_without_zone, zone_sentence
from streams.errors import InputError, UsageError
from streams.files.inputs import read_input
from streams.files.paths import is_stream

__all__ = [
    "FILES",
    "INSTANT",
    "LAST_INSTANT",
    "POLICY",
    "Number",
    "Speed",
    "days_overdue",
    "load_named_policy",
    "read_policy",
    "require_case_id",
]


_FASTEST: Final = 1e12
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class _Instant(click.ParamType):
    """An RFC 3339 instant with an offset, a day of UTC, or `now`; converts to UTC milliseconds.

    Args:
        name: Shown in the help.
        in_day: Milliseconds from the beginning of a day to the instant that the day stands for.
    """

    def __init__(self, name: str, in_day: int) -> None:
        self.name, self._in_day = name, in_day

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        text = str(value)
        try:
            if text == "now":
                return int(time.time() * 1000)
            if _DAY.fullmatch(text):
                return to_ms(f"{text}T00:00:00Z") + self._in_day
            return to_ms(text)
        except ValueError as error:
            self.fail(f"{value!r}: {error}, a day such as 2026-03-09, or now", param, ctx)


INSTANT: Final = _Instant("instant", 0)
"""An instant from which on something is done; a day is its beginning in UTC."""
LAST_INSTANT: Final = _Instant("instant", 86_400_000 - 1)
"""An instant up to which something is done; a day is its end in UTC."""


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
    """The policy at a path, or the packaged default; standard error says when it is overdue for review.

    Raises:
        InputError: It cannot be read, or a key is wrong; the text names file, key, value and the right form.
    """
    try:
        policy = load_named_policy(path)
    except PolicyError as error:
        raise InputError(str(path), None, None, str(error).removeprefix(f"{path}: ")) from error
    late = days_overdue(policy)
    if late > 0:
        click.echo(f"docketwatch: the policy {policy.id} was to be reviewed by {policy.review_by}", err=True)
    return policy


def note_offices_without_zone(offices: Iterable[str], *policies: Policy) -> None:
    """Standard error says which offices have no time zone in one of the policies; nothing when each has one."""
    names = list(offices)
    found = {office for policy in policies for office in offices_without_zone(policy, names)}
    if found:
        click.echo(f"docketwatch: {zone_sentence(sorted(found))}", err=True)


def days_overdue(policy: Policy) -> int:
    """How many days ago the policy was to be reviewed; 0 or less when it is not overdue."""
    return (datetime.now(tz=UTC).date() - policy.review_by).days


def require_case_id(name: str, case_id: str, hint: str = "") -> None:
    """Refuse what is no id of a case. The sentence does not repeat it: it may be a person's number.

    Args:
        name: The argument or option.
        case_id: Its value.
        hint: The end of the sentence.

    Raises:
        UsageError: It is none.
    """
    if not is_pseudonym(case_id):
        raise UsageError(
            f"{name} must be 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -, and not have the form of an A-number"
            f"{hint}"
        )
