"""Load partials of other releases, with more causes or fewer, during an upgrade."""

import json

import msgspec
import pytest

from streams.core.load.cause_counts import NO_CAUSES
from streams.core.load.office_record import office_loads
from streams.core.load.office_rows import OfficePartial
from streams.core.load.partials import Partial, PartialRow
from streams.core.policy.rules import CAUSES
from tests.unit.agents.officer_driver import (
    DEAD_LETTERS,
    HOUR,
    LOADS,
    OFFICER,
    PARTIALS,
    START,
    OfficerDriver,
    published,
)
from tests.unit.core.officers.table import rules

_MORE = (*range(1, len(CAUSES) + 1), 7)
"""The counts of a program that knows one cause more: it comes last (CONTRACT.md §12)."""
_FEWER = _MORE[: len(CAUSES) - 1]


def partial(source: int, by_cause: tuple[int, ...], at: int = HOUR) -> bytes:
    """Return a complete partial of one officer, as a release with so many causes writes it."""
    row = PartialRow(OFFICER, open_cases=50, lost_track=20, by_cause=by_cause)
    return msgspec.json.encode(Partial(source, START + at, True, [row]))


def by_cause(driver: OfficerDriver) -> list[int]:
    """Return the counts by cause in the load that a processor publishes next."""
    (load,) = published(driver.tick(), LOADS)
    return list(load["by_cause"].values())


class TestOtherReleases:
    @pytest.mark.parametrize("counts", [_MORE, _FEWER])
    def test_a_row_with_another_number_of_causes_is_no_dead_letter(self, counts: tuple[int, ...]) -> None:
        """Officers of the partition would otherwise wait until every worker is upgraded."""
        driver = OfficerDriver()
        assert [] == published(driver.read(PARTIALS, partial(0, counts), partial(1, counts)), DEAD_LETTERS)
        driver.tick()
        assert START + HOUR == driver.processor.stats.as_of

    def test_unknown_causes_are_ignored_and_the_others_count(self) -> None:
        """The row is alone or beside one of this release; a cause that the other release does not have counts 0."""
        newer, older, both = OfficerDriver(), OfficerDriver(), OfficerDriver()
        for driver, first, second in ((newer, _MORE, ()), (older, _FEWER, ()), (both, _MORE, _FEWER)):
            driver.read(PARTIALS, partial(0, first), *([partial(1, second)] if second else []))

        assert list(_MORE[:-1]) == by_cause(newer)
        assert [*_FEWER, 0] == by_cause(older)
        assert [*(2 * count for count in _FEWER), _MORE[-2]] == by_cause(both)

    def test_an_officer_partition_moves_between_releases(self) -> None:
        """The order is old, new, old: the newer worker's state is restored, and its next row replaces it."""
        newer = OfficerDriver()
        newer.read(PARTIALS, partial(0, _MORE), partial(1, _MORE))
        older = OfficerDriver().restored_from(newer)
        kept = list(older.processor.snapshot())

        assert [2 * count for count in _MORE[:-1]] == by_cause(older)
        assert any(b"\x07" in value and OFFICER.encode() in value for _, value in kept)
        older.read(PARTIALS, partial(0, NO_CAUSES, 2 * HOUR), partial(1, _FEWER, 2 * HOUR))
        assert [*_FEWER, 0] == by_cause(older)

    @pytest.mark.parametrize("counts", [_MORE, _FEWER])
    def test_the_record_of_an_office_accepts_them_too(self, counts: tuple[int, ...]) -> None:
        """The console reads each partition's part of it."""
        row = ["ATL", 50, 0, [0, 0, 50, 0], 0, 0, 0, 0, 20, counts, 0, 0, 3]
        read = msgspec.json.decode(json.dumps([0, START, [row]]), type=OfficePartial)
        _, office = office_loads(read.cases, [], rules(), START)

        assert [*counts, 0][: len(CAUSES)] == list(msgspec.to_builtins(office.by_cause).values())
