"""Due dates counted in stretches equal those counted one by one, in C and in Python."""

from array import array
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.instants import AFTER_ALL_TIME
from streams.core.load import due_dates as installed
from streams.core.load import plain_due_dates
from streams.core.load.plain_due_dates import DueDates
from tests.compiler import needs_compiler

DAY = 86_400_000
WEEK, MONTH = 7 * DAY, 30 * DAY
BORDERS = [n * (1 << 30) + shift for n in range(-2, 4) for shift in (-1, 0, 1)]
INSTANTS = st.integers(-70 * DAY, 90 * DAY) | st.sampled_from(BORDERS)

each_kind = pytest.mark.parametrize(
    "kind", [installed.DueDates, plain_due_dates.DueDates], ids=["as installed", "in Python"]
)


@needs_compiler
def test_an_installation_with_a_compiler_has_compiled_them() -> None:
    """Without it Python would be tested twice here."""
    assert installed.DueDates is not plain_due_dates.DueDates


def counted(dues: list[int], c: int) -> tuple[int, int]:
    return sum(c <= due < c + WEEK for due in dues), sum(c <= due < c + MONTH for due in dues)


@each_kind
@given(added=st.lists(INSTANTS), data=st.data(), c=INSTANTS)
def test_counts(kind: type[DueDates], added: list[int], data: st.DataObject, c: int) -> None:
    """Each date that was inserted and not removed counts in both windows, whose ends are the contract's."""
    held, dues = list(added), kind()
    for due in added:
        dues.add(due)
    for due in data.draw(st.lists(st.sampled_from(added), unique=True)) if added else []:
        held.remove(due)
        dues.remove(due)
    assert counted(held, c) == dues.count_within(c)[:2]


@each_kind
@given(added=st.lists(INSTANTS), c=INSTANTS)
def test_within_a_week(kind: type[DueDates], added: list[int], c: int) -> None:
    """The week's count equals the one beside the month's, and holds until a date enters or leaves it."""
    dues = kind.of(array("q", added))
    changes = [at for due in added for at in (due + 1, due - WEEK + 1) if at > c]
    assert (dues.count_within(c)[0], min(changes, default=AFTER_ALL_TIME)) == dues.within_week(c)


@each_kind
@given(others=st.lists(INSTANTS), before=INSTANTS, after=INSTANTS, c=INSTANTS)
def test_a_move(kind: type[DueDates], others: list[int], before: int, after: int, c: int) -> None:
    """One date goes, another comes; 0 is none."""
    dues = kind.of(array("q", others))
    dues.move(0, before)
    dues.move(before, after)
    assert kind.of(array("q", [*others, after] if after else others)).count_within(c) == dues.count_within(c)
    dues.move(after, 0)
    assert kind.of(array("q", others)).count_within(c) == dues.count_within(c)


@each_kind
@given(added=st.lists(INSTANTS, min_size=1), c=INSTANTS)
def test_until(kind: type[DueDates], added: list[int], c: int) -> None:
    """The counts hold until the instant that is returned with them, and for ever without later dates."""
    dues = kind()
    for due in added:
        dues.add(due)
    until = dues.count_within(c)[2]
    assert c < until
    assert counted(added, c) == counted(added, until - 1)
    changes = [at for due in added for at in (due + 1, due - WEEK + 1, due - MONTH + 1) if at > c]
    assert until == min(changes, default=AFTER_ALL_TIME)
    for due in added:
        dues.remove(due)
    assert (0, 0, AFTER_ALL_TIME) == dues.count_within(c)


@each_kind
@given(dates=st.lists(INSTANTS), at=INSTANTS)
def test_adding_many_equals_adding_each(kind: type[DueDates], dates: list[int], at: int) -> None:
    """The order of the dates does not matter."""
    one_by_one = kind()
    for date in dates:
        one_by_one.add(date)
    at_once = kind.of(array("q", dates))
    assert one_by_one.count_within(at) == at_once.count_within(at)
    for date in dates:
        at_once.remove(date)
    assert kind().count_within(at) == at_once.count_within(at)


@each_kind
@given(others=st.lists(INSTANTS), before=st.lists(INSTANTS), after=st.lists(INSTANTS), at=INSTANTS)
def test_an_exchange(kind: type[DueDates], others: list[int], before: list[int], after: list[int], at: int) -> None:
    """Some go, others come, and common dates stay, in ascending order or any other."""
    for go, come in (before, after), (sorted(before), sorted(after + before[:3])):
        dues = kind.of(array("q", others + go))
        dues.exchange(go, come)
        assert kind.of(array("q", others + come)).count_within(at) == dues.count_within(at)
        for due in others + come:
            dues.remove(due)
        assert kind().count_within(at) == dues.count_within(at)


@each_kind
def test_removing_an_unknown_date_raises(kind: type[DueDates]) -> None:
    """A fault of the caller is an error."""
    dues = kind()
    with pytest.raises(KeyError):
        dues.remove(DAY)
    dues.add(DAY)
    with pytest.raises(IndexError):
        dues.remove(DAY + 1)
    with pytest.raises(IndexError):
        dues.exchange([DAY + 1], [])
    assert (1, 1) == dues.count_within(0)[:2]


def test_a_large_docket_is_counted_alike() -> None:
    """A docket of years is inserted and removed in another order."""
    dates = [(index * 7_919_000_017) % (900 * DAY) for index in range(20_000)]
    ours, plain = installed.DueDates.of(array("q", dates)), plain_due_dates.DueDates.of(array("q", dates))
    for date in dates[::3]:
        ours.remove(date)
        plain.remove(date)
    assert [ours.count_within(day * DAY) for day in range(-40, 940)] == [
        plain.count_within(day * DAY) for day in range(-40, 940)
    ]


@each_kind
@given(added=st.lists(INSTANTS), bounds=st.lists(INSTANTS, min_size=1).map(sorted))
def test_between_instants(kind: type[DueDates], added: list[int], bounds: list[int]) -> None:
    """The differences count the dates from one instant to the next, whatever lies before the first."""
    counts = kind.of(array("q", added)).before_each(bounds)
    between = [sum(first <= due < last for due in added) for first, last in pairwise(bounds)]
    assert between == [after - before for before, after in pairwise(counts)]
