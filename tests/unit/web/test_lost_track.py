"""The list: filters, orders, pages, and what a form or an address asks for."""

import pytest

from streams.web.list_query import query_of, url_fields
from streams.web.lost_track import ORDERS, PAGE_ROWS, LostTrack, LostTrackQuery
from streams.web.output_tables import OutputTables
from streams.web.totals import WITHOUT_OFFICER
from tests.unit.web.alerts import alert, tables_of

ROWS = (
    alert("1", raised_at="2025-12-03T00:00:00.000Z", officer_id="o-1", office="WAS", cause="check_in_overdue"),
    alert("2", raised_at="2025-12-01T00:00:00.000Z", cause="in_transit", severity="critical"),
    alert("3", raised_at="2025-12-02T00:00:00.000Z", case_id="c-2", office=None),
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
            (LostTrackQuery(order="newest"), ["1", "3", "2"]),
            (LostTrackQuery(order="case"), ["1", "2", "3"]),
            (LostTrackQuery(order="office"), ["2", "1", "3"]),
            (LostTrackQuery(order="severity"), ["2", "3", "1"]),
            (LostTrackQuery(office="WAS"), ["1"]),
            (LostTrackQuery(causes=frozenset({"no_officer", "in_transit"})), ["2", "3"]),
            (LostTrackQuery(side="person"), ["1"]),
            (LostTrackQuery(severity="critical"), ["2"]),
            (LostTrackQuery(officer="o-1"), ["1"]),
            (LostTrackQuery(search="-2"), ["2", "3"]),
            (LostTrackQuery(search="-2", severity="critical"), ["2"]),
            (LostTrackQuery(office="SEA"), []),
        ],
    )
    def test_it_leaves_what_fits_in_order(self, query: LostTrackQuery, keys: list[str]) -> None:
        """The longest standing first, unless somebody asks otherwise."""
        assert keys == found(query)

    def test_protected_cases_are_for_few(self) -> None:
        """Not in the list, and not by their id either."""
        assert found(LostTrackQuery(search="c-4")) == []
        assert found(LostTrackQuery(search="c-4"), with_protected=True) == ["4"]

    def test_every_order_orders(self) -> None:
        """None fails on what is not known."""
        for order in ORDERS:
            assert sorted(found(LostTrackQuery(order=order))) == ["1", "2", "3"]


class TestLostTrack:
    def test_pages(self) -> None:
        """So many rows each; cases are counted once."""
        tables = tables_of(*(alert(str(key), case_id=f"c-{key // 2}") for key in range(2 * PAGE_ROWS + 1)))
        answer = LostTrack(lambda: tables, with_protected=False).find(LostTrackQuery())
        assert (answer.pages, answer.cases) == (3, PAGE_ROWS + 1)
        assert [PAGE_ROWS, PAGE_ROWS, 1, 0] == [len(answer.page(number)) for number in range(4)]
        assert LostTrack(OutputTables, with_protected=False).find(LostTrackQuery()).pages == 1

    def test_it_is_worked_out_once_until_something_is_new(self) -> None:
        """A page that follows asks every two seconds."""
        tables = tables_of(alert("1"))
        lost = LostTrack(lambda: tables, with_protected=False)
        first = lost.find(LostTrackQuery())
        assert lost.find(LostTrackQuery()) is first
        assert lost.find(LostTrackQuery(office="WAS")) is not first
        tables.update_alert(b"2", alert("2"), is_restricted=False)
        assert len(lost.find(LostTrackQuery()).alerts) == 2

    def test_another_board_is_another_answer(self) -> None:
        """After a failure the topics are read anew."""
        boards = [tables_of(alert("1")), tables_of(alert("2"))]
        lost = LostTrack(lambda: boards[0], with_protected=False)
        assert [each.alert_id for each in lost.find(LostTrackQuery()).alerts] == ["1"]
        boards.pop(0)
        assert [each.alert_id for each in lost.find(LostTrackQuery()).alerts] == ["2"]


class TestAsked:
    def test_an_address_asks(self) -> None:
        """For all that a filter has."""
        asked = {"office": "ATL", "cause": "no_contact", "side": "person", "severity": "critical", "order": "newest"}
        assert query_of(asked) == LostTrackQuery(
            "ATL", frozenset({"no_contact"}), "person", "critical", None, "", "newest"
        )
        assert query_of({"cause": "without-officer"}).causes == frozenset(WITHOUT_OFFICER)

    def test_what_makes_no_sense_is_left_out(self) -> None:
        """Whatever somebody typed."""
        asked = {"office": "", "cause": "x", "side": "y", "severity": "z", "order": "by_luck", "search": " "}
        assert query_of(asked) == LostTrackQuery()

    def test_no_part_of_a_case_id_stands_in_an_address(self) -> None:
        """Addresses are kept in histories and logs."""
        assert url_fields({"search": "c-1", "office": "ATL", "utm": "x"}) == {"office": "ATL"}
