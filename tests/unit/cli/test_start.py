"""What a command imports before it works: the CPU time of a start is that of its imports."""

import json
import subprocess
import sys

_CLIENTS = {"aiokafka", "kafka", "faust", "mode", "aiohttp"}
_HEAVY = {*_CLIENTS, "asyncio", "ssl", "nicegui", "fastapi", "uvicorn", "numpy"}


def imported_by(program: str) -> set[str]:
    """All modules that are imported once a program has run in a new interpreter; it may print what it likes."""
    tail = "\nimport json, sys\nprint()\nprint(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program + tail], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def run(*words: str) -> str:
    """A program that runs a command of docketwatch to its end."""
    return f"""
from streams.cli.main import main
try:
    main({list(words)!r})
except SystemExit as end:
    assert not end.code, end.code
"""


class TestHelp:
    def test_it_imports_no_command(self) -> None:
        """`docketwatch --help` prints from the table of commands: neither a model nor the core is imported."""
        imported = imported_by(run("--help"))

        assert not imported & {*_HEAVY, "pydantic", "msgspec", "yaml", "holidays", "rich"}
        assert not {name for name in imported if name.startswith(("streams.core", "streams.kafka", "schemas.events"))}

    def test_that_of_the_worker_imports_no_client(self) -> None:
        """The worker's own help lists its settings, for which no broker client is needed."""
        assert not imported_by(run("worker", "--help")) & (_HEAVY - {"asyncio", "ssl"})


class TestEvaluate:
    def test_it_imports_neither_client_nor_loop(self) -> None:
        """`evaluate` reads a file: the event loop and its TLS alone are a tenth of its start."""
        assert not imported_by("import streams.cli.main, streams.cli.evaluate") & _HEAVY

    def test_a_bar_that_is_not_shown_is_not_imported(self) -> None:
        """Without a terminal there is no progress bar, which would be another tenth."""
        assert "rich" not in imported_by("import streams.cli.main, streams.cli.evaluate")


class TestWorker:
    def test_it_imports_neither_console_nor_tools(self) -> None:
        """A worker serves its metrics with the standard library, and has no part of the console."""
        imported = imported_by("import streams.cli.main, streams.cli.worker, streams.agents.worker")

        assert not imported & {"nicegui", "fastapi", "uvicorn", "numpy", "rich"}
        assert not {name for name in imported if name.startswith(("streams.web", "streams.tools", "streams.sources"))}

    def test_garbage_is_not_collected_between_imports(self) -> None:
        """A thousand modules make objects that stay: to walk them again and again was a sixth of the start."""
        program = """
import gc
import streams.cli.main
collected = []
gc.callbacks.append(lambda phase, _: collected.append(phase))
streams.cli.main.docketwatch.load_command(None, "evaluate")
assert collected.count('start') <= 1, collected  # one may follow the last import
assert gc.isenabled()
"""
        assert "schemas.events" in imported_by(program)
