"""The committed files are those that the generators make of the default policy."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from schemas.policy import load_policy
from streams.cli.monitoring import command
from streams.errors import OutputError
from streams.monitoring.export import Addresses, documents
from tests.rules.tools import DEPLOY

MADE = documents(load_policy(None), Addresses())


class TestExport:
    @pytest.mark.parametrize("name", MADE)
    def test_the_committed_files_are_generated(self, name: str) -> None:
        """After a change run `docketwatch monitoring export deploy --force`."""
        assert (DEPLOY / name).read_text() == MADE[name]

    def test_the_command_writes_and_names_the_files(self, tmp_path: Path) -> None:
        """The files have the given addresses."""
        words = ["export", str(tmp_path), "--runbooks", "https://runbooks.test/here/", "--hooks", "http://hooks.test"]
        result = CliRunner().invoke(command, words, catch_exceptions=False)

        assert result.output.splitlines() == sorted(str(tmp_path / name) for name in MADE)
        rules = (tmp_path / "prometheus" / "docketwatch.rules.yaml").read_text()
        assert "runbook_url: https://runbooks.test/here/DocketwatchDown.md" in rules
        assert "url: http://hooks.test/duty" in (tmp_path / "alertmanager" / "alertmanager.yaml").read_text()

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        """The error has the system's reason."""
        (tmp_path / "file").touch()
        with pytest.raises(OutputError, match=r"file: cannot be written: (File exists|Not a directory)$"):
            CliRunner().invoke(command, ["export", str(tmp_path / "file")], catch_exceptions=False)
