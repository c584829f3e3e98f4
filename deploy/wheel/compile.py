"""Compiles what is slow in Python into the wheel; without a C compiler the wheel does without, and says so here.

A module is written in Cython (.pyx, with a twin in Python), or in Python with its types in a .pxd beside it: then one
source is compiled and runs without a compiler too. After a change of either, install the checkout again.

A build hook of hatchling, which runs it for `pip install` of the checkout, editable or not, and for `python -m build`.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from Cython.Build import cythonize
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext
from setuptools.errors import BaseError, CCompilerError

MODULES = (
    "schemas._primitives",
    "schemas.decode",
    "schemas.hot_checks",
    "streams.core.load._restore_counts",
    "streams.core.load._due_dates",
    "streams.core.time._day_steps",
    "streams.core.alerting._case_view",
    "streams.core.in_place._case",
    "streams.core.in_place._packing",
    "streams.core.in_place._events",
    "streams.core.in_place._deadlines",
    "streams.core.in_place._applying",
    "streams.core.applying",
    "streams.core.case_table",
    "streams.core.load.load_periods",
    "streams.core.load.officer_counts",
    "streams.core.officers.partial_merge",
    "streams.core.officers.watch",
    "streams.core.load.partition_counts",
    "streams.core.state.apply_fact",
    "streams.core.state.archive",
    "streams.core.state.case_states",
    "streams.core.state.last_judged",
    "streams.core.state.packed_state",
    "streams.core.state.registers",
    "streams.core.time.deadlines",
    "streams.kafka.producer._packing",
    "streams.kafka.client._partitioning",
)


class Compile(BuildHookInterface[Any]):
    """Puts the compiled modules beside their sources: in the wheel, or in a checkout that is installed editable."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and tell the wheel that it holds what only this platform can run."""
        self._scratch = Path(tempfile.mkdtemp(prefix="docketwatch-"))
        place = Path(self.root) if version == "editable" else self._scratch
        try:
            compiled = self._compile(place)
        except (BaseError, CCompilerError, OSError) as error:
            self.app.display_warning(
                f"nothing was compiled ({error}): Python does it all, which takes evaluate twice the CPU"
            )
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        if version != "editable":
            for file in compiled:
                build_data["force_include"][str(file)] = str(file.relative_to(place))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel is written: what it was made of may go."""
        shutil.rmtree(self._scratch)

    def _compile(self, place: Path) -> list[Path]:
        extensions = [Extension(name, [str(self._source(name))], extra_compile_args=["-O3"]) for name in MODULES]
        # a hint for mypy is no type for the compiler: it would refuse an enumeration's member where `str` is hinted
        hints = {"annotation_typing": False}
        modules = cythonize(extensions, build_dir=str(self._scratch), quiet=True, compiler_directives=hints)
        command = build_ext(Distribution({"name": "docketwatch", "ext_modules": modules}))
        command.build_lib, command.build_temp = str(place), str(self._scratch)
        command.finalize_options()
        command.run()
        return [Path(command.get_ext_fullpath(name)) for name in MODULES]

    def _source(self, name: str) -> Path:
        source = Path(self.root, *name.split("."))
        return source.with_suffix(".py" if source.with_suffix(".py").exists() else ".pyx")
