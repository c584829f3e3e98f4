"""A worker whose stores disagree with their histories in part: what one may publish waits for the checks of all."""

from pathlib import Path

import pytest

from schemas.causes import Cause, OfficerCause
from tests.kafka.damage import MeteredDeployment, delete_records, published, refusal
from tests.kafka.docket import Docket
from tests.kafka.processes import Workers

pytestmark = pytest.mark.kafka


class TestBothStores:
    @pytest.mark.parametrize("short", ["case-state", "officer-state"])
    def test_neither_publishes_when_the_other_is_refused(
        self, short: str, apache_kafka: str, namespace: str, workers: Workers, tmp_path: Path
    ) -> None:
        """Another policy ends every open alert at a takeover: no end is published by a worker that refuses a state."""
        docket = Docket.make(tmp_path / "docket", cases=300, days=20)
        deployment = MeteredDeployment(apache_kafka, namespace).create()
        deployment.feed(docket.events, until=docket.until)
        workers.start(deployment).ready().finish(docket.until)
        policy = tmp_path / "silent.toml"
        tables = [f"causes.{cause}" for cause in Cause] + [f"officers.causes.{cause}" for cause in OfficerCause]
        disabled = "".join(f"[{table}]\nenabled = false\n" for table in tables)
        policy.write_text(f'name = "silent"\nversion = "1"\nreview_by = 2099-01-01\n{disabled}')
        delete_records(deployment, short)
        before = published(deployment)
        message = refusal(deployment, workers.start(deployment, "--clock", "log", "--policy", str(policy)))

        assert before["lost-track-alerts"]
        assert before["officer-alerts"]
        assert f"of {namespace}.{short}: there is no state" in message
        assert before == published(deployment)
