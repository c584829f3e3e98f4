"""Generated files equal what their generators make now."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest

import schemas
from schemas import default_policy, generate_hot, generate_hot_checks
from schemas.asyncapi import asyncapi
from schemas.causes import Cause, OfficerCause
from schemas.contract_tables import filled
from schemas.events import EVENT_MODELS
from schemas.examples import examples
from schemas.export import export, rendered
from schemas.json_schemas import JsonObject, every_schema, schema_of
from schemas.topics import catalogue
from streams.cli import contract_document
from streams.core.state.fact_key import RANK

PACKAGE = Path(schemas.__file__).parent
PUBLISHED = Path(__file__).parents[2] / "data" / "asyncapi" / "3.1.0-without-id.json"


@pytest.mark.parametrize(("generator", "name"), [(generate_hot, "hot.py"), (generate_hot_checks, "hot_checks.py")])
class TestHotPath:
    def test_it_is_generated(self, generator: ModuleType, name: str) -> None:
        """After a change of a model run both of `python -m schemas.generate_hot` and `schemas.generate_hot_checks`."""
        assert generator.render() == (PACKAGE / name).read_text(encoding="utf-8")

    def test_the_generator_writes_it(
        self, generator: ModuleType, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The command in the file's first line works."""
        monkeypatch.setattr(generator, "_TARGET", tmp_path / name)
        monkeypatch.setattr(generator, "_TYPES", tmp_path / "types", raising=False)
        generator.main()
        assert generator.render() == (tmp_path / name).read_text(encoding="utf-8")


class TestHotCheckTypes:
    def test_they_are_what_the_generator_makes(self) -> None:
        """The types with which the checks are compiled name each of them."""
        assert generate_hot_checks.render_types() == (PACKAGE / "hot_checks.pxd").read_text(encoding="utf-8")


class TestDefaultPolicy:
    FILE = PACKAGE / "policies" / "default.toml"

    def test_its_causes_are_as_declared(self) -> None:
        """After a change of schemas/causes.py run `python -m schemas.default_policy`."""
        assert default_policy.rendered() == self.FILE.read_text(encoding="utf-8")

    def test_its_generator_repairs_a_table(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A missing cause is added in its place, and an undeclared key is removed."""
        text = self.FILE.read_text(encoding="utf-8")
        target = tmp_path / "default.toml"
        missing = re.sub(r"\[causes\.in_transit\]\n.*?\n\n", "", text, flags=re.DOTALL)
        target.write_text(missing.replace('after = "10bd"', 'after = "11bd"'), encoding="utf-8")
        monkeypatch.setattr(default_policy, "_FILE", target)
        default_policy.main()
        assert text == target.read_text(encoding="utf-8")

    def test_tables_that_are_not_adjacent_are_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The generator would not know where a new one belongs."""
        target = tmp_path / "default.toml"
        text = self.FILE.read_text(encoding="utf-8")
        target.write_text(text.replace("[causes.no_contact]", "[between]\na = 1\n\n[causes.no_contact]"))
        monkeypatch.setattr(default_policy, "_FILE", target)
        with pytest.raises(ValueError, match=r"default\.toml: the tables \[causes\.NAME\] must follow one another"):
            default_policy.rendered()


class TestExport:
    def test_the_committed_files_are_generated(self) -> None:
        """After a change of a model run `python -m schemas.export`."""
        directory = PACKAGE / "generated"
        committed = {
            path.relative_to(directory).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(directory.rglob("*.json"))
        }
        assert dict(rendered()) == committed

    def test_it_writes_every_file(self, tmp_path: Path) -> None:
        """It creates the directory."""
        written = export(tmp_path / "new" / "place")
        assert sorted(rendered()) == sorted(path.relative_to(tmp_path / "new" / "place").as_posix() for path in written)
        assert all(path.stat().st_size for path in written)

    def test_it_does_not_depend_on_the_order_of_a_set(self) -> None:
        """Another process with other hashes writes the same bytes."""
        program = "from schemas.export import rendered; print(sorted(rendered().items()))"
        runs = {
            subprocess.run(
                [sys.executable, "-c", program],
                cwd=PACKAGE.parent,
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                check=True,
            ).stdout
            for seed in ("1", "2")
        }
        assert len(runs) == 1


class TestJsonSchemas:
    @pytest.mark.parametrize("path", every_schema())
    def test_each_is_a_json_schema(self, path: str) -> None:
        """It is valid by the 2020-12 dialect."""
        jsonschema.Draft202012Validator.check_schema(every_schema()[path])

    @pytest.mark.parametrize("kind", EVENT_MODELS)
    def test_each_accepts_its_example(self, kind: str) -> None:
        """The schema of any event does, too; neither accepts an additional field."""
        event = examples()[kind]
        for path in (f"events/{kind}.json", "event.json"):
            validator = jsonschema.Draft202012Validator(every_schema()[path])
            assert validator.is_valid(event)
            assert not validator.is_valid({**event, "name": "x"})

    def test_the_shape_of_an_a_number_is_in_the_schema(self) -> None:
        """A producer in another language can therefore check its events."""
        validator = jsonschema.Draft202012Validator(schema_of(EVENT_MODELS["case_reopened"]))
        event = examples()["case_reopened"]
        assert not validator.is_valid({**event, "case_id": "A123456789"})


class TestAsyncApi:
    @pytest.fixture
    def published(self) -> jsonschema.Draft7Validator:
        return jsonschema.Draft7Validator(json.loads(PUBLISHED.read_text(encoding="utf-8")))

    def test_it_is_valid_by_the_published_schema(self, published: jsonschema.Draft7Validator) -> None:
        """The schema is AsyncAPI 3.1 by the AsyncAPI Initiative (tests/data/asyncapi, Apache-2.0)."""
        assert [f"{error.json_path}: {error.message}" for error in published.iter_errors(asyncapi())] == []

    def test_the_published_schema_would_find_a_fault(self, published: jsonschema.Draft7Validator) -> None:
        """The test above can fail."""
        document = asyncapi()
        document["operations"]["read_cases"]["action"] = "devour"
        assert not published.is_valid(document)
        document = asyncapi()
        document["channels"]["cases"]["bindings"]["kafka"]["partitions"] = 0
        assert not published.is_valid(document)

    def test_every_topic_is_a_channel(self) -> None:
        """The channel has address, partitions and cleanup."""
        channels = asyncapi()["channels"]
        assert {topic.short: topic.name for topic in catalogue()} == {
            name: c["address"] for name, c in channels.items()
        }
        for topic in catalogue():
            kafka = channels[topic.short]["bindings"]["kafka"]
            assert topic.partitions == kafka["partitions"]
            assert [topic.cleanup] == kafka["topicConfiguration"]["cleanup.policy"]

    def test_every_reference_exists(self) -> None:
        """Every named message, schema and channel exists."""
        document = asyncapi()

        def references(part: object) -> list[str]:
            if isinstance(part, list):
                return [found for item in part for found in references(item)]
            if not isinstance(part, dict):
                return []
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [found for item in part.values() for found in references(item)]

        for reference in references(document):
            node: JsonObject = document
            for step in reference.removeprefix("#/").split("/"):
                node = node[step]
            assert node is not None

    def test_examples_match_their_schema(self) -> None:
        """The document's examples follow its own rules."""
        components = asyncapi()["components"]
        for name, message in components["messages"].items():
            for shown in message.get("examples", ()):
                schema = {**components["schemas"][name], "components": components}
                assert jsonschema.Draft7Validator(schema).is_valid(shown["payload"])


class TestContract:
    TEXT = (PACKAGE / "CONTRACT.md").read_text(encoding="utf-8")

    def section(self, number: int) -> str:
        """Return the text of one section of the contract."""
        return re.split(rf"^## {number}\. .*$", self.TEXT, flags=re.MULTILINE)[1].split("\n## ")[0]

    def test_its_tables_are_generated(self) -> None:
        """After a change of a model, a policy or a command's help run `python -m streams.cli.contract_document`."""
        assert contract_document.rendered() == self.TEXT

    def test_a_missing_part_is_named(self) -> None:
        """A table without a place in the document is not omitted silently."""
        with pytest.raises(ValueError, match=r"the document has the parts \[\], and \['events'\] were made"):
            filled("# Nothing", {"events": "|\n"})

    def test_it_has_the_rule_of_every_cause(self) -> None:
        """The rules are in the order of the enumeration."""
        assert [str(cause) for cause in Cause] == re.findall(
            r"^\| `(\w+)` \| (?:open|at liberty)", self.section(4), re.MULTILINE
        )

    def test_it_has_the_rule_of_every_officer_cause(self) -> None:
        """One row may have two of them."""
        rows = re.findall(r"^\| (`.*?) \| ", self.section(10).split("<!-- end")[0], re.MULTILINE)
        assert [str(cause) for cause in OfficerCause] == re.findall(r"`(\w+)`", " ".join(rows))

    def test_its_ranks_are_those_of_the_core(self) -> None:
        """A type that it does not name has the last rank."""
        rows = re.findall(r"^\| (\d) \| (.*) \|$", self.section(3), re.MULTILINE)
        ranks = {kind: int(rank) for rank, kinds in rows for kind in re.findall(r"`(\w+)`", kinds)}
        assert ranks == dict(RANK)
