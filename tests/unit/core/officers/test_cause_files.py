"""The files that a new cause of officer alerts changes by hand, which `deploy/CONTRIBUTING.md` lists."""

from pathlib import Path

import schemas
import streams
from schemas.causes import OfficerCause
from streams.core.officers import causes

DEFINITIONS = Path(causes.__file__).parent
PRODUCT = (Path(schemas.__file__).parent, Path(streams.__file__).parent)
ROOT = PRODUCT[0].parent


def names(path: Path, cause: OfficerCause) -> bool:
    return f"OfficerCause.{cause.name}" in path.read_text(encoding="utf-8")


class TestCauseFiles:
    def test_each_cause_has_a_file(self) -> None:
        """No other file is there; the rest is shared by the causes."""
        files = {path.stem for path in DEFINITIONS.glob("*.py")}
        assert {*OfficerCause, "__init__", "definition", "parts", "sustained_load", "table"} == files

    def test_no_other_source_tells_one_cause_from_another(self) -> None:
        """A new cause would have to change each such file; the intake needs the open cases of 30 days before."""
        sources = [path for package in PRODUCT for end in ("*.py", "*.pyx", "*.pxd") for path in package.rglob(end)]
        found = {
            cause: {path.relative_to(ROOT).as_posix() for path in sources if names(path, cause)}
            for cause in OfficerCause
        }
        expected = {cause: {"schemas/causes.py", f"streams/core/officers/causes/{cause}.py"} for cause in OfficerCause}
        # the watch keeps the open cases of 30 days before, and a plan of balance stays within the same bound
        expected[OfficerCause.INTAKE_TOO_FAST] |= {"streams/core/officers/watch.py", "streams/tools/balance/intake.py"}
        assert expected == found
