"""What the console shows of a file that its server cannot read: its name, and no folder."""

import asyncio
import logging
from pathlib import Path

import pytest

from streams.files.shown_paths import without_folders
from streams.web.own_command import CommandFailedError, run_command
from streams.web.reports import ReportRequest, Reports


class TestWithoutFolders:
    @pytest.mark.parametrize(
        ("sentence", "shown"),
        [
            ("/srv/logs/events.jsonl: cannot be read", "events.jsonl: cannot be read"),
            ("/srv/logs/events.jsonl:7: case_id: is missing", "events.jsonl:7: case_id: is missing"),
            ("the files '/a/b.pem' and (/c/d.pem) differ", "the files 'b.pem' and (d.pem) differ"),
            ("https://cases.example/case/7 has 3/4 of it", "https://cases.example/case/7 has 3/4 of it"),
            ("deploy/crash-recovery.md says how", "deploy/crash-recovery.md says how"),
        ],
    )
    def test_by_form(self, sentence: str, shown: str) -> None:
        """An absolute path is seen; a URL, a fraction and a relative path are left as they are."""
        assert shown == without_folders(sentence)

    def test_known_paths(self) -> None:
        """They may be relative, and have blanks."""
        known = ("logs/of court/e.jsonl", "logs/of court/e.jsonl.2", "--json", "ATL")
        assert "e.jsonl.2: bad; e.jsonl: bad" == without_folders(
            "logs/of court/e.jsonl.2: bad; logs/of court/e.jsonl: bad", known
        )


class TestReport:
    @pytest.mark.parametrize("folder", ["docket", "the docket"])
    @pytest.mark.parametrize(
        ("lines", "sentence"),
        [
            (None, "Invalid value for '[FILE...]': File 'events.jsonl' does not exist."),
            ("no event\n", "events.jsonl:1: "),
        ],
    )
    def test_a_log_that_cannot_be_read(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture, folder: str, lines: str | None, sentence: str
    ) -> None:
        """The page gets the name of the file; the console's own log has where it lies."""
        log = tmp_path / folder / "events.jsonl"
        log.parent.mkdir()
        if lines is not None:
            log.write_text(lines)
        reports = Reports([log], [], run_command, lambda: 0)
        with caplog.at_level(logging.WARNING), pytest.raises(CommandFailedError) as refused:
            asyncio.run(reports.make(ReportRequest("ATL", "2026-W10")))
        assert str(refused.value).startswith(sentence)
        assert str(tmp_path) not in str(refused.value)
        assert str(log) in caplog.text
