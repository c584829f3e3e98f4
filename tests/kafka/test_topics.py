"""`docketwatch topics` on real brokers."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.topics import catalogue
from streams.kafka.client.admin import AdminClient, NewTopic
from streams.kafka.client.settings import Settings
from streams.kafka.client.topics import wanted_topics
from tests.kafka.deployment import Deployment
from tests.kafka.processes import CliProcess
from tests.unit.cli.test_evaluate import run

BROKERS = [
    pytest.param("embedded_broker", marks=pytest.mark.embedded, id="embedded"),
    pytest.param("apache_kafka", marks=pytest.mark.kafka, id="apache"),
]


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest) -> str:
    address: str = request.getfixturevalue(request.param)
    return address


class TestCreateAndCheck:
    def test_created_topics_match_the_catalogue(
        self, broker: str, namespace: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Every topic of the catalogue exists without a difference; a second run does nothing."""
        here = ("--brokers", broker, "--prefix", namespace, "--partitions", "4")
        number = len(catalogue())
        code, out, _ = run(capsys, "topics", "create", *here)
        assert code == 0
        assert f"created {namespace}.cases\n" in out
        assert f"{number} created, 0 there already, on {broker}" in out
        code, out, _ = run(capsys, "topics", "check", *here)
        assert code == 0
        assert f"{number} topics on {broker} are as the catalogue says" in out
        code, out, _ = run(capsys, "topics", "create", *here)
        assert (code, out) == (0, f"0 created, {number} there already, on {broker}\n")

    def test_every_difference_is_named(self, broker: str, namespace: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The differences are a missing topic, partitions, cleanup, retention, compaction, and an unexpected topic."""
        settings = Settings.load(brokers=broker, prefix=namespace, partitions=4)
        with AdminClient(settings) as admin:
            topics = {topic.name.removeprefix(f"{namespace}."): topic for topic in wanted_topics(settings, 1)}
            del topics["audit"]
            topics["cases"] = NewTopic(f"{namespace}.cases", 3, 1, topics["cases"].settings)
            topics["hearings"] = other(topics["hearings"], {"retention.ms": "604800000"})
            topics["officer-load"] = other(topics["officer-load"], {"cleanup.policy": "delete"})
            topics["lost-track-alerts"] = other(topics["lost-track-alerts"], {"max.compaction.lag.ms": "7"})
            topics["old"] = NewTopic(f"{namespace}.old", 1, 1, {})
            admin.create(list(topics.values()))
        code, out, _ = run(capsys, "topics", "check", "--brokers", broker, "--prefix", namespace, "--partitions", "4")
        assert code == 1
        named = [line.removeprefix(f"{namespace}.") for line in out.splitlines() if line.startswith(namespace)]
        assert named == [
            "cases: has 3 partitions, not 4; a key would move, so it has to be recreated",
            "hearings: has retention.ms=604800000, not 1209600000",
            "lost-track-alerts: has max.compaction.lag.ms=7, not 86400000",
            "officer-load: has cleanup.policy=delete, not compact",
            "audit: is missing",
        ]
        assert f"note: {namespace}.old is not in the catalogue" in out

    def test_create_keeps_existing_topics(
        self, broker: str, namespace: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It creates the missing ones and reports the differences."""
        settings = Settings.load(brokers=broker, prefix=namespace, partitions=4)
        with AdminClient(settings) as admin:
            admin.create([NewTopic(f"{namespace}.audit", 2, 1, {"cleanup.policy": "delete"})])
        code, out, _ = run(capsys, "topics", "create", "--brokers", broker, "--prefix", namespace, "--partitions", "4")
        assert code == 1
        assert f"{namespace}.audit: has 2 partitions, not 1" in out

    @pytest.mark.kafka
    def test_too_many_replicas_are_refused(
        self, apache_kafka: str, namespace: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The error has the broker's own reason."""
        code, _, err = run(
            capsys, "topics", "create", "--brokers", apache_kafka, "--prefix", namespace, "--replication", "3"
        )
        assert code == 2
        assert f"does not make {namespace}.cases: Unable to replicate the partition 3 time(s)" in err


@pytest.mark.kafka
class TestHazards:
    @pytest.fixture
    def check(
        self, apache_kafka: str, namespace: str, capsys: pytest.CaptureFixture[str]
    ) -> Callable[..., tuple[int, list[str]]]:
        """Return exit code and output of `topics check` after changes of topics' settings."""

        def checking(changes: dict[str, dict[str, str]], *words: str) -> tuple[int, list[str]]:
            deployment = Deployment(apache_kafka, namespace)
            here = ("--brokers", apache_kafka, "--prefix", namespace, "--partitions", str(deployment.partitions))
            run(capsys, "topics", "create", *here)
            entries = {entry.short: entry for entry in catalogue(namespace, deployment.partitions)}
            for short, config in changes.items():
                deployment.configure(short, {**entries[short].settings, **config})
            code, out, _ = run(capsys, "topics", "check", *here, *words)
            return code, [line.replace(f"{namespace}.", "") for line in out.splitlines()]

        return checking

    @pytest.mark.parametrize(
        ("short", "setting", "value", "rest"),
        [
            (
                "hearings",
                "retention.ms",
                "86400000",
                ", which is less than a downtime of 72 h: events would be deleted",
            ),
            ("cases", "retention.bytes", "1000000", ": more may arrive within a downtime of 72 h; must be -1"),
            ("case-state", "max.message.bytes", "500000", ": batches of records have up to 900000 bytes, and larger"),
            (
                "lost-track-alerts",
                "min.insync.replicas",
                "2",
                ", but a partition has 1 copy: the broker refuses every write",
            ),
            (
                "officer-state",
                "cleanup.policy",
                "compact,delete",
                ": the broker would delete the workers' state",
            ),
            ("officer-load", "cleanup.policy", "delete", ", not compact"),
            ("check-ins", "cleanup.policy", "compact", ", not delete"),
            ("reassignments", "unclean.leader.election.enable", "true", ": a broker that lacks the newest records may"),
        ],
    )
    def test_a_setting_that_may_lose_history_is_named(
        self, check: Callable[..., tuple[int, list[str]]], short: str, setting: str, value: str, rest: str
    ) -> None:
        """One line has topic, setting, value and consequence."""
        code, (line,) = check({short: {setting: value}})
        assert code == 1
        assert line.startswith(f"{short}: has {setting}={value}{rest}")

    def test_a_topic_that_recompresses_is_noted(self, check: Callable[..., tuple[int, list[str]]]) -> None:
        """Its records are readable, so it is no difference."""
        code, lines = check({"cases": {"compression.type": "zstd"}})
        assert code == 0
        assert lines[0] == (
            "note: cases: has compression.type=zstd: the broker recompresses every batch, whatever its producer chose"
        )
        assert lines[1].endswith("are as the catalogue says")

    def test_a_longer_downtime_needs_longer_retention(self, check: Callable[..., tuple[int, list[str]]]) -> None:
        """The input topics need it, and the brokers, which delete a group's offsets after a week."""
        code, lines = check({}, "--downtime", "20d")
        assert code == 1
        kept = [line for line in lines if "has retention.ms=1209600000, which is less than a downtime of 480 h" in line]
        assert ["cases", "check-ins", "hearings", "reassignments", "officers"] == [line.split(":")[0] for line in kept]
        assert lines[-1] == (
            "the brokers: have offsets.retention.minutes=10080, which is less than a downtime of 480 h: a group that "
            "was down for longer starts again with the oldest record"
        )

    def test_an_invalid_downtime_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The refusal comes before any request."""
        code, _, err = run(capsys, "topics", "check", "--downtime", "a week")
        assert code == 2
        assert err == ('docketwatch: --downtime \'a week\': must be a span of time such as "500ms", "2s" or "15m"\n')


@pytest.mark.kafka
class TestStart:
    @pytest.mark.parametrize(
        ("short", "config", "sentence"),
        [
            ("case-state", {"max.message.bytes": "1000"}, "has max.message.bytes=1000: batches of records have up to "),
            ("dead-letters", {"min.insync.replicas": "3"}, "has min.insync.replicas=3, but a partition has 1 copy: "),
            ("case-state", {"cleanup.policy": "delete"}, "has cleanup.policy=delete: the broker would delete the "),
        ],
        ids=["message", "in sync", "cleanup"],
    )
    def test_a_worker_does_not_start_on_unusable_topics(
        self, apache_kafka: str, namespace: str, tmp_path: Path, short: str, config: dict[str, str], sentence: str
    ) -> None:
        """One sentence names topic, setting and value; the exit code is 2, because no restart would help."""
        deployment = Deployment(apache_kafka, namespace).create()
        deployment.configure(short, config)
        worker = CliProcess(deployment, tmp_path / "worker.log", "worker", "--clock", "log")
        worker.child.wait()
        assert 2 == worker.child.exit_code
        (line,) = [line for line in worker.output().splitlines() if line.startswith("docketwatch: ")]
        assert line.startswith(f"docketwatch: {namespace}.{short} {sentence}")


class TestWanted:
    def test_three_replicas_where_there_are_three_brokers(self) -> None:
        """One broker may be down, and acknowledged records are still on two."""
        settings = Settings.load(replication=None)
        (few, *_), (many, *_) = wanted_topics(settings, 1), wanted_topics(settings, 5)
        assert (1, None) == (few.replication, few.settings.get("min.insync.replicas"))
        assert (3, "2") == (many.replication, many.settings["min.insync.replicas"])


class TestNoBroker:
    def test_a_missing_broker_is_one_sentence(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The error comes within seconds, with what to do and exit code 2."""
        code, out, err = run(capsys, "topics", "check", "--brokers", "127.0.0.1:1")
        assert (code, out) == (2, "")
        assert err == (
            "docketwatch: no broker answers at 127.0.0.1:1: start one (`docketwatch broker`), "
            "or name yours in DOCKETWATCH_BROKERS\n"
        )

    def test_a_listener_that_is_no_broker(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The port listens but does not answer."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"127.0.0.1:{server.getsockname()[1]}"
            code, _, err = run(capsys, "topics", "check", "--brokers", address)
        assert code == 2
        assert err == (
            f"docketwatch: what listens at {address} does not answer as a broker that speaks PLAINTEXT: "
            "is DOCKETWATCH_SECURITY_PROTOCOL wrong?\n"
        )


def other(topic: NewTopic, settings: dict[str, str]) -> NewTopic:
    return NewTopic(topic.name, topic.partitions, topic.replication, {**topic.settings, **settings})
