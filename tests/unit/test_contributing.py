"""The lists of `deploy/CONTRIBUTING.md` have the files that the code needs for one more of each kind."""

import re
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

import pytest

import schemas
import streams
from schemas.causes import Cause, OfficerCause
from schemas.events import EVENT_MODELS, CaseEvent, OfficerEvent
from schemas.topics import DEFAULT_PREFIX, input_topics
from streams.cli.main import _COMMANDS
from streams.metrics.stats import CaseStats, OfficerStats, WorkerStats
from streams.web.navigation import VIEWS

ROOT: Final = Path(schemas.__file__).parents[1]
PAGE: Final = (ROOT / "deploy" / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS: Final = {part.partition("\n")[0]: part for part in re.split(r"^## Add an? ", PAGE, flags=re.MULTILINE)[1:]}
GENERATED: Final = {"schemas/hot.py", "schemas/hot_checks.py"}
T = TypeVar("T")
PATH: Final = re.compile(r"`((?:schemas|streams)/[\w/]+\.(?:py|pyx|pxd))`")


def numbered(kind: str) -> list[str]:
    """Return the numbered lines of a section."""
    return re.findall(r"^\d\. (.+)$", SECTIONS[kind], re.MULTILINE)


def listed(kind: str) -> set[str]:
    """Return the files of the product in the numbered lines of a section."""
    return {path for line in numbered(kind) for path in PATH.findall(line)}


def mentioned(kind: str) -> set[str]:
    """Return the files of the product in a section."""
    return set(PATH.findall(SECTIONS[kind]))


@cache
def sources() -> dict[str, str]:
    folders = [Path(package.__file__ or "").parent for package in (schemas, streams)]
    paths = [path for folder in folders for end in ("py", "pyx", "pxd") for path in folder.rglob(f"*.{end}")]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def naming_all(things: Collection[T], is_in: Callable[[T, str], object]) -> set[str]:
    """Return the files of the product that name every one of these things."""
    assert len(things) > 1
    return {path for path, text in sources().items() if all(is_in(thing, text) for thing in things)}


def types_of(base: type[CaseEvent | OfficerEvent]) -> list[tuple[str, str]]:
    """Return the type and the class of every event that has a base."""
    return [(name, model.__name__) for name, model in EVENT_MODELS.items() if issubclass(model, base)]


def has_type(event: tuple[str, str], text: str) -> object:
    """Whether a text has the type of an event, not in a comment, or its class."""
    return re.search(rf"[\"'_]{event[0]}\b|\b{event[1]}\b", text)


class TestLists:
    @pytest.mark.parametrize("kind", SECTIONS)
    def test_the_number_of_files_is_that_of_the_list(self, kind: str) -> None:
        """A section says how many files of the product change by hand."""
        (number,) = re.findall(r"\bBy hand, in the product, (?:at most )?(\d) files:$", SECTIONS[kind], re.MULTILINE)
        before = SECTIONS[kind].partition("\nTests:")[0]
        assert int(number) == len(re.findall(r"^\d\. ", before, re.MULTILINE))


class TestCause:
    def test_the_list_has_every_file_that_names_all_causes(self) -> None:
        """Its other file is that of the cause itself; the section mentions a file that may leave a cause out."""
        own, optional = "streams/core/alerting/causes/no_contact.py", "streams/sources/missing_events.py"
        assert own in sources()
        found = naming_all([cause.value for cause in Cause], lambda cause, text: cause in text.lower())
        assert listed("cause") == (found | {own}) - {optional}
        assert optional in mentioned("cause")

    def test_the_list_of_officer_causes_has_every_file_that_names_them(self) -> None:
        """Its other file is that of the cause itself."""
        own = "streams/core/officers/causes/orphaned_caseload.py"
        assert own in sources()
        found = naming_all(
            [cause for cause in OfficerCause if cause is not OfficerCause.CRITICAL],
            lambda cause, text: f"OfficerCause.{cause.name}" in text,
        )
        assert listed("cause of officer alerts") == found | {own}


class TestEventType:
    def test_the_list_has_files_that_name_all_types_of_case_events(self) -> None:
        """The section mentions the other files that name all of them; the generators write the rest."""
        found = naming_all(types_of(CaseEvent), has_type) - GENERATED
        assert listed("event type") <= found
        assert found <= mentioned("event type")

    def test_the_section_mentions_all_files_that_name_all_types_of_officer_events(self) -> None:
        """The generators write the rest."""
        assert naming_all(types_of(OfficerEvent), has_type) - GENERATED <= mentioned("event type")


class TestSource:
    def test_the_list_has_the_module_that_imports_a_source(self) -> None:
        """No other module outside the source's own package imports it."""
        package = "streams/sources/eoir/"
        users = {
            path
            for path, text in sources().items()
            if "from streams.sources.eoir." in text and not path.startswith(package)
        }
        (own,) = (path for path in listed("source") if path.startswith(package))
        assert users == listed("source") - {own, "streams/cli/reference/examples.py"}

    def test_the_section_mentions_the_modules_that_read_a_mapped_format(self) -> None:
        """They are those that import the reader of XES."""
        users = {path for path, text in sources().items() if "from streams.sources.xes import" in text}
        assert users <= mentioned("source")


class TestInputTopic:
    def test_the_list_has_the_catalogue_and_the_events(self) -> None:
        """No other file names every input topic."""
        names = [topic.short for topic in input_topics()]
        found = naming_all(names, lambda name, text: f'"{name}"' in text or f"{DEFAULT_PREFIX}.{name}" in text)
        assert listed("input topic") == found


class TestMetric:
    @pytest.mark.parametrize("counts", [WorkerStats, CaseStats, OfficerStats], ids=lambda counts: counts.__name__)
    def test_the_collector_reads_every_count(self, counts: type[WorkerStats | CaseStats | OfficerStats]) -> None:
        """A count that it does not read would be no metric."""
        declared, _, collected = (PATH.findall(line)[0] for line in numbered("metric")[:3])
        assert f"class {counts.__name__}(" in sources()[declared]
        assert [] == [
            name for name in counts.__struct_fields__ if not re.search(rf"stats\.{name}\b", sources()[collected])
        ]


class TestConsolePage:
    def test_the_list_has_every_file_that_names_all_pages(self) -> None:
        """Its other file is the module of the page."""
        own = "streams/web/pages/offices.py"
        assert own in sources()
        found = naming_all([path for path, _ in VIEWS if path != "/"], lambda path, text: f'"{path}"' in text)
        assert listed("console page") == found | {own}


class TestCommand:
    def test_the_list_has_every_file_that_names_all_commands(self) -> None:
        """Its other file is the module of the command."""
        own = "streams/cli/score.py"
        assert own in sources()
        assert listed("command") == naming_all(list(_COMMANDS), lambda name, text: f'"{name}' in text) | {own}
