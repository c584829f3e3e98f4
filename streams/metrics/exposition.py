"""The body of a scrape, in the format and the compression that the scraper accepts."""

import gzip
from typing import Final, NamedTuple

from prometheus_client.exposition import choose_encoder, gzip_accepted
from prometheus_client.registry import CollectorRegistry

__all__ = ["Scrape", "scrape"]

_LEVEL: Final = 1
"""Nine tenths of what level 9 saves, for a fifth of its CPU time."""


class Scrape(NamedTuple):
    """An answer to a scrape.

    Attributes:
        content: The body.
        kind: Its media type.
        encoding: `gzip`, or None for a body that is not compressed.
    """

    content: bytes
    kind: str
    encoding: str | None

    def headers(self) -> dict[str, str]:
        """The headers that say how it is compressed."""
        return {"Vary": "Accept-Encoding", **({} if self.encoding is None else {"Content-Encoding": self.encoding})}


def scrape(registry: CollectorRegistry, accept: str, accept_encoding: str) -> Scrape:
    """Collect and encode all metrics.

    Args:
        registry: The metrics.
        accept: The Accept header, empty for none.
        accept_encoding: The Accept-Encoding header, empty for none.
    """
    encode, kind = choose_encoder(accept)
    content = encode(registry)
    if gzip_accepted(accept_encoding):
        return Scrape(gzip.compress(content, _LEVEL), kind, "gzip")
    return Scrape(content, kind, None)
