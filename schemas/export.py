"""Writes the contract for other languages: JSON Schemas and the AsyncAPI document: `python -m schemas.export`."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from schemas.asyncapi import asyncapi
from schemas.json_schemas import every_schema

__all__ = ["export", "main", "rendered"]

_GENERATED: Final = Path(__file__).with_name("generated")


def rendered() -> Mapping[str, str]:
    """Every file by its path: what `export` writes."""
    documents = {"asyncapi.json": asyncapi(), **every_schema()}
    return {path: json.dumps(document, indent=2) + "\n" for path, document in documents.items()}


def export(directory: Path) -> list[Path]:
    """Write every file below a directory, which is made when it is missing.

    Args:
        directory: Where to.

    Returns:
        What was written, sorted.
    """
    written = []
    for name, text in rendered().items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return sorted(written)


def main() -> None:
    """Renew the committed files."""
    sys.stdout.write(f"wrote {len(export(_GENERATED))} files below {_GENERATED}\n")


if __name__ == "__main__":
    main()
