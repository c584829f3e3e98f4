"""What a study may be asked, the order for the process that answers it, and the lines that this process writes."""

from datetime import date
from typing import Any

from msgspec import UNSET, Raw, Struct, UnsetType

__all__ = ["AheadQuestion", "Question", "StudyLine", "StudyOrder", "TrialQuestion"]


class AheadQuestion(Struct, frozen=True, tag="ahead"):
    """What lies ahead of the offices, and what moves of cases inside an office would even out."""


class TrialQuestion(Struct, frozen=True, tag="trial"):
    """What would have differed over the last days with other settings of the policy, or more officers.

    Attributes:
        settings: As of `whatif --set`, such as causes.no_officer.after=1bd.
        added: Further officers, by office.
    """

    settings: tuple[str, ...] = ()
    added: tuple[tuple[str, int], ...] = ()


Question = AheadQuestion | TrialQuestion


class StudyOrder(Struct, frozen=True):
    """All that the process needs, beside its environment.

    Attributes:
        question: What is asked.
        policy: The tables of the console's policy, without its date of review.
        review_by: That date.
        brokers, prefix, partitions: The topics.
        log: Files of the event log; none to read the input topics.
        until: As of this instant (ms); None: where the log ends.
    """

    question: Question
    policy: dict[str, Any]
    review_by: date
    brokers: str
    prefix: str
    partitions: int
    log: tuple[str, ...]
    until: int | None


class StudyLine(Struct, omit_defaults=True):
    """One line of the process: how far it is, or how it ends.

    Attributes:
        step: What it does now.
        share: How much of all is done, 0 to 1.
        refusal: Why there is no answer; the last line.
        answer: The answer; the last line.
    """

    step: str = ""
    share: float = 0.0
    refusal: str = ""
    answer: Raw | UnsetType = UNSET
