"""What every kind of test shares: the options of the command line, what children inherit, and what a test may leave."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.open_clients import OpenClients

# no test is timed: the machines are shared, and an example that takes long once, or to be thought of, proves nothing
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

__all__ = ["closes_its_clients", "pytest_addoption", "pytest_configure"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ours."""
    parser.addoption(
        "--chaos",
        choices=("short", "long"),
        default="short",
        help="How long tests/chaos goes on: short is what CI runs, long is for a person before a release.",
    )
    parser.addoption("--chaos-seed", type=int, default=None, help="Seed of tests/chaos; printed when left out.")


def pytest_configure() -> None:
    """Let children be interrupted.

    A shell starts a job in the background, and nohup any job, with SIGINT ignored. Children inherit that, and a test
    that interrupts one would wait in vain.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def closes_its_clients() -> Iterator[None]:
    """A test closes every Kafka client that it, or the product in it, has opened."""
    clients = OpenClients()
    with clients.watched():
        yield
    left = clients.take_open()
    assert not left, f"left open by this test: {', '.join(left)}"
