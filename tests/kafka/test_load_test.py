"""`docketwatch load-test` with a worker on a real broker: every measurement is there, and the figures are right."""

import csv
import json
from pathlib import Path

import pytest

from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.unit.cli.test_evaluate import run

pytestmark = pytest.mark.kafka
HOLD_BACK = 2_000


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=800, days=30)


@pytest.fixture
def deployment(apache_kafka: str, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """The topics of this test alone, and the settings of a worker on them."""
    deployment = Deployment(apache_kafka, namespace, partitions=2).create()
    for name, value in deployment.environment.items():
        if name.startswith("DOCKETWATCH_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("DOCKETWATCH_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", deployment.environment["PYTHONPATH"])
    return deployment


class TestLoadTest:
    def test_on_the_wall_clock(
        self, docket: Docket, deployment: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """No alert comes before the hold-back; every event arrives once, at the requested rate."""
        found, table = tmp_path / "found.json", tmp_path / "found.csv"
        words = ("--with-worker", "--rate", "300", "--rate", "600", "--seconds", "4", "--warmup", "1")
        code, out, _ = run(
            capsys, "load-test", str(docket.log), *words, "--bound", "30", "--json", str(found), "--csv", str(table)
        )
        document = json.loads(found.read_text())

        assert code == 0
        assert [300, 600] == [each["rate"] for each in document["runs"]]
        for each in document["runs"]:
            assert each["rate"] * 4 <= each["sent"] < each["rate"] * 5  # events of one instant stay together
            assert each["alerts"] > 20
            assert HOLD_BACK <= each["p50_ms"] <= each["p99_ms"] <= each["p999_ms"] <= each["max_ms"]
            assert each["worker_cpu_us"] > 0
            assert each["verdict"] in ("held", "falling behind")  # the machine may be busy
        assert "held" in out or "falling behind" in out
        assert ["300.0", "600.0"] == [row["rate"] for row in csv.DictReader(table.read_text().splitlines())]
        sent = sum(each["sent"] for each in document["runs"])
        read = [row for short in ("cases", "check-ins", "hearings", "reassignments", "officers")
                for row in deployment.read(short)]  # fmt: skip
        assert sent == len(read)  # no clock record is sent: the test measures the hold-back

    def test_the_knee_of_an_unchanged_log(
        self, docket: Docket, deployment: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The log's clock is used; the search ends, and a run at half the knee follows."""
        found = tmp_path / "found.json"
        words = ("--with-worker", "--clock", "log", "--seconds", "2", "--warmup", "0.5", "--from-rate", "1500")
        code, out, _ = run(
            capsys, "load-test", str(docket.log), *words, "--precision", "1", "--bound", "0.01", "--json", str(found)
        )
        document = json.loads(found.read_text())

        # no run reaches 10 ms, so the search goes lower until a run has no alert or no rate is left
        assert code == 0
        rates = [each["rate"] for each in document["runs"]]
        assert [1500, 750, 375] == rates[:3]
        assert document["runs"][0]["verdict"] in ("slow", "falling behind")
        if document["knee"] is None:
            assert "no rate was sustained\n" in out
        else:
            assert pytest.approx(document["knee"] / 2, abs=0.001) == document["at_half_the_knee"]["rate"]  # rounded
            assert f"knee: {document['knee']:,.0f} events/s; at half of it:\n" in out

    def test_a_log_that_is_too_short(
        self, docket: Docket, deployment: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The command says so and keeps the earlier results."""
        found = tmp_path / "found.csv"
        words = ("--with-worker", "--rate", "500", "--rate", "100000", "--seconds", "2", "--warmup", "0.5")
        code, _, err = run(capsys, "load-test", str(docket.log), *words, "--bound", "60", "--csv", str(found))

        assert code == 2
        assert "of the 200,000 events of a run at 100,000/s; give a longer log (`docketwatch generate`), or" in err
        assert ["500.0"] == [row["rate"] for row in csv.DictReader(found.read_text().splitlines())]

    def test_topics_that_are_not_empty(
        self, docket: Docket, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The command sends no generated event among real ones."""
        deployment.feed(docket.events[:1])
        code, _, err = run(capsys, "load-test", str(docket.log), "--rate", "100")

        assert code == 2
        assert ": a load test wants topics of its own; make some with `docketwatch topics create --prefix" in err

    def test_without_a_worker(self, docket: Docket, deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
        """The command says so before it sends anything."""
        code, _, err = run(capsys, "load-test", str(docket.log), "--rate", "100", "--patience", "1")

        assert code == 2
        assert "2 of 2 case partitions were never judged, and nothing moved for 1 s; is a `docketwatch worker`" in err
        assert [] == deployment.read("check-ins")

    def test_a_warmup_as_long_as_the_run(self, docket: Docket, capsys: pytest.CaptureFixture[str]) -> None:
        """No event would be left to count."""
        code, _, err = run(capsys, "load-test", str(docket.log), "--seconds", "5", "--warmup", "5")

        assert (2, "docketwatch: --warmup 5 must be less than --seconds 5: nothing would be counted\n") == (code, err)
