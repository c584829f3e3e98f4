"""Whether a state matches the offsets of its group: equal with transactions, not behind them without."""

from collections.abc import Mapping
from typing import Final

import msgspec
import pytest

from streams.agents.officers import mark_origin, mark_with_origin
from streams.core.state.origin import AlertTopic, StateOrigin
from streams.core.state.partition_record import blank_record, origin_of, with_origin
from streams.kafka.state.changelog_table import CLAIM, ChangelogTable
from streams.kafka.state.history import ChangelogHistory, FlushMarker, ForeignState
from streams.kafka.state.passed_input import as_marked
from tests.kafka.deployment import TopicRecord

MARK = b"mark"


def history(
    *,
    is_exact: bool = True,
    group: str = "g",
    changelog_id: str = "id",
    input_ids: Mapping[str, str] | None = None,
    alert_topics: Mapping[str, AlertTopic] | None = None,
) -> ChangelogHistory:
    """Return what states must match."""
    return ChangelogHistory(
        group=group,
        changelog="state",
        topics=["a", "b"],
        flush_marker=FlushMarker(MARK, mark_with_origin, mark_origin),
        is_exact=is_exact,
        changelog_id=changelog_id,
        input_ids=input_ids,
        alert_topics=alert_topics,
        snapshots=["b"],
    )


def table(*records: tuple[bytes, bytes | None], begin: int = 0) -> ChangelogTable:
    """Return a changelog that was read."""
    read = ChangelogTable(MARK)
    read.begin = begin
    read.read([TopicRecord(3, offset, key, value) for offset, (key, value) in enumerate(records, begin)])
    return read


def kept(
    offsets: Mapping[str, int], *, is_exact: bool = True, group: str = "g", begin: int = 0, flush_number: int = 0
) -> ChangelogTable:
    """Return a state with its history."""
    origin = StateOrigin(group, dict(offsets), is_exact, "id", begin, flush_number=flush_number)
    return table((MARK, mark_with_origin(b"", origin)))


def sentences(
    found: ChangelogTable,
    committed: Mapping[str, int],
    *,
    flush_number: int = 0,
    **settings: bool | str | Mapping[str, str],
) -> list[str]:
    """Return the reasons why it may not be used."""
    ours = history(**settings)  # type: ignore[arg-type]
    return [each.sentence for each in ours.mismatches({3: found}, {3: committed}, {3: flush_number})]


class TestExact:
    def test_equal_offsets_match(self) -> None:
        """A topic without a commit is at 0."""
        assert sentences(kept({"a": 5, "b": 0}), {"a": 5}) == []

    @pytest.mark.parametrize(
        ("committed", "why"),
        [
            ({"a": 6, "b": 7}, "a (the state 5, the group 6); the state is older than its offsets"),
            ({"a": 4, "b": 7}, "a (the state 5, the group 4); the state is younger than its offsets"),
            ({"b": 7}, "a (the state 5, the group nothing); the state is younger than its offsets"),
            ({"a": 6, "b": 1}, "a (the state 5, the group 6), b (the state 7, the group 1); the state and the offsets"),
        ],
        ids=["older", "younger", "missing", "both"],
    )
    def test_others_do_not(self, committed: Mapping[str, int], why: str) -> None:
        """The sentence names partition, topic and both sides."""
        (sentence,) = sentences(kept({"a": 5, "b": 7}), committed)
        assert sentence.startswith("partition 3 of state: it belongs to other offsets than group g has committed: ")
        assert why in sentence


class TestOrdered:
    def test_a_state_may_be_ahead(self) -> None:
        """The state is written before its offsets are committed; a crash may lie between them, or no commit at all."""
        assert sentences(kept({"a": 5}, is_exact=False), {"a": 2}, is_exact=False) == []
        assert sentences(kept({"a": 5}, is_exact=False), {}, is_exact=False) == []

    def test_it_is_never_behind(self) -> None:
        """No offset is committed before its state is written."""
        (sentence,) = sentences(kept({"a": 5}, is_exact=False), {"a": 6}, is_exact=False)
        assert "the state is older than its offsets" in sentence

    def test_the_delivery_of_its_writer_counts(self) -> None:
        """The delivery setting changed since."""
        assert sentences(kept({"a": 5}, is_exact=False), {"a": 2}, is_exact=True) == []


class TestFlushNumbers:
    @pytest.mark.parametrize("is_exact", [True, False], ids=["transactional", "ordered"])
    def test_a_state_with_a_lower_number_lost_flushes(self, is_exact: bool) -> None:
        """Its offsets are equal: the lost flushes were of time alone."""
        found = kept({"a": 5}, is_exact=is_exact, flush_number=3)
        (sentence,) = sentences(found, {"a": 5}, flush_number=4, is_exact=is_exact)
        assert "partition 3 of state: it ends with flush 3, and group g has committed flush 4; " in sentence
        assert "the changelog was truncated at its end. Nothing is published on it; `docketwatch state" in sentence

    @pytest.mark.parametrize(
        ("state", "group"),
        [(4, 4), (5, 4), (4, 0), (0, 4), (0, 0)],
        ids=["equal", "offsets of an older transaction", "offsets set by hand", "state of another release", "neither"],
    )
    def test_no_other_number_is_a_fault(self, state: int, group: int) -> None:
        """Where one side has no number, offsets alone are compared."""
        assert sentences(kept({"a": 5}, flush_number=state), {"a": 5}, flush_number=group) == []

    @pytest.mark.parametrize(("state", "group", "next_after"), [(4, 4, 4), (5, 4, 5), (0, 7, 7), (4, 0, 4)])
    def test_it_counts_on_from_the_higher_number(self, state: int, group: int, next_after: int) -> None:
        """A topic that has not moved since may have the number of a flush before a roll back."""
        found = history().origin_at_takeover(kept({"a": 5}, flush_number=state), {"a": 5}, group)
        assert next_after == found.flush_number

    def test_a_state_without_a_marker_counts_on_from_its_offsets(self) -> None:
        """The group's offsets may all be 0, and carry a number."""
        assert history().origin_at_takeover(table(), {"a": 0}, 7).flush_number == 7

    def test_each_sentence_is_about_one_fault(self) -> None:
        """Offsets that differ are named, and the number is not."""
        (sentence,) = sentences(kept({"a": 5}, flush_number=3), {"a": 6}, flush_number=4)
        assert "a (the state 5, the group 6)" in sentence
        assert "flush" not in sentence


class TestNoState:
    def test_a_fresh_group_on_an_empty_changelog(self) -> None:
        """It begins; offset 0 is none."""
        assert sentences(table(), {"a": 0}) == []

    def test_an_empty_changelog_under_offsets(self) -> None:
        """The changelog was emptied."""
        (sentence,) = sentences(table(), {"a": 5})
        assert "there is no state, and group g has committed a 5: the changelog was emptied or recreated" in sentence

    def test_a_state_without_offsets(self) -> None:
        """It is accepted for any committed offsets."""
        found = table((MARK, b""))
        assert sentences(found, {"a": 5}) == []
        assert history().origin_at_takeover(found, {"a": 5}, 0).offsets == {"a": 5}


class TestAnotherLog:
    def test_a_log_that_begins_later(self) -> None:
        """Its first records were deleted; a state that was accepted once is not refused again."""
        mark = mark_with_origin(b"", StateOrigin("g", {"a": 5}, True, "id", 2))
        assert sentences(table((MARK, mark), begin=2), {"a": 5}) == []
        (sentence,) = sentences(table((MARK, mark), begin=3), {"a": 5})
        assert "its records before offset 3 were deleted, and the state begins at offset 2" in sentence

    def test_another_topic_of_its_name(self) -> None:
        """The broker has ids of topics."""
        (sentence,) = sentences(kept({"a": 5}), {"a": 5}, changelog_id="other")
        assert "was written to an earlier topic of the same name" in sentence
        assert sentences(kept({"a": 5}), {"a": 5}, changelog_id="") == []


class TestInput:
    def test_a_recreated_topic_is_refused(self) -> None:
        """This holds for equal offsets; an unknown id is accepted."""
        made_of = StateOrigin("g", {"a": 5}, True, "id", 0, {"a": "first"})
        found = table((MARK, mark_with_origin(b"", made_of)))
        (sentence,) = sentences(found, {"a": 5}, input_ids={"a": "second", "b": "other"})
        assert (
            "the state was made of a, and since then the input topic was deleted and recreated: its offsets" in sentence
        )
        for same in ({"a": "first", "b": "other"}, {"b": "other"}, {}):
            assert sentences(found, {"a": 5}, input_ids=same) == []

    def test_a_state_keeps_the_ids(self) -> None:
        """It keeps the ids of topics that its program did not know, too."""
        made_of = StateOrigin("g", {"a": 5}, True, "id", 0, {"a": "first"})
        found = table((MARK, mark_with_origin(b"", made_of)))
        taken_over = history(input_ids={"b": "other"}).origin_at_takeover(found, {}, 0)
        assert taken_over.input_ids == {"a": "first", "b": "other"}


class TestAlertTopics:
    WAS: Final = AlertTopic("first", 2)

    @pytest.mark.parametrize(
        ("now", "why"),
        [
            (AlertTopic("second", 2), "was deleted and recreated since alerts were published to it"),
            (AlertTopic("first", 3), "lost records that were published to it: they were deleted"),
            (AlertTopic("first", 2), None),
            (AlertTopic("", 2), None),
        ],
        ids=["recreated", "records deleted", "the same", "not known"],
    )
    def test_a_topic_that_lacks_alerts(self, now: AlertTopic, why: str | None) -> None:
        """It stays so for later owners, until the state says that its alerts were published to the new topic."""
        ours = history(alert_topics={"alerts": now})
        found = table((MARK, mark_with_origin(b"", StateOrigin("g", {}, True, "id", 0, {}, {"alerts": self.WAS}))))
        taken_over = ours.origin_at_takeover(found, {}, 0)
        assert ours.lost(taken_over) == ({} if why is None else {"alerts": why})
        assert ours.lost(ours.new_origin(found, {}, taken_over.alert_topics, flush_number=0)) == ours.lost(taken_over)
        assert ours.lost(ours.new_origin(found, {}, flush_number=0)) == {}

    def test_a_state_without_ids(self) -> None:
        """It counts as one of the current topic."""
        ours = history(alert_topics={"alerts": self.WAS})
        taken_over = ours.origin_at_takeover(kept({"a": 5}), {}, 0)
        assert (taken_over.alert_topics, ours.lost(taken_over)) == ({"alerts": self.WAS}, {})


class TestGroups:
    def test_the_newest_state_names_its_group(self) -> None:
        """Another group is refused with the command that hands the state over."""
        (found,) = history().mismatches({3: kept({"a": 5}, group="h")}, {3: {}}, {3: 0})
        assert isinstance(found, ForeignState)
        assert "partition 3 of state is the state of group h, and this worker is of group g" in found.sentence
        assert "`docketwatch state resume --from-group h`" in found.sentence

    def test_without_a_state_the_first_claim_counts(self) -> None:
        """A later claim is refused."""
        claims = [((CLAIM + group).encode(), None) for group in ("h", "g")]
        (sentence,) = sentences(table(*claims), {})
        assert "the state of group h" in sentence
        assert sentences(table(*reversed(claims)), {}) == []

    def test_a_claim_is_no_part_of_the_state(self) -> None:
        """It belongs to no incomplete flush either; and a restore by the previous release deletes nothing for it."""
        found = table((b"x", b"1"), (MARK, b""), *history().claim)
        assert found.claims == ["g"]
        assert found.rollback_incomplete() == []
        assert found.drain() == {"x": b"1", "mark": b""}


class TestPassedOffsets:
    def test_offsets_behind_the_state(self) -> None:
        """Offsets before the state do not count, nor those of another group or of a state without offsets."""
        states = {3: kept({"a": 5, "b": 9}), 4: table((MARK, b"")), 5: kept({"a": 5}, group="h")}
        committed = {number: {"a": 7, "b": 8} for number in states}
        assert history().behind(states, committed) == {("a", 3): (5, 7)}

    def test_offsets_without_a_state(self) -> None:
        """All of the input is checked, except partials, whose state may be gone."""
        committed = {3: {"a": 7, "b": 8}}
        assert history().behind({3: table()}, committed) == {("a", 3): (0, 7)}

    def test_it_matches_and_continues_at_the_groups_offsets(self) -> None:
        """Otherwise the next flush marker would be older than the offsets."""
        state, committed = kept({"a": 5, "b": 8}), {3: {"a": 7, "b": 8}}
        marked = as_marked(committed, {("a", 3)}, history().behind({3: state}, committed))
        assert history().mismatches({3: state}, marked, {3: 0}) == []
        assert history().origin_at_takeover(state, committed[3], 0).offsets == {"a": 7, "b": 8}

    def test_without_transactions_every_input_is_checked(self) -> None:
        """There an offset may be committed without a marker."""
        assert history().is_missed(("b", 3))
        assert not history(is_exact=False).is_missed(("b", 3))


class TestCheckpoints:
    @staticmethod
    def mark(mended_at: int) -> bytes:
        return mark_with_origin(b"", StateOrigin("g", {"a": 5}, mended_at=mended_at))

    @pytest.mark.parametrize(("then", "now", "is_mended"), [(0, 0, False), (7, 7, False), (0, 7, True), (7, 9, True)])
    def test_one_from_before_a_command_rewrote_the_state(self, then: int, now: int, is_mended: bool) -> None:
        """It may have records that were removed since."""
        found = ChangelogTable(MARK, 2, {MARK.decode(): self.mark(then)})
        found.read([TopicRecord(3, 2, MARK, self.mark(now))])
        assert history().is_repaired_since(found) is is_mended

    def test_without_one_nothing_is_out_of_date(self) -> None:
        """Every record was read from the changelog."""
        assert not history().is_repaired_since(table((MARK, self.mark(7))))

    def test_the_instant_stays_with_the_state(self) -> None:
        """Every marker of a mended state has the instant of the command."""
        assert history().origin_at_takeover(table((MARK, self.mark(7))), {"a": 5}, 0).mended_at == 7


class TestMarkers:
    def test_the_own_record_of_a_case_partition_has_it(self) -> None:
        """An empty partition's record has it, too."""
        origin = StateOrigin("g", {"a": 5}, True, "id", 2)
        assert origin_of(with_origin(blank_record(), origin)) == origin
        assert origin_of(blank_record()) is None

    def test_a_record_of_the_previous_release_has_no_topic_ids(self) -> None:
        """It ends before those fields and is read; the previous release reads a new one, too."""
        before = msgspec.msgpack.encode(["g", {"a": 5}, True, "id", 2])
        assert mark_origin(before) == StateOrigin("g", {"a": 5}, True, "id", 2, {}, {})
        ours = mark_with_origin(b"", StateOrigin("g", {"a": 5}, True, "id", 2, {"a": "i"}, {"b": AlertTopic("j", 1)}))
        assert msgspec.msgpack.decode(ours)[:5] == ["g", {"a": 5}, True, "id", 2]

    def test_a_release_without_flush_numbers_reads_a_marker_that_has_one(self) -> None:
        """It drops the number; this release takes a marker without one for a state that is not numbered."""

        class EarlierOrigin(msgspec.Struct, array_like=True):
            group: str
            offsets: dict[str, int]
            is_exact: bool = True

        ours = mark_with_origin(b"", StateOrigin("g", {"a": 5}, flush_number=9))
        earlier = msgspec.msgpack.decode(ours, type=EarlierOrigin)
        assert earlier == EarlierOrigin("g", {"a": 5})
        back = mark_origin(msgspec.msgpack.encode(earlier))
        assert back is not None
        assert back.flush_number == 0
