"""Works out the two answers of a study, with the tools of `docketwatch forecast`, `balance` and `whatif`."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from schemas.instants import AFTER_ALL_TIME, to_text
from streams.cli.balance import balanced
from streams.cli.endings import run_loop
from streams.cli.office_study.lines import StudyWriter
from streams.cli.whatif import comparison_json
from streams.cli.workers_loads import PublishedLoads, read_published_loads
from streams.core.policy.rules import Rules
from streams.core.time.business_days import DAY_MS
from streams.errors import NothingRecordedError
from streams.extras import MissingExtraError, require
from streams.kafka.client.settings import Settings
from streams.kafka.state.case_lookup import read_partitions
from streams.tools.balance.docket import Seat, read_offices, seats_of
from streams.tools.balance.intake import IntakeLimits
from streams.tools.docket_events import DocketEvents, LogFiles, NoHistoryError, last_instant, read_topics
from streams.tools.forecast.forecasting import DEFAULT_WEEKS, forecast_of
from streams.tools.forecast.notes import notes_of
from streams.tools.forecast.weekly import WeeklyForecasts
from streams.tools.whatif.both_sides import judge_both
from streams.tools.whatif.comparison import compare
from streams.tools.whatif.edits import Edits, described, with_settings
from streams.web.studies.answers import AheadAnswer, CurveOfOffice, OfficeAhead, TrialAnswer, TrialComparison
from streams.web.studies.questions import StudyOrder, TrialQuestion

__all__ = ["TRIAL_DAYS", "ahead", "trial"]

TRIAL_DAYS: Final = 90
_READ, _EVALUATED, _ALL = 0.3, 0.7, 1.0
"""Shares of the work that are done when a stage ends."""


def ahead(order: StudyOrder, rules: Rules) -> AheadAnswer:
    """The forecast and the balance curves.

    Without the history of the docket there is no forecast, and the curves are of the workers' state.

    Raises:
        DocketwatchError: The log or the topics cannot be read.
    """
    try:
        source = _source(order)
    except NoHistoryError as error:
        return _of_workers(order, rules, str(error))
    until = last_instant(source, order.until)
    weekly = WeeklyForecasts(rules, until, DEFAULT_WEEKS)
    origin = weekly.run(source.events(StudyWriter("evaluating the events", _READ, _EVALUATED)))
    if origin is None:
        raise NothingRecordedError(until)
    found, _ = forecast_of(weekly, origin, rules)
    evaluation = weekly.evaluation
    seats = seats_of(evaluation.loads(), IntakeLimits(rules, evaluation.table, until).left)
    curves, no_balance = _curves(evaluation.cases.records(), seats, rules, until)
    return AheadAnswer(
        as_of=to_text(until),
        source=source.sentence,
        history_weeks=found.history_weeks,
        notes=list(notes_of(found, found.offices)),
        offices=msgspec.convert(found.offices, list[OfficeAhead], from_attributes=True),
        no_forecast="",
        curves=curves,
        no_balance=no_balance,
    )


def trial(order: StudyOrder, question: TrialQuestion, rules: Rules) -> TrialAnswer:
    """What would have differed over the last 90 days.

    Raises:
        DocketwatchError: The log or the topics cannot be read, or an edit cannot be tried.
    """
    tried = Rules(with_settings(rules.policy, question.settings))
    source = _source(order)
    until = last_instant(source, order.until)
    since = until - TRIAL_DAYS * DAY_MS
    begin = None if source.first != AFTER_ALL_TIME and source.first > since else since
    edits = Edits(added=dict(question.added))
    events = source.events(StudyWriter("judging all events twice", _READ, _ALL))
    now, then, began = judge_both(events, rules, tried, edits, begin, until)
    found = compare(now, then, began, until, [*question.settings, *described(edits)], edits.hash)
    return TrialAnswer(source.sentence, msgspec.json.decode(comparison_json(found), type=TrialComparison))


def _source(order: StudyOrder) -> DocketEvents:
    step = StudyWriter("reading the events", 0.0, _READ)
    return LogFiles([Path(each) for each in order.log]) if order.log else run_loop(read_topics(_settings(order), step))


def _settings(order: StudyOrder) -> Settings:
    return Settings.load(brokers=order.brokers, prefix=order.prefix, partitions=order.partitions)


def _of_workers(order: StudyOrder, rules: Rules, no_forecast: str) -> AheadAnswer:
    cases, published = run_loop(_read_workers(_settings(order), rules))
    at = published.as_of if order.until is None else order.until
    seats = seats_of(published.loads, lambda _: None)  # what was open 30 days ago is in no topic
    curves, no_balance = _curves(cases, seats, rules, at)
    return AheadAnswer(
        as_of=to_text(at),
        source="the workers' state, where the limit on new cases of an officer (intake_too_fast) is not known",
        history_weeks=0,
        notes=[],
        offices=[],
        no_forecast=no_forecast,
        curves=curves,
        no_balance=no_balance,
    )


async def _read_workers(settings: Settings, rules: Rules) -> tuple[list[tuple[str, bytes]], PublishedLoads]:
    """The packed states of all cases, and what the workers have published."""
    cases: list[tuple[str, bytes]] = []
    async for each in read_partitions(settings, rules):
        cases += each.cases.records()
    return cases, await read_published_loads(settings)


def _curves(
    cases: Iterable[tuple[str, bytes]], seats: Mapping[str, list[Seat]], rules: Rules, at: int
) -> tuple[list[CurveOfOffice], str]:
    try:
        require("balance", "The balance curve")
    except MissingExtraError as error:
        return [], str(error)
    step = StudyWriter("evening out the loads", _EVALUATED, _ALL)
    dockets = read_offices(cases, seats, rules, at)
    curves = []
    for number, docket in enumerate(dockets.values()):
        step(number, len(dockets))
        report, _ = balanced(docket, rules, None)
        curves.append(msgspec.convert(report, CurveOfOffice, from_attributes=True))
    return curves, ""
