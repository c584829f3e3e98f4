"""The list of lost-track cases: filters, orders, pages, and the query of a form or an address."""

import pytest

from streams.web.list_query import address, page_of, query_of, reversed_order, url_fields
from streams.web.lost_track import ORDERS, PAGE_ROWS, LostTrack, LostTrackQuery, Neighbours
from streams.web.pages.parts import case_href
from streams.web.tables.output_tables import OutputTables
from streams.web.totals import WITHOUT_OFFICER
from tests.unit.web.alerts import alert, tables_of

ROWS = (
    alert("1", raised_at="2025-12-03T00:00:00.000Z", officer_id="o-1", office="WAS", cause="check_in_overdue"),
    alert("2", raised_at="2025-12-01T00:00:00.000Z", cause="in_transit", severity="critical"),
    alert("3", raised_at="2025-12-02T00:00:00.000Z", case_id="c-2", office=None, level="intensive"),
)


def found(query: LostTrackQuery, *, with_protected: bool = False) -> list[str]:
    tables = tables_of(*ROWS, restricted=(alert("4", raised_at="2025-12-04T00:00:00.000Z"),))
    answer = LostTrack(lambda: tables, with_protected=with_protected).find(query)
    return [each.alert_id for each in answer.alerts]


class TestQuery:
    @pytest.mark.parametrize(
        ("query", "keys"),
        [
            (LostTrackQuery(), ["2", "3", "1"]),
            (LostTrackQuery(is_reversed=True), ["1", "3", "2"]),
            (LostTrackQuery(order="case"), ["1", "2", "3"]),
            (LostTrackQuery(order="office"), ["2", "1", "3"]),
            (LostTrackQuery(order="case", is_reversed=True), ["2", "3", "1"]),
            (LostTrackQuery(order="severity"), ["2", "3", "1"]),
            (LostTrackQuery(order="severity", is_reversed=True), ["3", "1", "2"]),
            (LostTrackQuery(order="level"), ["3", "2", "1"]),
            (LostTrackQuery(offices=frozenset({"WAS"})), ["1"]),
            (LostTrackQuery(offices=frozenset({"WAS", "ATL"})), ["2", "1"]),
            (LostTrackQuery(causes=frozenset({"no_officer", "in_transit"})), ["2", "3"]),
            (LostTrackQuery(sides=frozenset({"person"})), ["1"]),
            (LostTrackQuery(sides=frozenset({"person", "agency"})), ["2", "3", "1"]),
            (LostTrackQuery(severities=frozenset({"critical"})), ["2"]),
            (LostTrackQuery(officer="o-1"), ["1"]),
            (LostTrackQuery(search="-2"), ["2", "3"]),
            (LostTrackQuery(search="-2", severities=frozenset({"critical"})), ["2"]),
            (LostTrackQuery(offices=frozenset({"SEA"})), []),
        ],
    )
    def test_it_keeps_matching_rows_in_order(self, query: LostTrackQuery, keys: list[str]) -> None:
        """The longest standing first, unless another order is asked for; a reversed order keeps equals by age."""
        assert keys == found(query)

    def test_protected_cases_need_the_role(self) -> None:
        """They are not in the list, and not found by their id either."""
        assert found(LostTrackQuery(search="c-4")) == []
        assert found(LostTrackQuery(search="c-4"), with_protected=True) == ["4"]

    def test_every_order_orders(self) -> None:
        """No order fails on an unknown value."""
        for order in ORDERS:
            assert sorted(found(LostTrackQuery(order=order))) == ["1", "2", "3"]


class TestLostTrack:
    def test_pages(self) -> None:
        """A page has so many rows; cases are counted once."""
        tables = tables_of(*(alert(str(key), case_id=f"c-{key // 2}") for key in range(2 * PAGE_ROWS + 1)))
        answer = LostTrack(lambda: tables, with_protected=False).find(LostTrackQuery())
        assert (answer.pages, answer.cases) == (3, PAGE_ROWS + 1)
        assert [PAGE_ROWS, PAGE_ROWS, 1, 0] == [len(answer.page(number)) for number in range(4)]
        assert LostTrack(OutputTables, with_protected=False).find(LostTrackQuery()).pages == 1

    def test_it_is_computed_once_until_a_table_changes(self) -> None:
        """A page with live updates asks every two seconds."""
        tables = tables_of(alert("1"))
        lost = LostTrack(lambda: tables, with_protected=False)
        first = lost.find(LostTrackQuery())
        assert lost.find(LostTrackQuery()) is first
        assert lost.find(LostTrackQuery(offices=frozenset({"WAS"}))) is not first
        tables.update_alert(b"2", alert("2"), is_restricted=False)
        assert len(lost.find(LostTrackQuery()).alerts) == 2

    def test_other_tables_have_another_answer(self) -> None:
        """After a failure the topics are read anew."""
        boards = [tables_of(alert("1")), tables_of(alert("2"))]
        lost = LostTrack(lambda: boards[0], with_protected=False)
        assert [each.alert_id for each in lost.find(LostTrackQuery()).alerts] == ["1"]
        boards.pop(0)
        assert [each.alert_id for each in lost.find(LostTrackQuery()).alerts] == ["2"]


class TestBeside:
    def test_the_cases_before_and_after(self) -> None:
        """In the order of the list; a case counts once, at its first alert."""
        tables = tables_of(
            alert("1", raised_at="2025-12-01T00:00:00.000Z", case_id="c-a"),
            alert("2", raised_at="2025-12-02T00:00:00.000Z", case_id="c-b"),
            alert("3", raised_at="2025-12-03T00:00:00.000Z", case_id="c-a", cause="in_transit"),
            alert("4", raised_at="2025-12-04T00:00:00.000Z", case_id="c-d"),
        )
        result = LostTrack(lambda: tables, with_protected=False).find(LostTrackQuery())
        assert Neighbours(1, 3, None, "c-b") == result.beside("c-a")
        assert Neighbours(2, 3, "c-a", "c-d") == result.beside("c-b")
        assert Neighbours(3, 3, "c-b", None) == result.beside("c-d")

    def test_a_case_that_left_the_list_leads_to_its_first(self) -> None:
        """The way on is not lost when an alert ends while its case is read."""
        tables = tables_of(alert("1", case_id="c-a"))
        lost = LostTrack(lambda: tables, with_protected=False)
        assert Neighbours(None, 1, None, "c-a") == lost.find(LostTrackQuery()).beside("c-gone")
        assert Neighbours(None, 0) == lost.find(LostTrackQuery(search="zz")).beside("c-a")


class TestAddress:
    def test_an_address_asks_for_several_values(self) -> None:
        """Separated by commas, for all that a filter has."""
        asked = {
            "office": "ATL,WAS", "cause": "no_contact,in_transit", "side": "person", "severity": "critical,warning",
            "officer": "o-1", "order": "-case",
        }  # fmt: skip
        assert query_of(asked) == LostTrackQuery(
            frozenset({"ATL", "WAS"}),
            frozenset({"no_contact", "in_transit"}),
            frozenset({"person"}),
            frozenset({"critical", "warning"}),
            "o-1",
            "",
            "case",
            is_reversed=True,
        )

    def test_one_word_stands_for_the_causes_without_an_officer(self) -> None:
        """Tiles and saved addresses use it."""
        assert query_of({"cause": "without-officer"}).causes == frozenset(WITHOUT_OFFICER)

    def test_addresses_of_the_release_before_still_work(self) -> None:
        """`newest` was the name of the reversed order."""
        assert query_of({"order": "newest"}) == LostTrackQuery(is_reversed=True)

    def test_an_invalid_value_is_ignored(self) -> None:
        """It may be any text."""
        asked = {"office": ",", "cause": "x", "side": "y", "severity": "z", "order": "by_luck", "search": " "}
        assert query_of(asked) == LostTrackQuery()
        assert [0, 0, 0, 0, 0, 6] == [page_of({"page": text}) for text in ("", "0", "-3", "x", "٣", "7")]

    def test_a_second_press_reverses(self) -> None:
        """A third click reverses it again; another column begins with its own order."""
        assert "-case" == reversed_order("case", "case", is_reversed=False)
        assert "case" == reversed_order("case", "case", is_reversed=True)
        assert "case" == reversed_order("case", "office", is_reversed=True)

    def test_no_part_of_a_case_id_stands_in_an_address(self) -> None:
        """Browser histories and logs keep addresses."""
        assert url_fields({"search": "c-1", "office": "ATL", "utm": "x"}) == {"office": "ATL"}
        assert case_href("c-9", {"search": "-9", "office": "ATL,WAS"}) == "/case?office=ATL,WAS#c-9?search=-9"

    def test_what_is_empty_stands_in_no_address(self) -> None:
        """An address says what is chosen."""
        assert address("/lost-track", {"office": "", "cause": "in_transit"}) == "/lost-track?cause=in_transit"
        assert address("/lost-track", {"office": ""}) == "/lost-track"
