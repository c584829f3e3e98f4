"""The way from a case to the one before and after it in the filtered list that the user came from."""

from collections.abc import Callable, Mapping

from streams.web.labels import count
from streams.web.list_query import address, query_of, url_fields
from streams.web.lost_track import Neighbours
from streams.web.pages.elements import el
from streams.web.pages.frame import PageFrame

__all__ = ["ListWalk"]


class ListWalk:
    """The buttons; only the server knows which case is beside, so a page holds no case that was not recorded.

    Args:
        frame: The open page.
        fields: The query fields of the list; empty when the user did not come from one.
        on_open: Called with the id of the case to open.

    Attributes:
        searched: The part of a case id that the list was filtered by, which stands in no query.
    """

    def __init__(self, frame: PageFrame, fields: Mapping[str, str], on_open: Callable[[str], None]) -> None:
        self.searched = ""
        self._list = frame.console.lost_track(frame.identity)
        self._fields, self._on_open = url_fields(fields), on_open
        self._case_id = ""
        with el("nav", classes="pager", aria_label="The list") as self._nav:
            self._back = el("button", "Previous case", type="button")
            self._back.on("click", lambda: self._open_case(self._beside().previous))
            self._place = el("span")
            self._next = el("button", "Next case", type="button")
            self._next.on("click", lambda: self._open_case(self._beside().following))
            el("a", "Back to the list", href=address("/lost-track", self._fields))
        self._nav.set_visibility(False)

    def show(self, case_id: str) -> None:
        """Show where a case stands in the list."""
        self._case_id = case_id
        beside = self._beside()
        if beside.place is None:
            self._place.set_text(f"not among the {count(beside.cases)} cases of the list now")
        else:
            self._place.set_text(f"case {count(beside.place)} of {count(beside.cases)}")
        self._back.props.set_bool("disabled", beside.previous is None)
        self._next.props.set_bool("disabled", beside.following is None)
        self._nav.set_visibility(bool(self._fields))

    def _beside(self) -> Neighbours:
        return self._list.find(query_of({**self._fields, "search": self.searched})).beside(self._case_id)

    def _open_case(self, case_id: str | None) -> None:
        if case_id is None:
            self.show(self._case_id)
        else:
            self._on_open(case_id)
