"""Runs the commands of deploy/upgrade.md: each block between `<!-- mark -->` and `<!-- end -->`, as it is written."""

import re
from pathlib import Path
from typing import Final

from tests.kafka.deployment import ROOT, Deployment
from tests.kafka.programs import Shell

__all__ = ["PAGE", "PageCommands", "block"]

PAGE: Final = ROOT / "deploy" / "upgrade.md"


def block(mark: str) -> str:
    """Return the commands of a page between `<!-- mark -->` and `<!-- end -->`."""
    found = re.search(rf"<!-- {mark} -->\n```\n(.*?)```\n<!-- end -->", PAGE.read_text(), re.DOTALL)
    assert found, mark
    return found.group(1)


class PageCommands:
    """Runs commands of the page in a folder, with the programs that it names.

    Args:
        folder: Where they run.
        variables: Values of the page's own variables.
    """

    def __init__(self, folder: Path, **variables: str) -> None:
        self._shell, self._data, self._variables = Shell(folder), folder / "data", variables

    def run(self, mark: str, deployment: Deployment) -> str:
        """Run a block of the page as it is written, and return what it prints."""
        done = self._shell.run(block(mark), {**deployment.environment_with(self._data), **self._variables})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
