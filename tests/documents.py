"""References of documents, comments and docstrings: links, files, sections of the contract, commands."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from streams.cli.main import docketwatch

__all__ = [
    "ROOT",
    "broken_command",
    "broken_links",
    "broken_paths",
    "broken_sections",
    "cited_documents",
    "commands",
    "pages",
    "texts",
]

ROOT: Final = Path(__file__).parents[1]

_TEXT: Final = frozenset({"", ".conf", ".css", ".html", ".j2", ".json", ".md", ".py", ".pyx", ".toml", ".yaml", ".yml"})
_TOP: Final = ("streams", "schemas", "tests", "deploy", ".ci")
_LINK: Final = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_SPAN: Final = re.compile(r"`([^`\n]+)`")
_FENCE: Final = re.compile(r"^ *```[^\n]*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_DOCUMENT: Final = re.compile(r"[\w./:-]*[\w-]+\.md\b")
_SECTION: Final = re.compile(r"§(\d+)?")
_COMMAND: Final = re.compile(r"(?:^|(?<=[\s/`(]))docketwatch ([a-z][^|&>#\n]*)")


def pages() -> list[Path]:
    """Return every Markdown page that git tracks or would track."""
    return [path for path in texts() if path.suffix == ".md"]


def texts() -> list[Path]:
    """Return every text that git tracks or would track, except data of tests."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    kept = [ROOT / line for line in listed.stdout.splitlines()]
    if listed.returncode:  # there is no git checkout, as in an unpacked source distribution
        kept = [ROOT / "README.md", *(path for top in _TOP for path in (ROOT / top).rglob("*"))]
    data = ROOT / "tests" / "data"
    return sorted(path for path in kept if path.suffix in _TEXT and path.is_file() and not path.is_relative_to(data))


def broken_links(page: Path) -> list[str]:
    """Return links of a page to missing files or headings; web addresses are not requested."""
    broken = []
    for link in _LINK.findall(_without_fences(page.read_text("utf-8"))):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    return broken


def broken_paths(path: Path) -> list[str]:
    """Return paths in backticks that do not exist, from the repository's top; `*` is any name, `::` precedes a test."""
    broken = []
    for span in _SPAN.findall(path.read_text("utf-8")):
        if not re.fullmatch(rf"(?:{'|'.join(map(re.escape, _TOP))})/[\w./*@:-]*", span):
            continue
        name, *inside = span.split("::")
        found = list(ROOT.glob(name.rstrip("/"))) if name.rstrip("/") else []
        if not found or not all(re.search(rf"(?:class|def) {part}\b", found[0].read_text("utf-8")) for part in inside):
            broken.append(span)
    return broken


def cited_documents(text: str) -> Iterator[str]:
    """Return the Markdown pages that a text names, each as the text writes it."""
    for name in _DOCUMENT.findall(text):
        yield name.rpartition("://")[2]


def broken_sections(path: Path) -> list[str]:
    """Return sections that a text cites without a document, or that `schemas/CONTRACT.md` does not have."""
    text = path.read_text("utf-8")
    contract = (ROOT / "schemas" / "CONTRACT.md").read_text("utf-8")
    numbers = set(re.findall(r"^## (\d+)\. ", contract, re.MULTILINE))
    cited = _SECTION.findall(text)
    is_at_home = path.name == "CONTRACT.md" or path.is_relative_to(ROOT / "tests" / "oracle")
    says_of_what = is_at_home or "CONTRACT.md" in text
    return [f"§{number}" for number in cited if number and (number not in numbers or not says_of_what)]


def commands(page: Path) -> Iterator[str]:
    """Return what follows `docketwatch` in every command of a page, in a line of code or between backticks."""
    text = page.read_text("utf-8")
    for block in _FENCE.findall(text):
        yield from (words.strip() for words in _COMMAND.findall(block))
    for span in _SPAN.findall(_without_fences(text)):
        yield from (words.strip() for words in _COMMAND.findall(span))


def broken_command(words: str) -> str | None:
    """Return what is wrong with a command: an unknown subcommand or option; None when it is valid."""
    command: click.Command = docketwatch
    rest = shlex.split(words, posix=False)
    while rest and isinstance(command, click.Group):
        found = command.get_command(click.Context(command), rest[0])
        if found is None:
            return f"docketwatch {words}: there is no {rest[0]!r}"
        command = found
        rest.pop(0)
    known = {"--help", "-h", *(name for each in command.params for name in (*each.opts, *each.secondary_opts))}
    used = [word.strip("[]").partition("=")[0] for word in rest if re.match(r"\[?--?[a-z]", word)]
    unknown = [word for word in used if word not in known]
    return f"docketwatch {words}: there is no {unknown[0]}" if unknown else None


def _without_fences(text: str) -> str:
    return _FENCE.sub("", text)


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", _without_fences(page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
