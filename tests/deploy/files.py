"""The files below deploy/, as the tests read them."""

import os
import shutil
from pathlib import Path
from typing import Any, Final

import click
import pytest
import yaml

from streams.cli.report import command as report
from streams.kafka.client.settings import Settings
from streams.web.settings import ConsoleSettings

__all__ = ["COMPOSE", "DEPLOY", "KUBERNETES", "assert_report_options", "documents", "known_settings", "kubectl"]

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
COMPOSE: Final = DEPLOY / "compose" / "compose.yaml"
KUBERNETES: Final = DEPLOY / "kubernetes"


def documents(*paths: Path) -> list[dict[str, Any]]:
    """Yield every YAML document of some files."""
    return [document for path in paths for document in yaml.safe_load_all(path.read_text()) if document]


def kubectl() -> Path:
    """Return kubectl; without it a test skips, or fails where CI says that everything is present."""
    found = shutil.which("kubectl")
    if found is None:
        why = "there is no kubectl: the files were checked one by one, not together"
        if os.environ.get("DOCKETWATCH_REQUIRE_KAFKA") == "1":
            pytest.fail(f"DOCKETWATCH_REQUIRE_KAFKA=1, but {why}")
        pytest.skip(why)
    return Path(found)


def known_settings() -> set[str]:
    """Return the names of all variables that a process of docketwatch reads."""
    worker = {f"DOCKETWATCH_{name.upper()}" for name in Settings.model_fields}
    return worker | {f"DOCKETWATCH_CONSOLE_{name.upper()}" for name in ConsoleSettings.model_fields}


def assert_report_options(words: list[str]) -> None:
    """Check that `docketwatch report` knows every option of a command line and gets all that it requires."""
    assert "report" == words[0]
    options = [word.partition("=")[0] for word in words[1:] if word.startswith("--")]
    known = {name: each for each in report.params for name in each.opts if isinstance(each, click.Option)}
    assert set(options) <= set(known)
    assert {name for name, each in known.items() if each.required} <= set(options)
    assert "--week=last" in words
    assert "--folder" in options
