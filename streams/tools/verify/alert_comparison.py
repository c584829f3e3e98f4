"""Compares alerts on a broker, of cases or of officers, with those expected: every revision, all but observed_at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec
from msgspec import Struct

from streams.errors import InputError

__all__ = ["AlertComparison", "AlertDifference", "Expectation"]

_WALL_CLOCK: Final = "observed_at"
_POLICY_HASH: Final = "policy_hash"
_ENDED: Final = ("resolved", "retracted")

Kind = Literal["missing", "extra", "different", "disordered"]
Value = str | int | float | bool | None | list[str]


class _AlertHead(Struct):
    """The fields that every alert has."""

    alert_id: str
    revision: int
    cause: str
    status: str
    case_id: str | None = None
    officer_id: str | None = None


_head: Final = msgspec.json.Decoder(_AlertHead).decode
_fields: Final = msgspec.json.Decoder(dict[str, Value]).decode
_plain: Final = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class AlertDifference:
    """One revision that is not as expected.

    Attributes:
        kind: `missing`, `extra`, `different` (its fields are named), or `disordered`.
        alert_id: The alert.
        revision: Its revision.
        words: What it is, or how it differs.
    """

    kind: Kind
    alert_id: str
    revision: int
    words: str

    def __str__(self) -> str:
        return f"{self.kind}: alert {self.alert_id} revision {self.revision}: {self.words}"


class Expectation:
    """The alerts that should be there.

    Args:
        name: What to call the source in an error.
        lines: Line number and JSON object of every revision.
        of_officers: Whether they are alerts of officers, not of cases.

    Raises:
        InputError: A line is no alert, or one of the other kind.
    """

    def __init__(self, name: str, lines: Iterable[tuple[int, bytes]], *, of_officers: bool = False) -> None:
        option = "--officer-alerts" if of_officers else "--alerts"
        self.revisions: dict[str, dict[int, bytes]] = {}
        for number, line in lines:
            try:
                head, plain = _head(line), _without_wall_clock(line)
            except msgspec.MsgspecError as error:
                raise InputError(
                    name, number, None, f"is no alert as `evaluate {option}` writes it: {error}"
                ) from error
            if of_officers is (head.case_id is not None):
                other = "is one of a case" if of_officers else "has no case_id"
                raise InputError(name, number, "case_id", f"is no alert as `evaluate {option}` writes it: {other}")
            self.revisions.setdefault(head.alert_id, {})[head.revision] = plain

    def __len__(self) -> int:
        return sum(map(len, self.revisions.values()))


@dataclass(slots=True)
class _PublishedAlert:
    """One alert on the broker: every revision, and by topic the last one and whether it was deleted."""

    revisions: dict[int, bytes] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)
    deleted_on: set[str] = field(default_factory=set)


class AlertComparison:
    """Compares the broker's records with the expected ones.

    A revision may come twice, as after a crash, and on two topics, as when a case becomes protected; it must say the
    same each time. One that was superseded may be gone where the broker has compacted the topic.

    Args:
        expected: What should be there.

    Attributes:
        found: Revisions that the broker has.
        compacted: Superseded revisions that the broker has compacted away.
    """

    def __init__(self, expected: Expectation) -> None:
        self.found = 0
        self.compacted = 0
        self._expected = expected
        self._alerts: dict[str, _PublishedAlert] = {}
        self._differences: list[AlertDifference] = []

    @property
    def expected(self) -> int:
        """Revisions that should be there."""
        return len(self._expected)

    def add_record(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        """Add a record of an alert topic; those of a partition in the order of its log."""
        name = "" if key is None else key.decode(errors="replace")
        alert = self._alerts.setdefault(name, _PublishedAlert())
        if value is None:
            alert.deleted_on.add(topic)
            return
        alert.deleted_on.discard(topic)
        try:
            head, plain = _head(value), _without_wall_clock(value)
        except msgspec.MsgspecError as error:
            self._differ("extra", name, 0, f"no alert: {error}")
            return
        if head.alert_id != name:
            self._differ("different", head.alert_id, head.revision, f"stands under the key {name!r}")
            return
        before = alert.revisions.setdefault(head.revision, plain)
        if before is plain:
            self.found += 1
            if alert.newest.get(topic, 0) > head.revision:
                self._differ("disordered", name, head.revision, f"comes after revision {alert.newest[topic]}")
        elif before != plain:
            self._differ(
                "different", name, head.revision, f"comes twice, and not alike: {_fields_that_differ(before, plain)}"
            )
        alert.newest[topic] = head.revision

    def differences(self, gone: int) -> list[AlertDifference]:
        """Every difference, sorted by kind and alert.

        Args:
            gone: How many offsets of the alert topics hold no record any more; superseded revisions may lie there.
        """
        superseded: list[AlertDifference] = []
        for alert_id, expected in self._expected.revisions.items():
            found = self._alerts.get(alert_id, _PublishedAlert())
            last = max(expected)
            for revision, plain in expected.items():
                there = found.revisions.get(revision)
                if there is None:
                    missing = AlertDifference("missing", alert_id, revision, _description(plain))
                    (self._differences if revision == last else superseded).append(missing)
                elif there != plain and not _is_as_expected(plain, there):
                    self._differ("different", alert_id, revision, _fields_that_differ(plain, there))
        if len(superseded) > gone:
            self._differences += superseded
        else:
            self.compacted = len(superseded)
        for alert_id, found in self._alerts.items():
            self._report_extra(alert_id, found)
        return sorted(self._differences, key=lambda each: (each.kind, each.alert_id, each.revision))

    def _report_extra(self, alert_id: str, published: _PublishedAlert) -> None:
        expected: Mapping[int, bytes] = self._expected.revisions.get(alert_id, {})
        for revision, plain in published.revisions.items():
            if revision not in expected:
                self._differ("extra", alert_id, revision, _description(plain))
        if not published.newest:
            return  # nothing but tombstones: what it was is compacted away
        last = max(published.revisions)
        kept = {name: revision for name, revision in published.newest.items() if name not in published.deleted_on}
        if not kept:
            self._differ("missing", alert_id, last, "was there, but its key has been deleted")
            return
        topic_of_last = max(kept, key=kept.__getitem__)
        if kept[topic_of_last] != last:
            self._differ("disordered", alert_id, last, f"is followed by revision {kept[topic_of_last]}")
        for other in kept.keys() - {topic_of_last}:
            # what was over before the case became protected may stay in public; what stands may not
            if kept[other] == last or _head(published.revisions[kept[other]]).status not in _ENDED:
                self._differ("extra", alert_id, kept[other], f"is still on {other}, though it is on {topic_of_last}")

    def _differ(self, kind: Kind, name: str, revision: int, words: str) -> None:
        self._differences.append(AlertDifference(kind, name, revision, words))


def _without_wall_clock(line: bytes) -> bytes:
    fields = _fields(line)
    fields.pop(_WALL_CLOCK, None)
    return _plain(fields)


def _is_as_expected(expected: bytes, found: bytes) -> bool:
    """Whether they differ only because what wrote the expectation knew no hash of a policy."""
    should, does = _fields(expected), _fields(found)
    if _POLICY_HASH not in should:
        does.pop(_POLICY_HASH, None)
    return should == does


def _description(plain: bytes) -> str:
    head = _head(plain)
    if head.case_id is not None:
        return f"{head.status} {head.cause} of case {head.case_id}"
    return f"{head.status} {head.cause}" + (f" of officer {head.officer_id}" if head.officer_id else "")


def _fields_that_differ(expected: bytes, found: bytes) -> str:
    should, does = _fields(expected), _fields(found)
    return "; ".join(
        f"{name} is {_text(does, name)}, not {_text(should, name)}"
        for name in sorted(should | does)
        if should.get(name) != does.get(name) or (name in should) != (name in does)
    )


def _text(fields: Mapping[str, Value], name: str) -> str:
    return msgspec.json.encode(fields[name]).decode() if name in fields else "left out"
