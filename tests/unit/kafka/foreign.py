"""What of aiokafka, Faust, mode and kafka-python the product touches, as its own source shows it."""

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
    """One place of the product that touches an attribute of an object of a library.

    Attributes:
        owner: What holds the object, as the source names it; or the dotted name of the class that defines the
            attribute, where a class of the product extends that.
        name: The attribute.
        place: Module and line.
    """

    owner: str
    name: str
    place: str


@cache
def sources() -> tuple[tuple[str, ast.Module], ...]:
    """Every module of the product by its dotted name."""
    return tuple(
        (".".join(path.relative_to(_ROOT).with_suffix("").parts), ast.parse(path.read_text("utf-8")))
        for path in sorted((_ROOT / "streams").rglob("*.py"))
    )


def imports(tree: ast.Module) -> Iterator[str]:
    """The dotted names that a module imports from the libraries."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _is_foreign(node.module or ""):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def other_uses(module: str, tree: ast.Module, holders: frozenset[str]) -> Iterator[Use]:
    """Private attributes of objects that are not the module's own, and attributes that are set on a library's.

    Args:
        module: Dotted name.
        tree: Its source.
        holders: Names by which the product holds objects of the libraries.
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
    """What the classes of a module override, or touch through `self`, of a class of a library that they extend."""
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
    """What a class defines, and what it touches of itself."""
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
    """Whether a module, or a class or one that it extends, has an attribute, or its methods give it to themselves."""
    return hasattr(cls, name) or any(_gives_itself(base, name) for base in getattr(cls, "__mro__", ()))


def _gives_itself(cls: type[Any], name: str) -> bool:
    return name in vars(cls) or name in _fields(cls)


@cache
def _fields(cls: type[Any]) -> frozenset[str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError):  # it is compiled: what it has can be asked of the class
        return frozenset()
    return frozenset(_set_on_self(tree)) | {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def resolve(dotted: str) -> Any:
    """What a dotted name names.

    Raises:
        AttributeError, ImportError: It is not there any more.
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
    """How a function is called: the names and kinds of its parameters, `=` behind those that may be left out."""
    told, is_by_name = [], False
    for each in inspect.signature(function).parameters.values():
        stars = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        if each.kind == each.KEYWORD_ONLY and not is_by_name:
            told.append("*")
        is_by_name = is_by_name or each.kind in (each.VAR_POSITIONAL, each.KEYWORD_ONLY)
        told.append(f"{stars}{each.name}{'' if each.default is each.empty else '='}")
    return f"({', '.join(told)})"


def _is_foreign(module: str) -> bool:
    return module.partition(".")[0] in LIBRARIES


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _imported(tree: ast.Module) -> Iterator[str]:
    """Names of modules that are no library's: their attributes are another matter."""
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
    """What holds an object: of `a.b` it is `b`, of a call what is called."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=part) | ast.Subscript(value=part):
            return _last_name(part)
        case _:
            return type(node).__name__
