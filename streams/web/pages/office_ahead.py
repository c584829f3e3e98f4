"""The weeks ahead of the offices, and the curve of what moves of cases inside an office even out."""

from collections.abc import Sequence
from typing import Final

from schemas.instants import to_ms
from schemas.office_loads import ALL_OFFICES
from streams.web.labels import instant
from streams.web.pages.chart_elements import Chart
from streams.web.pages.elements import el
from streams.web.pages.frame import PageFrame
from streams.web.pages.study_content import BALANCE_COLUMNS, WEEK_COLUMNS, balance_curves, name_of, weeks_ahead
from streams.web.pages.study_panel import StudyPanel
from streams.web.studies.answers import AheadAnswer
from streams.web.studies.questions import AheadQuestion

__all__ = ["OfficesAhead"]

_QUESTION: Final = AheadQuestion()


class OfficesAhead:
    """The section of the page.

    Args:
        frame: The open page.
    """

    def __init__(self, frame: PageFrame) -> None:
        self._studies = frame.console.studies
        self._chosen: Sequence[str] = ()
        self._weeks: Chart | None = None
        self._curves: Chart | None = None
        with el("section", aria_labelledby="weeks-ahead"):
            self._of = el("h2", "The next 8 weeks", id="weeks-ahead")
            el(
                "p",
                "This shows check-ins, hearings and work by week, booked and expected by the rates of the docket, and "
                "how many moves of cases inside an office even out the loads. A separate process computes it in "
                "seconds to minutes.",
            )
            self._panel = StudyPanel(frame, "Work it out", "The weeks ahead", lambda: _QUESTION, self.refresh)
            with el("p", classes="basis") as self._basis:
                el("span", "As of ")
                self._as_of = el("time")
                self._source = el("span")
            self._no_forecast = el("p", classes="statement")
            self._forecast = el("div")
            self._even = el("h2", "Moves inside an office", id="balance")
            self._no_balance = el("p", classes="statement")
            self._balance = el("div")
        self.refresh()

    def choose(self, offices: Sequence[str]) -> None:
        """Show these offices; none stands for all together."""
        self._chosen = offices
        self.refresh()

    def refresh(self) -> None:
        """Update the section."""
        state = self._studies.state(_QUESTION)
        self._panel.show(state)
        answer = state.answer
        if isinstance(answer, AheadAnswer):
            self._show(answer)
        elif not state.is_running:
            self._hide()

    def _hide(self) -> None:
        for each in (self._basis, self._no_forecast, self._forecast, self._even, self._no_balance, self._balance):
            each.set_visibility(False)

    def _show(self, answer: AheadAnswer) -> None:
        self._basis.set_visibility(True)
        if self._as_of.props.get("datetime") != answer.as_of:
            self._as_of.props["datetime"] = answer.as_of
            self._as_of.set_text(instant(to_ms(answer.as_of)))
        self._source.set_text(" ".join([f", of {answer.source}.{_rates(answer)}", *answer.notes]))
        wanted = self._chosen[0] if len(self._chosen) == 1 else ALL_OFFICES
        office = next((each for each in answer.offices if each.office == wanted), None)
        self._of.set_text(f"The next {len(office.weeks) if office else 8} weeks in {name_of(wanted)}")
        why = answer.no_forecast or ("" if office else f"No case and no officer is at {wanted} then.")
        self._no_forecast.set_text(why)
        self._no_forecast.set_visibility(bool(why))
        self._forecast.set_visibility(office is not None)
        if office is not None:
            if self._weeks is None:
                with self._forecast:
                    self._weeks = Chart("Check-ins, hearings and work by week", WEEK_COLUMNS)
            self._weeks.show(weeks_ahead(office))
        self._show_balance(answer)

    def _show_balance(self, answer: AheadAnswer) -> None:
        self._even.set_visibility(True)
        curves = [each for each in answer.curves if not self._chosen or each.office in self._chosen]
        why = answer.no_balance or ("" if curves else "No officer with capacity is at work there.")
        self._no_balance.set_text(why)
        self._no_balance.set_visibility(bool(why))
        self._balance.set_visibility(bool(curves))
        if curves:
            if self._curves is None:
                with self._balance:
                    self._curves = Chart("Highest load by mean load, by moves a week", BALANCE_COLUMNS)
            self._curves.show(balance_curves(curves))


def _rates(answer: AheadAnswer) -> str:
    if not answer.offices:
        return ""
    if not answer.history_weeks:
        return " It covers less than a week, so only what is booked is expected."
    return f" The expected numbers follow the rates of its last {answer.history_weeks} weeks."
