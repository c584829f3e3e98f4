"""Strimzi resources are generated from the catalogue and committed."""

from pathlib import Path

import pytest
import yaml

from schemas import strimzi
from schemas.roles import roles
from schemas.topics import catalogue

DEPLOY = Path(__file__).parents[3] / "deploy"


class TestRendered:
    def test_the_committed_files_are_generated(self) -> None:
        """After a change of a topic or a role run `python -m schemas.strimzi`."""
        committed = {path: (DEPLOY / path).read_text(encoding="utf-8") for path in strimzi.rendered()}
        assert strimzi.rendered() == committed

    def test_the_command_writes_them(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It writes them to their folder."""
        monkeypatch.setattr(strimzi, "_TARGET", tmp_path)
        (tmp_path / "kubernetes" / "kafka").mkdir(parents=True)
        strimzi.main()
        written = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert sorted(strimzi.rendered()) == sorted(path.relative_to(tmp_path).as_posix() for path in written)

    def test_there_is_one_of_each(self) -> None:
        """Every topic and every role of the catalogue has one, under its name."""
        made = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "kafka" / "topics.yaml").read_text()))
        assert [entry.name for entry in catalogue()] == [topic["metadata"]["name"] for topic in made]
        made = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "kafka" / "users.yaml").read_text()))
        assert [role.name for role in roles()] == [user["metadata"]["name"] for user in made]


class TestRoles:
    def test_few_roles_read_protected_cases(self) -> None:
        """They read their alerts, and the state that has them."""
        readers = {
            short: [
                role.name.removeprefix("docketwatch-")
                for role in roles()
                if any(grant.name == f"docket.{short}" and "Read" in grant.operations for grant in role.grants)
            ]
            for short in ("restricted-alerts", "case-state")
        }
        assert {"restricted-alerts": ["restricted", "console"], "case-state": ["worker", "console"]} == readers

    def test_the_writer_of_the_view_audit_cannot_read_it(self) -> None:
        """No role reads the view audit: a reviewer gets that right by name."""
        grants = [(role.name, grant) for role in roles() for grant in role.grants if grant.name == "docket.case-views"]
        assert [("docketwatch-console", ("Write",))] == [(name, grant.operations) for name, grant in grants]

    def test_another_prefix_and_group(self) -> None:
        """The names follow them."""
        names = {grant.name for role in roles("other", "mine") for grant in role.grants}
        assert all(name.startswith(("other.", "mine")) for name in names)
