"""The scripts around images and Secrets run with a fake docker that records its arguments."""

import os
import re
import shutil
import subprocess
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
        assert "NOT PINNED: there is no docker to ask the registries with\n" == done.stdout, done.stderr
        assert COMPOSE.read_text() == (tree / "deploy" / "compose" / "compose.yaml").read_text()


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
