"""The codecs of record batches: a producer or a topic chooses one, so a reader must support all of them."""

from collections.abc import Callable, Mapping
from typing import Final

from aiokafka import codec  # type: ignore[import-untyped]  # ships no type information

from streams.errors import UsageError

__all__ = ["CODECS", "check_codecs"]

CODECS: Final[Mapping[str, Callable[[], bool]]] = {
    "gzip": codec.has_gzip,
    "snappy": codec.has_snappy,
    "lz4": codec.has_lz4,
    "zstd": codec.has_zstd,
}
"""Whether each can be read here, by its name in compression.type; uncompressed batches always can."""


def check_codecs(codecs: Mapping[str, Callable[[], bool]] = CODECS) -> None:
    """Refuse at the start if a codec cannot be read, because any record may use it.

    Stock: aiokafka fails when the first such batch arrives, and again after every restart.

    Args:
        codecs: Whether each can be read.

    Raises:
        UsageError: One cannot.
    """
    missing = [name for name, is_there in codecs.items() if not is_there()]
    if missing:
        raise UsageError(
            f"records that are compressed with {', '.join(missing)} cannot be read, because the library cramjam is not "
            "installed: `pip install cramjam`"
        )
