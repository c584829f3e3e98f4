"""The schedule of a replay."""

from streams.tools.replay.pace import Pace, Schedule

MINUTE = 60_000


class TestSchedule:
    def test_a_speed_divides_the_time_of_the_log(self) -> None:
        """At 60x an hour of the log takes a minute."""
        schedule = Schedule(Pace(speed=60), started=100.0, first_at=0)
        assert schedule.due(60 * MINUTE, 0) == 160.0

    def test_a_rate_spreads_events_of_one_instant(self) -> None:
        """The tenth event at 5 a second is due after two."""
        schedule = Schedule(Pace(rate=5), started=100.0, first_at=0)
        assert schedule.due(0, 10) == 102.0

    def test_the_later_of_both_counts(self) -> None:
        """A rate limits a speed, and a speed limits a rate."""
        schedule = Schedule(Pace(speed=60, rate=5), started=0.0, first_at=0)
        assert (2.0, 60.0) == (schedule.due(MINUTE, 10), schedule.due(60 * MINUTE, 10))

    def test_a_delay_moves_no_later_event(self) -> None:
        """The loop is open: the instant of an event does not depend on when the one before was sent."""
        schedule = Schedule(Pace(speed=1), started=0.0, first_at=0)
        late = schedule.due(MINUTE, 0)
        schedule.reached(1000.0, 2 * MINUTE)
        assert late == schedule.due(MINUTE, 1)

    def test_the_logs_time_advances_between_events(self) -> None:
        """It does not pass the next event."""
        schedule = Schedule(Pace(speed=60), started=0.0, first_at=0)
        assert (5 * MINUTE, 10 * MINUTE) == (schedule.reached(5.0, 10 * MINUTE), schedule.reached(50.0, 10 * MINUTE))

    def test_neither_is_full_speed(self) -> None:
        """With no speed and no rate, every event is due at once."""
        assert Pace().is_flat_out
        assert Schedule(Pace(), started=7.0, first_at=0).due(10**12, 10**6) == 7.0
