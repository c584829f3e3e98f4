"""The leader epochs that a state keeps with its input offsets."""

import msgspec

from streams.core.state.origin import StateOrigin


class TestEpochs:
    def test_they_are_those_before_the_offsets(self) -> None:
        """One that is not known any more stays with its offset, and goes with it."""
        origin = StateOrigin("g", {"a": 5, "b": 7, "c": 9})
        known = {("a", 5): 1, ("b", 7): 2}
        origin.note_epochs(lambda *at: known.get(at))
        assert origin.epochs == {"a": (5, 1), "b": (7, 2)}
        origin.offsets["b"] = 8
        origin.note_epochs(lambda *_: None)
        assert origin.epochs == {"a": (5, 1)}

    def test_one_of_another_offset_is_not_known(self) -> None:
        """A worker of an earlier release has committed the offset, and the epoch before that may be greater."""
        origin = StateOrigin("g", {"a": 6, "b": 7}, epochs={"a": (5, 1), "b": (7, 2)})
        assert origin.known_epochs(3) == {("b", 3): (7, 2)}

    def test_a_record_of_an_earlier_release_has_none(self) -> None:
        """And that release reads a record of this one."""
        ours = StateOrigin("g", {"a": 5}, epochs={"a": (5, 1)})
        fields = msgspec.msgpack.decode(msgspec.msgpack.encode(ours))
        theirs = msgspec.msgpack.encode(fields[:-1])
        assert msgspec.msgpack.decode(theirs, type=StateOrigin).epochs == {}
        later = msgspec.msgpack.encode([*fields, "a field of a later release"])
        assert msgspec.msgpack.decode(later, type=StateOrigin) == ours
