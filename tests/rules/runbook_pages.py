"""What the runbooks ask an operator to run: commands of a shell, and queries of Prometheus, with their placeholders."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tests.rules.tools import DEPLOY

__all__ = ["RUNBOOKS", "RunbookPage", "Selector", "filled", "placeholders", "selectors"]

RUNBOOKS: Final = DEPLOY / "runbooks"

_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_SPAN: Final = re.compile(r"`([^`\n]+)`")
_COMMAND: Final = re.compile(r"(?:docketwatch|kubectl|docker|curl|[\w-]+\.sh) ")
_QUERY: Final = re.compile(r"(?:\w+\()*(?:docketwatch_|process_|up\b)")
_PLACEHOLDER: Final = re.compile(r"(?<![\w$])[A-Z][A-Z_]+(?!\w)")
_STRING: Final = re.compile(r'"[^"]*"')
_GROUPING: Final = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
_RANGE: Final = re.compile(r"\[[^\]]*\]|\boffset\s+\w+")
_SELECTOR: Final = re.compile(r"(?<![\w:])([a-zA-Z_:][\w:]*)(\{[^}]*\})?(?![\w:]*\s*\()")
_OPERATORS: Final = frozenset({"and", "or", "unless", "bool"})


@dataclass(frozen=True)
class RunbookPage:
    """A page, and what it asks an operator to run, in its order.

    Attributes:
        name: Its name without the suffix.
        commands: Lines of `sh` blocks, and code that begins with a program and has arguments.
        queries: Lines of `promql` blocks, and code that begins with a metric or with a function of one.
    """

    name: str
    commands: tuple[str, ...]
    queries: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a page.

        Raises:
            AssertionError: A block of code has another language: nothing would run it.
        """
        text = path.read_text("utf-8")
        found: dict[str, list[str]] = {"sh": [], "promql": []}
        for language, block in _FENCE.findall(text):
            assert language in found, f"{path.name}: a block of {language!r}"
            found[language] += block.splitlines()
        spans = _SPAN.findall(_FENCE.sub("", text))
        found["sh"] += [span for span in spans if _COMMAND.match(span)]
        found["promql"] += [span for span in spans if _QUERY.match(span)]
        return cls(path.stem, tuple(dict.fromkeys(found["sh"])), tuple(dict.fromkeys(found["promql"])))


def placeholders(command: str) -> set[str]:
    """Return the words of a command that an operator replaces."""
    return set(_PLACEHOLDER.findall(command))


def filled(command: str, values: Mapping[str, str]) -> str:
    """Return a command with values in place of its placeholders.

    Raises:
        AssertionError: A placeholder has no value.
    """
    unknown = placeholders(command) - set(values)
    assert not unknown, f"{command}: no value for {', '.join(sorted(unknown))}"
    return _PLACEHOLDER.sub(lambda found: values[found.group()], command)


@dataclass(frozen=True)
class Selector:
    """A selection of series in a query.

    Attributes:
        text: The metric with its matchers.
        name: The metric.
        labels: The labels by which the query groups.
    """

    text: str
    name: str
    labels: frozenset[str]


def selectors(query: str) -> list[Selector]:
    """Return every selection of a query; each must have all labels of every grouping in it."""
    labels = {label.strip() for found in _GROUPING.findall(query) for label in found.split(",")}
    texts: list[str] = []

    def kept(found: re.Match[str]) -> str:
        texts.append(found.group())
        return f'"{len(texts) - 1}"'

    plain = _STRING.sub(kept, query)
    plain = _RANGE.sub("", _GROUPING.sub("", plain))
    return [
        Selector(re.sub(r'"(\d+)"', lambda at: texts[int(at.group(1))], name + matchers), name, frozenset(labels))
        for name, matchers in _SELECTOR.findall(plain)
        if name not in _OPERATORS
    ]
