"""What the product uses of aiokafka, Faust, mode and kafka-python, read from its own source."""

import ast
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

__all__ = ["Use", "defines", "imports", "inherited_uses", "other_uses", "resolve", "shape", "sources"]

LIBRARIES: Final = frozenset({"aiokafka", "faust", "kafka", "mode"})

_ROOT: Final = Path(__file__).parents[3]
_NAMED_TUPLE: Final = frozenset({"_asdict", "_fields", "_make", "_replace"})
"""Private by their names only: the standard library documents them."""


class Use(NamedTuple):
    """One place in the product that uses an attribute of a library's object.

    Attributes:
        owner: What holds the object, by its name in the source; or the dotted name of the class that defines the
            attribute, where a class of the product extends that.
        name: The attribute.
        place: Module and line.
    """

    owner: str
    name: str
    place: str


@cache
def sources() -> tuple[tuple[str, ast.Module], ...]:
    """Return every module of the product by its dotted name."""
    return tuple(
        (".".join(path.relative_to(_ROOT).with_suffix("").parts), ast.parse(path.read_text("utf-8")))
        for path in sorted((_ROOT / "streams").rglob("*.py"))
    )


def imports(tree: ast.Module) -> Iterator[str]:
    """Return the dotted names that a module imports from the libraries."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _is_foreign(node.module or ""):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def other_uses(module: str, tree: ast.Module, holders: frozenset[str]) -> Iterator[Use]:
    """Return private attributes of foreign objects, and attributes that are set on a library's object.

    Args:
        module: Dotted name.
        tree: Its source.
        holders: Names that hold objects of the libraries.
    """
    is_foreign = any(True for _ in imports(tree))
    known = {"self", "cls", "super", *_imported(tree)}
    own = set() if is_foreign else _set_on_self(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr in _NAMED_TUPLE | own:
            continue
        owner = _last_name(node.value)
        is_set = isinstance(node.ctx, ast.Store) and owner in holders
        if owner not in known and (_is_private(node.attr) or is_set):
            yield Use(owner, node.attr, f"{module}:{node.lineno}")


def inherited_uses(module: str, tree: ast.Module) -> Iterator[Use]:
    """Return what the classes of a module override, or use through `self`, of a library's class."""
    if not any(True for _ in imports(tree)):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        cls = getattr(importlib.import_module(module), node.name)
        bases = [base for base in cls.__mro__[1:] if _is_foreign(base.__module__)]
        for name, line in sorted(_touched(node)):
            base = next((base for base in bases if _gives_itself(base, name)), None)
            if base is not None:
                yield Use(f"{base.__module__}.{base.__qualname__}", name, f"{module}:{line}")


def _touched(node: ast.ClassDef) -> Iterator[tuple[str, int]]:
    """Return what a class defines, and what it uses of itself."""
    for part in node.body:
        match part:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, part.lineno
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                yield name, part.lineno
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and _last_name(part.value) in ("self", "super"):
            yield part.attr, part.lineno


def defines(cls: Any, name: str) -> bool:
    """Return whether a module, or a class or a base of it, has an attribute, or its methods set it on `self`."""
    return hasattr(cls, name) or any(_gives_itself(base, name) for base in getattr(cls, "__mro__", ()))


def _gives_itself(cls: type[Any], name: str) -> bool:
    return name in vars(cls) or name in _fields(cls)


@cache
def _fields(cls: type[Any]) -> frozenset[str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError):  # it is compiled: the class itself has its attributes
        return frozenset()
    return frozenset(_set_on_self(tree)) | {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def resolve(dotted: str) -> Any:
    """Return the object of a dotted name.

    Raises:
        AttributeError, ImportError: It does not exist any more.
    """
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise ImportError(dotted)


def shape(function: Any) -> str:
    """Return the signature of a function: names and kinds of its parameters, `=` behind optional ones."""
    parameters, is_by_name = [], False
    for each in inspect.signature(function).parameters.values():
        stars = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        if each.kind == each.KEYWORD_ONLY and not is_by_name:
            parameters.append("*")
        is_by_name = is_by_name or each.kind in (each.VAR_POSITIONAL, each.KEYWORD_ONLY)
        parameters.append(f"{stars}{each.name}{'' if each.default is each.empty else '='}")
    return f"({', '.join(parameters)})"


def _is_foreign(module: str) -> bool:
    return module.partition(".")[0] in LIBRARIES


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _imported(tree: ast.Module) -> Iterator[str]:
    """Return the names of modules outside the libraries, whose attributes do not matter here."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not _is_foreign(node.module or ""):
            yield from (alias.asname or alias.name for alias in node.names)


def _set_on_self(tree: ast.Module) -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def _last_name(node: ast.expr) -> str:
    """Return the name that holds an object: `b` of `a.b`, and the called name of a call."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=part) | ast.Subscript(value=part):
            return _last_name(part)
        case _:
            return type(node).__name__
