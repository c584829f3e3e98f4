"""A record as an agent or a reader gets it, without a broker."""

from dataclasses import dataclass

__all__ = ["FakeRecord"]


@dataclass
class FakeRecord:
    """The fields of a record that the product reads."""

    offset: int
    key: bytes | None
    value: bytes | None
