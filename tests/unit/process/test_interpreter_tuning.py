"""What a worker asks of its interpreter, seen from a process of its own."""

import subprocess
import sys

CODE = """
import gc, sys
from streams.process.interpreter_tuning import tune_interpreter
tune_interpreter()
print(gc.get_threshold(), gc.get_freeze_count() > 0, round(sys.getswitchinterval(), 6))
"""


class TestTuning:
    def test_collections_are_rare_and_threads_take_turns_soon(self) -> None:
        """A fetch must not wait 5 ms for every piece of it while events are worked on."""
        done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
        assert done.stdout.split("\n")[0] == "(200000, 50, 100) True 0.0005"
