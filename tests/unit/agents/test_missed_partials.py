"""Log lines while an officer partition judges no period end: it missed a partial, or waits for another partition."""

import logging

import msgspec
import pytest

from streams.core.load.partials import CHANGES, LIVE_SINCE, Partial, PartialRow
from tests.unit.agents.officer_driver import HOUR, OFFICER, START, OfficerDriver, left
from tests.unit.agents.test_officer_processor import PARTIALS

LOGGER = "streams.agents.missed_partials"
MISSED = (
    "docket.load-partials: officer partition 0 missed a final partial of case partition 1 and judges no period end{} "
    "until case partition 1 sends a whole one: at its first period end after a rebalance, or within 6 hours"
)
MADE_UP = (
    "docket.load-partials: officer partition 0 has a whole partial of case partition 1 again; period ends are judged on"
)


def partial(source: int, hour: float, since: int | None = None, *, is_live: bool = False) -> bytes:
    """Return a complete partial of a case partition, or one that builds on another."""
    kind: bool | int = not is_live if since is None else LIVE_SINCE if is_live else CHANGES
    previous = None if since is None else START + since * HOUR
    rows = [PartialRow(OFFICER, open_cases=2)]
    return msgspec.json.encode(Partial(source, START + round(hour * HOUR), kind, rows, START, previous))


@pytest.fixture
def log_lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Capture the log of missed partials."""
    caplog.set_level(logging.INFO, LOGGER)
    return caplog


def lines(log_lines: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return level and text of each line since the last call."""
    found = [(each.levelname, each.getMessage()) for each in log_lines.records if each.name == LOGGER]
    log_lines.clear()
    return found


def started() -> OfficerDriver:
    """Return a driver that has the complete partials of both case partitions, and one that builds on the second."""
    driver = OfficerDriver()
    driver.read(PARTIALS, partial(0, 1), partial(1, 1))
    driver.read(PARTIALS, partial(1, 2, since=1))
    return driver


class TestMissedPartials:
    def test_a_partition_that_read_every_partial_logs_nothing(self, log_lines: pytest.LogCaptureFixture) -> None:
        """Reading some of them twice logs nothing either."""
        driver = started()
        driver.read(PARTIALS, partial(1, 1), partial(1, 2, since=1), partial(1, 3, since=1))

        assert lines(log_lines) == []
        assert driver.processor.stats.partials_missing == 0

    def test_the_beginning_is_logged_once(self, log_lines: pytest.LogCaptureFixture) -> None:
        """The line has the period end at which judging stands; later partials add none."""
        driver = started()
        driver.read(PARTIALS, partial(1, 4, since=3))
        driver.read(PARTIALS, partial(1, 5, since=4), partial(1, 5.5, since=5, is_live=True))
        driver.read(PARTIALS, partial(0, 2, since=1))

        assert lines(log_lines) == [("WARNING", MISSED.format(" after 2026-01-05T02:00:00.000Z"))]
        assert driver.processor.stats.partials_missing == 1

    def test_a_live_one_shows_it_too(self, log_lines: pytest.LogCaptureFixture) -> None:
        """Without changes it comes hours before the next final one."""
        driver = started()
        driver.read(PARTIALS, partial(1, 2.5, since=2, is_live=True))
        assert lines(log_lines) == []
        driver.read(PARTIALS, partial(1, 3.5, since=3, is_live=True))

        assert lines(log_lines) == [("WARNING", MISSED.format(" after 2026-01-05T02:00:00.000Z"))]

    def test_a_partition_that_never_read_any_names_no_period_end(self, log_lines: pytest.LogCaptureFixture) -> None:
        """It begins in the middle."""
        driver = OfficerDriver()
        driver.read(PARTIALS, partial(1, 4, since=3))

        assert lines(log_lines) == [("WARNING", MISSED.format(""))]

    def test_the_end_is_logged(self, log_lines: pytest.LogCaptureFixture) -> None:
        """A complete partial ends it, and it can begin again."""
        driver = started()
        driver.read(PARTIALS, partial(1, 4, since=3))
        lines(log_lines)
        driver.read(PARTIALS, partial(1, 6))

        assert lines(log_lines) == [("INFO", MADE_UP)]
        assert driver.processor.stats.partials_missing == 0
        driver.read(PARTIALS, partial(1, 7, since=6), partial(1, 9, since=8))
        assert lines(log_lines) == [("WARNING", MISSED.format(" after 2026-01-05T07:00:00.000Z"))]

    def test_an_older_partial_of_changes_is_no_end(self, log_lines: pytest.LogCaptureFixture) -> None:
        """It was late, and a partial that builds on the missing one came before it."""
        driver = started()
        driver.read(PARTIALS, partial(1, 5, since=4))
        lines(log_lines)
        driver.read(PARTIALS, partial(1, 3, since=2))

        assert lines(log_lines) == []
        assert driver.processor.stats.partials_missing == 1

    def test_each_case_partition_is_named(self, log_lines: pytest.LogCaptureFixture) -> None:
        """Each has its line, and both are counted."""
        driver = started()
        driver.read(PARTIALS, partial(1, 4, since=3), partial(0, 4, since=3))

        assert [text.split(" and ")[0][-16:] for _, text in lines(log_lines)] == [
            "case partition 0",
            "case partition 1",
        ]
        assert driver.processor.stats.partials_missing == 2

    def test_a_partial_that_the_same_batch_repairs_is_not_logged(self, log_lines: pytest.LogCaptureFixture) -> None:
        """This happens when a worker continues in a long log."""
        driver = started()
        driver.read(PARTIALS, partial(1, 4, since=3), partial(1, 6))

        assert lines(log_lines) == []
        assert driver.processor.stats.partials_missing == 0

    def test_the_next_owner_logs_it_again(self, log_lines: pytest.LogCaptureFixture) -> None:
        """It does so at the next partial, because another worker's log has other readers."""
        driver = started()
        driver.read(PARTIALS, partial(1, 4, since=3))
        after = OfficerDriver().restored_from(driver)
        lines(log_lines)
        after.read(PARTIALS, partial(1, 4.5, since=4, is_live=True))

        assert lines(log_lines) == [("WARNING", MISSED.format(" after 2026-01-05T02:00:00.000Z"))]
        assert after.processor.stats.partials_missing == 1


class TestMissingProgress:
    def test_a_silent_partition_is_counted_until_it_speaks(self) -> None:
        """It counts from the start, and not after it can know no earlier event."""
        driver = OfficerDriver()
        assert driver.processor.stats.awaited == 1
        driver.other(HOUR // 2, first=HOUR // 2)
        assert driver.processor.stats.awaited == 1

        driver.other(HOUR)
        assert driver.processor.stats.awaited == 0

    def test_after_a_judged_period_end_no_partition_is_waited_for(self) -> None:
        """This holds after a restart, too."""
        driver = OfficerDriver()
        driver.other(HOUR)
        driver.partial(0, 3 * HOUR)
        driver.partial(1, 3 * HOUR)
        driver.read("docket.officers", left(HOUR // 2), left(4 * HOUR))
        assert driver.processor.stats.awaited == 0

        assert OfficerDriver().restored_from(driver).processor.stats.awaited == 0
