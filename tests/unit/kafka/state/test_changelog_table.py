"""A changelog that is read back: the newest value of every key as of the last complete flush."""

from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.state.changelog_table import ChangelogTable
from tests.fake_record import FakeRecord
from tests.newest import newest

MARK = b"mark"


def log(*records: tuple[bytes | None, bytes | None], start: int = 0) -> list[FakeRecord]:
    return [FakeRecord(start + index, key, value) for index, (key, value) in enumerate(records)]


class TestChangelogTable:
    def test_the_newest_value_of_a_key_counts(self) -> None:
        """Compaction would keep the same one."""
        table = ChangelogTable(MARK)
        table.read(log((b"a", b"1"), (MARK, b"m1"), (b"a", b"2"), (MARK, b"m2")))

        assert table.rollback_incomplete() == []
        assert table.drain() == newest([(b"a", b"2"), (MARK, b"m2")])
        assert table.position == 4

    def test_an_incomplete_flush_is_rolled_back(self) -> None:
        """The records behind the last flush marker are undone by records that follow them."""
        table = ChangelogTable(MARK)
        table.read(log((b"a", b"1"), (b"gone", b"1"), (MARK, b"m1"), (b"a", b"2"), (b"new", b"1"), (b"gone", None)))

        assert table.rollback_incomplete() == [(b"a", b"1"), (b"new", None), (b"gone", b"1"), (MARK, b"m1")]
        assert table.drain() == newest([(b"a", b"1"), (b"gone", b"1"), (MARK, b"m1")])

    def test_an_incomplete_first_flush_leaves_nothing(self) -> None:
        """There was no state before it."""
        table = ChangelogTable(MARK)
        table.read(log((b"a", b"1"), (b"b", b"1")))

        assert table.rollback_incomplete() == [(b"a", None), (b"b", None), (MARK, None)]
        assert table.drain() == {}

    def test_compaction_may_remove_markers(self) -> None:
        """The last marker covers every record before it, however many markers compaction removed."""
        table = ChangelogTable(MARK)
        table.read(log((b"a", b"1"), (b"b", b"1"), (MARK, b"m9")))

        assert table.rollback_incomplete() == []
        assert table.drain() == newest([(b"a", b"1"), (b"b", b"1"), (MARK, b"m9")])

    def test_reading_continues_where_it_stopped(self) -> None:
        """A restore that a rebalance interrupted keeps its records."""
        table = ChangelogTable(MARK)
        table.read(log((b"a", b"1"), (MARK, b"m1"), (b"a", b"2")))
        table.read(log((MARK, b"m2"), start=3))

        assert table.rollback_incomplete() == []
        assert table.records == 4
        assert table.drain()["a"] == b"2"

    def test_a_record_without_a_key_is_ignored(self) -> None:
        """No record of the product lacks a key."""
        table = ChangelogTable(MARK)
        table.read(log((None, b"x"), (MARK, b"m1")))

        assert table.drain() == newest([(MARK, b"m1")])

    @given(
        st.lists(
            st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.sampled_from([b"1", b"2", None])), max_size=4),
            max_size=5,
        ),
        st.integers(min_value=0, max_value=30),
    )
    def test_a_truncated_log_gives_the_complete_flushes(
        self, flushes: list[list[tuple[bytes, bytes | None]]], cut: int
    ) -> None:
        """The table is that of the complete flushes at any truncation, and so is that of the repaired log."""
        records: list[tuple[bytes, bytes | None]] = []
        ends = [0]
        for number, flush in enumerate(flushes):
            records += [*flush, (MARK, b"%d" % number)]
            ends.append(len(records))
        cut = min(cut, len(records))
        whole = max(end for end in ends if end <= cut)

        table = ChangelogTable(MARK)
        table.read(log(*records[:cut]))
        repair = table.rollback_incomplete()
        again = ChangelogTable(MARK)
        again.read(log(*records[:cut], *repair))

        assert table.drain() == newest(records[:whole])
        assert again.rollback_incomplete() == []
        assert again.drain() == newest(records[:whole])

    @given(
        st.lists(
            st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.sampled_from([b"1", b"2", None])), max_size=4),
            max_size=5,
        ),
        st.integers(min_value=0, max_value=30),
        st.integers(min_value=0, max_value=5),
    )
    def test_a_checkpoint_as_its_start_changes_nothing(
        self, flushes: list[list[tuple[bytes, bytes | None]]], cut: int, checkpointed: int
    ) -> None:
        """The checkpoint is of the end of any flush: table, repair and position equal those of the whole log."""
        records: list[tuple[bytes, bytes | None]] = []
        ends = [0]
        for number, flush in enumerate(flushes):
            records += [*flush, (MARK, b"%d" % number)]
            ends.append(len(records))
        position = ends[min(checkpointed, len(flushes))]
        cut = max(position, min(cut, len(records)))
        whole, begun = ChangelogTable(MARK), ChangelogTable(MARK, position, newest(records[:position]))
        whole.read(log(*records[:cut]))
        begun.read(log(*records[position:cut], start=position))

        assert sorted(whole.rollback_incomplete()) == sorted(begun.rollback_incomplete())
        assert (whole.position or 0) == begun.position
        assert whole.newest(MARK) == begun.newest(MARK)
        assert cut - position == begun.records
        assert whole.drain() == begun.drain()
        assert len(begun) == 0
