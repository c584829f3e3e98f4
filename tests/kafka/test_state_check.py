"""`docketwatch state check` beside a running worker, which commits between two requests of the command."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from streams.kafka.client.admin import AdminClient
from streams.kafka.client.settings import Settings
from streams.kafka.state import state_repair
from streams.kafka.state.changelog import read_changelog
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import Workers
from tests.kafka.waiting import wait_until
from tests.unit.cli.test_evaluate import run

pytestmark = pytest.mark.kafka


class TestStateCheck:
    def test_a_commit_after_the_changelog_was_read_is_no_mismatch(
        self,
        apache_kafka: str,
        namespace: str,
        workers: Workers,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """The worker on the wall clock commits load partials of every partition each second."""
        docket = Docket.make(tmp_path / "docket", cases=40, days=10)
        deployment = Deployment(apache_kafka, namespace).create()
        deployment.feed(docket.events, until=docket.until)
        worker = workers.start(deployment, "--clock", "wall").ready()
        wait_until(lambda: worker.has_passed(docket.until), "a worker that has worked through the log")
        partials = [(f"{namespace}.load-partials", number) for number in range(deployment.partitions)]

        def committed() -> dict[tuple[str, int], int]:
            with AdminClient(Settings.load(brokers=apache_kafka)) as admin:
                return admin.committed(namespace, partials)

        async def read_before_a_commit(*arguments: Any) -> set[int]:
            outside = await read_changelog(*arguments)
            before = await asyncio.to_thread(committed)  # the admin client has a loop of its own

            def is_past() -> bool:
                return all(at > before[tp] for tp, at in committed().items())

            await asyncio.to_thread(wait_until, is_past, "a commit of every partition")
            return outside

        monkeypatch.setattr(state_repair, "read_changelog", read_before_a_commit)
        where = ("--brokers", apache_kafka, "--prefix", namespace, "--group", namespace)
        code, out, err = run(capsys, "state", "check", *where)

        assert (0, "8 states, 0 of them do not match the offsets that their group has committed\n") == (code, out), err
        worker.stop()
