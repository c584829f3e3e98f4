"""Counts deadlines ahead, by any key: those within seven days, and all that were read."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, Protocol, TypeVar

__all__ = ["DUE_DAYS", "DeadlineCounts", "count_by"]

DUE_DAYS: Final = 14
"""How many days ahead loads, reports and the console count deadlines."""

_Key = TypeVar("_Key")


class _Ahead(Protocol):
    @property
    def within_7d(self) -> bool: ...


_Due = TypeVar("_Due", bound=_Ahead)


class DeadlineCounts(NamedTuple):
    """Numbers of deadlines ahead.

    Attributes:
        week: Within seven days.
        whole: Within all days that were read.
    """

    week: int
    whole: int


def count_by(due: Iterable[_Due], key: Callable[[_Due], _Key]) -> dict[_Key, DeadlineCounts]:
    """Count deadlines by a key, in the order in which the keys first come."""
    week: dict[_Key, int] = {}
    whole: dict[_Key, int] = {}
    for each in due:
        name = key(each)
        whole[name] = whole.get(name, 0) + 1
        week[name] = week.get(name, 0) + each.within_7d
    return {name: DeadlineCounts(week[name], number) for name, number in whole.items()}
