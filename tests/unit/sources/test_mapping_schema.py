import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from streams.sources.mapping_model import LogMapping
from streams.sources.mapping_schema import key_tables, mapping_schema, rendered_page, rendered_schema
from tests.unit.sources.mappings import HEAD

DEPLOY = Path(__file__).parents[3] / "deploy"
EXAMPLES = sorted((DEPLOY / "mappings").glob("*.toml"))


def document(text: str) -> object:
    """Return a mapping as a validator reads it: TOML's dates are texts."""
    return json.loads(json.dumps(tomllib.loads(text), default=str))


class TestSchema:
    def test_it_is_generated(self) -> None:
        """After a change of the model run `python -m streams.sources.mapping_schema`."""
        assert rendered_schema() == (DEPLOY / "mappings" / "mapping.schema.json").read_text(encoding="utf-8")

    def test_it_is_a_schema(self) -> None:
        """It is valid by the dialect that it names."""
        jsonschema.Draft202012Validator.check_schema(mapping_schema())

    @pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
    def test_the_examples_are_valid(self, example: Path) -> None:
        """They are valid by the schema and by the model."""
        text = example.read_text(encoding="utf-8")
        jsonschema.validate(document(text), mapping_schema(), cls=jsonschema.Draft202012Validator)
        assert LogMapping.model_validate(tomllib.loads(text))

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ('source = "shop"', ""),
            ('emit = "case_opened"', 'emit = "case_opend"'),
            ('on = "first"', 'on = "once"'),
            ('case = "case"', 'case = "case"\ncolour = 1'),
            ('case = "case"', 'case = "case"\ntimestamp_format = "dd/MM/yyyy"'),
            ('"front" = "FRONT"', '"front" = "A B"'),
        ],
    )
    def test_a_fault_is_one_by_the_schema_too(self, before: str, after: str) -> None:
        """An editor shows it before the mapping is used."""
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(
                document(HEAD.replace(before, after)), mapping_schema(), cls=jsonschema.Draft202012Validator
            )

    def test_every_key_says_what_it_is(self) -> None:
        """The description is a sentence."""
        schema = mapping_schema()
        for table in (schema, *schema["$defs"].values()):
            assert all(one["description"].endswith(".") for one in table["properties"].values())


class TestPage:
    PAGE = (DEPLOY / "mappings.md").read_text(encoding="utf-8")

    def test_its_keys_are_generated(self) -> None:
        """The same command writes them."""
        assert key_tables() in self.PAGE
        assert rendered_page(self.PAGE) == self.PAGE

    def test_it_links_every_example(self) -> None:
        """No example is missing."""
        for example in EXAMPLES:
            assert f"(mappings/{example.name})" in self.PAGE
