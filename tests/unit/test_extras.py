"""Without an extra the product names it, and everything that needs no extra works."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any, Final

import pytest

from streams.cli.contract_document import commands
from streams.extras import EXTRAS, is_installed
from tests.kafka.waiting import LIMIT
from tests.unit.cli.test_evaluate import OPENED, log

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TOOLS: Final = {"previews", "test"}
"""Extras that the product never imports."""
MODULES: Final = sorted({module for modules in EXTRAS.values() for module in modules})


def run(*words: str, hidden: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command in a process that cannot import some modules."""
    program = (
        f"import sys\nsys.modules.update(dict.fromkeys({hidden!r}))\n"
        f"from streams.cli.main import main\nmain({list(words)!r})"
    )
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False
    )


def canonical(name: str) -> str:
    """Return a distribution's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distributions(requirements: list[str]) -> set[str]:
    """Return the names of some requirements, without the product's own extras."""
    names = {re.split(r"[<>=!\[ ]", each, maxsplit=1)[0] for each in requirements}
    return {canonical(name) for name in names} - {PROJECT["name"]}


class TestExtras:
    def test_each_names_the_modules_of_its_distributions(self) -> None:
        """pyproject.toml has the same: a library that moves to another extra moves here, too."""
        of = {module: {canonical(name) for name in names} for module, names in packages_distributions().items()}
        named = {extra: set().union(*(of[module] for module in modules)) for extra, modules in EXTRAS.items()}
        declared = PROJECT["optional-dependencies"]
        assert named == {
            extra: distributions(requirements) for extra, requirements in declared.items() if extra not in TOOLS
        }

    def test_the_tests_take_all_of_them(self) -> None:
        """No test is skipped because an extra is missing."""
        assert [] == [extra for extra in EXTRAS if not is_installed(extra)]


class TestCommands:
    @pytest.mark.parametrize(
        ("words", "what", "extra"),
        [
            (("broker",), "`docketwatch broker`", "demo"),
            (("demo",), "`docketwatch demo`", "demo"),
            (("console",), "`docketwatch console`", "console"),
            (("balance", "{log}", "--until", "2026-03-10"), "`docketwatch balance`", "balance"),
            (("load-test", "{log}"), "`docketwatch load-test`", "load-test"),
            (("monitoring", "export", "{new}"), "`docketwatch monitoring export`", "monitoring"),
            (("convert", "xes", "{xes}", "--mapping", "m", "--out", "{new}"), "`docketwatch convert xes`", "sources"),
            (("convert", "inspect", "{xes}"), "an XES log", "sources"),
            (("forecast", "{log}", "--until", "2026-03-10"), "`docketwatch forecast` without --json", "terminal"),
            (("evaluate", "{zst}", "--until", "2026-03-10"), "a .zst file", "sources"),
            (("generate", "--cases", "9", "--out", "{new}", "--compress", "zst"), "a .zst file", "sources"),
            (("evaluate", "{log}", "--until", "2026-03-10", "--alerts", "{new}.zst"), "a .zst file", "sources"),
        ],
    )  # fmt: skip
    def test_one_whose_extra_is_missing_says_so(
        self, words: tuple[str, ...], what: str, extra: str, tmp_path: Path
    ) -> None:
        """One sentence with the extra and the command that installs it, exit code 2, and no file is begun."""
        files = {
            "log": log(tmp_path / "log.jsonl", [OPENED]),
            "zst": tmp_path / "log.zst",
            "xes": tmp_path / "log.xes",
            "new": tmp_path / "new",
        }
        files["zst"].write_bytes(b"\x28\xb5\x2f\xfd")
        files["xes"].write_text("<log/>")
        before = sorted(path.name for path in tmp_path.iterdir())

        done = run(*(word.format(**files) for word in words), hidden=list(EXTRAS[extra]))

        assert done.stderr == (
            f"docketwatch: {what} needs the extra `{extra}`, which is not installed: "
            f"`pip install 'docketwatch[{extra}]'` installs it\n"
        )
        assert 2 == done.returncode
        assert before == sorted(path.name for path in tmp_path.iterdir())

    def test_every_help_is_there_without_any(self) -> None:
        """No command imports an extra before it is called."""
        program = (
            f"import sys\nsys.modules.update(dict.fromkeys({MODULES!r}))\n"
            "from streams.cli.contract_document import commands\n"
            "print(len(list(commands())))"
        )
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
        assert f"{len(list(commands()))}\n" == done.stdout, done.stderr

    def test_a_log_is_evaluated_without_any(self, tmp_path: Path) -> None:
        """The first command of the README needs only a worker's libraries."""
        done = run("evaluate", log(tmp_path / "log.jsonl", [OPENED]), "--until", "2026-03-10", hidden=MODULES)
        assert 0 == done.returncode, done.stderr

    def test_a_worker_needs_none(self) -> None:
        """It comes as far as a broker that does not answer."""
        done = run("worker", "--brokers", "127.0.0.1:9", hidden=MODULES)
        assert done.stderr.startswith("docketwatch: no broker answers at 127.0.0.1:9"), done.stderr
