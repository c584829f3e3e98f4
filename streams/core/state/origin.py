"""Which input a partition's state was made of: kept in its own changelog record, each time that is written."""

from collections.abc import Callable

from msgspec import Struct, field

__all__ = ["AlertTopic", "StateOrigin"]


class AlertTopic(Struct, array_like=True, frozen=True):
    """An alert topic as it was when alerts were published to it.

    Attributes:
        id: The broker's id of it; empty where the broker has none.
        begin: The first offsets of its partitions, added up: they grow only when records are deleted.
    """

    id: str
    begin: int


class StateOrigin(Struct, array_like=True):
    """The group, input offsets and alert topics that a state belongs to.

    Attributes:
        group: The consumer group whose workers made it.
        offsets: By input topic: everything before that offset is in the state, or will be read again from there.
        is_exact: Whether the group commits these offsets in the transaction that writes the state; else it commits them
            later, and may stand before them.
        changelog_id: The broker's id of the changelog that it was written to; empty where the broker has none.
        begin: The offset at which that changelog began: what was written from there on makes up the state.
        input_ids: By input topic that producers write: the broker's id of it. A topic whose id is not known is left
            out; so is every one by a program that did not keep them.
        alert_topics: By alert topic: what it was when the alerts that stand were published to it. Left out likewise.
        mended_at: When a command rewrote it last (UTC ms); 0 when none did. What a worker has kept of the state from
            before that is of no use: the changelog may have been shorter then.
        flush_number: The number of the flush that wrote it, one more than that of the flush before; 0 by a program that
            did not count them.
        epochs: By input topic: an offset, and the leader epoch of the record before it. A topic of which none is known
            is left out.
    """

    group: str
    offsets: dict[str, int]
    is_exact: bool = True
    changelog_id: str = ""
    begin: int = 0
    input_ids: dict[str, str] = field(default_factory=dict)
    alert_topics: dict[str, AlertTopic] = field(default_factory=dict)
    mended_at: int = 0
    flush_number: int = 0
    epochs: dict[str, tuple[int, int]] = field(default_factory=dict)

    def note_epochs(self, before: Callable[[str, int], int | None]) -> None:
        """Note the leader epochs of the records before the offsets, as far as they are known.

        Args:
            before: The epoch of the record before an offset of an input topic; None where it is not known.
        """
        for name, offset in self.offsets.items():
            epoch = before(name, offset)
            if epoch is not None:
                self.epochs[name] = offset, epoch
            elif self.epochs.get(name, (offset,))[0] != offset:
                del self.epochs[name]

    def known_epochs(self, number: int) -> dict[tuple[str, int], tuple[int, int]]:
        """The offsets whose leader epoch is known, with it, by input topic and partition number.

        One that a worker of an earlier release has committed since is left out: the epoch before it may be another.
        """
        return {(name, number): each for name, each in self.epochs.items() if each[0] == self.offsets.get(name)}
