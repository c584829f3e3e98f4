"""The interpreter settings of a worker, read from a child process."""

import subprocess
import sys

CODE = """
import gc, sys
from streams.process.interpreter_tuning import tune_interpreter
tune_interpreter()
print(gc.get_threshold(), gc.get_freeze_count() > 0, round(sys.getswitchinterval(), 6))
"""


class TestTuning:
    def test_collections_are_rare_and_threads_switch_often(self) -> None:
        """A fetch must not wait 5 ms for each of its steps while events are processed."""
        done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
        assert done.stdout.split("\n")[0] == "(200000, 50, 100) True 0.0005"
