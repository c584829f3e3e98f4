"""Every path of every command is in the registry of files, and only one module writes."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click

from streams.cli.files import InputPath, OutputPath
from streams.cli.main import _COMMANDS

STREAMS = Path(__file__).parents[3] / "streams"
FOLDERS = {
    "convert eoir folder",
    "generate out",
    "monitoring export directory",
    "report folder",
    "schemas export directory",
}
"""What is a folder; its command enters the files in it one by one."""

OWN_FILES = {
    "cli/demo_processes.py",  # the token of a demo's console, in the demo's own folder
    "cli/office_study/__main__.py",  # Linux' own file of which process ends first when memory runs out
    "process/child_process.py",  # a child's output is appended to its log
    "kafka/state/checkpoint_file.py",  # a worker's own directory, as are the next two
    "kafka/state/checkpoint_store.py",
    "kafka/state/data_directory.py",
    "files/inputs.py",  # copies of streams, in a temporary folder
    "files/outputs.py",
    "sources/external_sort.py",  # runs of a sort, likewise
    "sources/pseudonym_key.py",  # a file that is created and never replaced
    "web/studies/runner.py",  # the order of a child, in a temporary folder
}


def paths(command: click.Command, words: str) -> Iterator[tuple[str, click.Parameter]]:
    """Return every parameter of a command and of its subcommands that is a path."""
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from paths(inner, f"{words} {name}")
    yield from ((f"{words} {param.name}", param) for param in command.params if isinstance(param.type, click.Path))


def writes(tree: ast.Module) -> Iterator[int]:
    """Return lines that open a file for writing, or replace one."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        modes = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        opens = called == "open" and any(set(mode) & set("wax+") and len(mode) <= 3 for mode in modes)
        if opens or called in ("write_text", "write_bytes", "mkstemp", "copyfile"):
            yield node.lineno


class TestEveryPath:
    def test_it_is_an_input_or_an_output(self) -> None:
        """A plain path would be in no registry: an output could replace it, and `-` would be a file."""
        found = {
            name: param
            for command in _COMMANDS
            for name, param in paths(import_module(f"streams.cli.{command.replace('-', '_')}").command, command)
        }
        assert len(found) > 20
        assert FOLDERS == {n for n, param in found.items() if not isinstance(param.type, InputPath | OutputPath)}


class TestEveryWrite:
    def test_one_module_writes(self) -> None:
        """`streams.files.outputs` writes every output of a command."""
        found = {
            str(path.relative_to(STREAMS))
            for path in STREAMS.rglob("*.py")
            if any(writes(ast.parse(path.read_text(encoding="utf-8"))))
        }
        assert found <= OWN_FILES

    def test_the_search_finds_writes(self) -> None:
        """The check above can fail."""
        program = "path.open('wb')\npath.open('rb')\nopen(path, 'a')\npath.write_text('x')\npath.open()\n"
        assert [1, 3, 4] == list(writes(ast.parse(program)))
