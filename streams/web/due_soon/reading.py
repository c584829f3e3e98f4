"""The deadlines ahead as of one instant, as `docketwatch due --json` prints them, and the queries that lists make."""

from typing import Final, Self, TypeVar

import msgspec
from msgspec import Struct

from schemas.instants import to_ms
from streams.core.alerting.deadline_counts import DeadlineCounts, count_by

__all__ = ["DeadlineAhead", "DueSoonList", "DueSoonQuery", "DueSoonReading", "DueSoonResult"]

_Key = TypeVar("_Key")

_MOST_KEPT: Final = 100_000
"""Deadlines that are kept, the next first: some 75 MB. A docket of 600,000 cases has some 70,000 of two weeks."""


class DeadlineAhead(Struct, frozen=True, gc=False):
    """The earliest deadline ahead of one case and cause.

    Attributes:
        deadline: When the alert is raised unless something happens, as RFC 3339 text in UTC, which sorts.
        case_id: The case.
        cause, cause_class: By name.
        instance: check_in_id or hearing_id, or None.
        office, officer_id: Where the case is, and its officer of record; None without one.
        sentence: Why the cause holds, and what prevents the alert.
        protected: Whether the case is protected.
        within_7d: Whether it lies within seven days.
    """

    deadline: str
    case_id: str
    cause: str
    cause_class: str
    instance: str | None
    office: str | None
    officer_id: str | None
    sentence: str
    protected: bool
    within_7d: bool


class _DueDocument(Struct):
    as_of: str
    policy: str
    cases: int
    held: list[str]
    due: list[DeadlineAhead]


class DueSoonReading(Struct, frozen=True):
    """The deadlines ahead as of one instant.

    Attributes:
        as_of: The instant (ms) from which the days count.
        read_at: The wall clock (ms) of the reading.
        policy: The name of the workers' policy.
        held: Why alerts of partitions are held.
        cases: Cases with a deadline ahead.
        due: The next deadlines, the next first.
        by_office: All deadlines, by office and cause; an office of None has those of cases without one.
        by_officer: All deadlines of cases with an officer of record, by officer and office.
        left_out: How many later deadlines are not in `due`.
    """

    as_of: int
    read_at: int
    policy: str
    held: list[str]
    cases: int
    due: list[DeadlineAhead]
    by_office: dict[tuple[str | None, str], DeadlineCounts]
    by_officer: dict[tuple[str, str | None], DeadlineCounts]
    left_out: int = 0

    @classmethod
    def of(cls, document: bytes, read_at: int) -> Self:
        """The reading that `docketwatch due --json` printed.

        Raises:
            msgspec.ValidationError: It has another form.
        """
        read = msgspec.json.decode(document, type=_DueDocument)
        return cls(
            as_of=to_ms(read.as_of),
            read_at=read_at,
            policy=read.policy,
            held=read.held,
            cases=read.cases,
            due=read.due[:_MOST_KEPT],
            by_office=count_by(read.due, lambda each: (each.office, each.cause)),
            by_officer={
                (officer, office): counts
                for (officer, office), counts in count_by(read.due, lambda each: (each.officer_id, each.office)).items()
                if officer is not None
            },
            left_out=max(0, len(read.due) - _MOST_KEPT),
        )


class DueSoonQuery(Struct, frozen=True):
    """A filter; an empty value matches everything.

    Attributes:
        offices, causes: Each matches any of its values.
        officer: Part of an officer's id.
        only_week: Whether deadlines later than seven days are left out.
    """

    offices: frozenset[str] = frozenset()
    causes: frozenset[str] = frozenset()
    officer: str = ""
    only_week: bool = False

    def matches(self, deadline: DeadlineAhead) -> bool:
        """Whether the filter matches a deadline."""
        return (
            (not self.offices or deadline.office in self.offices)
            and (not self.causes or deadline.cause in self.causes)
            and (not self.officer or self.officer in (deadline.officer_id or ""))
            and (not self.only_week or deadline.within_7d)
        )


class DueSoonResult(Struct, frozen=True):
    """The result of a query.

    Attributes:
        due: The matching deadlines, the next first; of protected cases only where the role sees them.
        by_cause, by_office, by_officer: Counts of all matching ones, also of protected cases, the most first.
    """

    due: list[DeadlineAhead]
    by_cause: dict[str, DeadlineCounts]
    by_office: dict[str | None, DeadlineCounts]
    by_officer: dict[str | None, DeadlineCounts]

    @property
    def total(self) -> DeadlineCounts:
        """All matching deadlines."""
        return DeadlineCounts(
            sum(each.week for each in self.by_cause.values()), sum(each.whole for each in self.by_cause.values())
        )


class DueSoonList:
    """Answers queries, and caches the last result until there is another reading.

    Args:
        with_protected: Whether results list deadlines of protected cases.
    """

    def __init__(self, *, with_protected: bool) -> None:
        self._with_protected = with_protected
        self._last: tuple[DueSoonReading, DueSoonQuery, DueSoonResult] | None = None

    def find(self, reading: DueSoonReading, query: DueSoonQuery) -> DueSoonResult:
        """The deadlines of a reading that a query matches."""
        if self._last is not None and self._last[0] is reading and self._last[1] == query:
            return self._last[2]
        due = [each for each in reading.due if query.matches(each)]
        result = DueSoonResult(
            due=due if self._with_protected else [each for each in due if not each.protected],
            by_cause=_ordered(count_by(due, lambda each: each.cause)),
            by_office=_ordered(count_by(due, lambda each: each.office)),
            by_officer=_ordered(count_by(due, lambda each: each.officer_id)),
        )
        self._last = reading, query, result
        return result


def _ordered(counts: dict[_Key, DeadlineCounts]) -> dict[_Key, DeadlineCounts]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1].whole, -item[1].week, str(item[0]))))
