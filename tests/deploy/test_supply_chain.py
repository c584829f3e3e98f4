"""What CI says of the parts of the product: an audit without an answer is never reported as clean."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.deploy.files import DEPLOY

TELL: Final = DEPLOY.parent / ".ci" / "tell_audit.py"
CLEAN: Final = {"name": "msgspec", "version": "0.19", "vulns": []}
SILENT: Final = {"name": "msgspec", "skip_reason": "not found"}
OURSELVES: Final = {"name": "docketwatch", "skip_reason": "not found"}
BAD: Final = {"name": "yarl", "version": "1.9", "vulns": [{"id": "PYSEC-1"}]}


@pytest.mark.parametrize(
    ("asked", "code", "told", "untold"),
    [
        ([CLEAN, OURSELVES], 0, "audit: 1 parts asked about, 0 advisories", "NOT AUDITED"),
        ([SILENT, OURSELVES], 0, "NOT AUDITED: no advisory database has answered about 1 of 2 parts", "ADVISORY"),
        ([CLEAN, BAD], 1, "ADVISORY: yarl 1.9: PYSEC-1", "NOT AUDITED"),
        (None, 0, "pip-audit ended with 1: no connection", "ADVISORY"),
    ],
    ids=["clean", "silent", "bad", "broken"],
)
def test_it_says_how_it_is(tmp_path: Path, asked: list[Any] | None, code: int, told: str, untold: str) -> None:
    """Exit code 1 for what is known against a part; a database that is silent is named."""
    sbom, audit, log = (tmp_path / name for name in ("sbom.json", "audit.json", "log"))
    sbom.write_text(json.dumps({"components": [{}, {}]}))
    audit.write_text("" if asked is None else json.dumps({"dependencies": asked}))
    log.write_text("first\nno connection\n")
    done = subprocess.run([sys.executable, TELL, sbom, audit, "1", log], capture_output=True, text=True, check=False)
    assert code == done.returncode, done.stderr
    assert told in done.stdout
    assert untold not in done.stdout
