"""What is taken for the end of the work, out of what workers tell; without a broker."""

import pytest

from tests.kafka.progress import CLOCKS, have_passed

UNTIL = 1_769_299_200_000
CASES, OFFICERS, LOADS = CLOCKS


def told(*clocks: tuple[str, str], at: float = UNTIL / 1000, wait: float = 0.0, awaited: float = 0.0) -> str:
    """What a worker tells: clocks, each with the numbers of its partitions."""
    lines = [f'{name}{{partition="{number}"}} {at}' for name, numbers in clocks for number in numbers]
    lines += [f'docketwatch_officer_partitions_awaited{{partition="{number}"}} {awaited}' for number in "01"]
    return "\n".join([*lines, f'docketwatch_commit_wait_seconds{{agent="cases"}} {wait}', ""])


class TestHavePassed:
    def test_all_clocks_of_all_partitions_have(self) -> None:
        """Of one worker, or of two that have half each."""
        assert have_passed([told((CASES, "0123"), (OFFICERS, "0123"), (LOADS, "0123"))], 4, UNTIL)
        halves = [told((CASES, half), (OFFICERS, half), (LOADS, half)) for half in ("02", "13")]
        assert have_passed(halves, 4, UNTIL)

    def test_clocks_told_twice_make_up_for_none(self) -> None:
        """A worker that has yet to give up half, one that has it, and loads of which neither has heard: twelve."""
        first, second = told((CASES, "01"), (OFFICERS, "01")), told((CASES, "0123"), (OFFICERS, "0123"))
        assert not have_passed([first, second], 4, UNTIL)

    @pytest.mark.parametrize(("at", "wait"), [(UNTIL / 1000 - 1, 0.0), (UNTIL / 1000, 0.1)])
    def test_a_clock_behind_or_work_that_waits_is_not_the_end(self, at: float, wait: float) -> None:
        """What it has worked on counts once it is durable."""
        assert not have_passed([told((CASES, "0"), (OFFICERS, "0"), (LOADS, "0"), at=at, wait=wait)], 1, UNTIL)

    def test_an_officer_partition_that_waits_for_another_is_not_the_end(self) -> None:
        """Its clocks stand where the log ends, but it has judged no period end."""
        every = ((CASES, "01"), (OFFICERS, "01"), (LOADS, "01"))
        assert have_passed([told(*every)], 2, UNTIL)
        assert not have_passed([told(*every, awaited=1.0)], 2, UNTIL)
