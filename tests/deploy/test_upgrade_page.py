"""deploy/upgrade.md: what no test can run without a cluster or an engine is compared with the files that it names."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.deploy.files import COMPOSE, DEPLOY, KUBERNETES, documents, kubectl
from tests.documents import ROOT

PAGE: Final = (DEPLOY / "upgrade.md").read_text()
CHANGELOG: Final = (DEPLOY / "CHANGELOG.md").read_text()
BLOCKS: Final = re.findall(r"<!-- ([a-z ]+) -->\n```\n(.*?)```\n<!-- end -->", PAGE, re.DOTALL)
UPGRADE: Final = PAGE[PAGE.index("## Upgrade") : PAGE.index("## Back up")]
TESTS: Final = [ROOT / "tests" / "kafka" / name for name in ("test_backup.py", "test_upgrade.py")]
NAMES: Final = {
    f"{each['kind'].lower()}/{each['metadata']['name']}"
    for each in documents(*(path for path in (KUBERNETES / "base").glob("*.yaml") if path.name != "kustomization.yaml"))
}


def spans(program: str, text: str = PAGE) -> list[list[str]]:
    """Return the commands of a program between backticks, each as its words."""
    return [span.split() for span in re.findall(r"`([^`\n]+)`", text) if span.startswith(f"{program} ")]


def broken_kubectl(words: list[str]) -> str | None:
    """Return what is wrong with a command of kubectl: its verb, an option, a folder, a resource or its namespace."""
    done = subprocess.run([kubectl(), *words[1:], "--help"], capture_output=True, text=True, check=False)
    verbs = words[1:3] if words[1] == "rollout" else words[1:2]
    if done.returncode or f"\n  kubectl {' '.join(verbs)} " not in done.stdout:
        return done.stderr or f"there is no kubectl {' '.join(verbs)}"
    options = dict(zip(words, [*words[1:], ""], strict=True))
    if "-k" in options:
        folder = ROOT / options["-k"]
        built = subprocess.run([kubectl(), "kustomize", folder], capture_output=True, text=True, check=False)
        return built.stderr or None
    named = [word for word in words if "/" in word]
    if unknown := set(named) - NAMES:
        return f"there is no {', '.join(unknown)}"
    [kustomization] = documents(KUBERNETES / "kustomization.yaml")
    if options.get("--namespace") != kustomization["namespace"]:
        return "it asks another namespace"
    return None


def broken_compose(words: list[str]) -> str | None:
    """Return what is wrong with a command of docker compose: an option, its file, or a profile."""
    program = Path(sys.executable).with_name("docker-compose")
    done = subprocess.run([program, *words[2:], "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr
    options = dict(zip(words, [*words[1:], ""], strict=True))
    if COMPOSE != ROOT / options["-f"]:
        return f"it reads {options['-f']}"
    profiles = {name for each in yaml.safe_load(COMPOSE.read_text())["services"].values() for name in each["profiles"]}
    return None if options["--profile"] in profiles else f"there is no profile {options['--profile']}"


class TestBlocks:
    def test_a_test_runs_every_block(self) -> None:
        """On Apache Kafka; the page says so."""
        ran = {mark for path in TESTS for mark in re.findall(r'(?:shell|_shell)\.run\("([a-z ]+)"', path.read_text())}
        assert {mark for mark, _ in BLOCKS} == ran
        assert all(path.relative_to(ROOT).as_posix() in PAGE for path in TESTS)

    def test_the_upgrade_has_its_commands_in_blocks(self) -> None:
        """Those of docketwatch; a command in a sentence is one of a block."""
        blocks = "\n".join(text for _, text in BLOCKS)
        assert [] == [words for words in spans("docketwatch", UPGRADE) if " ".join(words[:3]) not in blocks]


class TestCommands:
    @pytest.mark.parametrize("words", spans("kubectl", PAGE + CHANGELOG), ids=" ".join)
    def test_kubectl_knows_each_and_its_files_exist(self, words: list[str]) -> None:
        """A resource is one of the manifests, in the namespace of the kustomization; also in "Before you upgrade"."""
        assert broken_kubectl(words) is None

    @pytest.mark.parametrize("words", spans("docker compose"), ids=" ".join)
    def test_docker_compose_knows_each(self, words: list[str]) -> None:
        """It reads the compose file, and the profile is one of a service."""
        assert broken_compose(words) is None

    def test_each_script_exists(self) -> None:
        """It can be run."""
        scripts = [ROOT / words[0] for words in spans("deploy/kubernetes/publish")]
        assert scripts
        assert all(script.stat().st_mode & 0o100 for script in scripts)


class TestChecks:
    """Each of the checks above can fail."""

    @pytest.mark.parametrize(
        ("command", "why"),
        [
            ("kubectl rollout state statefulset/docketwatch-worker --namespace docketwatch", "kubectl rollout state"),
            ("kubectl scale statefulset/docketwatch-worker --replica=0", "unknown flag: --replica"),
            ("kubectl apply -k deploy/kubernete", "deploy/kubernete"),
            (
                "kubectl scale statefulset/docketwatch-workers --namespace docketwatch --replicas=0",
                "there is no stateful",
            ),
            ("kubectl scale statefulset/docketwatch-worker --replicas=0", "it asks another namespace"),
        ],
    )
    def test_a_wrong_kubectl(self, command: str, why: str) -> None:
        """Its verb, an option, a folder, a resource, a namespace."""
        assert why in (broken_kubectl(command.split()) or "")

    @pytest.mark.parametrize(
        ("command", "why"),
        [
            ("docker compose -f deploy/compose/compose.yaml --profile core up --builds -d", "unknown flag: --builds"),
            ("docker compose -f deploy/compose.yaml --profile core up", "it reads deploy/compose.yaml"),
            ("docker compose -f deploy/compose/compose.yaml --profile cores up", "there is no profile cores"),
        ],
    )
    def test_a_wrong_docker_compose(self, command: str, why: str) -> None:
        """An option, its file, a profile."""
        assert why in (broken_compose(command.split()) or "")
