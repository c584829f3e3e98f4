"""What tests/conftest.py does for every test, seen in the run of a small suite by a pytest of its own."""

import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.signals import ignored

ROOT = Path(__file__).parents[2]

SIGNALS = """
import subprocess
import sys

import pytest

@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP"])
def test_a_child_ends(name):
    program = f"import os, signal; os.kill(os.getpid(), signal.{name}); print('deaf')"
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert done.stdout == b""
"""

CLIENTS = """
import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

async def opened(kind):
    return kind()

@pytest.fixture(scope="session")
def of_session():
    return asyncio.run(opened(AIOKafkaConsumer))

@pytest.fixture(scope="module")
def of_module():
    return asyncio.run(opened(AIOKafkaProducer))

@pytest.fixture(scope="class")
def closed():
    async def body():
        await (await opened(AIOKafkaAdminClient)).close()
    asyncio.run(body())
    yield
    asyncio.run(opened(AIOKafkaConsumer))

def test_leaves_one():
    asyncio.run(opened(AIOKafkaAdminClient))

def test_uses_both(of_session, of_module):
    pass

class TestClass:
    def test_in_class(self, of_module, closed):
        pass

def test_uses_module(of_module):
    pass

def test_leaves_nothing(request):
    request.getfixturevalue("of_session")
"""


def run(directory: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a file of tests by a pytest of its own, in the order of the file."""
    (directory / "test_small.py").write_text(source)
    words = ["-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--rootdir", str(directory), *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *words, "test_small.py"],
        cwd=directory, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


class TestSignals:
    @pytest.mark.parametrize(("options", "result"), [(["-p", "tests.conftest"], "2 passed"), ([], "2 failed")])
    def test_they_end_the_children_of_tests(self, tmp_path: Path, options: list[str], result: str) -> None:
        """In a run with SIGINT and SIGHUP ignored, children of tests have the default handlers; else they are deaf."""
        with ExitStack() as stack:
            for number in (signal.SIGINT, signal.SIGHUP):
                stack.enter_context(ignored(number))
            done = run(tmp_path, SIGNALS, *options)
        assert result in done.stdout.splitlines()[-1], done.stdout


class TestClosesItsClients:
    def test_a_leak_fails_the_test_that_left_it(self, tmp_path: Path) -> None:
        """A fixture of a class, a module or the session fails the last test of its scope; no other test fails."""
        done = run(tmp_path, CLIENTS, "-p", "tests.conftest", "-W", "error")
        _, *sections = re.split(r"_+ ERROR at teardown of (\S+) _+\n", done.stdout.partition("short test summary")[0])
        named = {
            test: sorted(re.findall(r"AssertionError: left open by (.+)", text))
            for test, text in zip(sections[::2], sections[1::2], strict=True)
        }
        assert {
            "test_leaves_one": ["this test: AIOKafkaAdminClient"],
            "TestClass.test_in_class": ["the fixture closed: AIOKafkaConsumer"],
            "test_leaves_nothing": [
                "the fixture of_module: AIOKafkaProducer",
                "the fixture of_session: AIOKafkaConsumer",
            ],
        } == named, done.stdout
        assert "5 passed, 3 errors" in done.stdout.splitlines()[-1]
