"""Resources of Strimzi: made from the catalogue, committed, and never otherwise."""

from pathlib import Path

import pytest
import yaml

from schemas import strimzi
from schemas.roles import roles
from schemas.topics import catalogue

DEPLOY = Path(__file__).parents[3] / "deploy"


class TestRendered:
    def test_the_committed_files_are_what_the_catalogue_says(self) -> None:
        """After a change of a topic or a role: `python -m schemas.strimzi`."""
        committed = {path: (DEPLOY / path).read_text(encoding="utf-8") for path in strimzi.rendered()}
        assert strimzi.rendered() == committed

    def test_the_command_writes_them(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where they belong."""
        monkeypatch.setattr(strimzi, "_TARGET", tmp_path)
        (tmp_path / "kubernetes" / "kafka").mkdir(parents=True)
        strimzi.main()
        written = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert sorted(strimzi.rendered()) == sorted(path.relative_to(tmp_path).as_posix() for path in written)

    def test_there_is_one_of_each(self) -> None:
        """Every topic and every role of the catalogue, under its name."""
        made = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "kafka" / "topics.yaml").read_text()))
        assert [entry.name for entry in catalogue()] == [topic["metadata"]["name"] for topic in made]
        made = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "kafka" / "users.yaml").read_text()))
        assert [role.name for role in roles()] == [user["metadata"]["name"] for user in made]


class TestRoles:
    def test_few_read_protected_cases(self) -> None:
        """Their alerts, and the state that holds them."""
        readers = {
            short: [
                role.name.removeprefix("docketwatch-")
                for role in roles()
                if any(grant.name == f"docket.{short}" and "Read" in grant.operations for grant in role.grants)
            ]
            for short in ("restricted-alerts", "case-state")
        }
        assert {"restricted-alerts": ["restricted", "console"], "case-state": ["worker", "console"]} == readers

    def test_who_writes_down_who_looked_cannot_read_it_back(self) -> None:
        """Nobody's role reads the audit of views: whoever reviews it is given that by name."""
        grants = [(role.name, grant) for role in roles() for grant in role.grants if grant.name == "docket.case-views"]
        assert [("docketwatch-console", ("Write",))] == [(name, grant.operations) for name, grant in grants]

    def test_another_prefix_and_group(self) -> None:
        """Names follow them."""
        names = {grant.name for role in roles("other", "mine") for grant in role.grants}
        assert all(name.startswith(("other.", "mine")) for name in names)
