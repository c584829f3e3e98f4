"""`docketwatch verify` on real brokers: it succeeds on equal alerts and fails on any difference."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.instants import to_text
from tests.kafka.deployment import DELIVERY, Deployment
from tests.kafka.docket import Docket
from tests.unit.cli.test_evaluate import run

BROKERS = [
    pytest.param("embedded_broker", marks=pytest.mark.embedded, id="embedded"),
    pytest.param("apache_kafka", marks=pytest.mark.kafka, id="apache"),
]
HOUR = 3_600_000
Verify = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=600, days=40)


@pytest.fixture(params=BROKERS)
def deployment(request: pytest.FixtureRequest, namespace: str) -> Deployment:
    return Deployment(request.getfixturevalue(request.param), namespace, delivery=DELIVERY[request.param]).create()


@pytest.fixture
def verify(
    docket: Docket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Verify:
    """Run the command on the docket with a list of expected alerts."""

    def verifying(deployment: Deployment, expected: list[bytes], *words: str) -> tuple[int, str, str]:
        for name, value in deployment.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("DOCKETWATCH_DATA_DIR", str(tmp_path))
        file = tmp_path / "expected.jsonl"
        file.write_bytes(b"".join(line + b"\n" for line in expected))
        return run(capsys, "verify", str(docket.log), "--until", to_text(docket.until), "--expect", str(file), *words)

    return verifying


class TestVerify:
    def test_equal(self, docket: Docket, deployment: Deployment, verify: Verify) -> None:
        """`evaluate` and Kafka give the same alerts, revision by revision."""
        number = len(docket.expected.alerts)
        code, out, err = verify(deployment, docket.expected.alerts, "--with-worker")
        assert code == 0, out + err
        assert number > 20
        assert f"{number} alert revisions found, {number} expected: equal\n" in out

    @pytest.mark.kafka
    def test_several_workers(self, docket: Docket, apache_kafka: str, namespace: str, verify: Verify) -> None:
        """Several workers share the partitions during the replay and give the same alerts."""
        deployment = Deployment(apache_kafka, namespace).create()
        code, out, err = verify(deployment, docket.expected.alerts, "--workers", "2")
        assert code == 0, out + err
        assert ": equal\n" in out

    @pytest.mark.kafka
    def test_several_workers_without_fencing(
        self, docket: Docket, apache_kafka: str, namespace: str, verify: Verify
    ) -> None:
        """The embedded broker fences no worker, so the command refuses."""
        deployment = Deployment(apache_kafka, namespace, delivery="ordered")
        code, _, err = verify(deployment, docket.expected.alerts, "--workers", "2")
        assert (
            2,
            "docketwatch: --workers 2: with DOCKETWATCH_DELIVERY=ordered one worker runs a group, not more\n",
        ) == (
            code,
            err,
        )

    @pytest.mark.embedded
    def test_every_kind_of_difference(
        self, docket: Docket, embedded_broker: str, namespace: str, verify: Verify
    ) -> None:
        """The command prints missing, extra and different alerts with their fields."""
        deployment = Deployment(embedded_broker, namespace, delivery="ordered").create()
        first, second, *rest = docket.expected.alerts
        invented = {**json.loads(first), "alert_id": "0" * 32}
        wrong = {**json.loads(second), "office": "Nowhere"}
        expected = [*rest, json.dumps(invented).encode(), json.dumps(wrong).encode()]
        code, out, _ = verify(deployment, expected, "--with-worker")
        assert code == 1
        alert = json.loads(first)
        assert (
            f"extra: alert {alert['alert_id']} revision 1: raised {alert['cause']} of case {alert['case_id']}\n" in out
        )
        assert f"missing: alert {'0' * 32} revision 1: raised " in out
        assert f"different: alert {wrong['alert_id']} revision {wrong['revision']}: office is " in out
        assert ', not "Nowhere"\n' in out
        assert out.endswith("expected: 3 differences\n")

    @pytest.mark.embedded
    def test_without_a_worker(self, docket: Docket, embedded_broker: str, namespace: str, verify: Verify) -> None:
        """The command times out and says what it needs."""
        deployment = Deployment(embedded_broker, namespace, delivery="ordered").create()
        code, _, err = verify(deployment, docket.expected.alerts, "--patience", "1")
        assert code == 2
        assert err == (
            f"docketwatch: no worker has judged up to {to_text(docket.until)}: 4 of 4 case partitions were never "
            f"judged, and nothing moved for 1 s; is `docketwatch worker --clock log` running on {embedded_broker} "
            f"with group {namespace}?\n"
        )

    @pytest.mark.embedded
    def test_a_worker_that_ends_is_reported(
        self, docket: Docket, embedded_broker: str, namespace: str, verify: Verify, tmp_path: Path
    ) -> None:
        """The error has the end of its output and the path of the rest."""
        deployment = Deployment(embedded_broker, namespace, delivery="ordered").create()
        policy = tmp_path / "policy.toml"
        policy.write_text('name = "x"\n')
        code, _, err = verify(deployment, docket.expected.alerts, "--with-worker", "--policy", str(policy))
        assert code == 2
        assert err.startswith(f"docketwatch: the worker ended with code 2: {policy}: ")
        assert os.fspath(tmp_path / "verify-worker.log") in err

    def test_an_invalid_expectation(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The error names file and line before anything is sent."""
        file = tmp_path / "expected.jsonl"
        file.write_text('{"alert_id": 1}\n')
        code, _, err = run(
            capsys,
            "verify",
            str(file),
            "--until",
            "2026-03-09T15:00:00Z",
            "--expect",
            str(file),
            "--brokers",
            "127.0.0.1:1",
        )
        assert code == 2
        assert err.startswith(f"docketwatch: {file}:1: is no alert as `evaluate --alerts` writes it: ")


POLICY = """
name = "strict"
version = "1"
review_by = 2025-12-31
[officers]
required_courses = ["safety"]
overloaded = { raise = 0.02, clear = 0.015, periods = 3 }
critical = { raise = 0.05, clear = 0.03, periods = 3 }
orphaned_after = "1h"
intake = { per_open = 0.02, least = 1 }
[officers.causes.training_lapsed]
escalate_after = "5d"
"""


class TestOfficers:
    """The command compares alerts of officers and loads, too."""

    @pytest.fixture
    def files(self, docket: Docket, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
        """A log that begins with an officer, hours before the first case, and ends with one at its last instant."""
        first = min(event.recorded_at for event in docket.events)
        early, late = (
            officer_updated(name, at, "active")
            for name, at in (("o-first", first - 30 * HOUR), ("o-last", docket.until))
        )
        log, policy = tmp_path / "log.jsonl", tmp_path / "policy.toml"
        log.write_bytes(early + docket.log.read_bytes() + late)
        policy.write_text(POLICY)
        outputs = {
            option: str(tmp_path / f"expected{option}.jsonl") for option in ("--alerts", "--officer-alerts", "--loads")
        }
        common = [str(log), "--policy", str(policy), "--until", to_text(docket.until)]
        code, out, err = run(capsys, "evaluate", *common, *(word for pair in outputs.items() for word in pair))
        assert code == 0, err
        assert " officer alert revisions; open: " in out
        wanted = zip(("--expect", "--expect-officers", "--expect-loads"), outputs.values(), strict=True)
        return [*common, *(word for pair in wanted for word in pair)]

    @pytest.mark.kafka
    def test_several_workers(
        self,
        files: list[str],
        apache_kafka: str,
        namespace: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
    ) -> None:
        """`evaluate` and Kafka give the same from the first event up to the last instant."""
        code, out, err = self._verify(
            Deployment(apache_kafka, namespace).create(), files, "2", monkeypatch, capsys, tmp_path
        )
        assert code == 0, out + err
        assert 3 == out.count(" expected: equal\n"), out
        alerts = [json.loads(line) for line in Path(files[-3]).read_text().splitlines()]
        assert {alert["cause"] for alert in alerts} >= {
            "overloaded",
            "training_lapsed",
            "intake_too_fast",
            "policy_review_overdue",
        }

    @pytest.mark.embedded
    def test_differences(
        self,
        files: list[str],
        embedded_broker: str,
        namespace: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
    ) -> None:
        """The command prints missing and different ones with the officer."""
        officer_alerts, loads = Path(files[-3]), Path(files[-1])
        first, *others = officer_alerts.read_text().splitlines()
        officer_alerts.write_text("\n".join([*others, first.replace(json.loads(first)["alert_id"], "0" * 32)]) + "\n")
        load, *rest = loads.read_text().splitlines()
        wrong = {**json.loads(load), "open_cases": 12345}
        loads.write_text("\n".join([json.dumps(wrong), *rest]) + "\n")

        deployment = Deployment(embedded_broker, namespace, delivery="ordered").create()
        code, out, _ = self._verify(deployment, files, "1", monkeypatch, capsys, tmp_path)

        assert code == 1
        assert f"missing: alert {'0' * 32} revision 1: raised {json.loads(first)['cause']}" in out
        assert f"different: load of officer {wrong['officer_id']}: open_cases is " in out
        assert "officer alert revisions found, " in out
        assert out.endswith(" expected: 1 differences\n")

    def _verify(
        self,
        deployment: Deployment,
        files: list[str],
        workers: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
    ) -> tuple[int, str, str]:
        for name, value in deployment.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("DOCKETWATCH_DATA_DIR", str(tmp_path))
        return run(capsys, "verify", *files, "--workers", workers)


def officer_updated(officer_id: str, at: int, status: str) -> bytes:
    """Return an officer_updated recorded at an instant (ms), as a line of a log."""
    record = {
        "v": 1,
        "event_id": f"e-{officer_id}",
        "type": "officer_updated",
        "occurred_at": to_text(at),
        "recorded_at": to_text(at),
        "source": "test",
        "officer_id": officer_id,
        "office": "ATL",
        "status": status,
        "capacity_hours_month": None,
    }
    return json.dumps(record).encode() + b"\n"
