"""One case: what stands and why, what was looked at besides, its facts, and what happened when.

Its id comes from behind the # of the address, which a browser sends to no server: so it is in no log.
"""

from typing import Final

from nicegui import ui
from nicegui.events import GenericEventArguments

from schemas.ids import is_pseudonym
from streams.core.alerting.explanation import CauseExplanation, CauseVerdict
from streams.errors import BrokerError
from streams.web.case import CaseStory, timeline
from streams.web.labels import CAUSES, SIDES, age, instant, readable
from streams.web.output_tables import CaseAlert
from streams.web.pages.elements import el
from streams.web.pages.frame import PageFrame

__all__ = ["CasePage"]

_WHICH: Final = "Which case? Its id can be typed, or pressed in the list."
_EVENT: Final = "case_asked"
_ASK: Final = f"""
const ask = () => emitEvent('{_EVENT}', decodeURIComponent(location.hash.slice(1)));
window.addEventListener('hashchange', ask);
if (location.hash) ask();
"""


class CasePage:
    """The page.

    Args:
        frame: The open page.
    """

    def __init__(self, frame: PageFrame) -> None:
        self._frame = frame
        self._case_id = ""
        with el("form", classes="filters", role="search"):
            self._field = ui.input("Case id").props("outlined dense autocomplete=off spellcheck=false")
            self._field.on("keydown.enter.prevent", self._go)
            el("button", "Explain", type="button", classes="button").on("click", self._go)
        self._said = el("p", _WHICH, classes="told", role="status")
        self._body = el("div", classes="case")
        ui.on(_EVENT, self._asked)
        ui.timer(0.0, lambda: ui.run_javascript(_ASK), once=True)

    def tell(self) -> None:
        """Nothing: a case is told when it is asked for, and stays so while it is read."""

    def _go(self) -> None:
        case_id = (self._field.value or "").strip()
        if is_pseudonym(case_id):
            ui.run_javascript(f"location.hash = {case_id!r}")
        else:
            self._say("That is not the form of a case id: letters, digits, . _ : and -, 64 at most, and no A-number.")

    async def _asked(self, event: GenericEventArguments) -> None:
        case_id = str(event.args).strip()
        if not self._frame.is_open() or (case_id == self._case_id and case_id):
            return
        self._case_id = case_id
        if not case_id:
            self._say(_WHICH)
        elif not is_pseudonym(case_id):
            self._go()
        else:
            self._field.value = case_id
            self._say("Looking ...")
            await self._explain(case_id)

    async def _explain(self, case_id: str) -> None:
        try:
            told = await self._frame.console.open_case(self._frame.identity, case_id)
        except BrokerError as error:
            self._say(f"{error}.")
            return
        if told is None:
            self._say(f"No case {case_id} is known, or none that your role may see. That you asked is recorded.")
            return
        alerts = self._frame.console.following.board.of_case(case_id)
        other = (
            ""
            if told.judged_by is None
            else f"The workers judged it by another policy, {told.judged_by}: start the console with theirs, or what "
            "is said here is not what they decided. "
        )
        self._said.set_text(
            f"As of {instant(told.as_of)}, under the policy {self._frame.console.rules.policy_name}. {other}"
            "That you looked is recorded."
        )
        self._body.clear()
        with self._body:
            self._show(told, alerts)

    def _say(self, text: str) -> None:
        self._said.set_text(text)
        self._body.clear()

    def _show(self, told: CaseStory, alerts: list[CaseAlert]) -> None:
        with el("div", classes="head"):
            el("h2", told.case_id, classes="id")
            if told.state.protected:
                el("span", "protected", classes="badge critical")
        for sentence in told.held:
            el("p", f"Held: {sentence}.", classes="badge critical")
        with el("div", classes="columns"):
            with el("section", aria_labelledby="why"):
                el("h3", "Why it needs a look" if told.standing else "Nothing stands", id="why")
                severities = {(alert.cause, alert.instance): alert for alert in alerts if alert.stands}
                for cause in told.standing:
                    self._standing(cause, severities.get((cause.cause, cause.instance)), told.as_of)
                if any(cause.cause_class == "person" for cause in told.standing):
                    el("p", _both_sides(told), classes="aside")
                el("h3", "What was looked at besides")
                with el("ul", classes="checked"):
                    for cause in told.explanation.causes:
                        if cause.verdict is not CauseVerdict.STANDS:
                            with el("li"):
                                el("b", CAUSES[cause.cause][0])
                                el("span", readable(f" {cause.verdict}: {cause.sentence}"))
            with el("section", aria_labelledby="when"):
                el("h3", "What happened when", id="when")
                with el("ol", classes="timeline"):
                    for moment in timeline(told, alerts):
                        with el("li", classes=moment.kind):
                            el("time", instant(moment.at))
                            el("span", moment.text)
        with el("section", aria_labelledby="facts"):
            el("h3", "What is on record", id="facts")
            with el("ul", classes="facts"):
                for fact in told.explanation.facts:
                    el("li", readable(fact))

    def _standing(self, cause: CauseExplanation, alert: CaseAlert | None, now: int) -> None:
        severity = "warning" if alert is None else alert.severity
        with el("article", classes=f"cause {severity}"):
            with el("div", classes="head"):
                el("h4", CAUSES[cause.cause][0])
                el("span", f"{SIDES[cause.cause_class]}'s side", classes=f"badge side-{cause.cause_class}")
                el("span", severity, classes=f"badge {severity}")
                if alert is not None:
                    el("span", f"standing for {age(alert.raised_at, now)}", classes="soft")
            el("p", readable(f"{cause.sentence[0].upper()}{cause.sentence[1:]}."))
            if cause.instance:
                el("p", f"It is about {cause.instance}.", classes="soft")
            if cause.evidence:
                el("p", f"On record by: {', '.join(cause.evidence)}.", classes="soft")


def _both_sides(told: CaseStory) -> str:
    others = [CAUSES[cause.cause][0].lower() for cause in told.standing if cause.cause_class != "person"]
    if not others:
        return (
            "An alert on the person's side is a question to the record, not a finding: nothing stands on the "
            "agency's or the record's side now."
        )
    return (
        "An alert on the person's side is a question to the record, not a finding: on the agency's and the record's "
        f"side stands {', '.join(others)}."
    )
