"""Tests of compiled modules need a C compiler; with DOCKETWATCH_REQUIRE_COMPILER=1 they may not skip."""

import os
import shutil

import pytest

__all__ = ["needs_compiler"]

needs_compiler = pytest.mark.skipif(
    shutil.which("cc") is None and os.environ.get("DOCKETWATCH_REQUIRE_COMPILER") != "1",
    reason="there is no C compiler: compiled modules were not compared with Python",
)
