"""Strimzi's own classes read the topics and users, and find no unknown field."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.deploy.files import KUBERNETES, documents
from tests.kafka.waiting import LIMIT

VERSION: Final = "0.51.0"
HERE: Final = Path(__file__).parent / "strimzi"
FILES: Final = [KUBERNETES / "kafka" / name for name in ("topics.yaml", "users.yaml")]

Check = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def check() -> Check:
    """Return the check; Maven fetches its classes once."""
    java, maven = shutil.which("javac"), shutil.which("mvn")
    if java is None or maven is None:
        why = "Strimzi's classes cannot be asked: there is no javac, or no mvn"
        if os.environ.get("DOCKETWATCH_REQUIRE_KAFKA") == "1":
            pytest.fail(why)
        pytest.skip(why)
    library = Path.home() / ".cache" / "docketwatch" / f"strimzi-{VERSION}"
    if not (library / f"api-{VERSION}.jar").exists():
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={library}"]
        done = subprocess.run(
            [maven, "-q", "-B", "-f", HERE / "pom.xml", *goal],
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:]

    def run(*files: Path) -> tuple[int, str]:
        command = [Path(java).with_name("java"), "-cp", f"{library}/*", HERE / "CheckResources.java", *files]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
        return done.returncode, done.stdout

    return run


class TestStrimziResources:
    def test_strimzi_knows_every_field(self, check: Check) -> None:
        """Strimzi knows every value of an enumeration too."""
        code, found = check(*FILES)
        assert (0, f"{len(documents(*FILES))} resources read, 0 faults\n") == (code, found)

    def test_an_unknown_field_is_found(self, check: Check, tmp_path: Path) -> None:
        """The check can fail: on an extra field, an unknown operation and a malformed number."""
        topic: dict[str, Any] = documents(FILES[0])[0]
        user: dict[str, Any] = documents(FILES[1])[0]
        topic["spec"]["partition"] = 3
        user["spec"]["authorization"]["acls"][0]["operations"] = ["Reed"]
        other = {**topic, "spec": {"partitions": "some"}}
        (tmp_path / "wrong.yaml").write_text(yaml.safe_dump_all([topic, user, other]))
        code, found = check(tmp_path / "wrong.yaml")
        assert code == 1
        assert "there is no partition" in found
        assert "Reed" in found
        assert "some" in found
