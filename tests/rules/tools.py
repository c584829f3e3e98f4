"""The programs of Prometheus and Alertmanager, as Debian packages them; tests skip loudly without them."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

__all__ = ["DEPLOY", "program", "run"]

DEPLOY: Final = Path(__file__).parents[2] / "deploy"

_PACKAGES: Final = {
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "amtool": "prometheus-alertmanager",
    "curl": "curl",
    "prometheus-alertmanager": "prometheus-alertmanager",
}


def program(name: str) -> str:
    """Return the path of a program; without it skip the test, or fail where a skip would hide a missing test."""
    found = shutil.which(name)
    if found is None:
        why = f"there is no {name}: apt-get install {_PACKAGES[name]}"
        if os.environ.get("DOCKETWATCH_REQUIRE_KAFKA") == "1":
            pytest.fail(f"DOCKETWATCH_REQUIRE_KAFKA=1, but {why}")
        pytest.skip(why)
    return found


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program until it ends."""
    return subprocess.run(
        [program(str(words[0])), *map(str, words[1:])], capture_output=True, text=True, timeout=900, check=False
    )
