"""The list: filters, orders, pages, and what a form or an address asks for."""

import pytest

from streams.web.asked import in_address, query_of
from streams.web.board import Board
from streams.web.lost_track import ORDERS, PAGE_ROWS, LostTrack, Query
from streams.web.totals import NOBODY
from tests.unit.web.alerts import a_board, alert

ROWS = (
    alert("1", raised_at="2025-12-03T00:00:00.000Z", officer_id="o-1", office="WAS", cause="check_in_overdue"),
    alert("2", raised_at="2025-12-01T00:00:00.000Z", cause="in_transit", severity="critical"),
    alert("3", raised_at="2025-12-02T00:00:00.000Z", case_id="c-2", office=None),
)


def found(query: Query, *, with_protected: bool = False) -> list[str]:
    board = a_board(*ROWS, restricted=(alert("4", raised_at="2025-12-04T00:00:00.000Z"),))
    answer = LostTrack(lambda: board, with_protected=with_protected).find(query)
    return [each.alert_id for each in answer.alerts]


class TestQuery:
    @pytest.mark.parametrize(
        ("query", "keys"),
        [
            (Query(), ["2", "3", "1"]),
            (Query(order="newest"), ["1", "3", "2"]),
            (Query(order="case"), ["1", "2", "3"]),
            (Query(order="office"), ["2", "1", "3"]),
            (Query(order="severity"), ["2", "3", "1"]),
            (Query(office="WAS"), ["1"]),
            (Query(causes=frozenset({"no_officer", "in_transit"})), ["2", "3"]),
            (Query(side="person"), ["1"]),
            (Query(severity="critical"), ["2"]),
            (Query(officer="o-1"), ["1"]),
            (Query(search="-2"), ["2", "3"]),
            (Query(search="-2", severity="critical"), ["2"]),
            (Query(office="SEA"), []),
        ],
    )
    def test_it_leaves_what_fits_in_order(self, query: Query, keys: list[str]) -> None:
        """The longest standing first, unless somebody asks otherwise."""
        assert keys == found(query)

    def test_protected_cases_are_for_few(self) -> None:
        """Not in the list, and not by their id either."""
        assert found(Query(search="c-4")) == []
        assert found(Query(search="c-4"), with_protected=True) == ["4"]

    def test_every_order_orders(self) -> None:
        """None fails on what is not known."""
        for order in ORDERS:
            assert sorted(found(Query(order=order))) == ["1", "2", "3"]


class TestLostTrack:
    def test_pages(self) -> None:
        """So many rows each; cases are counted once."""
        board = a_board(*(alert(str(key), case_id=f"c-{key // 2}") for key in range(2 * PAGE_ROWS + 1)))
        answer = LostTrack(lambda: board, with_protected=False).find(Query())
        assert (answer.pages, answer.cases) == (3, PAGE_ROWS + 1)
        assert [PAGE_ROWS, PAGE_ROWS, 1, 0] == [len(answer.page(number)) for number in range(4)]
        assert LostTrack(Board, with_protected=False).find(Query()).pages == 1

    def test_it_is_worked_out_once_until_something_is_new(self) -> None:
        """A page that follows asks every two seconds."""
        board = a_board(alert("1"))
        lost = LostTrack(lambda: board, with_protected=False)
        first = lost.find(Query())
        assert lost.find(Query()) is first
        assert lost.find(Query(office="WAS")) is not first
        board.take_alert(b"2", alert("2"), is_restricted=False)
        assert len(lost.find(Query()).alerts) == 2

    def test_another_board_is_another_answer(self) -> None:
        """After a failure the topics are read anew."""
        boards = [a_board(alert("1")), a_board(alert("2"))]
        lost = LostTrack(lambda: boards[0], with_protected=False)
        assert [each.alert_id for each in lost.find(Query()).alerts] == ["1"]
        boards.pop(0)
        assert [each.alert_id for each in lost.find(Query()).alerts] == ["2"]


class TestAsked:
    def test_an_address_asks(self) -> None:
        """For all that a filter has."""
        asked = {"office": "ATL", "cause": "no_contact", "side": "person", "severity": "critical", "order": "newest"}
        assert query_of(asked) == Query("ATL", frozenset({"no_contact"}), "person", "critical", None, "", "newest")
        assert query_of({"cause": "nobody"}).causes == frozenset(NOBODY)

    def test_what_makes_no_sense_is_left_out(self) -> None:
        """Whatever somebody typed."""
        asked = {"office": "", "cause": "x", "side": "y", "severity": "z", "order": "by_luck", "search": " "}
        assert query_of(asked) == Query()

    def test_no_part_of_a_case_id_stands_in_an_address(self) -> None:
        """Addresses are kept in histories and logs."""
        assert in_address({"search": "c-1", "office": "ATL", "utm": "x"}) == {"office": "ATL"}
