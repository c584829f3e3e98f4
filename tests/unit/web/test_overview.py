"""The texts of the overview's tiles."""

import msgspec

from schemas.policy import load_policy
from streams.core.load.office_rows import OfficePartial, OfficeRow
from streams.core.policy.rules import Rules
from streams.web.pages.overview import lost_by_side
from streams.web.totals import count
from tests.unit.web.alerts import alert, tables_of


class TestLostBySide:
    def test_a_case_on_several_sides_is_explained(self) -> None:
        """Of 2 cases lost track of, one is on two sides: 2 and 0 and 1 stand beside the 2, with a word about it."""
        tables = tables_of(
            alert("1", case_id="c-1"),
            alert("2", case_id="c-1", cause="hearing_missed"),
            alert("3", case_id="c-2"),
        )
        row = OfficeRow("ATL", open_cases=5, in_custody=1, lost_track=2)
        tables.update_offices(b"cases:0", msgspec.json.encode(OfficePartial(0, 1, [row])))
        totals = count(tables, Rules(load_policy(None)))

        assert 2 == totals.counts.cases == totals.whole.record.lost_track
        assert "of 6 open; by side (a case may be on several): 2 agency, 0 record, 1 person" == lost_by_side(totals)
