"""The hash of a policy: by hand for the default one, equal for equal meaning, and different for any other."""

import hashlib

import pytest

from schemas.policy import load_policy, parse_policy
from schemas.policy_hash import canonical_policy
from tests.oracle.policy_hash import policy_hash

DEFAULT = (
    '{"causes":{"check_in_overdue":{"enabled":true,"escalate_after":"14d"},'
    '"handoff_stalled":{"after":"10bd","enabled":true,"escalate_after":"30d"},'
    '"hearing_missed":{"enabled":true,"escalate_after":"14d"},'
    '"hearing_unresolved":{"after":"5bd","enabled":true,"escalate_after":"30d"},'
    '"in_transit":{"after":"15d","enabled":true,"escalate_after":"30d"},'
    '"no_contact":{"enabled":true,"escalate_after":"30d"},'
    '"no_officer":{"after":"5bd","enabled":true,"escalate_after":"30d"},'
    '"nothing_scheduled":{"after":"10bd","enabled":true,"escalate_after":"30d"},'
    '"notice_undeliverable":{"after":"5bd","enabled":true,"escalate_after":"30d"}},'
    '"contact":{"early_window":"3d","grace":{"annual":"10bd","intensive":"1bd","low":"5bd","standard":"3bd"},'
    '"interval":{"annual":"365d","intensive":"7d","low":"90d","standard":"30d"},"max_ahead":"400d"},'
    '"load":{"capacity_hours_month":120,"check_in_minutes":15,"hearing_minutes":60,'
    '"minutes_per_month":{"annual":10,"intensive":240,"low":60,"standard":120},"period":"1h"},'
    '"name":"default","officers":'
)
"""How the canonical JSON of the default policy begins; what officers are judged by grows."""

HEAD = 'name = "p"\nversion = "1"\nreview_by = 2030-01-01\n'


class TestPolicyHash:
    def test_the_default_policy_by_hand(self) -> None:
        """Defaults are filled in, keys sorted, no spaces; dates are text, numbers the shortest decimal."""
        text = canonical_policy(load_policy())
        assert text.startswith(DEFAULT)
        assert '"intake":{"least":20,"per_open":0.1667}' in text
        assert '"overloaded":{"clear":0.9,"periods":3,"raise":1}' in text
        assert text.endswith('"WAS":{"tz":"America/New_York"}},"review_by":"2027-12-31","version":"1"}')
        assert hashlib.sha256(text.encode()).hexdigest()[:12] == load_policy().hash

    @pytest.mark.parametrize("name", ["default", "eoir", "permits"])
    def test_it_equals_the_oracles(self, name: str) -> None:
        """The oracle computes it from the model's dump."""
        assert policy_hash(load_policy(name)) == load_policy(name).hash

    @pytest.mark.parametrize(
        "text",
        [
            "[load]\nhearing_minutes = 60.0\n",
            '[load]\nperiod = "60m"\n',
            '[contact]\nearly_window = "72h"\n',
            "[causes.no_officer]\nenabled = true\n",
            '[offices.ATL]\ntz = "America/New_York"\n',
            "[balance.disruption]\nintensive = 30\n",
            "[balance]\n",
        ],
    )
    def test_equal_policies_have_one_hash(self, text: str) -> None:
        """The spelling of a number or a duration does not matter, nor does an explicit default."""
        assert parse_policy(HEAD, "p").hash == parse_policy(HEAD + text, "p").hash

    @pytest.mark.parametrize(
        "text",
        [
            "[load]\nhearing_minutes = 60.5\n",
            '[load]\nperiod = "30m"\n',
            '[contact]\nearly_window = "71h"\n',
            "[causes.no_officer]\nenabled = false\n",
            '[causes.no_officer]\nafter = "5d"\n',
            '[offices.ATL]\ntz = "America/Chicago"\n',
            '[offices.NEW]\ntz = "America/Chicago"\n',
            '[officers]\nrequired_courses = ["a"]\n',
            "[officers.overloaded]\nraise = 1.01\n",
        ],
    )
    def test_policies_that_judge_otherwise_have_another(self, text: str) -> None:
        """They have the same name and version."""
        given, other = parse_policy(HEAD, "p"), parse_policy(HEAD + text, "p")
        assert given.id == other.id
        assert given.hash != other.hash

    def test_tiny_and_huge_numbers_are_plain_decimals(self) -> None:
        """There is no exponent, whatever Python would print."""
        text = canonical_policy(parse_policy(HEAD + "[load]\nhearing_minutes = 1e-7\ncheck_in_minutes = 1e22\n", "p"))
        assert '"check_in_minutes":10000000000000000000000,"hearing_minutes":0.0000001' in text
