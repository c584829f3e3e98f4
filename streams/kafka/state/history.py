"""Whether a restored state belongs to the offsets that its group committed, and to this group at all.

The record that ends every flush says which input offsets the state was made of (`streams.core.state.origin`), and
whenever offsets are committed it is written with them. So the two are equal at a takeover where transactions tie them
together; without transactions the offsets are committed later, and may stand before the state, never behind it.
Anything else says that the changelog or the offsets were cut off, recreated or set by hand. Going on would raise alerts
that are not true, or none: the partition is refused before anything is written. So it is where an input topic is not
the one that the state was made of: the offsets of the old one say nothing of the new one, though they may lie in it. A
worker of the release before commits without a mark: what it has passed is told apart in
`streams.kafka.state.passed_input`.

An alert topic that was recreated, or whose records were deleted, lacks alerts that stand. The work goes on; the state
remembers the topic to which they were published until `docketwatch alerts republish` has published them again.

Which group a changelog belongs to is settled by what is written in it: by the group in the newest of those records,
and until there is one by the first claim (`streams.kafka.state.group_claims`). A claim is a tombstone of a key that
names its group, and that no record has: who restores, of this release or the one before, finds nothing deleted by it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from msgspec import Struct

from streams.core.state.origin import AlertTopic, StateOrigin
from streams.kafka.state.changelog_table import CLAIM, ChangelogTable
from streams.kafka.work import Place

__all__ = ["ChangelogHistory", "FlushMarker", "ForeignState", "UnfitState"]

_RUNBOOK: Final = "deploy/runbooks/DocketwatchStateRefused.md"


class FlushMarker(Struct, frozen=True):
    """The record that ends every flush of a changelog.

    Attributes:
        key: Its key.
        stamp: Puts what the state belongs to into a value of it.
        origin: Reads that back; None where a program wrote it that did not say.
        blank: Its value where there is no state.
    """

    key: bytes
    stamp: Callable[[bytes, StateOrigin], bytes]
    origin: Callable[[bytes], StateOrigin | None]
    blank: bytes = b""


class UnfitState(Struct, frozen=True):
    """A state that does not belong to the offsets of its group; the sentence says why."""

    number: int
    sentence: str


class ForeignState(UnfitState, frozen=True):
    """A state that belongs to another group."""


class ChangelogHistory:
    """What the states of one changelog should belong to.

    Args:
        group: The consumer group.
        changelog: The topic.
        topics: The input topics.
        mark: What ends a flush there.
        is_exact: Whether offsets are committed in the transaction that writes the state.
        changelog_id: The broker's id of the topic; empty where it has none.
        input_ids: Those of the input topics that producers write, as far as the broker has any.
        alert_topics: What the topics are to which the alerts of these states go.
        decided_by: That of the changelog that decides which group may begin on empty ones; None: this one.
        snapshots: Input topics whose readers notice by themselves that they have missed records, and wait for a whole
            one.
    """

    def __init__(
        self,
        *,
        group: str,
        changelog: str,
        topics: Sequence[str],
        mark: FlushMarker,
        is_exact: bool,
        changelog_id: str,
        input_ids: Mapping[str, str] | None = None,
        alert_topics: Mapping[str, AlertTopic] | None = None,
        decided_by: "ChangelogHistory | None" = None,
        snapshots: Collection[str] = (),
    ) -> None:
        self.group, self.changelog, self.topics, self.mark = group, changelog, topics, mark
        self._is_exact, self._changelog_id, self._decided_by = is_exact, changelog_id, decided_by
        self._input_ids = dict(input_ids or {})
        self.alert_topics = dict(alert_topics or {})
        self._snapshots = frozenset(snapshots) if is_exact else frozenset[str]()

    @property
    def deciding(self) -> "ChangelogHistory":
        """That of the changelog that decides which group may begin on empty ones."""
        return self._decided_by or self

    @property
    def claim(self) -> list[tuple[bytes, bytes | None]]:
        """The record that claims an empty changelog partition."""
        return [((CLAIM + self.group).encode(), None)]

    def kept(self, image: ChangelogTable) -> StateOrigin | None:
        """What the state of an image belongs to; None where there is none, or it does not say."""
        newest = image.newest(self.mark.key)
        return None if newest is None else self.mark.origin(newest)

    def is_unclaimed(self, image: ChangelogTable) -> bool:
        """Whether nothing in a changelog partition says whose it is."""
        return self.group_of(image) is None

    def group_of(self, image: ChangelogTable) -> str | None:
        """The group whose state, or claim, an image holds; None where nothing says whose it is."""
        kept = self.kept(image)
        return kept.group if kept is not None else image.claims[0] if image.claims else None

    def begun(self, image: ChangelogTable, committed: Mapping[str, int]) -> StateOrigin:
        """What a state that fits belongs to when its partition is taken over."""
        kept = self.kept(image)
        if kept is None:
            return self.anew(image, committed)
        return StateOrigin(
            self.group,
            {**kept.offsets, **{name: max(at, kept.offsets.get(name, 0)) for name, at in committed.items()}},
            self._is_exact,
            self._changelog_id,
            kept.begin,
            kept.input_ids | self._input_ids,
            self.alert_topics | kept.alert_topics,
            kept.mended_at,
        )

    def anew(
        self,
        image: ChangelogTable,
        offsets: Mapping[str, int],
        alert_topics: Mapping[str, AlertTopic] | None = None,
        mended_at: int = 0,
    ) -> StateOrigin:
        """What a state belongs to that is taken as it lies in the changelog now, and as of these offsets.

        Args:
            image: The changelog.
            offsets: By input topic.
            alert_topics: Where its alerts were published; left out: where they are published from now on.
            mended_at: When a command rewrote it (UTC ms); 0 when none did.
        """
        return StateOrigin(
            self.group,
            dict(offsets),
            self._is_exact,
            self._changelog_id,
            image.begin,
            dict(self._input_ids),
            self.alert_topics | dict(alert_topics or {}),
            mended_at,
        )

    def made_anew(self, origin: StateOrigin | None) -> list[str]:
        """The input topics that are not those of which a state was made."""
        ids = {} if origin is None else origin.input_ids
        return [name for name, id_ in self._input_ids.items() if ids.get(name, id_) != id_]

    def lost(self, origin: StateOrigin) -> dict[str, str]:
        """The alert topics that lack alerts of a state, each with what became of it, as the end of a sentence."""
        found = {}
        for name, was in origin.alert_topics.items():
            now = self.alert_topics.get(name, was)
            if was.id and now.id and was.id != now.id:
                found[name] = "was deleted and recreated since alerts were published to it"
            elif now.begin > was.begin:
                found[name] = "lost records that were published to it: they were deleted"
        return found

    def is_mended_since(self, image: ChangelogTable) -> bool:
        """Whether a command rewrote the state since the checkpoint with which an image was begun.

        A changelog that was cut off before that, and has grown past the checkpoint since, holds other records before
        its position: what was kept is not the state as of there. Shown by tests/chaos/test_lost_state.py.
        """
        if image.begun_with is None:
            return False
        began, now = self.mark.origin(image.begun_with), self.kept(image)
        return now is not None and now.mended_at != (0 if began is None else began.mended_at)

    def behind(
        self, images: Mapping[int, ChangelogTable], committed: Mapping[int, Mapping[str, int]]
    ) -> dict[Place, tuple[int, int]]:
        """Where the group stands behind what its states say: the offset of the state and that of the group."""
        found: dict[Place, tuple[int, int]] = {}
        for number, image in images.items():
            kept = self.kept(image)
            if self.group_of(image) not in (None, self.group) or (
                kept is None and image.newest(self.mark.key) is not None
            ):
                continue  # it is refused whatever was committed, or taken whatever was
            offsets = {} if kept is None else kept.offsets
            # where there is no state, none that misses partials can be told from one that is gone
            topics = [name for name in committed[number] if kept is not None or name not in self._snapshots]
            for name in topics:
                start, end = offsets.get(name, 0), committed[number][name]
                if start < end:
                    found[name, number] = start, end
        return found

    def is_missed(self, place: Place) -> bool:
        """Whether those who read a topic notice by themselves that they have missed some of it."""
        return place[0] in self._snapshots

    def unfit(
        self, images: Mapping[int, ChangelogTable], committed: Mapping[int, Mapping[str, int]]
    ) -> list[UnfitState]:
        """Which states may not be worked on, and why.

        Args:
            images: Read to their end, by partition number.
            committed: What the group committed, by partition number and topic; a topic without is left out.
        """
        found = (self._verdict(number, image, committed[number]) for number, image in sorted(images.items()))
        return [each for each in found if each is not None]

    def foreign(self, number: int, group: str) -> ForeignState:
        """Why a state of another group may not be worked on."""
        return ForeignState(
            number,
            f"partition {number} of {self.changelog} is the state of group {group}, and this worker is of group "
            f"{self.group}: two groups on the same topics would publish everything twice. Give one of them another "
            f"DOCKETWATCH_PREFIX; or, with the workers of {group} stopped, hand its state over to {self.group}: "
            f"`docketwatch state resume --from-group {group}`",
        )

    def _verdict(self, number: int, image: ChangelogTable, committed: Mapping[str, int]) -> UnfitState | None:
        kept = self.kept(image)
        group = self.group_of(image) or self.group
        if group != self.group:
            return self.foreign(number, group)
        why = self._fault(image, kept, committed)
        if why is None:
            return None
        return UnfitState(
            number,
            f"partition {number} of {self.changelog}: {why}. Nothing is published on it; `docketwatch state check` "
            f"names every such partition, `docketwatch state rebuild`, `resume` and `accept` mend it: {_RUNBOOK}",
        )

    def _fault(self, image: ChangelogTable, kept: StateOrigin | None, committed: Mapping[str, int]) -> str | None:
        if kept is None:
            if image.newest(self.mark.key) is None and any(committed.values()):
                return (
                    f"there is no state, and group {self.group} has committed {_told(committed)}: "
                    "the changelog was emptied or recreated"
                )
            return None
        if kept.changelog_id and self._changelog_id and kept.changelog_id != self._changelog_id:
            return "the state was written to a topic of the same name that was deleted since, and its beginning with it"
        if image.begin > kept.begin:
            return (
                f"its records before offset {image.begin} were deleted, and the state begins at offset {kept.begin}: "
                "the changelog was cut at its beginning"
            )
        if anew := self.made_anew(kept):
            return (
                f"the state was made of {', '.join(anew)}, and since then the input topic was deleted and recreated: "
                "its offsets are others, and what the old one held beyond the state is gone"
            )
        return self._difference(kept, committed)

    def _difference(self, kept: StateOrigin, committed: Mapping[str, int]) -> str | None:
        topics = [name for name in self.topics if name in kept.offsets or name in committed]
        pairs = {name: (kept.offsets.get(name, 0), committed.get(name, 0)) for name in topics}
        older = [name for name, (state, group) in pairs.items() if state < group]
        younger = [name for name, (state, group) in pairs.items() if state > group] if kept.is_exact else []
        if not older and not younger:
            return None
        differing = ", ".join(
            f"{name} (the state {pairs[name][0]}, the group {pairs[name][1] if name in committed else 'nothing'})"
            for name in older + younger
        )
        if older and younger:
            what = "the state and the offsets are not of one run: one of them was set or restored"
        elif older:
            what = "the state is older than its offsets: the changelog was cut off at its end, or the offsets were set"
        else:
            what = "the state is younger than its offsets: they were set back, or have expired"
        return f"it belongs to other offsets than group {self.group} has committed: {differing}; {what}"


def _told(committed: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {offset}" for name, offset in sorted(committed.items()) if offset)
