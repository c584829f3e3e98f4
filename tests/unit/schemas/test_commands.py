"""The commands `schemas export` and `policy check`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from schemas.export import rendered
from streams.cli.policy import command as policy
from streams.cli.schemas import command as schemas
from streams.errors import OutputError


class TestSchemasExport:
    def test_it_writes_the_files_and_names_them(self, tmp_path: Path) -> None:
        """The output has one path per line."""
        result = CliRunner().invoke(schemas, ["export", str(tmp_path / "out")], catch_exceptions=False)
        assert result.exit_code == 0
        names = [*rendered(), "mapping.json"]
        assert sorted(str(tmp_path / "out" / name) for name in names) == result.output.splitlines()
        assert all(Path(line).exists() for line in result.output.splitlines())

    def test_an_unwritable_folder_is_named(self, tmp_path: Path) -> None:
        """The error has the system's reason."""
        (tmp_path / "file").touch()
        with pytest.raises(OutputError, match=r"file: cannot be written: (File exists|Not a directory)$"):
            CliRunner().invoke(schemas, ["export", str(tmp_path / "file")], catch_exceptions=False)


class TestPolicyCheck:
    def check(self, file: str | Path) -> Result:
        return CliRunner().invoke(policy, ["check", str(file)], catch_exceptions=False)

    def test_a_valid_policy_is_summarised(self) -> None:
        """The summary has the causes that are on and off."""
        result = self.check("eoir")
        assert result.exit_code == 0
        lines = result.output.splitlines()
        assert lines[0] == "eoir: eoir@1 is valid; review due by 2027-12-31"
        assert "  off: handoff_stalled, notice_undeliverable, check_in_overdue, no_contact" in lines

    def test_every_fault_is_reported_and_the_exit_code_is_2(self, tmp_path: Path) -> None:
        """Each has the file as it was given, the key, the value and what would be valid."""
        file = tmp_path / "p.toml"
        file.write_text('name = "p"\nversion = 1\n[load]\nperiod = "5h"\n')
        result = self.check(file)
        assert result.exit_code == 2
        assert result.output.splitlines() == [
            (
                f"{file}: version = 1: must be a text of 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -, "
                'in quotation marks, such as "1"'
            ),
            f"{file}: review_by is missing: it has no default",
            f'{file}: load.period = "5h": must be whole minutes that divide 24 hours, such as "15m", "1h" or "6h"',
        ]

    def test_a_missing_file_is_named(self) -> None:
        """The exit code is 2, with one sentence."""
        result = self.check("nowhere.toml")
        assert result.exit_code == 2
        assert result.output == "nowhere.toml: the file cannot be read: No such file or directory\n"
