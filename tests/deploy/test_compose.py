"""The compose file: docker compose reads it, the processes know its settings, and its broker starts for real."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from schemas.policy import load_policy
from streams.kafka.client.admin import AdminClient
from streams.kafka.client.settings import Settings
from streams.kafka.client.topics import check_topics, create_topics
from streams.web.settings import ConsoleSettings
from streams.web.tokens import Tokens
from tests.deploy.files import COMPOSE, DEPLOY, assert_report_options, documents, known_settings
from tests.kafka.brokers import KafkaBroker

PROFILES: Final = ("core", "obs", "load", "report")
ELSEWHERE: Final = {
    "KAFKA_HEAP_OPTS",
    "KAFKA_LISTENERS",
    "KAFKA_ADVERTISED_LISTENERS",
    "KAFKA_CONTROLLER_QUORUM_VOTERS",
    "KAFKA_LOG_DIRS",
}
"""Where the broker of a container listens and keeps its data; that of a test does elsewhere."""


def parsed(**variables: str) -> dict[str, Any]:
    """Return every service as docker compose parses it with these variables, or fail with its error."""
    compose = Path(sys.executable).with_name("docker-compose")
    chosen = [word for profile in PROFILES for word in ("--profile", profile)]
    command = [compose, "-f", COMPOSE, *chosen, "config", "--format", "json"]
    without = {name: value for name, value in os.environ.items() if name != "LOG"}
    done = subprocess.run(command, env={**without, **variables}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["services"]
    return found


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Return every service without a variable."""
    return parsed()


def ours(services: dict[str, Any]) -> dict[str, Any]:
    """Return the services that run docketwatch."""
    return {name: each for name, each in services.items() if each["image"].startswith("docketwatch")}


class TestServices:
    def test_every_one_is_in_a_profile(self, services: dict[str, Any]) -> None:
        """The four profiles together start every service."""
        assert {
            "core": {"kafka", "topics", "worker-1", "worker-2", "console"},
            "obs": {"prometheus", "alertmanager", "grafana"},
            "load": {"generate", "replay"},
            "report": {"report"},
        } == {profile: {name for name, each in services.items() if profile in each["profiles"]} for profile in PROFILES}

    def test_no_setting_is_misspelt(self, services: dict[str, Any]) -> None:
        """A process reads every variable."""
        result = {name for each in ours(services).values() for name in each.get("environment") or {}}
        assert result <= known_settings()

    def test_each_worker_keeps_its_name_and_its_volume(self, services: dict[str, Any]) -> None:
        """Workers share neither of them."""
        workers = [services["worker-1"], services["worker-2"]]
        assert ["worker-1", "worker-2"] == [each["environment"]["DOCKETWATCH_INSTANCE_ID"] for each in workers]
        assert ["worker-1-data", "worker-2-data"] == [each["volumes"][0]["source"] for each in workers]

    def test_workers_keep_the_wall_clock(self, services: dict[str, Any]) -> None:
        """Without it a docket whose feeds are silent raises no alert; a replay asks for the clock of its log."""
        assert all(["worker", "--clock", "wall"] == services[name]["command"] for name in ("worker-1", "worker-2"))

    def test_workers_and_console_have_the_same_policy(self, services: dict[str, Any]) -> None:
        """It is a file of this machine, where `POLICY` names another one."""
        for name in ("worker-1", "worker-2", "console"):
            [config] = services[name]["configs"]
            assert "policy" == config["source"]
            assert config["target"] == services[name]["environment"]["DOCKETWATCH_POLICY_FILE"]
        [compose] = documents(COMPOSE)
        default = compose["configs"]["policy"]["file"].removeprefix("${POLICY:-").removesuffix("}")
        assert load_policy(COMPOSE.parent / default).id == load_policy(None).id

    def test_the_report_has_the_policy_and_reads_the_log(self, services: dict[str, Any]) -> None:
        """The command takes its options; it writes to a volume of its own only."""
        report = services["report"]
        assert_report_options(report["command"])
        mounts = {each["target"]: (each["source"], each.get("read_only", False)) for each in report["volumes"]}
        assert {"/log": ("load-data", True), "/var/lib/docketwatch": ("report-data", False)} == mounts
        [config] = report["configs"]
        assert f"--policy={config['target']}" in report["command"]

    def test_the_console_reads_the_log_that_is_named(self, services: dict[str, Any]) -> None:
        """It is below the volume that `generate` fills; without a name the console reads the input topics."""
        [volume] = services["console"]["volumes"]
        assert ("load-data", "/log", True) == (volume["source"], volume["target"], volume["read_only"])
        [written] = services["generate"]["volumes"]
        assert volume["source"] == written["source"]
        name = "DOCKETWATCH_CONSOLE_EVENT_LOG"
        assert "" == services["console"]["environment"][name]
        named = parsed(LOG="docket/events.jsonl")
        [folder] = [word for word in named["generate"]["command"] if word.startswith(written["target"])]
        assert named["console"]["environment"][name] == f"{folder}/events.jsonl".replace(written["target"], "/log")
        assert named["console"]["environment"][name] in named["report"]["command"]

    def test_each_role_has_its_own_image(self, services: dict[str, Any]) -> None:
        """Only console and report have the libraries of the extras."""
        targets = {name: (each["image"], each["build"]["target"]) for name, each in ours(services).items()}
        for name in ("console", "report"):
            assert ("docketwatch-console:0.1.0", "console") == targets.pop(name)
        assert {("docketwatch:0.1.0", "worker")} == set(targets.values())

    def test_the_memory_of_every_service_is_limited(self, services: dict[str, Any]) -> None:
        """One that grows is ended by the kernel, and not its neighbour."""
        assert all(int(each["mem_limit"]) >= 256 << 20 for each in services.values())

    def test_nothing_is_published_beyond_this_machine(self, services: dict[str, Any]) -> None:
        """The broker and the workers have no published port at all."""
        published = {name: port["host_ip"] for name, each in services.items() for port in each.get("ports", ())}
        assert {"127.0.0.1"} == set(published.values())
        assert not {"kafka", "worker-1", "worker-2"} & set(published)

    def test_secrets_are_files(self, services: dict[str, Any]) -> None:
        """The settings in the environment are only the addresses of the services."""
        for each in services.values():
            for name, value in (each.get("environment") or {}).items():
                if any(word in name for word in ("TOKEN", "PASSWORD", "KEY_FILE")):
                    assert value.startswith("/run/secrets/")

    def test_our_services_have_few_privileges(self, services: dict[str, Any]) -> None:
        """The disk is read-only, and there is no capability."""
        for each in ours(services).values():
            assert each["read_only"]
            assert ["ALL"] == each["cap_drop"]

    def test_every_mounted_file_exists(self, services: dict[str, Any]) -> None:
        """Docker would create a missing folder, empty."""
        sources = {
            volume["source"]
            for each in services.values()
            for volume in each.get("volumes", ())
            if volume["type"] == "bind"
        }
        assert not [source for source in sources if not Path(source).exists()]


class TestBroker:
    @pytest.mark.kafka
    def test_it_accepts_its_settings(self, services: dict[str, Any], kafka_needed: None, tmp_path: Path) -> None:
        """Apache Kafka of that version starts with those settings, and the catalogue's topics can be created on it."""
        result = services["kafka"]["environment"]
        options = {
            name.removeprefix("KAFKA_").lower().replace("_", "."): value
            for name, value in result.items()
            if name.startswith("KAFKA_") and name not in ELSEWHERE
        }
        assert services["kafka"]["image"].startswith("apache/kafka:4.3.1@")
        with KafkaBroker(tmp_path, with_options=options) as broker:
            settings = Settings.load(brokers=broker.bootstrap, replication=1)
            with AdminClient(settings) as admin:
                create_topics(admin, settings)
                assert [] == check_topics(admin, settings)


class TestSecrets:
    def test_they_are_created_and_usable(self, services: dict[str, Any], tmp_path: Path) -> None:
        """Every secret that the file names exists, no two are equal, and the console accepts its own."""
        make(tmp_path)
        made = tmp_path / "secrets"
        [compose] = documents(COMPOSE)
        named = {Path(each["file"]).name for each in compose["secrets"].values()}
        assert named == {path.name for path in made.iterdir()}
        result = services["console"]["environment"]
        files = {
            name.removeprefix("DOCKETWATCH_CONSOLE_").lower(): made / Path(value).name
            for name, value in result.items()
            if name.startswith("DOCKETWATCH_CONSOLE_") and name.endswith("_FILE")
        }
        own = ConsoleSettings.load(bind=result["DOCKETWATCH_CONSOLE_BIND"], **files)
        assert 3 == len(Tokens(own.token_files))

    def test_existing_secrets_stay(self, tmp_path: Path) -> None:
        """A second run changes nothing."""
        make(tmp_path)
        before = {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
        make(tmp_path)
        assert before == {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}

    def test_other_users_of_the_machine_have_no_access(self, tmp_path: Path) -> None:
        """The folder keeps them out, because the user of a container reads the files."""
        make(tmp_path)
        assert 0o700 == (tmp_path / "secrets").stat().st_mode & 0o777


class TestImage:
    def test_the_linter_finds_nothing(self) -> None:
        """The test runs hadolint with all of its rules."""
        command = [Path(sys.executable).with_name("hadolint"), DEPLOY / "docker" / "Dockerfile"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_it_runs_as_an_unprivileged_user(self) -> None:
        """Its last user is the one that Kubernetes names, and its health check asks the worker's path and port."""
        lines = (DEPLOY / "docker" / "Dockerfile").read_text().splitlines()
        assert "USER 10001:10001" == [line for line in lines if line.startswith("USER")][-1]
        port = Settings.model_fields["metrics_port"].default
        assert any(f"127.0.0.1:{port}/livez" in line for line in lines)

    def test_what_it_installs_is_locked(self) -> None:
        """Each pip has hashes to compare with, or no registry to ask."""
        text = (DEPLOY / "docker" / "Dockerfile").read_text().replace("\\\n", " ")
        installs = re.findall(r"pip (?:install|wheel) [^&\n]*", text)
        assert 5 == len(installs)
        assert all("--require-hashes" in each or "--no-deps" in each for each in installs)

    def test_the_build_context_has_only_the_listed_files(self) -> None:
        """The context has what the COPY lines name, so no secret can enter the image."""
        lines = (DEPLOY / "docker" / "Dockerfile").read_text().splitlines()
        copies = [line.split()[1:-1] for line in lines if line.startswith("COPY") and "--from" not in line]
        copied = {word for words in copies for word in words}
        ignored = (DEPLOY / "docker" / "Dockerfile.dockerignore").read_text().splitlines()
        assert "*" == ignored[0]
        assert copied == {line[1:] for line in ignored if line.startswith("!")}


def make(directory: Path) -> None:
    """Run the script."""
    done = subprocess.run([DEPLOY / "compose" / "make-secrets", directory], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
