"""The build of the wheel refuses an unsupported Python before it fetches or compiles anything."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.deploy.files import DEPLOY
from tests.kafka.waiting import LIMIT

BACKEND: Final = DEPLOY / "wheel" / "backend.py"
SENTENCE: Final = (
    "docketwatch needs Python 3.11 or newer, and this is Python {}: make the environment with a newer one, such as "
    "`python3.12 -m venv .venv`\n"
)


def old_pythons() -> Iterator[tuple[str, str]]:
    """Return version and path of each Python of this machine that is too old, and whose pip knows pyproject.toml."""
    for minor in (7, 8, 9, 10):
        version = f"3.{minor}"
        installed = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
        found = str(installed[-1]) if installed else shutil.which(f"python{version}")
        if found is not None:
            yield version, found


class TestOldPython:
    @pytest.mark.parametrize(("version", "python"), list(old_pythons()))
    def test_pip_says_the_sentence(self, version: str, python: str, tmp_path: Path) -> None:
        """A real old Python asks no registry for a library of the build, of which no version takes it."""
        command = [python, "-m", "pip", "wheel", "--no-index", "--no-deps", "--wheel-dir", tmp_path, DEPLOY.parent]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
        output = done.stdout + done.stderr
        if "No module named pip" in output:
            pytest.skip(f"Python {version} has no pip")
        assert 1 == done.returncode
        assert SENTENCE.format(version) in output
        assert "Cython" not in output
        assert not list(tmp_path.iterdir())

    def test_the_backend_refuses_it_before_it_imports_a_library(self) -> None:
        """The same with a version that is set, where no old Python is installed."""
        program = (
            "import runpy, sys\n"
            "sys.version_info = (3, 10, 12, 'final', 0)\n"
            "sys.modules['Cython'] = sys.modules['hatchling'] = sys.modules['setuptools'] = None\n"
            f"runpy.run_path({str(BACKEND)!r})\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=LIMIT, check=False
        )
        assert (1, SENTENCE.format("3.10")) == (done.returncode, done.stderr)
