"""The build of the wheel refuses an unsupported Python before it compiles anything."""

import subprocess
import sys

from tests.deploy.files import DEPLOY


class TestOldPython:
    def test_it_is_refused_in_one_sentence(self) -> None:
        """The refusal comes before the build imports a library, so no library need be installed for that Python."""
        hook = DEPLOY / "wheel" / "compile.py"
        program = (
            "import runpy, sys\n"
            "sys.version_info = (3, 10, 12, 'final', 0)\n"
            "sys.modules['Cython'] = sys.modules['hatchling'] = sys.modules['setuptools'] = None\n"
            f"runpy.run_path({str(hook)!r})\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
        assert 1 == done.returncode
        assert (
            "docketwatch needs Python 3.11 or newer, and this is Python 3.10: make the environment with a newer one, "
            "such as `python3.12 -m venv .venv`\n"
        ) == done.stderr
