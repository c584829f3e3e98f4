"""The button that begins a study, its progress bar, and why there is no answer."""

from collections.abc import Callable

from streams.web.labels import percent
from streams.web.pages.elements import el
from streams.web.pages.frame import PageFrame
from streams.web.studies.questions import Question
from streams.web.studies.runner import KEPT_MINUTES, StudyState

__all__ = ["StudyPanel"]


class StudyPanel:
    """The elements.

    Args:
        frame: The open page.
        name: The text of the button.
        what: What is worked out, as the beginning of a sentence.
        ask: Makes the question that a press asks.
        on_change: Called after a press.
    """

    def __init__(
        self, frame: PageFrame, name: str, what: str, ask: Callable[[], Question], on_change: Callable[[], None]
    ) -> None:
        self._frame, self._what, self._ask, self._on_change = frame, what, ask, on_change
        with el("div", classes="study"):
            self._button = el("button", name, type="button")
            self._button.on("click", self._begin)
            self._bar = el("progress", max="1", value="0", aria_label=f"{what}: how much is done")
            self._bar.set_visibility(False)
            self._status = el("span", role="status")

    def show(self, state: StudyState) -> None:
        """Show how far the study is."""
        if state.is_running:
            text = f"{state.step or 'starting'}: {percent(state.share)}"
        elif state.refusal:
            text = state.refusal
        elif state.is_busy:
            text = "The console is computing another answer. Wait until it is ready."
        elif state.answer is not None:
            text = f"The console keeps the answer for {KEPT_MINUTES} minutes. Press the button to compute it again."
        else:
            text = ""
        if self._status.text != text:
            self._status.set_text(text)
        self._bar.set_visibility(state.is_running)
        value = str(round(state.share, 2))
        if self._bar.props["value"] != value:
            self._bar.props["value"] = value
        self._button.props.set_bool("disabled", state.is_running or state.is_busy)

    def _begin(self) -> None:
        if self._frame.is_open():
            self._frame.console.studies.ask(self._ask())
            self._on_change()
