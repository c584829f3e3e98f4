"""The instant when an alert is due: when the first event that can make it due was scheduled."""

import pytest

from streams.tools.load_test.timeline import Timeline


def timeline(*instants: int) -> Timeline:
    """Return ten events per second, from second 100."""
    made = Timeline(10)
    made.started = 100.0
    for at in instants:
        made.add(at)
    return made


class TestTimeline:
    def test_an_event_is_due_at_its_scheduled_instant(self) -> None:
        """Its own instant does not matter."""
        assert [100.0, 100.1, 100.2] == [timeline(50, 60, 70).due(at) for at in (50, 60, 70)]

    def test_a_deadline_is_due_by_the_first_event_after_it(self) -> None:
        """That event shows that it has passed."""
        assert 100.2 == timeline(50, 60, 70).due(61)

    def test_events_of_one_instant(self) -> None:
        """The first of them makes it due."""
        assert 100.1 == timeline(50, 60, 60, 60, 70).due(60)

    def test_before_the_run(self) -> None:
        """An alert due in a silence before the run is due by its first event."""
        assert 100.0 == timeline(50, 60).due(3)

    def test_after_the_run(self) -> None:
        """No event of the run makes it due."""
        assert timeline(50, 60).due(61) is None

    def test_the_last(self) -> None:
        """Its instant is that of the last event added."""
        assert (60, 2) == (timeline(50, 60).last_at, len(timeline(50, 60)))
        with pytest.raises(IndexError):
            assert timeline().last_at
