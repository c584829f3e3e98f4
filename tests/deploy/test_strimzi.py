"""The topics and users, read by Strimzi's own classes: nothing in them that those do not know."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.deploy.files import KUBERNETES, documents

VERSION: Final = "0.51.0"
HERE: Final = Path(__file__).parent / "strimzi"
FILES: Final = [KUBERNETES / "kafka" / name for name in ("topics.yaml", "users.yaml")]

Check = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def check() -> Check:
    """Runs the check; its classes come from Maven, once."""
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
            [maven, "-q", "-B", "-f", HERE / "pom.xml", *goal], capture_output=True, text=True, timeout=250, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:]

    def run(*files: Path) -> tuple[int, str]:
        command = [Path(java).with_name("java"), "-cp", f"{library}/*", HERE / "CheckResources.java", *files]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout

    return run


class TestStrimzi:
    def test_it_knows_all_of_them(self, check: Check) -> None:
        """Every field, and every word of an enumeration."""
        code, told = check(*FILES)
        assert (0, f"{len(documents(*FILES))} resources read, 0 faults\n") == (code, told)

    def test_what_it_does_not_know_is_found(self, check: Check, tmp_path: Path) -> None:
        """The check above can fail: a field too many, an operation that does not exist, a number that is none."""
        topic: dict[str, Any] = documents(FILES[0])[0]
        user: dict[str, Any] = documents(FILES[1])[0]
        topic["spec"]["partition"] = 3
        user["spec"]["authorization"]["acls"][0]["operations"] = ["Reed"]
        other = {**topic, "spec": {"partitions": "some"}}
        (tmp_path / "wrong.yaml").write_text(yaml.safe_dump_all([topic, user, other]))
        code, told = check(tmp_path / "wrong.yaml")
        assert code == 1
        assert "there is no partition" in told
        assert "Reed" in told
        assert "some" in told
