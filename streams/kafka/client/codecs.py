"""The codecs of record batches: a producer, or a topic, chooses one, and whoever reads must know them all."""

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
"""Whether each can be read here, by its name in compression.type; what is not compressed always can."""


def check_codecs(codecs: Mapping[str, Callable[[], bool]] = CODECS) -> None:
    """Say at the start that a codec cannot be read, for nobody knows which one the next record comes in.

    Stock: aiokafka says it when the first batch is there, and says it again whenever the worker is started.

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
