"""The program that a deployment runs, without a broker."""

from pathlib import Path

from tests.kafka.deployment import Deployment
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import LIMIT


class TestCliProcess:
    def test_another_checkout_runs_its_own_program(self, tmp_path: Path) -> None:
        """Otherwise a rolling upgrade would test a single release."""
        program = tmp_path / "checkout" / "streams" / "cli"
        program.mkdir(parents=True)
        for package in (program.parent, program):
            (package / "__init__.py").touch()
        (program / "main.py").write_text('print("the other program")')
        deployment = Deployment("127.0.0.1:9", "nowhere", root=tmp_path / "checkout")
        running = CliProcess(deployment, tmp_path / "output.log", "worker")

        assert 0 == running.child.wait(LIMIT)
        assert "the other program\n" == running.output()
