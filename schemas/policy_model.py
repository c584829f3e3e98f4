"""The policy as a model: its tables, what each key means, and the defaults, which stand in `policies/default.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from schemas.causes import DECLARATIONS
from schemas.policy_fields import (
    AnyDuration,
    CauseName,
    ClosedDay,
    CourseName,
    ElapsedDuration,
    Holidays,
    Hours,
    LastingDuration,
    LastingElapsedDuration,
    LoadPeriod,
    Number,
    OfficeName,
    OfficerCauseName,
    Periods,
    PolicyName,
    ReviewDate,
    Switch,
    TimeZone,
    Whole,
)
from schemas.policy_hash import hash_of

__all__ = [
    "OWN_KEYS",
    "BalancePolicy",
    "CausePolicy",
    "ContactPolicy",
    "Disruption",
    "Graces",
    "HysteresisPolicy",
    "IntakePolicy",
    "Intervals",
    "LoadPolicy",
    "Minutes",
    "Office",
    "OfficerCausePolicy",
    "OfficersPolicy",
    "Policy",
    "defaults",
]

OWN_KEYS: Final = ("name", "version", "review_by")
"""The keys that every policy must have itself."""

_WITHOUT_AFTER: Final = tuple(cause for cause, own in DECLARATIONS.items() if own.deadline.after is None)
"""Causes whose deadline is not an `after` the anchor (CONTRACT.md §4)."""


class _PolicyTable(BaseModel):
    """One table of the policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Intervals(_PolicyTable):
    """The longest time between two contacts, by level of supervision; it must last."""

    intensive: LastingDuration
    standard: LastingDuration
    low: LastingDuration
    annual: LastingDuration


class Graces(_PolicyTable):
    """How long a contact may be late, by level of supervision; it may be nothing."""

    intensive: AnyDuration
    standard: AnyDuration
    low: AnyDuration
    annual: AnyDuration


class Minutes(_PolicyTable):
    """What an open case takes a month, by level of supervision."""

    intensive: Number
    standard: Number
    low: Number
    annual: Number


class ContactPolicy(_PolicyTable):
    """When a contact is due.

    Attributes:
        early_window: A check-in this long before its booking still is that check-in; it may be nothing.
        max_ahead: What is due later than this after it was booked counts as nothing booked; it must last.
        interval: Longest time between two contacts.
        grace: How long a contact may be late.
    """

    early_window: ElapsedDuration
    max_ahead: LastingElapsedDuration
    interval: Intervals
    grace: Graces


class CausePolicy(_PolicyTable):
    """How one cause is judged.

    Attributes:
        enabled: A cause that is not never holds.
        after: From the anchor to the alert; it may be nothing. None for a cause whose deadline comes from elsewhere.
        escalate_after: From the alert to its escalation; it must last.
    """

    enabled: Switch
    after: AnyDuration | None = None
    escalate_after: LastingDuration


class LoadPolicy(_PolicyTable):
    """How a caseload becomes a workload.

    Attributes:
        period: Officer alerts are judged at every multiple of it; whole minutes that divide 24 hours.
        minutes_per_month: What an open case takes.
        hearing_minutes, check_in_minutes: What each takes.
        capacity_hours_month: Hours for cases of an officer whose own are not known.
    """

    period: LoadPeriod
    minutes_per_month: Minutes
    hearing_minutes: Number
    check_in_minutes: Number
    capacity_hours_month: Hours


class HysteresisPolicy(_PolicyTable):
    """An alert that begins at one mark and ends below a lower one.

    Attributes:
        raise_: Utilisation at or above which a period end counts; the key is `raise`.
        clear: Utilisation below which it ends.
        periods: Successive period ends at or above `raise` that it takes.
    """

    raise_: Number = Field(alias="raise")
    clear: Number
    periods: Periods


class IntakePolicy(_PolicyTable):
    """How many cases an officer may get within 30 days.

    Attributes:
        per_open: For each open case of 30 days before.
        least: So many are never too many.
    """

    per_open: Number
    least: Whole


class OfficerCausePolicy(_PolicyTable):
    """How one cause of officer alerts is judged.

    Attributes:
        enabled: A cause that is not never holds.
        escalate_after: From the alert to its escalation; it must last.
    """

    enabled: Switch
    escalate_after: LastingDuration


class OfficersPolicy(_PolicyTable):
    """How officers' dockets are judged.

    Attributes:
        overloaded, critical: Marks of utilisation.
        orphaned_after: How long an absent officer may keep open cases, in custody or not; it may be nothing.
        required_courses: What every active officer must have completed.
        intake: How fast a docket may grow.
        causes: How each cause is judged.
    """

    overloaded: HysteresisPolicy
    critical: HysteresisPolicy
    orphaned_after: AnyDuration
    required_courses: tuple[CourseName, ...]
    intake: IntakePolicy
    causes: Mapping[OfficerCauseName, OfficerCausePolicy]


class Disruption(_PolicyTable):
    """How much it disrupts to give a case to another officer, by level of supervision; only their ratios matter."""

    intensive: Number = 30
    standard: Number = 6
    low: Number = 2
    annual: Number = 1


class BalancePolicy(_PolicyTable):
    """What `docketwatch balance` weighs moves by; no alert and no load depends on it.

    Attributes:
        disruption: Of a move.
    """

    disruption: Disruption = Disruption()


class Office(_PolicyTable):
    """What is known of an office.

    Attributes:
        tz: Time zone (IANA) of its business days.
        holidays: Whose holidays are no business days: a country or a region; those of the United States when left out.
        closed: Further days that are none.
    """

    tz: TimeZone
    holidays: Holidays | None = None
    closed: tuple[ClosedDay, ...] | None = None


class Policy(_PolicyTable):
    """Every number by which cases and officers are judged."""

    name: PolicyName
    version: PolicyName
    review_by: ReviewDate
    contact: ContactPolicy
    causes: Mapping[CauseName, CausePolicy]
    load: LoadPolicy
    officers: OfficersPolicy
    offices: Mapping[OfficeName, Office]
    balance: BalancePolicy | None = None

    @property
    def disruption(self) -> Disruption:
        """What the move of a case disrupts, by level."""
        return (self.balance or BalancePolicy()).disruption

    @property
    def id(self) -> str:
        """What alerts call it: name@version."""
        return f"{self.name}@{self.version}"

    @property
    def hash(self) -> str:
        """What tells it from another policy of the same name and version: 12 hex digits over all of it."""
        return hash_of(self)

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, given: object) -> object:
        return _filled_in(given, defaults())

    @field_validator("balance", mode="after")
    @classmethod
    def _without_defaults(cls, given: BalancePolicy | None) -> BalancePolicy | None:
        """None for the defaults: a policy from before there was the table keeps its hash."""
        return None if given == BalancePolicy() else given

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for name in _WITHOUT_AFTER:
            if self.causes[name].after is not None:
                raise _at(f"causes.{name}.after", f"is not a key of [causes.{name}]: that cause has another deadline")
        for mark in ("overloaded", "critical"):
            marks: HysteresisPolicy = getattr(self.officers, mark)
            if marks.clear >= marks.raise_:
                raise _at(
                    f"officers.{mark}.clear", f"must be less than raise: {marks.clear:g} is not below {marks.raise_:g}"
                )
        if self.officers.critical.raise_ <= self.officers.overloaded.raise_:
            raise _at(
                "officers.critical.raise",
                f"must be above officers.overloaded.raise: {self.officers.critical.raise_:g} is not above "
                f"{self.officers.overloaded.raise_:g}",
            )
        return self


@cache
def defaults() -> Mapping[str, Any]:
    """What a policy takes for a key that it leaves out."""
    document = tomllib.loads(files("schemas.policies").joinpath("default.toml").read_text(encoding="utf-8"))
    return {key: value for key, value in document.items() if key not in OWN_KEYS}


def _filled_in(given: Any, missing: Any) -> Any:  # noqa: ANN401  # TOML before it is validated
    """A document with the keys that it leaves out, also inside its tables."""
    if not isinstance(given, Mapping) or not isinstance(missing, Mapping):
        return given
    return {**missing, **{key: _filled_in(value, missing.get(key)) for key, value in given.items()}}


def _at(key: str, sentence: str) -> PydanticCustomError:
    return PydanticCustomError("wrong", "{sentence}", {"sentence": sentence, "key": key})
