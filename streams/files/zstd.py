"""zstd, read and written with a library of the extra `sources`."""

from io import BufferedReader, RawIOBase
from typing import IO, TYPE_CHECKING, Any, Final, cast

from streams.extras import require

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["ZSTD_SUFFIX", "CorruptFrameError", "ZstdReader", "require_zstd", "zstd_writer"]

_READ_BYTES: Final = 64 << 10
_LEVEL: Final = 3
ZSTD_SUFFIX: Final = ".zst"


def require_zstd() -> None:
    """Check that the library is installed.

    Raises:
        MissingExtraError: It is not.
    """
    require("sources", "a .zst file")


class CorruptFrameError(Exception):
    """The compressed data is damaged."""


class ZstdReader(RawIOBase):
    """Inflates zstd frames one after the other, and knows, as zstandard's own reader does not, one that ends early.

    Args:
        file: The compressed file.

    Raises:
        MissingExtraError: The library is not installed.
    """

    def __init__(self, file: BufferedReader) -> None:
        require_zstd()
        import zstandard  # late: few logs need it

        self._error = zstandard.ZstdError
        self._file = file
        self._decompressor = zstandard.ZstdDecompressor()
        self._frame = self._decompressor.decompressobj()
        self._inflated = memoryview(b"")

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill a buffer; 0 at the end of the file.

        Raises:
            CorruptFrameError: The data is damaged.
            EOFError: The file ends within a frame.
        """
        if not self._inflated:
            try:
                self._inflated = memoryview(self._next())
            except self._error as error:
                raise CorruptFrameError from error
        target = memoryview(buffer).cast("B")
        size = min(len(target), len(self._inflated))
        target[:size] = self._inflated[:size]
        self._inflated = self._inflated[size:]
        return size

    def _next(self) -> bytes:
        """The next bytes inflated; none at the end of the file."""
        inflated = b""
        while not inflated:
            raw = self._frame.unused_data if self._frame.eof else b""
            raw = raw or self._file.read(_READ_BYTES)
            if not raw:
                if self._frame.eof:
                    return b""
                raise EOFError
            if self._frame.eof:
                self._frame = self._decompressor.decompressobj()
            inflated = self._frame.decompress(raw)
        return inflated


def zstd_writer(file: RawIOBase) -> Any:  # noqa: ANN401  # a class of a library that may be missing
    """What compresses to a file, and leaves that open.

    Args:
        file: Where the compressed bytes go.

    Raises:
        MissingExtraError: The library is not installed.
    """
    require_zstd()
    import zstandard  # late, as above

    # the stubs want an IO[bytes]; what is used of it is write()
    return zstandard.ZstdCompressor(level=_LEVEL).stream_writer(cast(IO[bytes], file), closefd=False)
