"""The offsets that may be committed: never past a record that waits."""

from streams.kafka.state.offset_tracker import OffsetTracker


class TestOffsetTracker:
    def test_without_a_record_there_is_nothing_to_commit(self) -> None:
        """Before the first record there is no offset."""
        assert OffsetTracker().committable(10_000) is None

    def test_when_everything_is_applied_the_end_is_committed(self) -> None:
        """The watermark has passed every record, so a restart continues behind them."""
        ledger = OffsetTracker()
        ledger.read([4, 5], [100, 200], end=6)

        assert ledger.committable(200) == 6

    def test_a_waiting_event_is_not_committed(self) -> None:
        """A restart continues at the first record behind the watermark."""
        ledger = OffsetTracker()
        ledger.read([4, 5, 6], [100, 200, 300], end=7)

        assert ledger.committable(250) == 6

    def test_a_record_behind_a_waiting_one_waits_with_it(self) -> None:
        """Offsets are committed in log order, whatever the order of the instants."""
        ledger = OffsetTracker()
        ledger.read([4, 5], [300, 100], end=6)

        assert ledger.committable(200) == 4
        assert ledger.committable(300) == 6

    def test_a_record_waits_whatever_its_batch(self) -> None:
        """The offsets are those of one log, however many batches it was read in."""
        ledger = OffsetTracker()
        ledger.read([4, 5], [100, 300], end=6)
        ledger.read([6, 7], [150, 400], end=8)

        assert ledger.committable(200) == 5
        assert ledger.committable(300) == 7
        assert len(ledger) == 1
        assert ledger.committable(400) == 8
        assert len(ledger) == 0

    def test_refused_records_wait_for_nothing(self) -> None:
        """A refused record waits for no watermark, so the offset behind it may be committed at once."""
        ledger = OffsetTracker()
        ledger.read([], [], end=9)

        assert ledger.committable(0) == 9

    def test_transaction_markers_behind_the_last_record_are_passed(self) -> None:
        """Retention deletes them with the record: a restart that began at one would find a gap."""
        ledger = OffsetTracker()
        ledger.read([4], [100], end=5)
        ledger.pass_markers(6)
        assert ledger.committable(50) == 4
        assert ledger.committable(100) == 6

        ledger.pass_markers(5)
        assert ledger.committable(100) == 6

    def test_markers_alone_commit_nothing(self) -> None:
        """No record was read since the restart, so there is nothing to commit."""
        ledger = OffsetTracker()
        ledger.pass_markers(6)

        assert ledger.committable(100) is None

    def test_the_clock_record_of_a_topic_is_not_committed(self) -> None:
        """A clock record at r moves the watermark to r - 1 and stays uncommitted: a restart must read it again."""
        ledger = OffsetTracker()
        ledger.read([0], [1_000], end=1)

        assert ledger.committable(999) == 0

    def test_a_record_from_the_far_future_blocks_without_growing_memory(self) -> None:
        """No later offset may be committed, but processed ones are not remembered for ever."""
        ledger = OffsetTracker()
        ledger.read([0], [10**15], end=1)
        for offset in range(1, 50_000):
            ledger.read([offset], [offset], end=offset + 1)
            assert ledger.committable(offset - 1) == 0

        assert len(ledger) < 11_000
        assert ledger.committable(10**15) == 50_000


class TestGoBack:
    def test_a_waiting_event_of_a_log_that_was_cut_allows_no_later_offset(self) -> None:
        """Other records have its offset and those before it by now, and they must be read."""
        ledger = OffsetTracker()
        ledger.read([4, 5, 9], [100, 200, 400], end=10)
        ledger.go_back(6)
        assert [ledger.committable(at) for at in (150, 250)] == [5, 6]
        ledger.read([6, 7], [300, 500], end=8)
        assert [ledger.committable(at) for at in (300, 400, 500)] == [6, 7, 8]

    def test_without_a_waiting_event_the_offset_is_committed(self) -> None:
        """The next owner reads on there, too."""
        ledger = OffsetTracker()
        ledger.read([4, 5], [100, 200], end=6)
        assert ledger.committable(200) == 6
        ledger.go_back(3)

        assert ledger.committable(200) == 3
