"""Open alerts in a changelog, including one that an older release wrote."""

import msgspec
import pytest

from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.core.state.case_state import CaseState
from tests.builders import address, assigned, only, opened
from tests.driver import Driver, alert_json
from tests.newest import newest

MAIL = only("notice_undeliverable", after="2d", escalate_after="10d")


class TestStandingRecords:
    @pytest.mark.parametrize(
        ("fields", "policy"), [(8, ("test@2", "now")), (11, ("test@1", "now")), (12, ("test@1", "published"))]
    )
    def test_missing_fields_have_todays_values(self, fields, policy):
        """The last release stored no hash, those before it neither level nor policy of the published record."""
        driver = Driver(MAIL).feed(opened("day 1"), assigned("day 1", "X"), address("day 3", "missing")).at("day 6")
        records = newest(driver.changelog)
        state = msgspec.msgpack.decode(records["case-A"])
        place = CaseState.__struct_fields__.index("standing")
        state[place] = [alert[:fields] for alert in state[place]]
        later = MAIL.model_copy(update={"version": "2"})
        partition = CasePartition(Rules(later))
        partition.restore({**records, "case-A": msgspec.msgpack.encode(state)})

        (published,), (alert,) = driver.standing(), map(alert_json, partition.standing_records())
        hashes = {"now": later.hash, "published": published["policy_hash"]}
        assert {**published, "policy": policy[0], "policy_hash": hashes[policy[1]]} == alert
