"""The interpreter settings of a worker, read from a child process."""

import gc
import subprocess
import sys

from streams.process.interpreter_tuning import garbage_collector_off

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


class TestGarbageCollectorOff:
    def test_one_within_another(self) -> None:
        """The end of the inner block leaves the collector off; the end of the outer one enables it again."""
        with garbage_collector_off():
            with garbage_collector_off():
                assert not gc.isenabled()
            assert not gc.isenabled()
        assert gc.isenabled()
