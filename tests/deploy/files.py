"""The files below deploy/, as the tests read them."""

from pathlib import Path
from typing import Any, Final

import click
import yaml

from streams.cli.report import command as report
from streams.kafka.client.settings import Settings
from streams.web.settings import ConsoleSettings

__all__ = ["COMPOSE", "DEPLOY", "KUBERNETES", "assert_report_options", "documents", "known_settings"]

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
COMPOSE: Final = DEPLOY / "compose" / "compose.yaml"
KUBERNETES: Final = DEPLOY / "kubernetes"


def documents(*paths: Path) -> list[dict[str, Any]]:
    """Yield every YAML document of some files."""
    return [document for path in paths for document in yaml.safe_load_all(path.read_text()) if document]


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
