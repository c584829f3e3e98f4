"""The end of the work as the tests recognise it from workers' metrics; without a broker."""

import pytest

from tests.kafka.progress import CLOCKS, have_passed

UNTIL = 1_769_299_200_000
CASES, OFFICERS, LOADS = CLOCKS


def metrics(*clocks: tuple[str, str], at: float = UNTIL / 1000, wait: float = 0.0, awaited: float = 0.0) -> str:
    """Return a worker's metrics: clocks, each with the numbers of its partitions."""
    lines = [f'{name}{{partition="{number}"}} {at}' for name, numbers in clocks for number in numbers]
    lines += [f'docketwatch_officer_partitions_awaited{{partition="{number}"}} {awaited}' for number in "01"]
    return "\n".join([*lines, f'docketwatch_commit_wait_seconds{{agent="cases"}} {wait}', ""])


class TestHavePassed:
    def test_all_clocks_of_all_partitions_are_past(self) -> None:
        """One worker has all partitions, or each of two has half of them."""
        assert have_passed([metrics((CASES, "0123"), (OFFICERS, "0123"), (LOADS, "0123"))], 4, UNTIL)
        halves = [metrics((CASES, half), (OFFICERS, half), (LOADS, half)) for half in ("02", "13")]
        assert have_passed(halves, 4, UNTIL)

    def test_a_clock_shown_twice_replaces_no_other(self) -> None:
        """One worker still shows a half that another has, and the loads of a half are missing: twelve clocks in all."""
        first, second = metrics((CASES, "01"), (OFFICERS, "01")), metrics((CASES, "0123"), (OFFICERS, "0123"))
        assert not have_passed([first, second], 4, UNTIL)

    @pytest.mark.parametrize(("at", "wait"), [(UNTIL / 1000 - 1, 0.0), (UNTIL / 1000, 0.1)])
    def test_a_clock_behind_or_waiting_work_is_not_the_end(self, at: float, wait: float) -> None:
        """Processed records count once they are durable."""
        assert not have_passed([metrics((CASES, "0"), (OFFICERS, "0"), (LOADS, "0"), at=at, wait=wait)], 1, UNTIL)

    def test_an_officer_partition_that_waits_for_another_is_not_the_end(self) -> None:
        """Its clocks are at the end of the log, but it has judged no period end."""
        every = ((CASES, "01"), (OFFICERS, "01"), (LOADS, "01"))
        assert have_passed([metrics(*every)], 2, UNTIL)
        assert not have_passed([metrics(*every, awaited=1.0)], 2, UNTIL)
