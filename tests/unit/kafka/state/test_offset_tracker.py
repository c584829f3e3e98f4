"""What may be committed: never past a record that waits."""

from streams.kafka.state.offset_tracker import OffsetTracker


class TestLedger:
    def test_nothing_read_is_nothing_to_commit(self) -> None:
        """Before the first record there is no offset to name."""
        assert OffsetTracker().committable(10_000) is None

    def test_everything_done_with_commits_the_end(self) -> None:
        """When the clock has passed all that was read, reading goes on after it."""
        ledger = OffsetTracker()
        ledger.read([(4, 100), (5, 200)], end=6)

        assert ledger.committable(200) == 6

    def test_a_waiting_event_is_not_committed(self) -> None:
        """The first record after the clock is where a restart reads on."""
        ledger = OffsetTracker()
        ledger.read([(4, 100), (5, 200), (6, 300)], end=7)

        assert ledger.committable(250) == 6

    def test_a_record_behind_a_waiting_one_waits_with_it(self) -> None:
        """Offsets are committed in the order of the log, whatever the order of the instants."""
        ledger = OffsetTracker()
        ledger.read([(4, 300), (5, 100)], end=6)

        assert ledger.committable(200) == 4
        assert ledger.committable(300) == 6

    def test_refused_records_wait_for_nothing(self) -> None:
        """A refused record is in no merge; the end after it may be committed at once."""
        ledger = OffsetTracker()
        ledger.read([], end=9)

        assert ledger.committable(0) == 9

    def test_marks_of_transactions_behind_the_last_record_are_passed(self) -> None:
        """They go with it when it is deleted by its age: a restart that began at one would miss it."""
        ledger = OffsetTracker()
        ledger.read([(4, 100)], end=5)
        ledger.pass_markers(6)
        assert ledger.committable(50) == 4
        assert ledger.committable(100) == 6

        ledger.pass_markers(5)
        assert ledger.committable(100) == 6

    def test_marks_alone_say_nothing_of_what_is_committed(self) -> None:
        """Nothing was read since the restart: there is nothing to commit."""
        ledger = OffsetTracker()
        ledger.pass_markers(6)

        assert ledger.committable(100) is None

    def test_the_record_by_which_a_topic_is_known_stays(self) -> None:
        """A clock record at r lets the clock be r - 1 and is itself not committed: a restart must read it again."""
        ledger = OffsetTracker()
        ledger.read([(0, 1_000)], end=1)

        assert ledger.committable(999) == 0

    def test_a_record_from_the_far_future_keeps_its_place_and_no_memory(self) -> None:
        """Nothing after it may be committed, but what is done with is not remembered for ever."""
        ledger = OffsetTracker()
        ledger.read([(0, 10**15)], end=1)
        for offset in range(1, 50_000):
            ledger.read([(offset, offset)], end=offset + 1)
            assert ledger.committable(offset - 1) == 0

        assert len(ledger) < 11_000
        assert ledger.committable(10**15) == 50_000
