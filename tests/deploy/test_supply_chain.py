"""The audit of dependencies in CI: without an answer it is never reported as clean."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.deploy.files import DEPLOY

SCRIPT: Final = DEPLOY.parent / ".ci" / "tell_audit.py"
CLEAN: Final = {"name": "msgspec", "version": "0.19", "vulns": []}
SILENT: Final = {"name": "msgspec", "skip_reason": "not found"}
OURSELVES: Final = {"name": "docketwatch", "skip_reason": "not found"}
BAD: Final = {"name": "yarl", "version": "1.9", "vulns": [{"id": "PYSEC-1"}]}


@pytest.mark.parametrize(
    ("asked", "code", "reported", "unreported"),
    [
        ([CLEAN, OURSELVES], 0, "audit: 1 parts asked about, 0 advisories", "NOT AUDITED"),
        ([SILENT, OURSELVES], 0, "NOT AUDITED: no advisory database has answered about 1 of 2 parts", "ADVISORY"),
        ([CLEAN, BAD], 1, "ADVISORY: yarl 1.9: PYSEC-1", "NOT AUDITED"),
        (None, 0, "pip-audit ended with 1: no connection", "ADVISORY"),
    ],
    ids=["clean", "silent", "bad", "broken"],
)
def test_it_reports_vulnerabilities_and_silent_databases(
    tmp_path: Path, asked: list[Any] | None, code: int, reported: str, unreported: str
) -> None:
    """A known vulnerability gives exit code 1; the report names a database that does not answer."""
    sbom, audit, log = (tmp_path / name for name in ("sbom.json", "audit.json", "log"))
    sbom.write_text(json.dumps({"components": [{}, {}]}))
    audit.write_text("" if asked is None else json.dumps({"dependencies": asked}))
    log.write_text("first\nno connection\n")
    done = subprocess.run([sys.executable, SCRIPT, sbom, audit, "1", log], capture_output=True, text=True, check=False)
    assert code == done.returncode, done.stderr
    assert reported in done.stdout
    assert unreported not in done.stdout
