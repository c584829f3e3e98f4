"""Everything that the repository refers to exists: links, paths, documents, sections, commands."""

from collections import Counter
from pathlib import Path

import pytest

from tests.documents import (
    ROOT,
    broken_command,
    broken_links,
    broken_paths,
    broken_sections,
    cited_documents,
    commands,
    pages,
    texts,
)

HERE = Path(__file__)
PAGES = pages()


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


class TestPages:
    @pytest.mark.parametrize("page", PAGES, ids=name)
    def test_every_link_leads_somewhere(self, page: Path) -> None:
        """The target is a file of the repository and a heading in it."""
        assert [] == broken_links(page)

    @pytest.mark.parametrize("page", PAGES, ids=name)
    def test_every_command_is_valid(self, page: Path) -> None:
        """Each `docketwatch ...` names an existing command with existing options."""
        assert [] == [wrong for words in commands(page) if (wrong := broken_command(words))]


class TestTexts:
    def test_every_path_in_backticks_exists(self) -> None:
        """The test reads pages, comments and docstrings."""
        found = {name(path): broken for path in texts() if path != HERE and (broken := broken_paths(path))}
        assert {} == found

    def test_every_cited_document_exists(self) -> None:
        """A citation has a path, or a name that only one page has, or a page in the same folder."""
        known = Counter(page.name for page in PAGES)
        missing = {
            f"{name(path)}: {cited}"
            for path in texts()
            if path != HERE
            for cited in cited_documents(path.read_text("utf-8"))
            if not (ROOT / cited).is_file()
            and not (path.parent / cited).is_file()
            and not known[cited.rpartition("/")[2]]
        }
        assert set() == missing

    def test_every_command_in_the_product_is_valid(self) -> None:
        """The test reads commands between backticks in messages, comments and docstrings."""
        product = [path for path in texts() if path.suffix != ".md" and not path.is_relative_to(HERE.parent)]
        wrong = [broken for path in product for words in commands(path) if (broken := broken_command(words))]
        assert [] == wrong

    def test_every_section_is_one_of_the_contract(self) -> None:
        """A § has the name of its document, and schemas/CONTRACT.md has the section."""
        found = {name(path): broken for path in texts() if path != HERE and (broken := broken_sections(path))}
        assert {} == found


class TestChecks:
    """Each of the checks above can fail."""

    def test_a_broken_link(self, tmp_path: Path) -> None:
        """The file or the heading does not exist."""
        page = tmp_path / "page.md"
        page.write_text(
            "# One head: `x`\n[a](page.md) [b](gone.md) [c](#one-head-x) [d](#two)\n```\n[e](gone.md)\n```\n"
        )
        assert ["gone.md", "#two"] == broken_links(page)

    def test_a_broken_path(self, tmp_path: Path) -> None:
        """A test that a file does not have is broken, too."""
        page = tmp_path / "page.md"
        page.write_text(
            f"`tests/gone.py` `tests/documents.py` `tests/*.py` `{name(HERE)}::TestPages` `{name(HERE)}::No`"
        )
        assert ["tests/gone.py", f"{name(HERE)}::No"] == broken_paths(page)

    def test_a_cited_document(self) -> None:
        """The result has as much of the path as the text."""
        assert ["design.md", "deploy/sizing.md"] == list(cited_documents("see design.md, or deploy/sizing.md."))

    def test_a_broken_section(self, tmp_path: Path) -> None:
        """The document's name is missing, or the document has no such section."""
        page = tmp_path / "page.py"
        page.write_text("# as design §5 says")
        assert ["§5"] == broken_sections(page)
        page.write_text("# CONTRACT.md §5, §13")
        assert ["§13"] == broken_sections(page)

    @pytest.mark.parametrize(
        ("words", "wrong"),
        [
            ("topics create --partitions 3", None),
            ("evaluate FILE... --until T [--alerts A]", None),
            ("state", None),
            ("topics make", "docketwatch topics make: there is no 'make'"),
            ("demo --for 60s --fast", "docketwatch demo --for 60s --fast: there is no --fast"),
        ],
    )
    def test_an_invalid_command(self, words: str, wrong: str | None) -> None:
        """The subcommand or the option does not exist."""
        assert wrong == broken_command(words)

    def test_a_command_is_found(self, tmp_path: Path) -> None:
        """Commands are found between backticks and in blocks, after a path, before a pipe."""
        page = tmp_path / "page.md"
        page.write_text("`docketwatch demo` `docketwatch_up`\n```\n.venv/bin/docketwatch load a --json | jq\n```\n")
        assert ["load a --json", "demo"] == list(commands(page))
