"""The files below deploy/, as the tests read them."""

from pathlib import Path
from typing import Any, Final

import yaml

from streams.kafka.client.settings import Settings
from streams.web.settings import ConsoleSettings

__all__ = ["COMPOSE", "DEPLOY", "KUBERNETES", "documents", "known_settings"]

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
