"""The committed files are those that the generators make of the default policy."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from schemas.policy import load_policy
from streams.cli.monitoring import command
from streams.errors import OutputError, UsageError
from streams.monitoring.export import NO_ADDRESSES, documents
from tests.rules.tools import DEPLOY

MADE = documents(load_policy(None), NO_ADDRESSES)

GIVEN = {
    "--runbooks": "https://runbooks.test/here/",
    "--console": "https://console.test",
    "--hooks": "http://hooks.test",
}


def options(given: dict[str, str]) -> list[str]:
    """Return the words of some options."""
    return [word for pair in given.items() for word in pair]


class TestExport:
    @pytest.mark.parametrize("name", MADE)
    def test_the_committed_files_are_generated(self, name: str) -> None:
        """After a change run `docketwatch monitoring export deploy --no-addresses --force`."""
        assert (DEPLOY / name).read_text() == MADE[name]

    def test_the_command_writes_and_names_the_files(self, tmp_path: Path) -> None:
        """The files have the given addresses."""
        result = CliRunner().invoke(command, ["export", str(tmp_path), *options(GIVEN)], catch_exceptions=False)

        assert result.output.splitlines() == sorted(str(tmp_path / name) for name in MADE)
        rules = (tmp_path / "prometheus" / "docketwatch.rules.yaml").read_text()
        assert "runbook_url: https://runbooks.test/here/DocketwatchDown.md" in rules
        assert "url: http://hooks.test/duty" in (tmp_path / "alertmanager" / "alertmanager.yaml").read_text()

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        """The error has the system's reason."""
        (tmp_path / "file").touch()
        with pytest.raises(OutputError, match=r"file: cannot be written: (File exists|Not a directory)$"):
            CliRunner().invoke(command, ["export", str(tmp_path / "file"), "--no-addresses"], catch_exceptions=False)


class TestAddresses:
    @pytest.mark.parametrize("option", GIVEN)
    def test_each_is_asked_for(self, tmp_path: Path, option: str) -> None:
        """Without it notifications would be lost, or their links lead nowhere; nothing is written."""
        given = {name: url for name, url in GIVEN.items() if name != option}
        with pytest.raises(UsageError, match=rf"^{option} is missing: give its URL, or --no-addresses"):
            CliRunner().invoke(command, ["export", str(tmp_path / "d"), *options(given)], catch_exceptions=False)
        assert not (tmp_path / "d").exists()

    @pytest.mark.parametrize("host", ["runbooks.example", "example.com", "hooks.example.org:8080", "a.INVALID"])
    def test_a_placeholder_is_refused(self, tmp_path: Path, host: str) -> None:
        """A webhook there would be retried for ever; a path, which may hold a secret, is not repeated."""
        words = options({**GIVEN, "--hooks": f"https://{host}/secret"})
        with pytest.raises(UsageError, match=r"^--hooks: [a-z.]+ is a placeholder, where nothing answers: ") as refused:
            CliRunner().invoke(command, ["export", str(tmp_path / "d"), *words], catch_exceptions=False)
        assert "secret" not in str(refused.value)
        assert not (tmp_path / "d").exists()

    @pytest.mark.parametrize("url", ["hooks", "ftp://hooks.test", "https://", "https://[::1"])
    def test_what_is_no_url_is_refused(self, tmp_path: Path, url: str) -> None:
        """The sentence has an example."""
        words = options({**GIVEN, "--hooks": url})
        with pytest.raises(UsageError, match=r"^--hooks must be a URL with a host, such as https://"):
            CliRunner().invoke(command, ["export", str(tmp_path / "d"), *words], catch_exceptions=False)

    def test_without_addresses_nobody_is_notified(self, tmp_path: Path) -> None:
        """The receivers are there, and have no webhook that would be retried."""
        CliRunner().invoke(command, ["export", str(tmp_path), "--no-addresses"], catch_exceptions=False)
        made = yaml.safe_load((tmp_path / "alertmanager" / "alertmanager.yaml").read_text())
        assert [{"name": name} for name in ("duty", "supervisors", "watchdog")] == made["receivers"]

    def test_both_exclude_each_other(self, tmp_path: Path) -> None:
        """An address beside --no-addresses would be passed over."""
        words = ["export", str(tmp_path), "--no-addresses", "--hooks", "http://hooks.test"]
        with pytest.raises(UsageError, match=r"^--no-addresses and an address exclude each other"):
            CliRunner().invoke(command, words, catch_exceptions=False)
