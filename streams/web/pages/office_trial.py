"""The what-if of the page of offices: sliders, and what would have differed over the last 90 days."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from msgspec import Struct
from nicegui import ui
from nicegui.events import GenericEventArguments

from schemas.durations import parse_duration
from schemas.instants import to_ms
from schemas.office_loads import ALL_OFFICES
from schemas.policy import Policy
from streams.core.load.office_record import needed
from streams.core.state.case_state import LEVELS
from streams.web.labels import count, instant, number, percent
from streams.web.pages.chart_elements import Chart
from streams.web.pages.elements import DataTable, TableCell, TableColumn, el
from streams.web.pages.frame import PageFrame
from streams.web.pages.parts import BOOKED_HINT
from streams.web.pages.study_content import TRIAL_COLUMNS, trial_weeks
from streams.web.pages.study_panel import StudyPanel
from streams.web.studies.answers import OfficePair, TrialAnswer, TrialComparison, TrialCounts
from streams.web.studies.questions import TrialQuestion

__all__ = ["OfficesTrial", "PolicySlider", "policy_sliders", "trial_lines"]

_MOST_OFFICERS: Final = 50
_DURATION: Final = re.compile(r"(\d+)(bd|d)", re.ASCII)
_THROTTLE_SECONDS: Final = 0.1
_EMIT_VALUE: Final = "(event) => emit(event.target.value)"
_COLUMNS: Final = (
    TableColumn("Office"),
    TableColumn("New", is_number=True, hint="Alerts raised in the trial only"),
    TableColumn("Gone", is_number=True, hint="Alerts that are not raised in the trial"),
    TableColumn("Earlier", is_number=True, is_minor=True),
    TableColumn("Later", is_number=True, is_minor=True),
    TableColumn("Looks a week", is_number=True, hint="Alerts that are raised or become critical: a person looks"),
    TableColumn("in the trial", is_number=True),
    TableColumn("Officers needed", is_number=True, is_minor=True),
    TableColumn("in the trial", is_number=True, is_minor=True),
    TableColumn("Load", is_number=True, hint=f"Workload divided by capacity at the end. {BOOKED_HINT}"),
    TableColumn("in the trial", is_number=True),
)


class PolicySlider(Struct, frozen=True):
    """A key of the policy that a slider moves.

    Attributes:
        key: The key, as of `whatif --set`.
        label: What it is, in words.
        unit: `d` or `bd`.
        present: Its value in the policy.
        least, most: The ends of the slider.
    """

    key: str
    label: str
    unit: str
    present: int
    least: int
    most: int

    def text(self, value: int) -> str:
        """A value in words."""
        return parse_duration(f"{value}{self.unit}").words + (" (as set)" if value == self.present else "")


def policy_sliders(policy: Policy) -> list[PolicySlider]:
    """The keys that can be tried: those whose value is a whole number of days or business days."""
    document = policy.model_dump(mode="json", by_alias=True, exclude={"review_by"})
    keys = [
        ("causes.no_officer.after", "Alert of a case without an officer, after"),
        *((f"contact.interval.{level}", f"Longest time between contacts, {level}") for level in LEVELS),
    ]
    found = []
    for key, label in keys:
        value: object = document
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        days = _DURATION.fullmatch(str(value))
        if days is not None and int(days[1]):
            present = int(days[1])
            found.append(PolicySlider(key, label, days[2], present, max(1, present // 4), max(4, 2 * present)))
    return found


class OfficesTrial:
    """The section of the page.

    Args:
        frame: The open page.
    """

    def __init__(self, frame: PageFrame) -> None:
        self._studies, self._totals = frame.console.studies, frame.console.totals
        self._keys = policy_sliders(frame.console.rules.policy)
        self._values = {each.key: each.present for each in self._keys}
        self._more = 0
        self._chosen: Sequence[str] = ()
        self._asked = TrialQuestion()
        self._edits = ""
        self._chart: Chart | None = None
        with el("section", aria_labelledby="what-if"):
            el("h2", "What if", id="what-if")
            el(
                "p",
                "This shows what would have differed over the last 90 days with other settings, or with more officers "
                "from the first of these days on. It judges every event twice, as it was and in the trial. It changes "
                "nothing in the workers.",
            )
            with el("div", classes="sliders"):
                self._select = ui.select([], label="Office that gets officers")
                self._select.props("outlined dense options-dense")
                self._slider("More officers", 0, _MOST_OFFICERS, 0, self._set_more)
                for each in self._keys:
                    self._slider(each.label, each.least, each.most, each.present, partial(self._set, each))
            self._panel = StudyPanel(frame, "Try it", "The what-if", self._question, self.refresh)
            self._found = el("div", classes="found")
            with self._found:
                with el("p", classes="basis"):
                    el("span", "After ")
                    self._since = el("time")
                    el("span", ", up to ")
                    self._until = el("time")
                    self._source = el("span")
                self._lines = el("p", classes="statement")
                self._plot = el("div")
                self._table = DataTable("What differs by office", _COLUMNS)
        self.refresh()

    def choose(self, offices: Sequence[str]) -> None:
        """Offer one chosen office as the one that gets officers."""
        self._offer_offices()
        if offices != self._chosen and len(offices) == 1 and offices[0] in self._select.options:
            self._select.set_value(offices[0])
        self._chosen = offices
        self.refresh()

    def refresh(self) -> None:
        """Update the section."""
        self._offer_offices()
        state = self._studies.state(self._asked)
        self._panel.show(state)
        answer = state.answer
        self._found.set_visibility(isinstance(answer, TrialAnswer))
        if isinstance(answer, TrialAnswer):
            self._show(answer)

    def _show(self, answer: TrialAnswer) -> None:
        found = answer.found
        for element, text in ((self._since, found.since), (self._until, found.until)):
            if element.props.get("datetime") != text:
                element.props["datetime"] = text
                element.set_text(instant(to_ms(text)))
        self._source.set_text(f", of {answer.source}. In the trial: {self._edits}.")
        self._lines.set_text(" ".join(trial_lines(found)))
        if self._chart is None:
            with self._plot:
                self._chart = Chart("Alerts raised a week, now and in the trial", TRIAL_COLUMNS)
        self._chart.show(trial_weeks(found))
        self._table.show(_rows(found))

    def _question(self) -> TrialQuestion:
        settings = tuple(
            f"{each.key}={self._values[each.key]}{each.unit}"
            for each in self._keys
            if self._values[each.key] != each.present
        )
        office = self._select.value
        self._asked = TrialQuestion(settings, ((office, self._more),) if self._more and office else ())
        parts = [f"{count(officers)} more officers in {office}" for office, officers in self._asked.added]
        parts += [
            f"{each.label} {each.text(self._values[each.key])}"
            for each in self._keys
            if self._values[each.key] != each.present
        ]
        self._edits = "; ".join(parts) or "nothing differs"
        return self._asked

    def _slider(self, label: str, least: int, most: int, value: int, on_change: Callable[[int], str]) -> None:
        """A slider; `on_change` takes a value and returns it in words."""
        with el("label", classes="slider"):
            el("span", label)
            text = el("output", on_change(value))
            slider = el("input", type="range", min=str(least), max=str(most))
            slider.props["^value"] = str(value)  # as an attribute: Vue would set the property again and again

        def change(event: GenericEventArguments) -> None:
            if str(event.args).isdecimal():  # a client may send anything
                text.set_text(on_change(min(most, max(least, int(event.args)))))

        slider.on("input", change, throttle=_THROTTLE_SECONDS, js_handler=_EMIT_VALUE)

    def _set_more(self, value: int) -> str:
        self._more = value
        return count(value)

    def _set(self, key: PolicySlider, value: int) -> str:
        self._values[key.key] = value
        return key.text(value)

    def _offer_offices(self) -> None:
        offices = [each.office for each in self._totals.now().offices]
        if offices != self._select.options:
            kept = self._select.value if self._select.value in offices else None
            self._select.set_options(offices, value=kept or next(iter(offices), None))


def trial_lines(comparison: TrialComparison) -> list[str]:
    """What differs in all offices together, in sentences."""
    alerts, weeks = comparison.alerts, comparison.weeks
    lines = [f"{count(alerts.new)} alerts are new and {count(alerts.gone)} are gone."]
    for word, number_of, delay in (
        ("earlier", alerts.earlier, comparison.earlier),
        ("later", alerts.later, comparison.later),
    ):
        if delay.median_hours is not None and delay.p90_hours is not None:
            hours = f"{number(delay.median_hours)} h (median) and {number(delay.p90_hours)} h (p90)"
            lines.append(f"{count(number_of)} come {word}, by {hours}.")
    if weeks:
        lines.append(
            f"A person has to look {number(alerts.looks_now / weeks)} times a week, in the trial "
            f"{number(alerts.looks_tried / weeks)} times."
        )
    whole = next((each for each in comparison.offices if each.office == ALL_OFFICES), None)
    if whole is not None and whole.now is not None and whole.tried is not None:
        now, tried = whole.now, whole.tried
        lines.append(
            f"At the end {needed(now.officers_needed)} officers are needed and {count(now.officers_at_work)} at work; "
            f"in the trial {needed(tried.officers_needed)} and {count(tried.officers_at_work)}."
        )
    return lines


def _rows(comparison: TrialComparison) -> list[list[TableCell]]:
    groups = {each.group: each for each in comparison.by_office}
    groups[ALL_OFFICES] = comparison.alerts
    return [_row(pair, groups.get(pair.office), comparison.weeks) for pair in comparison.offices]


def _row(pair: OfficePair, alerts: TrialCounts | None, weeks: float) -> list[TableCell]:
    now, tried = pair.now, pair.tried
    counts = (0,) * 4 if alerts is None else (alerts.new, alerts.gone, alerts.earlier, alerts.later)
    looks = (0, 0) if alerts is None else (alerts.looks_now, alerts.looks_tried)
    return [
        TableCell("All offices" if pair.office == ALL_OFFICES else pair.office),
        *(TableCell(count(each)) for each in counts),
        *(TableCell(number(each / weeks if weeks else None)) for each in looks),
        *(TableCell(needed(None if side is None else side.officers_needed)) for side in (now, tried)),
        *(TableCell(percent(None if side is None else side.utilisation)) for side in (now, tried)),
    ]
