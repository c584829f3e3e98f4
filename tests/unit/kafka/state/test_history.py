"""Which states belong to the offsets of their group: equal with transactions, not behind them without."""

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
from tests.kafka.docket import Record

MARK = b"mark"


def history(
    *,
    is_exact: bool = True,
    group: str = "g",
    changelog_id: str = "id",
    input_ids: Mapping[str, str] | None = None,
    alert_topics: Mapping[str, AlertTopic] | None = None,
) -> ChangelogHistory:
    """What states must belong to."""
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
    """A changelog that was read."""
    read = ChangelogTable(MARK)
    read.begin = begin
    read.read([Record(3, offset, key, value) for offset, (key, value) in enumerate(records, begin)])
    return read


def kept(offsets: Mapping[str, int], *, is_exact: bool = True, group: str = "g", begin: int = 0) -> ChangelogTable:
    """A state with what it belongs to."""
    return table((MARK, mark_with_origin(b"", StateOrigin(group, dict(offsets), is_exact, "id", begin))))


def sentences(
    found: ChangelogTable, committed: Mapping[str, int], **settings: bool | str | Mapping[str, str]
) -> list[str]:
    """Why it may not be worked on."""
    ours = history(**settings)  # type: ignore[arg-type]
    return [each.sentence for each in ours.mismatches({3: found}, {3: committed})]


class TestExact:
    def test_equal_offsets_fit(self) -> None:
        """A topic without a commit stands at 0."""
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
        """It is written before its offsets are committed, by a second or by a crash; or was never committed."""
        assert sentences(kept({"a": 5}, is_exact=False), {"a": 2}, is_exact=False) == []
        assert sentences(kept({"a": 5}, is_exact=False), {}, is_exact=False) == []

    def test_it_is_never_behind(self) -> None:
        """No offset is committed whose state is not written."""
        (sentence,) = sentences(kept({"a": 5}, is_exact=False), {"a": 6}, is_exact=False)
        assert "the state is older than its offsets" in sentence

    def test_what_counts_is_how_it_was_written(self) -> None:
        """After a change from one delivery to the other."""
        assert sentences(kept({"a": 5}, is_exact=False), {"a": 2}, is_exact=True) == []


class TestNothingKept:
    def test_a_fresh_group_on_an_empty_changelog(self) -> None:
        """It begins; offset 0 is nothing."""
        assert sentences(table(), {"a": 0}) == []

    def test_an_empty_changelog_under_offsets(self) -> None:
        """It was emptied."""
        (sentence,) = sentences(table(), {"a": 5})
        assert "there is no state, and group g has committed a 5: the changelog was emptied or recreated" in sentence

    def test_a_state_whose_program_did_not_say(self) -> None:
        """Whatever was committed: it is taken as of that."""
        found = table((MARK, b""))
        assert sentences(found, {"a": 5}) == []
        assert history().origin_at_takeover(found, {"a": 5}).offsets == {"a": 5}


class TestAnotherLog:
    def test_one_that_begins_later(self) -> None:
        """Its first records were deleted; what was accepted once is not refused again."""
        mark = mark_with_origin(b"", StateOrigin("g", {"a": 5}, True, "id", 2))
        assert sentences(table((MARK, mark), begin=2), {"a": 5}) == []
        (sentence,) = sentences(table((MARK, mark), begin=3), {"a": 5})
        assert "its records before offset 3 were deleted, and the state begins at offset 2" in sentence

    def test_another_topic_of_its_name(self) -> None:
        """Where the broker has ids of topics."""
        (sentence,) = sentences(kept({"a": 5}), {"a": 5}, changelog_id="other")
        assert "was written to an earlier topic of the same name" in sentence
        assert sentences(kept({"a": 5}), {"a": 5}, changelog_id="") == []


class TestInput:
    def test_one_that_was_made_anew_is_refused(self) -> None:
        """Though the offsets are equal; where either id is not known, it is taken as it is."""
        made_of = StateOrigin("g", {"a": 5}, True, "id", 0, {"a": "first"})
        found = table((MARK, mark_with_origin(b"", made_of)))
        (sentence,) = sentences(found, {"a": 5}, input_ids={"a": "second", "b": "other"})
        assert (
            "the state was made of a, and since then the input topic was deleted and recreated: its offsets" in sentence
        )
        for same in ({"a": "first", "b": "other"}, {"b": "other"}, {}):
            assert sentences(found, {"a": 5}, input_ids=same) == []

    def test_a_state_keeps_the_ids(self) -> None:
        """And those of topics that its program did not know."""
        made_of = StateOrigin("g", {"a": 5}, True, "id", 0, {"a": "first"})
        found = table((MARK, mark_with_origin(b"", made_of)))
        assert history(input_ids={"b": "other"}).origin_at_takeover(found, {}).input_ids == {"a": "first", "b": "other"}


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
    def test_one_that_lacks_alerts(self, now: AlertTopic, why: str | None) -> None:
        """It stays so for those who take the state over, until the state says that it was published to the new one."""
        ours = history(alert_topics={"alerts": now})
        found = table((MARK, mark_with_origin(b"", StateOrigin("g", {}, True, "id", 0, {}, {"alerts": self.WAS}))))
        taken_over = ours.origin_at_takeover(found, {})
        assert ours.lost(taken_over) == ({} if why is None else {"alerts": why})
        assert ours.lost(ours.new_origin(found, {}, taken_over.alert_topics)) == ours.lost(taken_over)
        assert ours.lost(ours.new_origin(found, {})) == {}

    def test_a_program_that_kept_none(self) -> None:
        """It counts as the one of now."""
        ours = history(alert_topics={"alerts": self.WAS})
        taken_over = ours.origin_at_takeover(kept({"a": 5}), {})
        assert (taken_over.alert_topics, ours.lost(taken_over)) == ({"alerts": self.WAS}, {})


class TestGroups:
    def test_the_newest_state_says_whose_it_is(self) -> None:
        """Another group is refused, and told how it may have it."""
        (found,) = history().mismatches({3: kept({"a": 5}, group="h")}, {3: {}})
        assert isinstance(found, ForeignState)
        assert "partition 3 of state is the state of group h, and this worker is of group g" in found.sentence
        assert "`docketwatch state resume --from-group h`" in found.sentence

    def test_before_there_is_one_the_first_claim_does(self) -> None:
        """Whoever claimed it later is refused."""
        claims = [((CLAIM + group).encode(), None) for group in ("h", "g")]
        (sentence,) = sentences(table(*claims), {})
        assert "the state of group h" in sentence
        assert sentences(table(*reversed(claims)), {}) == []

    def test_a_claim_is_no_part_of_the_state(self) -> None:
        """Nor of a flush that was cut off; and it is one that a restore of the release before deletes nothing by."""
        found = table((b"x", b"1"), (MARK, b""), *history().claim)
        assert found.claims == ["g"]
        assert found.rollback_incomplete() == []
        assert found.drain() == {"x": b"1", "mark": b""}


class TestPassed:
    def test_where_the_group_stands_behind_the_state(self) -> None:
        """Not where it is the other way round, nor where the state does not say, or is another group's."""
        states = {3: kept({"a": 5, "b": 9}), 4: table((MARK, b"")), 5: kept({"a": 5}, group="h")}
        committed = {number: {"a": 7, "b": 8} for number in states}
        assert history().behind(states, committed) == {("a", 3): (5, 7)}

    def test_where_there_is_no_state(self) -> None:
        """All of the input is looked at, but for partials: a state of what they brought may be gone."""
        committed = {3: {"a": 7, "b": 8}}
        assert history().behind({3: table()}, committed) == {("a", 3): (0, 7)}

    def test_it_fits_and_goes_on_where_the_group_stands(self) -> None:
        """Else the next mark would be older than its offsets."""
        state, committed = kept({"a": 5, "b": 8}), {3: {"a": 7, "b": 8}}
        marked = as_marked(committed, {("a", 3)}, history().behind({3: state}, committed))
        assert history().mismatches({3: state}, marked) == []
        assert history().origin_at_takeover(state, committed[3]).offsets == {"a": 7, "b": 8}

    def test_without_transactions_every_input_is_looked_at(self) -> None:
        """There an offset does not say that it was committed with a mark."""
        assert history().is_missed(("b", 3))
        assert not history(is_exact=False).is_missed(("b", 3))


class TestCheckpoints:
    @staticmethod
    def mark(mended_at: int) -> bytes:
        return mark_with_origin(b"", StateOrigin("g", {"a": 5}, mended_at=mended_at))

    @pytest.mark.parametrize(("then", "now", "is_mended"), [(0, 0, False), (7, 7, False), (0, 7, True), (7, 9, True)])
    def test_one_from_before_a_command_rewrote_the_state(self, then: int, now: int, is_mended: bool) -> None:
        """It may hold what was cut off by then."""
        found = ChangelogTable(MARK, 2, {MARK.decode(): self.mark(then)})
        found.read([Record(3, 2, MARK, self.mark(now))])
        assert history().is_repaired_since(found) is is_mended

    def test_without_one_nothing_is_out_of_date(self) -> None:
        """All of it was read from the changelog."""
        assert not history().is_repaired_since(table((MARK, self.mark(7))))

    def test_it_goes_on_with_the_state(self) -> None:
        """Every mark of a mended state says when that was."""
        assert history().origin_at_takeover(table((MARK, self.mark(7))), {"a": 5}).mended_at == 7


class TestMarks:
    def test_the_own_record_of_a_case_partition_carries_it(self) -> None:
        """And the blank one, of a partition that knows nothing."""
        origin = StateOrigin("g", {"a": 5}, True, "id", 2)
        assert origin_of(with_origin(blank_record(), origin)) == origin
        assert origin_of(blank_record()) is None

    def test_a_record_of_the_release_before_says_nothing_of_topics(self) -> None:
        """It ends before their fields, and is read; and it reads ours."""
        before = msgspec.msgpack.encode(["g", {"a": 5}, True, "id", 2])
        assert mark_origin(before) == StateOrigin("g", {"a": 5}, True, "id", 2, {}, {})
        ours = mark_with_origin(b"", StateOrigin("g", {"a": 5}, True, "id", 2, {"a": "i"}, {"b": AlertTopic("j", 1)}))
        assert msgspec.msgpack.decode(ours)[:5] == ["g", {"a": 5}, True, "id", 2]
