"""The search for the highest sustained rate."""

import pytest

from streams.tools.load_test.rate_search import RateSearch


def searched(
    knee: float, *, first: float = 1_000, precision: float = 0.1, most: float = 1e6
) -> tuple[list[float], RateSearch]:
    """Return the rates tried with a worker that sustains every rate up to the knee."""
    search, tried = RateSearch(first, precision, most), []
    while (rate := search.next_rate()) is not None:
        tried.append(rate)
        search.record(rate, is_sustained=rate <= knee)
    return tried, search


class TestRateSearch:
    @pytest.mark.parametrize("knee", [1_000, 1_001, 3_999, 4_000, 23_456, 999_999])
    def test_it_is_found_within_the_precision(self, knee: float) -> None:
        """The result is never above the knee, and not further below it than asked."""
        found = searched(knee)[1].knee
        assert found is not None
        assert knee / 1.1 <= found <= knee

    def test_it_doubles_and_then_halves_the_gap(self) -> None:
        """The precision is a ratio, because a rate is one."""
        tried, _ = searched(5_000, precision=0.5)
        assert [1_000, 2_000, 4_000, 8_000] == tried[:4]
        assert pytest.approx(5_657, abs=1) == tried[4]

    def test_a_first_rate_that_is_too_high(self) -> None:
        """The search goes down until a rate is sustained."""
        tried, search = searched(300)
        assert [1_000, 500, 250] == tried[:3]
        assert search.knee is not None

    def test_a_worker_that_sustains_nothing(self) -> None:
        """There is no knee, and the search ends."""
        tried, search = searched(0)
        assert search.knee is None
        assert len(tried) < 20

    def test_the_highest_rate_tried(self) -> None:
        """It is the knee if it is sustained."""
        tried, search = searched(1e9, most=3_000)
        assert [1_000, 2_000, 3_000] == tried
        assert 3_000 == search.knee
