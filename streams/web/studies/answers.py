"""The answers of a study, as far as the pages show them: the fields have the names of `docketwatch ... --json`."""

from typing import Final

import msgspec
from msgspec import Struct

from streams.web.studies.questions import AheadQuestion, Question

__all__ = [
    "AheadAnswer",
    "AppointmentsAhead",
    "CurveOfOffice",
    "DifferenceDelay",
    "ExpectedRange",
    "MovesPoint",
    "OfficeAhead",
    "OfficePair",
    "OfficeSide",
    "TrialAnswer",
    "TrialComparison",
    "TrialCounts",
    "WeekOfOffice",
    "read_answer",
]


class ExpectedRange(Struct, frozen=True):
    """An expected number and the interval that holds 80 % of what comes."""

    expected: float
    low: float
    high: float


class AppointmentsAhead(Struct, frozen=True):
    """Check-ins or hearings of a week: booked, expected, and the interval that holds 80 % of what comes."""

    booked: int
    expected: float
    low: float
    high: float


class WeekOfOffice(Struct, frozen=True):
    """A week ahead, as of `forecast --json`; work and capacity are minutes."""

    begins: str
    check_ins: AppointmentsAhead
    hearings: AppointmentsAhead
    workload_minutes: ExpectedRange
    workload_minutes_booked: float
    capacity_minutes: float
    utilisation: float | None


class OfficeAhead(Struct, frozen=True):
    """The weeks ahead of an office; `*` is all together."""

    office: str
    weeks: list[WeekOfOffice]


class MovesPoint(Struct, frozen=True):
    """What a number of moves a week reaches, as of `balance --json`."""

    moves: int
    max_by_mean: float
    max_utilisation: float


class CurveOfOffice(Struct, frozen=True):
    """The balance curve of an office; no point when its officers have no work."""

    office: str
    officers: int
    may_move: int
    mean_utilisation: float
    curve: list[MovesPoint]


class AheadAnswer(Struct, frozen=True):
    """What lies ahead.

    Attributes:
        as_of: The instant, as text.
        source: What was read, as the end of a sentence.
        history_weeks: Of how many weeks the rates are.
        notes: What the log cannot tell of the weeks ahead, in sentences.
        offices: All together (`*`) first; empty when `no_forecast` says why.
        no_forecast: Why there is no forecast; empty when there is one.
        curves: By office; empty when `no_balance` says why.
        no_balance: Why there is no curve; empty when there is one.
    """

    as_of: str
    source: str
    history_weeks: int
    notes: list[str]
    offices: list[OfficeAhead]
    no_forecast: str
    curves: list[CurveOfOffice]
    no_balance: str


class TrialCounts(Struct, frozen=True):
    """Alerts of a group over the window, as of `whatif --json`."""

    group: str
    now: int
    tried: int
    new: int
    gone: int
    earlier: int
    later: int
    looks_now: int
    looks_tried: int


class DifferenceDelay(Struct, frozen=True):
    """By how many hours alerts come earlier or later; None without any."""

    median_hours: float | None
    p90_hours: float | None


class OfficeSide(Struct, frozen=True):
    """The office record of one side, at the end."""

    officers_at_work: int
    officers_needed: float | None
    utilisation: float | None


class OfficePair(Struct, frozen=True):
    """The office record at the end, as it was and as it is tried."""

    office: str
    now: OfficeSide | None
    tried: OfficeSide | None


class TrialComparison(Struct, frozen=True):
    """All that differs, as of `whatif --json`."""

    since: str
    until: str
    weeks: float
    alerts: TrialCounts
    earlier: DifferenceDelay
    later: DifferenceDelay
    by_office: list[TrialCounts]
    by_week: list[TrialCounts]
    offices: list[OfficePair]


class TrialAnswer(Struct, frozen=True):
    """What would have differed.

    Attributes:
        source: What was read, as the end of a sentence.
        found: The comparison.
    """

    source: str
    found: TrialComparison


_ahead: Final = msgspec.json.Decoder(AheadAnswer).decode
_trial: Final = msgspec.json.Decoder(TrialAnswer).decode


def read_answer(question: Question, answer: bytes | msgspec.Raw) -> AheadAnswer | TrialAnswer:
    """Read an answer.

    Args:
        question: What was asked.
        answer: JSON.

    Raises:
        msgspec.ValidationError: It has another form.
    """
    return _ahead(answer) if isinstance(question, AheadQuestion) else _trial(answer)
