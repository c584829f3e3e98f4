"""What all tests share: command-line options, signal handlers that children inherit, and checks for leftovers."""

import gc
import signal
import sys
from collections.abc import Generator, Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

from tests.open_clients import OpenClients

# no time limit for examples: the machines are shared, and a slow example proves nothing
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

__all__ = [
    "closes_its_clients",
    "leaves_the_interpreter",
    "pytest_addoption",
    "pytest_configure",
    "pytest_fixture_post_finalizer",
    "pytest_fixture_setup",
    "pytest_runtestloop",
]

_clients: Final = OpenClients()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add this suite's options."""
    parser.addoption(
        "--chaos",
        choices=("short", "long"),
        default="short",
        help="How long tests/chaos goes on: short is what CI runs, long is for a person before a release.",
    )
    parser.addoption("--chaos-seed", type=int, default=None, help="Seed of tests/chaos; printed when left out.")


def pytest_configure() -> None:
    """Let signals end child processes.

    A shell starts a job in the background with SIGINT ignored, and nohup any job with SIGHUP. Children inherit what is
    ignored, and a test that sends one the signal would wait in vain; a handler they do not inherit.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: None)  # the suite outlives its terminal, as before


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop() -> Generator[None, object, object]:
    """Record the Kafka clients that are created in any test or fixture."""
    with _clients.watched():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
    """Record the clients of a fixture that several tests share as its own."""
    if fixturedef.scope == "function":
        return (yield)
    with _clients.owned_by(fixturedef):
        return (yield)


def pytest_fixture_post_finalizer(fixturedef: pytest.FixtureDef[Any]) -> None:
    """Check that a fixture that several tests share has closed its clients, also those of its own end."""
    if fixturedef.scope != "function":
        left = _clients.pop_open(fixturedef) + _clients.pop_open()
        assert not left, f"left open by the fixture {fixturedef.argname}: {', '.join(left)}"


@pytest.fixture(autouse=True)
def closes_its_clients() -> Iterator[None]:
    """Check that a test closes every Kafka client that it, or the product in it, has opened."""
    yield
    left = _clients.pop_open()
    assert not left, f"left open by this test: {', '.join(left)}"


@pytest.fixture(autouse=True)
def leaves_the_interpreter() -> Iterator[None]:
    """Check that a test restores the garbage collector and the switch interval of the threads."""
    before = gc.isenabled(), gc.get_threshold(), sys.getswitchinterval()
    yield
    after = gc.isenabled(), gc.get_threshold(), sys.getswitchinterval()
    if after != before:
        (gc.enable if before[0] else gc.disable)()
        gc.set_threshold(*before[1])
        sys.setswitchinterval(before[2])
    assert after == before, "this test did not restore the interpreter's settings"
