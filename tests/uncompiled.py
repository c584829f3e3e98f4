"""Compiled modules, run from their Python source."""

from __future__ import annotations

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_loader
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["in_python"]


def in_python(*names: str) -> dict[str, ModuleType]:
    """Import these modules again, not compiled, each with those before it; the loaded ones stay as they are."""
    made: dict[str, ModuleType] = {}
    with patch.dict(sys.modules):
        for name in names:
            found = find_spec(name)
            assert found is not None
            assert found.origin is not None
            folder, leaf = Path(found.origin).parent, name.rpartition(".")[2]
            spec = spec_from_loader(name, SourceFileLoader(name, str(folder / f"{leaf}.py")))
            assert spec is not None
            assert spec.loader is not None
            made[name] = sys.modules[name] = module_from_spec(spec)
            spec.loader.exec_module(made[name])
    return made
