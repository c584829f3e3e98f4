"""The page of one case: the causes that hold and why, the other causes, its facts, and its timeline.

The case id is in the fragment of the URL, which a browser does not send to a server, so no log has it.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from nicegui import ui
from nicegui.events import GenericEventArguments

from schemas.ids import is_pseudonym
from streams.case_url import case_link
from streams.core.alerting.explanation import CauseExplanation, CauseVerdict
from streams.errors import DocketwatchError
from streams.files.shown_paths import without_folders
from streams.web.case import CaseStory, timeline
from streams.web.labels import CAUSES, SIDES, age, instant, readable
from streams.web.list_query import address
from streams.web.pages.elements import el
from streams.web.pages.frame import PageFrame
from streams.web.pages.list_walk import ListWalk
from streams.web.tables.alert_rows import CaseAlert

__all__ = ["CasePage"]

_PROMPT: Final = "Enter a case id, or select a case in the list."
_EVENT: Final = "case_requested"
_REQUEST_CASE: Final = f"""
const request = () => emitEvent('{_EVENT}', decodeURIComponent(location.hash.slice(1)));
window.addEventListener('hashchange', request);
if (location.hash) request();
"""


class CasePage:
    """The page.

    Args:
        frame: The open page.
        fields: The query fields of its URL: of the list that the user came from; empty without one.
    """

    def __init__(self, frame: PageFrame, fields: Mapping[str, str]) -> None:
        self._frame = frame
        self._case_id = ""
        with el("form", classes="filters", role="search"):
            self._field = ui.input("Case id").props("outlined dense autocomplete=off spellcheck=false")
            self._field.on("keydown.enter.prevent", self._open_entered)
            el("button", "Explain", type="button", classes="button").on("click", self._open_entered)
        self._walk = ListWalk(frame, fields, self._open)
        self._status = el("p", _PROMPT, classes="status", role="status")
        self._body = el("div", classes="case")
        ui.on(_EVENT, self._request)
        ui.timer(0.0, lambda: ui.run_javascript(_REQUEST_CASE), once=True)

    def refresh(self) -> None:
        """Do nothing: a case shows the state of when it was requested, and does not change while it is read."""

    def _open_entered(self) -> None:
        case_id = (self._field.value or "").strip()
        if is_pseudonym(case_id):
            self._open(case_id)
        else:
            self._show_status(
                "This is not a case id. A case id has at most 64 letters, digits, . _ : and -, and is not an A-number."
            )

    def _open(self, case_id: str) -> None:
        searched = self._walk.searched
        fragment = case_id + (f"?search={quote(searched)}" if searched else "")
        ui.run_javascript(f"location.hash = {fragment!r}")

    async def _request(self, event: GenericEventArguments) -> None:
        case_id, _, searched = str(event.args).strip().partition("?search=")
        if not self._frame.is_open() or (case_id == self._case_id and case_id):
            return
        self._case_id = case_id
        self._walk.searched = searched
        if not case_id:
            self._show_status(_PROMPT)
        elif not is_pseudonym(case_id):
            self._open_entered()
        else:
            self._field.value = case_id
            self._show_status("Loading ...")
            await self._explain(case_id)
            self._walk.show(case_id)

    async def _explain(self, case_id: str) -> None:
        try:
            story = await self._frame.console.open_case(self._frame.identity, case_id)
        except DocketwatchError as error:
            self._show_status(f"{without_folders(str(error))}.")
            return
        if story is None:
            self._show_status(f"There is no case {case_id}, or your role may not see it. This request is recorded.")
            return
        alerts = self._frame.console.following.tables.of_case(case_id)
        other = (
            ""
            if story.judged_by is None
            else f"The workers use another policy, {story.judged_by}. Start the console with that policy; until then "
            "this page may differ from their decisions. "
        )
        zone = self._frame.console.zone(story.state.office)
        self._status.set_text(
            f"As of {instant(story.as_of, zone)}, under the policy {self._frame.console.rules.policy_name}. {other}"
            "This view is recorded."
        )
        self._frame.set_title(f"Case {case_id}")
        self._body.clear()
        with self._body:
            self._show(story, alerts, zone)

    def _show_status(self, text: str) -> None:
        self._status.set_text(text)
        self._body.clear()

    def _show(self, story: CaseStory, alerts: list[CaseAlert], zone: ZoneInfo | None) -> None:
        with el("div", classes="head"):
            el("h2", story.case_id, classes="id")
            if story.state.protected:
                el("span", "protected", classes="badge critical")
            self._links(story)
        for sentence in story.held:
            el("p", f"Alerts are held: {sentence}.", classes="badge critical")
        with el("div", classes="columns"):
            with el("section", aria_labelledby="why"):
                el("h3", "Why it needs a look" if story.standing else "No cause holds", id="why")
                severities = {(alert.cause, alert.instance): alert for alert in alerts if alert.stands}
                for cause in story.standing:
                    self._standing(cause, severities.get((cause.cause, cause.instance)), story.as_of, zone)
                if any(cause.cause_class == "person" for cause in story.standing):
                    el("p", _both_sides(story), classes="aside")
                el("h3", "Other causes checked")
                with el("ul", classes="checked"):
                    for cause in story.explanation.causes:
                        if cause.verdict is not CauseVerdict.STANDS:
                            with el("li"):
                                el("b", CAUSES[cause.cause][0])
                                el("span", readable(f" {cause.verdict}: {cause.sentence}", zone))
            with el("section", aria_labelledby="when"):
                el("h3", "Timeline", id="when")
                with el("ol", classes="timeline"):
                    for moment in timeline(story, alerts, zone):
                        with el("li", classes=moment.kind):
                            el("time", instant(moment.at, zone))
                            el("span", moment.text)
        with el("section", aria_labelledby="facts"):
            el("h3", "Facts on record", id="facts")
            with el("ul", classes="facts"):
                for fact in story.explanation.facts:
                    el("li", readable(fact, zone))

    def _links(self, story: CaseStory) -> None:
        state, template = story.state, self._frame.console.case_url
        with el("div", classes="links"):
            officer = state.assignment.value
            if officer is None:
                el("span", "no officer", classes="unassigned")
            else:
                el("a", f"Officer {officer}", href=address("/officers", {"officer": officer}))
                el("a", "Alerts of this officer's cases", href=address("/lost-track", {"officer": officer}))
            if state.office is not None:
                el("a", f"Office {state.office}", href=address("/offices", {"office": state.office}))
            if template is not None:
                href = case_link(template, story.case_id)
                el("a", "Open in the case system", href=href, target="_blank", rel="noopener noreferrer")

    def _standing(self, cause: CauseExplanation, alert: CaseAlert | None, now: int, zone: ZoneInfo | None) -> None:
        severity = "warning" if alert is None else alert.severity
        with el("article", classes=f"cause {severity}"):
            with el("div", classes="head"):
                el("h4", CAUSES[cause.cause][0])
                el("span", f"{SIDES[cause.cause_class]}'s side", classes=f"badge side-{cause.cause_class}")
                el("span", severity, classes=f"badge {severity}")
                if alert is not None:
                    el("span", f"open for {age(alert.raised_at, now)}", classes="soft")
            el("p", readable(f"{cause.sentence[0].upper()}{cause.sentence[1:]}.", zone))
            if cause.instance:
                el("p", f"Concerns {cause.instance}.", classes="soft")
            if cause.evidence:
                el("p", f"Evidence: {', '.join(cause.evidence)}.", classes="soft")


def _both_sides(story: CaseStory) -> str:
    others = [CAUSES[cause.cause][0].lower() for cause in story.standing if cause.cause_class != "person"]
    if not others:
        return (
            "An alert on the person's side is a question about the record, not a finding. No cause holds on the "
            "agency's or the record's side now."
        )
    return (
        "An alert on the person's side is a question about the record, not a finding. Causes on the agency's and the "
        f"record's side: {', '.join(others)}."
    )
