"""Checks that a restored state belongs to its group, and to the offsets that the group committed.

The marker that ends every flush holds the input offsets that the state was made of (`streams.core.state.origin`), and
every commit of offsets writes one. So with transactions the two are equal at a takeover; without, the offsets are
committed later, and may be lower than the state's, never higher. Any other difference shows that the changelog or the
offsets were truncated, recreated or set by hand. Going on would raise false alerts, or none: the partition is refused
before anything is written. It is also refused where an input topic was recreated since: the offsets of the old topic
mean nothing in the new one, even if they lie in its range. A worker of the previous release commits without a marker:
`streams.kafka.state.passed_input` detects which input it has passed.

A flush of time alone moves no offset. So each flush has a number, in its marker and in the metadata of the offsets of
its transaction: a state with a lower number than its offsets lost flushes. A higher number is no fault. The offsets of
an older transaction, or without metadata, say the same about the input: an operator may have set them, a worker of the
previous release may have committed them. A state of a release without numbers is only compared by its offsets.

An alert topic that was recreated, or whose records were deleted, lacks current alerts. The work goes on; the state
remembers the topic to which they were published until `docketwatch alerts republish` has published them again.

The content of a changelog shows its group: the newest flush marker names it, and before the first marker the first
claim does (`streams.kafka.state.group_claims`). A claim is a tombstone of a key that names the group and that no record
has: a restore, by this release or the previous one, deletes nothing because of it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from msgspec import Struct

from streams.core.state.origin import AlertTopic, StateOrigin
from streams.kafka.state.changelog_table import CLAIM, ChangelogTable
from streams.kafka.work import PartitionId

__all__ = ["ChangelogHistory", "FlushMarker", "ForeignState", "StateMismatch"]

_RUNBOOK: Final = "deploy/runbooks/DocketwatchStateRefused.md"


class FlushMarker(Struct, frozen=True):
    """The record that ends every flush of a changelog.

    Attributes:
        key: Its key.
        stamp: Writes the origin of the state into a marker's value.
        origin: Reads it back; None for a marker of a release that wrote none.
        empty_value: The marker's value without a state.
    """

    key: bytes
    stamp: Callable[[bytes, StateOrigin], bytes]
    origin: Callable[[bytes], StateOrigin | None]
    empty_value: bytes = b""


class StateMismatch(Struct, frozen=True):
    """A state that does not belong to the offsets of its group; the sentence gives the reason."""

    number: int
    sentence: str


class ForeignState(StateMismatch, frozen=True):
    """A state that belongs to another group."""


class ChangelogHistory:
    """The expected origin of the states of one changelog.

    Args:
        group: The consumer group.
        changelog: The topic.
        topics: The input topics.
        flush_marker: The flush marker of the changelog.
        is_exact: Whether offsets are committed in the transaction that writes the state.
        changelog_id: The broker's id of the topic; empty where it has none.
        input_ids: The ids of the input topics that producers write, as far as the broker has any.
        alert_topics: The topics to which the alerts of these states go.
        decided_by: The history of the changelog that decides which group may start on empty ones; None: this one.
        snapshots: Input topics whose readers detect missed records by themselves, and wait for a whole snapshot.
    """

    def __init__(
        self,
        *,
        group: str,
        changelog: str,
        topics: Sequence[str],
        flush_marker: FlushMarker,
        is_exact: bool,
        changelog_id: str,
        input_ids: Mapping[str, str] | None = None,
        alert_topics: Mapping[str, AlertTopic] | None = None,
        decided_by: "ChangelogHistory | None" = None,
        snapshots: Collection[str] = (),
    ) -> None:
        self.group, self.changelog, self.topics, self.flush_marker = group, changelog, topics, flush_marker
        self._is_exact, self._changelog_id, self._decided_by = is_exact, changelog_id, decided_by
        self._input_ids = dict(input_ids or {})
        self.alert_topics = dict(alert_topics or {})
        self._snapshots = frozenset(snapshots) if is_exact else frozenset[str]()

    @property
    def deciding(self) -> "ChangelogHistory":
        """The history of the changelog that decides which group may start on empty ones."""
        return self._decided_by or self

    @property
    def claim(self) -> list[tuple[bytes, bytes | None]]:
        """The record that claims an empty changelog partition."""
        return [((CLAIM + self.group).encode(), None)]

    def origin_of(self, table: ChangelogTable) -> StateOrigin | None:
        """The origin of a table's state; None without a state, or for a marker that holds none."""
        newest = table.newest(self.flush_marker.key)
        return None if newest is None else self.flush_marker.origin(newest)

    def is_unclaimed(self, table: ChangelogTable) -> bool:
        """Whether no marker and no claim in a changelog partition names a group."""
        return self.group_of(table) is None

    def group_of(self, table: ChangelogTable) -> str | None:
        """The group of a table's state, or of its first claim; None without either."""
        kept = self.origin_of(table)
        return kept.group if kept is not None else table.claims[0] if table.claims else None

    def origin_at_takeover(self, table: ChangelogTable, committed: Mapping[str, int], flush_number: int) -> StateOrigin:
        """The origin of a matching state when its partition is taken over.

        Args:
            table: The changelog.
            committed: The group's offsets, by input topic.
            flush_number: The number of the last flush with which they were committed; 0 where none is known.
        """
        kept = self.origin_of(table)
        if kept is None:
            return self.new_origin(table, committed, flush_number=flush_number)
        return StateOrigin(
            self.group,
            {**kept.offsets, **{name: max(at, kept.offsets.get(name, 0)) for name, at in committed.items()}},
            self._is_exact,
            self._changelog_id,
            kept.begin,
            kept.input_ids | self._input_ids,
            self.alert_topics | kept.alert_topics,
            kept.mended_at,
            max(kept.flush_number, flush_number),
            dict(kept.epochs),
        )

    def new_origin(
        self,
        table: ChangelogTable,
        offsets: Mapping[str, int],
        alert_topics: Mapping[str, AlertTopic] | None = None,
        mended_at: int = 0,
        *,
        flush_number: int,
    ) -> StateOrigin:
        """A new origin for the state that is in the changelog now, as of these offsets.

        Args:
            table: The changelog.
            offsets: By input topic.
            alert_topics: Where its alerts were published; left out: where they are published from now on.
            mended_at: When a command repaired it (UTC ms); 0 when none did.
            flush_number: The number of its last flush, or of the last one with which the offsets were committed.
        """
        return StateOrigin(
            self.group,
            dict(offsets),
            self._is_exact,
            self._changelog_id,
            table.begin,
            dict(self._input_ids),
            self.alert_topics | dict(alert_topics or {}),
            mended_at,
            flush_number,
        )

    def recreated_topics(self, origin: StateOrigin | None) -> list[str]:
        """The input topics that were recreated since a state was made of them."""
        ids = {} if origin is None else origin.input_ids
        return [name for name, id_ in self._input_ids.items() if ids.get(name, id_) != id_]

    def lost(self, origin: StateOrigin) -> dict[str, str]:
        """The alert topics that lack alerts of a state, each with the reason, as the end of a sentence."""
        found = {}
        for name, was in origin.alert_topics.items():
            now = self.alert_topics.get(name, was)
            if was.id and now.id and was.id != now.id:
                found[name] = "was deleted and recreated since alerts were published to it"
            elif now.begin > was.begin:
                found[name] = "lost records that were published to it: they were deleted"
        return found

    def is_repaired_since(self, table: ChangelogTable) -> bool:
        """Whether a command repaired the state after the checkpoint of a table.

        A changelog that was truncated before the repair, and has grown past the checkpoint since, holds other records
        before the checkpoint's position: the checkpoint is not the state there. Shown by
        tests/chaos/test_lost_state.py.
        """
        if table.initial_marker is None:
            return False
        began, now = self.flush_marker.origin(table.initial_marker), self.origin_of(table)
        return now is not None and now.mended_at != (0 if began is None else began.mended_at)

    def behind(
        self, tables: Mapping[int, ChangelogTable], committed: Mapping[int, Mapping[str, int]]
    ) -> dict[PartitionId, tuple[int, int]]:
        """Partitions whose committed offset is beyond that of the state: the offset of the state and the group's."""
        found: dict[PartitionId, tuple[int, int]] = {}
        for number, table in tables.items():
            kept = self.origin_of(table)
            if self.group_of(table) not in (None, self.group) or (
                kept is None and table.newest(self.flush_marker.key) is not None
            ):
                continue  # it is refused, or accepted, whatever the committed offsets
            offsets = {} if kept is None else kept.offsets
            # without a state, one that misses partials looks like one that was lost
            topics = [name for name in committed[number] if kept is not None or name not in self._snapshots]
            for name in topics:
                start, end = offsets.get(name, 0), committed[number][name]
                if start < end:
                    found[name, number] = start, end
        return found

    def is_missed(self, tp: PartitionId) -> bool:
        """Whether the readers of a topic detect missed records by themselves."""
        return tp[0] in self._snapshots

    def mismatches(
        self,
        tables: Mapping[int, ChangelogTable],
        committed: Mapping[int, Mapping[str, int]],
        flush_numbers: Mapping[int, int],
    ) -> list[StateMismatch]:
        """The states that do not match their group, with the reasons.

        Args:
            tables: Read to their end, by partition number.
            committed: The group's offsets, by partition number and topic; a topic without one is left out.
            flush_numbers: By partition number, the number of the last flush with which they were committed; 0 where
                none is known.
        """
        found = (
            self._check(number, table, committed[number], flush_numbers[number])
            for number, table in sorted(tables.items())
        )
        return [each for each in found if each is not None]

    def foreign(self, number: int, group: str) -> ForeignState:
        """The refusal of a state of another group."""
        return ForeignState(
            number,
            f"partition {number} of {self.changelog} is the state of group {group}, and this worker is of group "
            f"{self.group}: two groups on the same topics would publish everything twice. Give one of them another "
            f"DOCKETWATCH_PREFIX; or, with the workers of {group} stopped, hand its state over to {self.group}: "
            f"`docketwatch state resume --from-group {group}`",
        )

    def _check(
        self, number: int, table: ChangelogTable, committed: Mapping[str, int], flush_number: int
    ) -> StateMismatch | None:
        kept = self.origin_of(table)
        group = self.group_of(table) or self.group
        if group != self.group:
            return self.foreign(number, group)
        why = self._mismatch(table, kept, committed)
        if why is None and kept is not None and 0 < kept.flush_number < flush_number:
            why = (
                f"it ends with flush {kept.flush_number}, and group {self.group} has committed flush {flush_number}; "
                "the state is older than its offsets: the changelog was truncated at its end"
            )
        if why is None:
            return None
        return StateMismatch(
            number,
            f"partition {number} of {self.changelog}: {why}. Nothing is published on it; `docketwatch state check` "
            f"names every such partition, `docketwatch state rebuild`, `resume` and `accept` repair it: {_RUNBOOK}",
        )

    def _mismatch(self, table: ChangelogTable, origin: StateOrigin | None, committed: Mapping[str, int]) -> str | None:
        if origin is None:
            if table.newest(self.flush_marker.key) is None and any(committed.values()):
                return (
                    f"there is no state, and group {self.group} has committed {_format_offsets(committed)}: "
                    "the changelog was emptied or recreated"
                )
            return None
        if origin.changelog_id and self._changelog_id and origin.changelog_id != self._changelog_id:
            return "the state was written to an earlier topic of the same name, which was deleted with its beginning"
        if table.begin > origin.begin:
            return (
                f"its records before offset {table.begin} were deleted, and the state begins at offset {origin.begin}: "
                "the changelog was truncated at its beginning"
            )
        if recreated := self.recreated_topics(origin):
            return (
                f"the state was made of {', '.join(recreated)}, and since then the input topic was deleted and "
                "recreated: its offsets are others, and the old topic's records behind the state are lost"
            )
        return self._difference(origin, committed)

    def _difference(self, origin: StateOrigin, committed: Mapping[str, int]) -> str | None:
        topics = [name for name in self.topics if name in origin.offsets or name in committed]
        pairs = {name: (origin.offsets.get(name, 0), committed.get(name, 0)) for name in topics}
        older = [name for name, (state, group) in pairs.items() if state < group]
        younger = [name for name, (state, group) in pairs.items() if state > group] if origin.is_exact else []
        if not older and not younger:
            return None
        differing = ", ".join(
            f"{name} (the state {pairs[name][0]}, the group {pairs[name][1] if name in committed else 'nothing'})"
            for name in older + younger
        )
        if older and younger:
            what = "the state and the offsets are not of one run: one of them was set or restored"
        elif older:
            what = (
                "the state is older than its offsets: the changelog was truncated at its end, or the offsets were set"
            )
        else:
            what = "the state is younger than its offsets: they were set back, or have expired"
        return f"it belongs to other offsets than group {self.group} has committed: {differing}; {what}"


def _format_offsets(committed: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {offset}" for name, offset in sorted(committed.items()) if offset)
