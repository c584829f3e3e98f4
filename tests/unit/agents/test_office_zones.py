"""The worker's log names each office without a time zone once."""

import pytest

from schemas.policy import load_policy
from streams.agents.office_zones import OfficeZones
from tests.unit.agents.case_driver import CASES, SOME_CASES, CaseDriver

SENTENCE = (
    "1 office without a time zone in the policy, whose business days are of UTC, with the holidays of the United "
    "States: {}"
)


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines since the last call."""
    found = [each.getMessage() for each in caplog.records if each.name == "streams.agents.office_zones"]
    caplog.clear()
    return found


class TestOfficeZones:
    def test_an_office_is_logged_at_its_first_open_case(self, caplog: pytest.LogCaptureFixture) -> None:
        """Once, however many cases follow; an office that the policy names is not logged."""
        driver = CaseDriver()
        offices = ("ATL", "X1", "X1", "X2")
        found = []
        for number, (case, office) in enumerate(zip(SOME_CASES, offices, strict=False)):
            at = number * 10_000
            driver.read(CASES, driver.event(at, "case_opened", case_id=case, office=office, level="low"))
            driver.clock(at + 1_000)
            driver.now += 10_000
            driver.tick()
            found.append(logged(caplog))
        assert [[], [SENTENCE.format("X1")], [], [SENTENCE.format("X2")]] == found

    def test_a_feed_that_invents_offices_cannot_flood_the_log(self, caplog: pytest.LogCaptureFixture) -> None:
        """After a hundred of them no more are logged."""
        zones = OfficeZones(load_policy(None))
        for number in range(300):
            zones.log_new([f"X{number}"])
        assert 100 == len(logged(caplog))
