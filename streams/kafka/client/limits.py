"""The size limits of a broker, by its own defaults."""

from typing import Final

__all__ = ["MAX_BATCH_BYTES"]

MAX_BATCH_BYTES: Final = 900_000
"""A batch must fit the broker's message.max.bytes, 1 MiB by default, with its header."""
