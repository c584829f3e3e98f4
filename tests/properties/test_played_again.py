"""A large log that is read again, in order and out of it, changes nothing."""

from pathlib import Path

import pytest

from schemas import hot
from tests.load.play_again import WAYS, PublishedOutputs, differences, make, played

Played = tuple[list[hot.Event], int, PublishedOutputs]


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Return a log of 44,000 events whose feeds repeat themselves, and its outcome."""
    directory: Path = tmp_path_factory.mktemp("played")
    events, until = make(directory, cases=2_600, days=180)
    return events, until, played(events, until)


class TestPlayedAgain:
    def test_it_is_large(self, once: Played) -> None:
        """It has enough events, revisions and loads."""
        events, _, outcome = once
        assert len(events) > 44_000
        assert len(outcome.revisions) > 1_000
        assert outcome.loads

    @pytest.mark.parametrize("way", WAYS)
    def test_nothing_differs(self, once: Played, way: str) -> None:
        """No revision of an alert of a case or an officer and no load row differs."""
        events, until, outcome = once
        assert (0, 0) == differences(events, until, way, outcome)
