"""Which input a partition's state was made of: kept in its own changelog record, each time that is written."""

from msgspec import Struct

__all__ = ["Origin"]


class Origin(Struct, array_like=True):
    """What a state belongs to.

    Attributes:
        group: The consumer group whose workers made it.
        offsets: By input topic: everything before that offset is in the state, or will be read again from there.
        is_exact: Whether the group commits these offsets in the transaction that writes the state; else it commits them
            later, and may stand before them.
        changelog_id: The broker's id of the changelog that it was written to; empty where the broker has none.
        begin: The offset at which that changelog began: what was written from there on makes up the state.
    """

    group: str
    offsets: dict[str, int]
    is_exact: bool = True
    changelog_id: str = ""
    begin: int = 0
