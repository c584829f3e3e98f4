"""The scripts around images and Secrets run with a fake docker that records its arguments."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import kubernetes_validate
import pytest
import yaml
from packaging.requirements import Requirement

from streams.web.settings import ConsoleSettings
from streams.web.tokens import Tokens
from tests.deploy.files import COMPOSE, DEPLOY, KUBERNETES, documents, kubectl
from tests.deploy.test_kubernetes import VERSION, WORKLOADS

ROOT: Final = DEPLOY.parent
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())
DIGEST: Final = f"sha256:{'5e' * 32}"
DOCKER: Final = f"""#!/bin/sh
echo "$*" >> "$(dirname "$0")/asked"
case "$*" in
*imagetools*) echo {DIGEST} ;;
*) while [ "$1" != --metadata-file ]; do shift; done; echo '{{"containerimage.digest": "{DIGEST}"}}' > "$2" ;;
esac
"""


def run(script: Path, *words: object, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a script, optionally with a program of the test before the others."""
    search = os.environ["PATH"] if path is None else f"{path}:{os.environ['PATH']}"
    return subprocess.run(
        [script, *map(str, words)], env={**os.environ, "PATH": search}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """Return a folder with a docker that answers with one digest."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "docker").write_text(DOCKER)
    (folder / "docker").chmod(0o755)
    return folder


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a checkout that the scripts may change."""
    tree = tmp_path / "tree"
    ignored = shutil.ignore_patterns("secrets", "*.png")
    shutil.copytree(DEPLOY, tree / "deploy", ignore=ignored)
    shutil.copytree(ROOT / ".ci", tree / ".ci")
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


class TestMakeSecrets:
    def test_they_are_what_the_pods_mount(self, tmp_path: Path) -> None:
        """The namespace comes first; every Secret that Strimzi does not make has the keys that the manifests name."""
        done = run(KUBERNETES / "make-secrets", tmp_path)
        assert done.returncode == 0, done.stderr
        namespace, *secrets = yaml.safe_load_all(done.stdout)
        for each in (namespace, *secrets):
            kubernetes_validate.validate(each, VERSION, strict=True)
        assert "docketwatch" == namespace["metadata"]["name"]
        made = {each["metadata"]["name"]: set(each["data"]) for each in secrets}
        mounted = {
            volume["secret"]["secretName"]
            for workload in WORKLOADS
            for volume in workload["spec"]["template"]["spec"]["volumes"]
            if "secret" in volume
        }
        of_strimzi = {"docket-cluster-ca-cert", "docketwatch-worker", "docketwatch-console"}
        assert mounted - of_strimzi == set(made)
        assert {"viewer", "supervisor", "restricted"} == made["docketwatch-console-tokens"]
        assert {"tls.crt", "tls.key", "ca.crt"} == made["docketwatch-console-tls"]
        assert {"token"} == made["docketwatch-metrics"]

    def test_the_console_accepts_its_tokens(self, tmp_path: Path) -> None:
        """Each file has a name and a token."""
        run(KUBERNETES / "make-secrets", tmp_path)
        files = {f"{role}_tokens_file": tmp_path / "secrets" / role for role in ("viewer", "supervisor", "restricted")}
        assert 3 == len(Tokens(ConsoleSettings.load(**files).token_files))

    def test_a_second_run_prints_the_same(self, tmp_path: Path) -> None:
        """A token changes only where its file was removed."""
        first, second = (run(KUBERNETES / "make-secrets", tmp_path).stdout for _ in range(2))
        assert first == second

    def test_git_ignores_them(self) -> None:
        """A commit has none of them."""
        assert "deploy/kubernetes/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


class TestPublish:
    def test_the_manifests_name_the_images_by_digest(self, docker: Path, tree: Path) -> None:
        """Both roles are built and pushed, and the component has the digests that docker returned."""
        done = run(tree / "deploy" / "kubernetes" / "publish", "registry.test/team", path=docker)
        assert done.returncode == 0, done.stderr
        asked = (docker / "asked").read_text()
        for target, name in (("worker", "docketwatch"), ("console", "docketwatch-console")):
            assert f"--target {target} --tag registry.test/team/{name}:{PROJECT['project']['version']} " in asked
        [component] = documents(tree / "deploy" / "kubernetes" / "images" / "kustomization.yaml")
        assert component["images"] == [
            {"name": name, "newName": f"registry.test/team/{name}", "digest": DIGEST}
            for name in ("docketwatch", "docketwatch-console")
        ]

    def test_kubectl_applies_the_digests(self, docker: Path, tree: Path) -> None:
        """It joins what publish wrote with the other manifests."""
        assert 0 == run(tree / "deploy" / "kubernetes" / "publish", "registry.test/team", path=docker).returncode
        built = run(kubectl(), "kustomize", tree / "deploy" / "kubernetes")
        assert f"image: registry.test/team/docketwatch@{DIGEST}" in built.stdout, built.stderr
        assert f"image: registry.test/team/docketwatch-console@{DIGEST}" in built.stdout

    def test_without_a_registry_it_does_nothing(self, docker: Path, tree: Path) -> None:
        """The sentence says what is missing."""
        done = run(tree / "deploy" / "kubernetes" / "publish", path=docker)
        assert done.returncode != 0
        assert "the registry and folder" in done.stderr
        assert not (docker / "asked").exists()


class TestPinImages:
    def test_every_image_of_others_has_a_digest(self) -> None:
        """A tag may move; a digest may not. The builder's frontend is the installed one, not an image of its own."""
        dockerfile, compose = (DEPLOY / "docker" / "Dockerfile").read_text(), COMPOSE.read_text()
        bases = [name for name in re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) if ":" in name]
        others = [*bases, *re.findall(r"image: (?!docketwatch)(\S+)", compose)]
        assert 6 == len(others)
        assert not [name for name in others if not re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", name)]
        assert "syntax=" not in dockerfile

    def test_every_image_of_others_gets_its_digest(self, docker: Path, tree: Path) -> None:
        """A second run changes nothing more."""
        files = [tree / "deploy" / "docker" / "Dockerfile", tree / "deploy" / "compose" / "compose.yaml"]
        assert 0 == run(tree / ".ci" / "pin-images", path=docker).returncode
        once = [file.read_text() for file in files]
        run(tree / ".ci" / "pin-images", path=docker)
        assert once == [file.read_text() for file in files]
        assert f"FROM python:3.11-slim-bookworm@{DIGEST} AS runtime\n" in once[0]
        others = re.findall(r"image: (?!docketwatch)(\S+)", once[1])
        assert 4 == len(others) == sum(each.endswith(f"@{DIGEST}") for each in others)

    def test_without_docker_it_says_so(self, tree: Path, tmp_path: Path) -> None:
        """The files keep their tags."""
        for name in ("bash", "dirname", "env"):
            (tmp_path / name).symlink_to(str(shutil.which(name)))
        command = [tmp_path / "bash", tree / ".ci" / "pin-images"]
        done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
        assert (1, "NOT PINNED: there is no docker to ask the registries with\n") == (done.returncode, done.stdout)
        assert COMPOSE.read_text() == (tree / "deploy" / "compose" / "compose.yaml").read_text()


class TestRenew:
    """What a scheduler calls: with a docker and a uv of the test, and tests that only say that they ran."""

    UV: Final = """#!/bin/sh
while [ "$1" != --output-file ]; do shift; done
printf 'newer==2.0 \\\\\n    --hash=sha256:00\n' > "$2"
"""

    @pytest.fixture
    def tools(self, docker: Path) -> Path:
        """Return the folder of docker with a python3 whose environments have a pip that installs nothing, and a uv."""
        (docker / "uv").write_text(self.UV)
        (docker / "python3").write_text(
            f"""#!/bin/sh
[ "$2" = venv ] || exec {sys.executable} "$@"
mkdir -p "$3/bin"
cp "{docker}/uv" "$3/bin/uv"
cp "{shutil.which("true")}" "$3/bin/pip"
"""
        )
        for name in ("uv", "python3"):
            (docker / name).chmod(0o755)
        return docker

    @pytest.fixture
    def repository(self, tree: Path) -> Path:
        """Return the checkout as a repository, with tests that only say that they ran."""
        (tree / ".ci" / "run").write_text("#!/bin/sh\necho the tests ran; exit $(cat result 2>/dev/null || echo 0)\n")
        self.commit(tree)
        return tree

    @staticmethod
    def commit(tree: Path) -> None:
        own = ("git", "-c", "user.name=x", "-c", "user.email=x@x", "-c", "init.defaultBranch=main")
        for words in (("init", "-q"), ("add", "-A", "-f"), ("commit", "-q", "-m", "x")):
            subprocess.run([*own, *words], cwd=tree, check=True)

    def test_it_renews_locks_and_digests_and_runs_the_tests(self, tools: Path, repository: Path) -> None:
        """It prints which files changed, and leaves them to be committed."""
        done = run(repository / ".ci" / "renew", path=tools)
        assert 0 == done.returncode, done.stderr
        assert "the tests ran" == done.stdout.splitlines()[-1]
        assert " deploy/locks/worker.txt " in done.stdout
        for role in ("worker", "console", "build"):
            assert (repository / "deploy" / "locks" / f"{role}.txt").read_text().startswith("newer==2.0 ")
        assert f"@{DIGEST}" in (repository / "deploy" / "docker" / "Dockerfile").read_text()

    def test_nothing_is_newer(self, tools: Path, repository: Path) -> None:
        """A second run does not run the tests."""
        run(repository / ".ci" / "renew", path=tools)
        self.commit(repository)
        done = run(repository / ".ci" / "renew", path=tools)
        assert (0, "nothing is newer") == (done.returncode, done.stdout.splitlines()[-1])
        assert "the tests ran" not in done.stdout

    def test_it_fails_with_the_tests(self, tools: Path, repository: Path) -> None:
        """A newer version that breaks something is not taken."""
        (repository / "result").write_text("1")
        assert 1 == run(repository / ".ci" / "renew", path=tools).returncode

    @pytest.mark.parametrize(("tool", "sentence"), [("pip", "NOT LOCKED: uv cannot"), ("docker", "NOT PINNED")])
    def test_it_fails_where_it_cannot_ask(self, tools: Path, repository: Path, tool: str, sentence: str) -> None:
        """A scheduled run that renews nothing must be seen."""
        if tool == "pip":
            python = tools / "python3"
            python.write_text(python.read_text().replace(f"{shutil.which('true')}", f"{shutil.which('false')}"))
            done = run(repository / ".ci" / "renew", path=tools)
        else:
            words = ("bash", "dirname", "env", "mktemp", "rm", "cp", "mkdir", "cat", "git")
            for name in words:
                (tools / name).symlink_to(str(shutil.which(name)))
            (tools / "docker").unlink()
            done = subprocess.run(
                [tools / "bash", repository / ".ci" / "renew"],
                env={"PATH": str(tools)},
                capture_output=True,
                text=True,
                check=False,
            )
        assert 1 == done.returncode, done.stderr
        assert sentence in done.stdout
        assert "the tests ran" not in done.stdout


class TestLocks:
    EXTRAS: Final = PROJECT["project"]["optional-dependencies"]
    ROLES: Final = {
        "worker": PROJECT["project"]["dependencies"],
        "console": [
            *PROJECT["project"]["dependencies"],
            *EXTRAS["console"],
            *EXTRAS["balance"],
            *EXTRAS["sources"],
        ],
        "build": PROJECT["build-system"]["requires"],
    }

    @staticmethod
    def locked(role: str) -> dict[str, tuple[str, int]]:
        """Return version and number of hashes by name."""
        text = (DEPLOY / "locks" / f"{role}.txt").read_text()
        found = re.findall(r"^([\w.-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})*)$", text, re.MULTILINE)
        assert len(found) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE))
        return {name.lower(): (version, hashes.count("sha256")) for name, version, hashes in found}

    @pytest.mark.parametrize("role", ROLES)
    def test_it_fits_pyproject(self, role: str) -> None:
        """After a change of a requirement run `.ci/lock`."""
        locked = self.locked(role)
        for requirement in map(Requirement, self.ROLES[role]):
            name = requirement.name.lower().replace("_", "-")
            assert requirement.specifier.contains(locked[name][0], prereleases=True), name

    @pytest.mark.parametrize("role", ROLES)
    def test_everything_has_a_hash(self, role: str) -> None:
        """pip refuses a file that has none of them."""
        assert [] == [name for name, (_, hashes) in self.locked(role).items() if not hashes]

    def test_both_roles_run_the_same_versions(self) -> None:
        """A console that is newer than its worker would read untested records."""
        console = self.locked("console")
        assert self.locked("worker").items() <= console.items()
