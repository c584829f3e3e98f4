"""The queries and commands of the runbooks and boards: promtool, kubectl and docker-compose accept them.

`tests/kafka/test_runbooks.py` runs all others and asks all queries.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import yaml

from streams.monitoring.grafana import EVENTS
from streams.web.health.metrics import ConsoleCollector
from tests.deploy.files import KUBERNETES, documents, kubectl
from tests.documents import ROOT, broken_command, commands
from tests.rules.questions import VARIABLES, metrics_in
from tests.rules.runbook_pages import RUNBOOKS, RunbookPage, placeholders
from tests.rules.test_rules import GROUPS
from tests.rules.test_runbooks import PAGES
from tests.rules.tools import run
from tests.unit.metrics.metric_samples import collector, view
from tests.unit.web.test_console_metrics import AT_WORK, FEEDS

SHELL: Final = {"docketwatch", "kafka-consumer-groups.sh", "kubectl"}


def commands_of(program: str) -> list[str]:
    """Return the commands of all pages that begin with a program."""
    return sorted({each for page in RUNBOOK_PAGES for each in page.commands if each.startswith(program)})


RUNBOOK_PAGES: Final = [RunbookPage.read(path) for path in sorted(RUNBOOKS.glob("*.md"))]
OF_KUBERNETES: Final = commands_of("kubectl ")
OF_DOCKER: Final = commands_of("docker ")


def blocks(page: Path, language: str) -> list[str]:
    """Return the lines of the blocks of a language in a page."""
    found = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    return [line for block in found for line in block.splitlines()]


def checked(queries: list[str], directory: Path) -> str:
    """Return what promtool finds wrong with queries."""
    rules = [{"record": f"query:number:{number}", "expr": query} for number, query in enumerate(queries)]
    file = directory / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    done = run("promtool", "check", "rules", file)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Return the names of all metrics that workers and console export, and of those that rules record."""
    console = ConsoleCollector(lambda: AT_WORK, lambda: FEEDS, lambda: 1)
    families = {family.name for each in (collector(view()), console) for family in each.collect()}
    recorded = {rule["record"] for group in GROUPS for rule in group["rules"] if "record" in rule}
    return families | recorded | {"process_start_time_seconds", "process_resident_memory_bytes"}


class TestQueries:
    def test_promtool_accepts_every_query(self, tmp_path: Path) -> None:
        """Those of the runbooks, and those with which boards mark restarts and changes of the policy."""
        queries = [query for page in PAGES for query in blocks(page, "promql")]
        marks = [expr for _, expr, _ in EVENTS]
        for variable, value in VARIABLES.items():
            marks = [expr.replace(variable, value) for expr in marks]
        assert "" == checked([*queries, *marks], tmp_path)

    def test_a_wrong_query_is_found(self, tmp_path: Path) -> None:
        """The check above can fail."""
        assert "parse error" in checked(["sum by (topic (up)"], tmp_path)

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
    def test_each_page_has_one_whose_metrics_exist(self, page: Path, known: set[str]) -> None:
        """A metric that was renamed is renamed here, too."""
        queries = blocks(page, "promql")
        assert queries
        named = {name for query in queries for name in metrics_in(query)}
        assert set() == {name for name in named if not {name, re.sub(r"_(total|bucket|info)$", "", name)} & known}


class TestCommands:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
    def test_each_can_be_run(self, page: Path) -> None:
        """docketwatch knows the command and its options; the other programs are those of Kafka and Kubernetes."""
        assert {line.split()[0] for line in blocks(page, "sh")} <= SHELL
        assert [] == [broken for words in commands(page) if (broken := broken_command(words))]

    @pytest.mark.parametrize("page", [*PAGES, RUNBOOKS / "README.md"], ids=lambda page: page.stem)
    def test_an_export_has_its_addresses(self, page: Path) -> None:
        """Without them, or `--no-addresses`, the command ends with 2."""
        exports = [words for words in commands(page) if words.startswith("monitoring export ")]
        needed = ("--runbooks", "--console", "--hooks")
        assert [] == [words for words in exports if not all(name in words for name in needed)]

    def test_every_placeholder_is_explained(self) -> None:
        """README.md has the words that an operator replaces, and no other."""
        used = {word for page in RUNBOOK_PAGES for command in page.commands for word in placeholders(command)}
        table = re.findall(r"^\| (`.+?) \|", (RUNBOOKS / "README.md").read_text(), re.MULTILINE)
        assert used == {word for row in table for word in placeholders(row)}


class TestKubernetes:
    """No cluster is here: kubectl itself reads each command, and the manifests have what it names."""

    @pytest.mark.parametrize("command", OF_KUBERNETES)
    def test_kubectl_accepts_it(self, command: str, tmp_path: Path) -> None:
        """It fails at the connection, after it has read its command line."""
        done = subprocess.run(
            [kubectl(), "--server=http://127.0.0.1:1", *shlex.split(command)[1:]],
            env={**os.environ, "HOME": str(tmp_path), "KUBECONFIG": ""}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert 1 == done.returncode
        assert "The connection to the server 127.0.0.1:1 was refused" in done.stderr

    @pytest.mark.parametrize("command", OF_KUBERNETES)
    def test_the_manifests_have_what_it_names(self, command: str) -> None:
        """The namespace is theirs, a workload makes pods with the label, and the pod is one of a StatefulSet."""
        (top,) = documents(KUBERNETES / "kustomization.yaml")
        workloads = [each for each in documents(*KUBERNETES.glob("base/*.yaml")) if "template" in each.get("spec", {})]
        words = shlex.split(command)
        assert top["namespace"] == words[words.index("--namespace") + 1]
        if "--selector" in words:
            label, _, value = words[words.index("--selector") + 1].partition("=")
            assert value in [each["spec"]["template"]["metadata"]["labels"].get(label) for each in workloads]
        else:
            pods = {
                f"{each['metadata']['name']}-{number}"
                for each in workloads
                if each["kind"] == "StatefulSet"
                for number in range(each["spec"]["replicas"])
            }
            assert words[-1] in pods


class TestCompose:
    @pytest.mark.parametrize("command", OF_DOCKER)
    def test_docker_compose_accepts_it(self, command: str, tmp_path: Path) -> None:
        """No daemon is here: it fails at the connection, after it has read its command line and the file."""
        program = Path(sys.executable).with_name("docker-compose")
        assert ["docker", "compose"] == command.split()[:2]
        done = subprocess.run(
            [program, *command.split()[2:]], cwd=ROOT,
            env={**os.environ, "HOME": str(tmp_path), "DOCKER_HOST": "tcp://127.0.0.1:1"}, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert 1 == done.returncode
        assert "Cannot connect to the Docker daemon" in done.stderr
