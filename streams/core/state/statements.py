"""A register of a statement: it distinguishes a repetition of its value from a change (CONTRACT.md §3)."""

from typing import Generic, TypeVar

from msgspec import Struct

from streams.core.state.fact_key import FactKey

__all__ = ["Register", "ValueT"]

ValueT = TypeVar("ValueT")


class Register(Struct, Generic[ValueT], array_like=True, gc=False):
    """A value, the fact since which it holds, and the last fact that repeated it.

    Attributes:
        value: The value that holds.
        since: Key of the fact since which it holds; None is before all time.
        repeated: Key of the last fact with that value; None when that is `since` itself.
        disputed: Whether any other value was ever applied.
    """

    value: ValueT
    since: FactKey | None = None
    repeated: FactKey | None = None
    disputed: bool = False

    @property
    def last_key(self) -> FactKey | None:
        """Key of the last fact with that value; None is before all time."""
        return self.repeated or self.since
