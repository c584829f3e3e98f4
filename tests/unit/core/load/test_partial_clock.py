"""The watermark of a load partial, decoded without its rows."""

import msgspec

from streams.core.load.partial_clock import read_clock
from streams.core.load.partials import CHANGES, OfficerProgress, Partial, PartialRow


class TestPartialClock:
    def test_it_equals_that_of_the_whole_partial(self) -> None:
        """The rows stay as they were written."""
        clock = read_clock(msgspec.json.encode(Partial(3, 1_000, CHANGES, [PartialRow("o-1")], 7, 500)))

        assert (3, 1_000, CHANGES, 7, 500) == (clock.partition, clock.as_of, clock.final, clock.first, clock.previous)
        assert clock.is_of_cases

    def test_a_record_of_an_officer_partition_is_none_of_cases(self) -> None:
        """It does not concern the case partition of that number."""
        progress = OfficerProgress(3, 1_000, None, 900)
        clock = read_clock(msgspec.json.encode(progress.carried()))

        assert not clock.is_of_cases
        assert progress == clock.officers

    def test_a_record_of_an_older_release_is_of_cases(self) -> None:
        """It has four fields."""
        assert read_clock(b"[3,1000,false,[]]").is_of_cases
