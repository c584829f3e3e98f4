"""The users of deploy/kubernetes/kafka on a broker with ACLs: each can do its work, and nothing else."""

import asyncio
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

from schemas.instants import to_text
from schemas.roles import Role, roles
from schemas.topics import catalogue
from streams.kafka.client.connection import client_options
from streams.kafka.client.settings import Settings
from tests.kafka.brokers import KafkaBroker
from tests.kafka.deployment import ROOT, Deployment
from tests.kafka.docket import Docket
from tests.kafka.listeners import Listeners
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import LIMIT

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import KafkaAdminClient
    from kafka.admin import ACL, ACLOperation, ACLPermissionType, ACLResourcePatternType, ResourcePattern, ResourceType

pytestmark = pytest.mark.kafka

USERS: Final[list[dict[str, Any]]] = list(
    yaml.safe_load_all((ROOT / "deploy" / "kubernetes" / "kafka" / "users.yaml").read_text())
)
NAMES: Final = [user["metadata"]["name"] for user in USERS]
TOPICS: Final = [entry.name for entry in catalogue()]
PATTERNS: Final = {"literal": ACLResourcePatternType.LITERAL, "prefix": ACLResourcePatternType.PREFIXED}
RESOURCES: Final = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactionalId": ResourceType.TRANSACTIONAL_ID,
}
OPERATIONS: Final = {
    "Create": ACLOperation.CREATE,
    "Describe": ACLOperation.DESCRIBE,
    "DescribeConfigs": ACLOperation.DESCRIBE_CONFIGS,
    "Read": ACLOperation.READ,
    "Write": ACLOperation.WRITE,
}


@dataclass(frozen=True)
class AclBroker:
    """A broker with the ACLs of the committed users, and every user's password."""

    broker: KafkaBroker
    directory: Path

    def environment(self, user: str) -> dict[str, str]:
        """Return the settings of a process of a role."""
        ours = {
            "BROKERS": self.broker.address("SASL_PLAINTEXT"),
            "SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "SASL_MECHANISM": "PLAIN",
            "SASL_USERNAME": user,
            "SASL_PASSWORD_FILE": str(self.directory / user),
            "PARTITIONS": "2",
            "REPLICATION": "1",
            "METRICS_PORT": "0",
            "SESSION_TIMEOUT": "6s",
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DOCKETWATCH_")}
        return {**inherited, "PYTHONPATH": str(ROOT), **{f"DOCKETWATCH_{name}": value for name, value in ours.items()}}

    def client(self, user: str) -> dict[str, Any]:
        """Return the same settings for a Kafka client."""
        settings = Settings.load(
            brokers=self.broker.address("SASL_PLAINTEXT"), security_protocol="SASL_PLAINTEXT", sasl_mechanism="PLAIN",
            sasl_username=user, sasl_password_file=self.directory / user,
        )  # fmt: skip
        return client_options(settings)

    def allowed(self, user: str) -> dict[str, set[str]]:
        """Return the operations that the broker allows a role, by topic of the catalogue."""
        admin = KafkaAdminClient(**self.client(user))
        try:
            # the broker names no operations for a topic that the role may not see
            return {topic["name"]: set(topic["authorized_operations"] or ()) for topic in admin.describe_topics(TOPICS)}
        finally:
            admin.close()


@dataclass(frozen=True)
class RoleDeployment(Deployment):
    """The docket's own topics, accessed as one role."""

    secured: AclBroker | None = None
    user: str = ""
    group: str = "docketwatch"

    @property
    def environment(self) -> dict[str, str]:
        assert self.secured is not None
        return {**self.secured.environment(self.user), "DOCKETWATCH_GROUP": self.group}


@pytest.fixture(scope="module")
def secured(kafka_needed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AclBroker]:
    """Start a broker with Strimzi's `simple` authorizer; passwords replace its client certificates."""
    directory = tmp_path_factory.mktemp("secured")
    options = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }
    for name in NAMES:
        (directory / name).write_text(f"{name}-password\n")
    passwords = {name: f"{name}-password" for name in NAMES}
    with KafkaBroker(directory / "kafka", with_options=options, listeners=Listeners(passwords)) as broker:
        admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        answer = admin.create_acls([acl for user in USERS for acl in acls(user)])
        assert answer["failed"] == []
        admin.close()
        secured = AclBroker(broker, directory)
        made = run(secured, "docketwatch-admin", directory, "topics", "create")
        assert made.child.exit_code == 0, made.output()
        yield secured


def acls(user: dict[str, Any]) -> Iterator[Any]:
    """Return the ACLs that Strimzi's user operator makes of a KafkaUser."""
    for rule in user["spec"]["authorization"]["acls"]:
        named = rule["resource"]
        pattern = ResourcePattern(RESOURCES[named["type"]], named["name"], PATTERNS[named["patternType"]])
        for operation in rule["operations"]:
            yield ACL(f"User:{user['metadata']['name']}", "*", OPERATIONS[operation], ACLPermissionType.ALLOW, pattern)


def run(secured: AclBroker, user: str, directory: Path, *words: str) -> CliProcess:
    """Run a command of docketwatch as a role until it ends."""
    done = start(secured, user, directory, *words)
    assert done.child.wait(LIMIT) is not None, done.output()
    return done


def start(secured: AclBroker, user: str, directory: Path, *words: str) -> CliProcess:
    """Start a worker as a role."""
    deployment = RoleDeployment(secured.broker.bootstrap, "docket", 2, secured=secured, user=user)
    return CliProcess(deployment, directory / f"{user}-{words[0]}.log", *words)


class TestRoles:
    def test_each_does_its_work(self, secured: AclBroker, tmp_path: Path) -> None:
        """Each role does its part for topics, events, alerts and dead letters: the alerts are those of the core."""
        docket = Docket.make(tmp_path / "docket", cases=60, days=20)
        checked = run(secured, "docketwatch-admin", tmp_path, "topics", "check")
        assert checked.child.exit_code == 0, checked.output()
        worker = start(secured, "docketwatch-worker", tmp_path, "worker", "--clock", "log").ready()
        words = ("replay", str(docket.log), "--until", to_text(docket.until))
        played = run(secured, "docketwatch-producer", tmp_path, *words)
        assert played.child.exit_code == 0, played.output()
        worker.finish(docket.until)

        everything = Deployment(secured.broker.bootstrap, "docket", 2)
        records = [*everything.read("lost-track-alerts"), *everything.read("restricted-alerts")]
        assert len(records) == len(docket.expected.alerts) > 0
        listed = run(secured, "docketwatch-operator", tmp_path, "dead-letters", "list")
        assert listed.child.exit_code == 0, listed.output()

    def test_a_worker_in_a_foreign_group_ends_and_names_the_missing_grant(
        self, secured: AclBroker, tmp_path: Path
    ) -> None:
        """Otherwise it would wait for its partitions for ever."""
        deployment = RoleDeployment(
            secured.broker.bootstrap, "docket", 2, secured=secured, user="docketwatch-worker", group="others"
        )
        worker = CliProcess(deployment, tmp_path / "worker.log", "worker")
        assert worker.child.wait(LIMIT) == 70, worker.output()
        assert "the worker stops: it is in no group: group others: no right to join it: it needs the ACL READ" in (
            worker.output()
        )

    @pytest.mark.parametrize("role", roles(), ids=lambda role: role.name)
    def test_none_does_more(self, secured: AclBroker, role: Role) -> None:
        """A role's allowed operations on every topic are those of its grants, and no more."""
        expected: dict[str, set[str]] = {name: set() for name in TOPICS}
        for grant in role.grants:
            if grant.resource == "topic":
                for name in TOPICS:
                    if name == grant.name or (grant.is_prefix and name.startswith(grant.name)):
                        expected[name] |= {OPERATIONS[operation].name for operation in grant.operations}
        for operations in expected.values():
            if operations & {"READ", "WRITE"}:
                operations.add("DESCRIBE")
        assert expected == secured.allowed(role.name)

    @pytest.mark.parametrize("user", [name for name in NAMES if name != "docketwatch-worker"])
    def test_none_joins_the_workers(self, secured: AclBroker, user: str) -> None:
        """A member that does not work would take partitions from those that do."""
        assert not asyncio.run(may_join(secured.client(user), "docketwatch"))

    def test_a_consumer_joins_a_group_of_its_own(self, secured: AclBroker) -> None:
        """The group has the role's name; the check above can succeed."""
        assert asyncio.run(may_join(secured.client("docketwatch-consumer"), "docketwatch-consumer-mailer"))


async def may_join(client: dict[str, Any], group: str) -> bool:
    """Return whether a group's coordinator accepts us as a member."""
    consumer = AIOKafkaConsumer(**client, group_id=group, enable_auto_commit=False)
    try:
        await consumer.start()
        partition = TopicPartition("docket.lost-track-alerts", 0)
        consumer.assign([partition])
        async with asyncio.timeout(LIMIT):
            await consumer.commit({partition: 0})
    except (GroupAuthorizationFailedError, TopicAuthorizationFailedError):
        return False
    except KafkaError as error:
        raise AssertionError(f"neither accepted nor refused: {error!r}") from error
    finally:
        await consumer.stop()
    return True
