"""Nothing in the repository points to what is not in it: links, paths, documents, sections, commands."""

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
        """To a file of the repository, and to a heading in it."""
        assert [] == broken_links(page)

    @pytest.mark.parametrize("page", PAGES, ids=name)
    def test_every_command_can_be_given(self, page: Path) -> None:
        """Each `docketwatch ...` names a command that there is, with options that it has."""
        assert [] == [wrong for words in commands(page) if (wrong := broken_command(words))]


class TestTexts:
    def test_every_path_in_backticks_exists(self) -> None:
        """In pages, comments and docstrings alike."""
        found = {name(path): broken for path in texts() if path != HERE and (broken := broken_paths(path))}
        assert {} == found

    def test_every_document_that_is_cited_is_here(self) -> None:
        """By its path where one is given, else by a name that only one page has, or that lies beside."""
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

    def test_every_command_that_the_product_names_can_be_given(self) -> None:
        """Between backticks, in what it says, in comments and in docstrings."""
        product = [path for path in texts() if path.suffix != ".md" and not path.is_relative_to(HERE.parent)]
        wrong = [broken for path in product for words in commands(path) if (broken := broken_command(words))]
        assert [] == wrong

    def test_every_section_is_one_of_the_contract(self) -> None:
        """A § says of which document it is, and schemas/CONTRACT.md has it."""
        found = {name(path): broken for path in texts() if path != HERE and (broken := broken_sections(path))}
        assert {} == found


class TestTheSearch:
    """Each of the above can fail."""

    def test_a_link_that_leads_nowhere(self, tmp_path: Path) -> None:
        """Neither a file nor a heading."""
        page = tmp_path / "page.md"
        page.write_text(
            "# One head: `x`\n[a](page.md) [b](gone.md) [c](#one-head-x) [d](#two)\n```\n[e](gone.md)\n```\n"
        )
        assert ["gone.md", "#two"] == broken_links(page)

    def test_a_path_that_leads_nowhere(self, tmp_path: Path) -> None:
        """Nor a test that a file has not."""
        page = tmp_path / "page.md"
        page.write_text(
            f"`tests/gone.py` `tests/documents.py` `tests/*.py` `{name(HERE)}::TestPages` `{name(HERE)}::No`"
        )
        assert ["tests/gone.py", f"{name(HERE)}::No"] == broken_paths(page)

    def test_a_document_that_is_cited(self) -> None:
        """With as much of a path as there is."""
        assert ["design.md", "deploy/sizing.md"] == list(cited_documents("see design.md, or deploy/sizing.md."))

    def test_a_section_of_nothing(self, tmp_path: Path) -> None:
        """Without the name of the document, or beyond its end."""
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
    def test_a_command_that_cannot_be_given(self, words: str, wrong: str | None) -> None:
        """No such subcommand, no such option."""
        assert wrong == broken_command(words)

    def test_a_command_is_found(self, tmp_path: Path) -> None:
        """Between backticks and in blocks, after a path, before a pipe."""
        page = tmp_path / "page.md"
        page.write_text("`docketwatch demo` `docketwatch_up`\n```\n.venv/bin/docketwatch load a --json | jq\n```\n")
        assert ["load a --json", "demo"] == list(commands(page))
