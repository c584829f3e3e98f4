"""The edits of a what-if: keys of the policy, more officers, moves of a docket, and a plan of events."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from schemas.decode import canonical
from schemas.instants import to_ms, to_text
from schemas.policy import Policy, PolicyError, parse_policy_document
from streams.errors import UsageError
from streams.tools.whatif.plan import PlanFile

__all__ = ["Edits", "Move", "described", "parse_added", "parse_moves", "with_settings"]

_MOST_ADDED: Final = 1_000_000
_HASH_DIGITS: Final = 12


class Move(NamedTuple):
    """All open cases of one officer go to another at an instant (ms)."""

    source: str
    target: str
    at: int


class Edits(Struct, frozen=True):
    """What is changed on the tried side apart from its policy.

    Attributes:
        added: Further officers, by office.
        moves: By instant.
        plan: Events.
    """

    added: dict[str, int] = {}
    moves: tuple[Move, ...] = ()
    plan: PlanFile = PlanFile()

    def __bool__(self) -> bool:
        return bool(self.added or self.moves or self.plan)

    @property
    def hash(self) -> str | None:
        """12 hexadecimal digits that tell these edits from others; None without any."""
        if not self:
            return None
        content = [sorted(self.added.items()), self.moves, [canonical(event) for event in self.plan.events]]
        return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:_HASH_DIGITS]


def parse_moves(texts: Iterable[str]) -> tuple[Move, ...]:
    """Read `FROM=TO@INSTANT`.

    Raises:
        UsageError: A text has another form.
    """
    moves = []
    for text in texts:
        found = re.fullmatch(r"([^=@]+)=([^=@]+)@(.+)", text)
        if found is None:
            raise UsageError(
                f"--move {text!r} must name two officers and an instant, such as "
                "--move officer-1=officer-2@2026-03-02T00:00:00Z"
            )
        source, target, instant = found.groups()
        if source == target:
            raise UsageError(f"--move {text!r} names one officer twice: name the one who has the cases, then another")
        try:
            moves.append(Move(source, target, to_ms(instant)))
        except ValueError as error:
            raise UsageError(f"--move {text!r}: {error}") from error
    return tuple(sorted(moves, key=lambda move: move.at))


def parse_added(texts: Iterable[str]) -> dict[str, int]:
    """Read `OFFICE=N`; an office that comes twice adds up.

    Raises:
        UsageError: A text has another form.
    """
    added: dict[str, int] = {}
    for text in texts:
        found = re.fullmatch(r"([^=]+)=([1-9]\d{0,6})", text, re.ASCII)
        if found is None or added.get(found[1], 0) + int(found[2]) > _MOST_ADDED:
            raise UsageError(
                f"--add-officers {text!r} must name an office and a whole number from 1 to {_MOST_ADDED:,}, "
                "such as --add-officers ATL=20"
            )
        added[found[1]] = added.get(found[1], 0) + int(found[2])
    return added


def with_settings(policy: Policy, settings: Sequence[str]) -> Policy:
    """The policy with keys set, such as `causes.no_officer.after=1bd`.

    Raises:
        UsageError: A text has another form, or a key or its value is wrong; the sentence names what would be right.
    """
    if not settings:
        return policy
    document = policy.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"review_by"})
    document["review_by"] = policy.review_by
    for text in settings:
        key, equals, value = text.partition("=")
        *tables, name = key.split(".")
        if not (equals and all([*tables, name])):
            raise UsageError(f"--set {text!r} must be a key and a value, such as --set causes.no_officer.after=1bd")
        table: Any = document
        for part in tables:
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                raise UsageError(f"--set {text!r}: {part} is no table of a policy")
        table[name] = _value(value)
    try:
        return parse_policy_document(document, "--set")
    except PolicyError as error:
        raise UsageError(str(error)) from error


def _value(text: str) -> object:
    """A value as TOML reads it; what is none is a string, so that durations need no quotes."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def described(edits: Edits) -> list[str]:
    """The edits as sentences, without ids of cases."""
    return [
        *(f"{count:,} more officers at {office}" for office, count in sorted(edits.added.items())),
        *(f"the docket of {move.source} goes to {move.target} at {to_text(move.at)}" for move in edits.moves),
        *([f"a plan of {len(edits.plan.planned):,} events"] if edits.plan else []),
    ]
