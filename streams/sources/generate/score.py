"""Compares the alerts that stand with the truth of a generated log: recall, precision and the first differences."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import Decoder

from schemas.causes import Cause, Status
from schemas.instants import to_ms, to_text
from streams.errors import InputError
from streams.sources.generate.truth import LostCase
from streams.sources.log_blocks import read_blocks

__all__ = ["Score", "ScoreDifference", "score"]

Line = TypeVar("Line")

_STANDING: Final = (Status.RAISED, Status.ESCALATED)


class AlertIdentity(NamedTuple):
    """The identity of an alert."""

    case_id: str
    cause: Cause
    instance: str | None
    anchor: int

    def __str__(self) -> str:
        return f"{self.case_id} {self.cause}{f' {self.instance}' if self.instance else ''}"


class ScoreDifference(NamedTuple):
    """One alert that is not as it should be.

    Attributes:
        kind: `missing` or `extra`.
        alert: Which.
        words: More about it: why it should stand, or its anchor.
    """

    kind: str
    alert: AlertIdentity
    words: str


class Score(NamedTuple):
    """How well the standing alerts match the truth.

    Attributes:
        true: How many alerts should stand.
        standing: How many do.
        right: How many do and should.
        other_deadlines: How many of these have another deadline. No fault: an alert keeps the deadline it was raised
            with, even if a level or an office changed since; the truth knows only how things are at the end.
        differences: All that is missing, then all that is extra, each by case.
    """

    true: int
    standing: int
    right: int
    other_deadlines: int
    differences: tuple[ScoreDifference, ...]

    @property
    def recall(self) -> float:
        """Share of what should stand that does; 1 when nothing should."""
        return self.right / self.true if self.true else 1.0

    @property
    def precision(self) -> float:
        """Share of what stands that should; 1 when nothing does."""
        return self.right / self.standing if self.standing else 1.0

    @property
    def is_perfect(self) -> bool:
        """Whether nothing is missing and nothing extra."""
        return not self.differences


class _ScoredAlert(Struct, frozen=True):
    """The compared fields of an alert."""

    alert_id: str
    case_id: str
    cause: Cause
    instance: str | None
    anchor_at: str
    deadline_at: str
    status: Status
    revision: int


def score(truth: Path, alerts: Path) -> Score:
    """Compares a truth.jsonl of `generate` with the alerts that `evaluate --alerts` wrote of the log beside it.

    Raises:
        InputError: A file cannot be read, or a line of it is something else.
    """
    true: dict[AlertIdentity, tuple[int, str]] = {}
    for line in _lines(truth, Decoder(LostCase)):
        identity = AlertIdentity(line.case_id, line.cause, line.instance, to_ms(line.since))
        true[identity] = (to_ms(line.deadline), line.why)
    newest: dict[str, _ScoredAlert] = {}
    for alert in _lines(alerts, Decoder(_ScoredAlert)):
        before = newest.get(alert.alert_id)
        if before is None or alert.revision >= before.revision:
            newest[alert.alert_id] = alert
    standing = {
        AlertIdentity(alert.case_id, alert.cause, alert.instance, to_ms(alert.anchor_at)): to_ms(alert.deadline_at)
        for alert in newest.values()
        if alert.status in _STANDING
    }
    right = true.keys() & standing.keys()
    return Score(
        true=len(true),
        standing=len(standing),
        right=len(right),
        other_deadlines=sum(true[identity][0] != standing[identity] for identity in right),
        differences=tuple(_differences(true, standing)),
    )


def _differences(
    true: dict[AlertIdentity, tuple[int, str]], standing: dict[AlertIdentity, int]
) -> Iterator[ScoreDifference]:
    for identity in sorted(true.keys() - standing.keys(), key=_order):
        yield ScoreDifference("missing", identity, true[identity][1])
    for identity in sorted(standing.keys() - true.keys(), key=_order):
        yield ScoreDifference("extra", identity, f"since {to_text(identity.anchor)}")


def _order(identity: AlertIdentity) -> tuple[str, str, str, int]:
    return identity.case_id, identity.cause, identity.instance or "", identity.anchor


def _lines(path: Path, decoder: Decoder[Line]) -> Iterator[Line]:
    number = 0
    for block in read_blocks(path):
        for line in block.splitlines():
            number += 1
            if line.strip():
                try:
                    yield decoder.decode(line)
                except (DecodeError, ValidationError) as error:
                    raise InputError(str(path), number, None, f"is not such a line: {error}") from error
