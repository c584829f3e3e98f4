"""The contents of a changelog."""

from collections.abc import Iterable

__all__ = ["newest"]


def newest(changelog: Iterable[tuple[bytes, bytes | None]]) -> dict[str, bytes]:
    """Return the last value of every key that was not deleted, as a restore reads it."""
    return {key.decode(): value for key, value in dict(changelog).items() if value is not None}
