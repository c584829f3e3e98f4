"""What an office can achieve and what would relieve it: the sentences, from its record."""

from msgspec.structs import replace

from schemas.office_loads import OfficeLoad
from schemas.policy import load_policy
from streams.core.load.office_record import OfficeTotals
from streams.core.load.office_rows import OfficeRow, StaffRow
from streams.core.policy.exact import exact
from streams.core.policy.rules import Rules
from streams.web.relief import relief

RULES = Rules(load_policy(None))


def record(cases: int, officers: int, **changes: int) -> OfficeLoad:
    """Make the record of low cases (60 minutes a month each) and officers of 7,200 minutes."""
    row = OfficeRow("ATL", cases, by_level=(0, 0, cases, 0), unassigned=changes.get("unassigned", 0))
    staff = StaffRow("ATL", officers, exact(7_200 * officers), with_absent=changes.get("with_absent", 0))
    return OfficeTotals(row, staff).record(RULES, 0)


class TestRelief:
    def test_too_few_officers(self) -> None:
        """How many more are needed, and that moving cases does not help."""
        office = record(300, 2, unassigned=4, with_absent=6)
        each = office.achievable_caseload
        assert each is not None
        assert office.officers_needed is not None
        texts = relief(office, 2.5)
        assert (
            f"One officer has time for {each:,.0f} cases of this mix, and each officer at work has 150 on average."
            in texts[0]
        )
        assert f"The 2 at work have time for {2 * each:,.0f} of 300 open cases." in texts[0]
        whole = -int(-office.officers_needed // 1)
        assert (
            f"{office.officers_needed:.2f} ({whole}) officers are needed and 2 are at work. {whole - 2} more"
            in texts[1]
        )
        assert texts[2].startswith("Moves of cases between officers cannot bring the load below capacity: evened out")
        assert texts[3] == (
            "These numbers include 4 cases without an officer and 6 cases of an absent officer. No officer works on "
            "these cases until they are assigned."
        )

    def test_enough_officers_unevenly_loaded(self) -> None:
        """There is room, and moving cases helps."""
        office = record(100, 4)
        texts = relief(office, 1.4)
        assert office.utilisation is not None
        assert "officers are needed and 4 are at work: there is time for" in texts[1]
        assert texts[2] == (
            "Moves of cases between officers can bring every officer below capacity: the highest load is 140%; evened "
            f"out, every officer would be at {office.utilisation:.0%}."
        )
        assert relief(office, 0.9)[2].startswith("No officer is over capacity; the highest load is 90%")

    def test_nothing_to_say(self) -> None:
        """An office without cases and officers; one without officers at work."""
        empty = record(0, 0)
        assert relief(replace(empty, officers_needed=None), None) == []
        assert "no officer is at work" in relief(record(10, 0), None)[0]
