"""The files that a new cause changes by hand, which `deploy/CONTRIBUTING.md` lists."""

from pathlib import Path

import schemas
import streams
from schemas.causes import Cause
from streams.core.alerting import causes

DEFINITIONS = Path(causes.__file__).parent
PRODUCT = (Path(schemas.__file__).parent, Path(streams.__file__).parent)
ROOT = PRODUCT[0].parent


def names_every_cause(path: Path) -> bool:
    text = path.read_text(encoding="utf-8").lower()
    return all(cause in text for cause in Cause)


class TestCauseFiles:
    def test_each_cause_has_a_file(self) -> None:
        """No other file is there; the rest is shared by the causes."""
        files = {path.stem for path in DEFINITIONS.glob("*.py")}
        assert {*Cause, "__init__", "definition", "parts", "plain_case_view", "table"} == files

    def test_no_other_source_names_every_cause(self) -> None:
        """A new cause would have to change each such file: there are five, besides the cause's own file.

        `streams/sources/missing_events.py` may leave a cause out: the report of a conversion says less then.
        """
        sources = [path for package in PRODUCT for end in ("*.py", "*.pyx", "*.pxd") for path in package.rglob(end)]
        assert {
            "schemas/causes.py",
            "streams/core/alerting/_case_view.pyx",
            "streams/core/in_place/_deadlines.pyx",
            "streams/sources/generate/losses.py",
            "streams/sources/generate/truth.py",
            "streams/sources/missing_events.py",
        } == {path.relative_to(ROOT).as_posix() for path in sources if names_every_cause(path)}
