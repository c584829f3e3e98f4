"""`docketwatch verify` on real brokers: it says yes when it should, and no when it should."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.instants import to_text
from tests.kafka.docket import DELIVERY, Docket, Place
from tests.unit.cli.test_evaluate import run

BROKERS = [
    pytest.param("embedded_broker", marks=pytest.mark.embedded, id="embedded"),
    pytest.param("apache_kafka", marks=pytest.mark.kafka, id="apache"),
]
Verify = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=600, days=40)


@pytest.fixture(params=BROKERS)
def place(request: pytest.FixtureRequest, namespace: str) -> Place:
    return Place(request.getfixturevalue(request.param), namespace, delivery=DELIVERY[request.param]).create()


@pytest.fixture
def verify(
    docket: Docket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Verify:
    """Runs the command on the docket, with a list of expected alerts."""

    def verifying(place: Place, expected: list[bytes], *words: str) -> tuple[int, str, str]:
        for name, value in place.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("DOCKETWATCH_DATA_DIR", str(tmp_path))
        file = tmp_path / "expected.jsonl"
        file.write_bytes(b"".join(line + b"\n" for line in expected))
        return run(capsys, "verify", str(docket.log), "--until", to_text(docket.until), "--expect", str(file), *words)

    return verifying


class TestVerify:
    def test_equal(self, docket: Docket, place: Place, verify: Verify) -> None:
        """What evaluate says is what comes out of Kafka, revision by revision."""
        number = len(docket.said.alerts)
        code, out, _ = verify(place, docket.said.alerts, "--with-worker")
        assert code == 0, out
        assert number > 20
        assert f"{number} alert revisions found, {number} expected: equal\n" in out

    @pytest.mark.kafka
    def test_several_workers(self, docket: Docket, apache_kafka: str, namespace: str, verify: Verify) -> None:
        """Partitions are shared out while the log is played: the same alerts."""
        place = Place(apache_kafka, namespace).create()
        code, out, err = verify(place, docket.said.alerts, "--workers", "2")
        assert code == 0, out + err
        assert ": equal\n" in out

    @pytest.mark.kafka
    def test_several_workers_where_one_may_run(
        self, docket: Docket, apache_kafka: str, namespace: str, verify: Verify
    ) -> None:
        """Nobody is fenced there, so it is refused."""
        place = Place(apache_kafka, namespace, delivery="ordered")
        code, _, err = verify(place, docket.said.alerts, "--workers", "2")
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
        """What is missing, extra and different is printed, with the fields."""
        place = Place(embedded_broker, namespace, delivery="ordered").create()
        first, second, *rest = docket.said.alerts
        invented = {**json.loads(first), "alert_id": "0" * 32}
        wrong = {**json.loads(second), "office": "Nowhere"}
        expected = [*rest, json.dumps(invented).encode(), json.dumps(wrong).encode()]
        code, out, _ = verify(place, expected, "--with-worker")
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
    def test_nobody_judges(self, docket: Docket, embedded_broker: str, namespace: str, verify: Verify) -> None:
        """Without a worker it gives up, and says what is wanted."""
        place = Place(embedded_broker, namespace, delivery="ordered").create()
        code, _, err = verify(place, docket.said.alerts, "--patience", "1")
        assert code == 2
        assert err == (
            f"docketwatch: no worker has judged up to {to_text(docket.until)}: 4 of 4 case partitions were never "
            f"judged, and nothing moved for 1 s; is `docketwatch worker --clock log` running on {embedded_broker} "
            f"with group {namespace}?\n"
        )

    @pytest.mark.embedded
    def test_a_worker_that_ends_is_told(
        self, docket: Docket, embedded_broker: str, namespace: str, verify: Verify, tmp_path: Path
    ) -> None:
        """With what it said last, and where the rest is."""
        place = Place(embedded_broker, namespace, delivery="ordered").create()
        policy = tmp_path / "policy.toml"
        policy.write_text('name = "x"\n')
        code, _, err = verify(place, docket.said.alerts, "--with-worker", "--policy", str(policy))
        assert code == 2
        assert err.startswith(f"docketwatch: the worker ended with code 2: {policy}: ")
        assert os.fspath(tmp_path / "verify-worker.log") in err

    def test_an_expectation_that_is_none(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """File and line are named before anything is sent."""
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
