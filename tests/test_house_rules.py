"""The rules that a program can check: lint, format, types, layers, and the shape of the tree."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.kafka.waiting import LIMIT

ROOT = Path(__file__).parent.parent
FRAME = {"pyproject.toml", "streams", "schemas", "deploy", "tests", "README.md", ".ci", ".gitignore"}


def run(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


MOST_LINES = 400
MOST_MODULES = 25
LARGE_PACKAGES = {"schemas": 40, "streams/cli": 46, "streams/web": 30}
"""Flat by design: a file a kind of record, a file a subcommand, and the console's parts beside its pages."""

IMPURE_MODULES = {"asyncio", "io", "os", "pathlib", "random", "secrets", "socket", "subprocess", "threading", "time"}
IMPURE_CALLS = {"now", "utcnow", "today", "input", "open", "print"}


def impurities(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Return lines that import or call a clock, random numbers, files or the environment, in order."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names if name.name in IMPURE_MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in IMPURE_MODULES:
            yield node.lineno, node.module
        elif isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called in IMPURE_CALLS:
                yield node.lineno, called


def number_formats(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Return line and format of each number for people that an f-string formats itself, with commas or decimals."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            form = ast.unparse(node.format_spec)[2:-1]
            if re.search(r"[,.]|%$", form):
                yield node.lineno, form


def modules() -> dict[str, Path]:
    """Return the product's modules, by name; a package has the name of its `__init__`."""
    files = [path for top in ("schemas", "streams") for path in (ROOT / top).rglob("*.py")]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


def package_imports(files: Mapping[str, Path]) -> dict[str, set[str]]:
    """Return the packages that the modules of each package import from, itself left out."""
    package = {name: name if path.stem == "__init__" else name.rpartition(".")[0] for name, path in files.items()}
    found: dict[str, set[str]] = {each: set() for each in package.values()}
    for name, path in files.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module in package:
                sources = [f"{node.module}.{each.name}" for each in node.names]
                found[package[name]] |= {package.get(source, package[node.module]) for source in sources}
        found[package[name]].discard(package[name])
    return found


PLACES = {
    "wait": 0, "join": 0, "settimeout": 0, "timeout": 0, "result": 0, "flush": 0,
    "wait_for": 1, "until": 1, "wait_until": 1,
}  # fmt: skip
"""What waits -> the place of its limit among its arguments."""


def short_limits(source: str) -> Iterator[int]:
    """Return the lines that name a number of seconds below `LIMIT` for a wait and give no reason."""
    lines, tree = source.splitlines(), ast.parse(source)
    numbers = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        limits: list[ast.expr] = []
        if isinstance(node, ast.Call):
            place = PLACES.get(node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", ""))
            limits = [each.value for each in node.keywords if each.arg in {"timeout", "grace", "limit"}]
            limits += [] if place is None else node.args[place : place + 1]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "deadline":
            limits = [node.value.right] if isinstance(node.value, ast.BinOp) else []
        for limit in limits:
            value = getattr(numbers.get(limit.id) if isinstance(limit, ast.Name) else limit, "value", None)
            about = lines[max(0, node.lineno - 2) : node.end_lineno]
            is_short = isinstance(value, int | float) and value < LIMIT
            if is_short and not any("# limit: " in line for line in about):
                yield limit.lineno


def classes(files: Iterable[Path]) -> list[str]:
    """Return the names of the classes at the top level of modules, once for each class."""
    return [node.name for path in files for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)]


class TestHouseRules:
    def test_ruff_finds_nothing(self) -> None:
        """Every lint rule of pyproject.toml holds."""
        run("ruff", "check", "--no-cache")

    def test_everything_is_formatted(self) -> None:
        """The formatter would change no file."""
        run("ruff", "format", "--check", "--no-cache")

    def test_types_hold(self) -> None:
        """mypy --strict finds nothing."""
        run("mypy")

    def test_dependencies_point_one_way(self) -> None:
        """The layers of pyproject.toml hold, between the packages and inside those with layers."""
        lint_imports = Path(sys.executable).with_name("lint-imports")
        done = subprocess.run([lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_packages_form_no_cycle(self) -> None:
        """No package imports from a package that imports from it, directly or not."""
        assert list(TopologicalSorter(package_imports(modules())).static_order())

    def test_the_search_for_cycles_finds_them(self, tmp_path: Path) -> None:
        """The check above can fail."""
        files = {name: tmp_path / f"{name}.py" for name in ("a", "a.one", "b", "b.two")}
        files |= {name: tmp_path / name / "__init__.py" for name in ("a", "b")}
        for path in files.values():
            path.parent.mkdir(exist_ok=True)
        (tmp_path / "a" / "__init__.py").write_text("")
        (tmp_path / "b" / "__init__.py").write_text("from a import one\n")
        (tmp_path / "a.one.py").write_text("from b.two import three\n")
        (tmp_path / "b.two.py").write_text("import a\n")
        assert package_imports(files) == {"a": {"b"}, "b": {"a"}}
        with pytest.raises(CycleError):
            TopologicalSorter(package_imports(files)).prepare()

    def test_a_file_is_one_idea(self) -> None:
        """No Python file of the product or its tests has more than 400 lines."""
        files = [path for top in ("schemas", "streams", "tests") for path in (ROOT / top).rglob("*.py")]
        lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
        assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}

    def test_a_name_is_one_class(self) -> None:
        """No two classes of the product share a name, except an event's model and its Struct for the hot path."""
        files = [path for name, path in modules().items() if name not in {"schemas.hot", "schemas.generate_hot"}]
        assert [name for name, count in Counter(classes(files)).items() if count > 1] == []

    def test_a_name_of_the_tests_is_one_class(self) -> None:
        """No two helper classes of the tests share a name, or have one of the product's, except those of the oracle."""
        files = [path for path in (ROOT / "tests").rglob("*.py") if "oracle" not in path.parts]
        helpers = [name for name in classes(files) if not name.startswith("Test")]
        assert [name for name, count in Counter(helpers).items() if count > 1] == []
        assert set(helpers) & set(classes(modules().values())) == set()

    def test_a_package_is_one_noun(self) -> None:
        """No package has more than 25 modules besides its `__init__`, except the flat ones."""
        packages = [path.parent for top in ("schemas", "streams") for path in (ROOT / top).rglob("__init__.py")]
        modules_in = {
            str(package.relative_to(ROOT)): len({path.stem for path in package.glob("*.py*")} - {"__init__"})
            for package in packages
        }
        over = {name: n for name, n in modules_in.items() if n > LARGE_PACKAGES.get(name, MOST_MODULES)}
        assert over == {}

    def test_the_core_reads_no_clock_and_no_environment(self) -> None:
        """Time, random numbers and files are arguments of the pure core: it neither imports nor calls their sources."""
        found = [
            f"{path.name}:{line}: {what}"
            for path in sorted((ROOT / "streams" / "core").rglob("*.py"))
            for line, what in impurities(ast.parse(path.read_text()))
        ]
        assert found == []

    def test_the_search_for_impurities_finds_them(self) -> None:
        """The check above can fail."""
        impure = "import time\nfrom os import environ\nopen('x')\ndatetime.now()\n"
        assert [what for _, what in impurities(ast.parse(impure))] == ["time", "os", "open", "now"]

    def test_the_console_has_one_number_style(self) -> None:
        """`streams.web.labels` formats every number of the console; no other module of it does."""
        found = [
            f"{path.relative_to(ROOT)}:{line}: {form}"
            for path in sorted((ROOT / "streams" / "web").rglob("*.py"))
            if path.parent.name != "labels"
            for line, form in number_formats(ast.parse(path.read_text()))
        ]
        assert found == []

    def test_the_search_for_number_formats_finds_them(self) -> None:
        """The check above can fail, and it lets dates and numbers of weeks pass."""
        source = "f'{cases:,} {load:.2f} {share:%} {change:+,.{digits}f}'\nf'{cases} {at:%Y-%m-%d} W{week:02}'\n"
        assert [",", ".2f", "%", "+,.{digits}f"] == [form for _, form in number_formats(ast.parse(source))]

    def test_commands_run_their_loops_with_run_loop(self) -> None:
        """A signal ends `run_loop` in order; the worker has its own signal handlers, and some commands only ask."""
        own = {"streams/cli/endings.py", "streams/kafka/consumer/app_runner.py", "streams/kafka/client/admin.py"}
        found = {
            str(path.relative_to(ROOT))
            for path in (ROOT / "streams").rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute) and ast.unparse(node) in ("asyncio.run", "asyncio.Runner")
        }
        assert found == own

    def test_waits_have_one_limit(self) -> None:
        """No wait of a test has a limit below `LIMIT` without a reason (`# limit: ...`); benchmarks may."""
        found = [
            f"{path.relative_to(ROOT)}:{line}"
            for path in sorted((ROOT / "tests").rglob("*.py"))
            if ROOT / "tests" / "load" not in path.parents
            for line in short_limits(path.read_text())
        ]
        assert found == []

    def test_a_wait_says_what_did_not_come(self) -> None:
        """The limit of a wait is below pytest's limit of a test, whose failure only shows where it was."""
        assert tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["timeout"] > LIMIT

    @pytest.mark.parametrize(
        "source",
        [
            "wait_until(lambda: x, 60, 'x')",
            "child.wait(30)",
            "thread.join(10)",
            "subprocess.run(words, timeout=60)",
            "_SECONDS: Final = 60.0\nrun(timeout=_SECONDS)",
            "child.stop(grace=15)",
            "asyncio.wait_for(x, 60)",
            "pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]",
            "deadline = time.monotonic() + 60",
        ],
    )
    def test_the_search_for_short_limits_finds_them(self, source: str) -> None:
        """The check above can fail; a reason on the line, or the one before, is enough."""
        assert [source.count("\n") + 1] == list(short_limits(source))
        assert [] == list(short_limits(f"{source}  # limit: a reason"))
        assert [] == list(short_limits("child.wait(LIMIT)\nchild.wait()\nchild.wait(600)\n', '.join(words)"))

    def test_the_top_level_is_the_frame(self) -> None:
        """Every entry at the top level is in the list."""
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
        if listed.returncode:
            pytest.skip("not a git checkout: the list of kept files is git's")
        assert {line.split("/")[0] for line in listed.stdout.splitlines()} <= FRAME
