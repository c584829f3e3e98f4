"""What the metadata of a committed offset says."""

import pytest

from streams.kafka.work import CommittedOffset


class TestCommittedOffset:
    @pytest.mark.parametrize(("flush_number", "metadata"), [(12, "marked 12"), (0, "marked")])
    def test_a_flush_marks_its_offsets(self, flush_number: int, metadata: str) -> None:
        """Its number follows the mark, where it has one."""
        found = CommittedOffset.marked(5, flush_number)
        assert (5, metadata) == found
        assert (True, flush_number) == (found.is_marked, found.flush_number)

    @pytest.mark.parametrize(
        "metadata", ["", "marked -1", "marked 1 ", "marked \u0661", "Marked 1", "consumer-7", "marked " + "9" * 19]
    )
    def test_other_metadata_is_no_mark(self, metadata: str) -> None:
        """Any client of the group may commit what it wants."""
        found = CommittedOffset(5, metadata)
        assert (False, 0) == (found.is_marked, found.flush_number)
