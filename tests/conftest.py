"""What every kind of test shares: the options of the command line."""

import pytest
from hypothesis import HealthCheck, settings

# no test is timed: the machines are shared, and an example that takes long once, or to be thought of, proves nothing
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

__all__ = ["pytest_addoption"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ours."""
    parser.addoption(
        "--chaos",
        choices=("short", "long"),
        default="short",
        help="How long tests/chaos goes on: short is what CI runs, long is for a person before a release.",
    )
    parser.addoption("--chaos-seed", type=int, default=None, help="Seed of tests/chaos; printed when left out.")
