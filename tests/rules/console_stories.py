"""Stories of the alerts about what the console sees, and about the console."""

from typing import Final

from tests.rules.story import Firing, RuleStory

CONSOLE: Final = 'job="docketwatch-console",instance="c1"'
CONSOLE_JOB: Final = {"job": "docketwatch-console"}
_STATE: Final = f'docketwatch_console_state{{{{{CONSOLE},state="{{}}"}}}}'
_WAITING: Final = f'docketwatch_console_waiting_events{{{{{CONSOLE},topic="{{}}"}}}}'

CONSOLE_STORIES: Final = (
    RuleStory(
        "DocketwatchNotJudged",
        "the only worker was killed, and events come",
        {
            _STATE.format("judging"): "_x3 1x5 0x10",
            _STATE.format("not_judging"): "_x3 0x5 1x10",
            _WAITING.format("check-ins"): "_x3 0x5 4000x10",
            _WAITING.format("hearings"): "_x3 0x5 833x10",
        },
        "15m",
        [Firing(CONSOLE_JOB, "Nothing is judged; 4833 events wait")],
    ),
    RuleStory(
        "DocketwatchNotJudged",
        "two consoles see the same events, which count once",
        {
            _STATE.format("not_judging"): "_x3 1x10",
            _STATE.format("not_judging").replace("c1", "c2"): "_x3 1x10",
            _WAITING.format("check-ins"): "_x3 12x10",
            _WAITING.format("check-ins").replace("c1", "c2"): "_x3 12x10",
        },
        "10m",
        [Firing(CONSOLE_JOB, "Nothing is judged; 12 events wait")],
    ),
    RuleStory(
        "DocketwatchNotJudged",
        "a rolling restart, a minute without a worker",
        {_STATE.format("not_judging"): "_x3 0x5 1 0x10", _WAITING.format("check-ins"): "_x3 0x5 7 0x10"},
        "12m",
    ),
    RuleStory(
        "DocketwatchNotJudged",
        "a backlog that is worked on",
        {_STATE.format("not_judging"): "_x3 0x20", _WAITING.format("check-ins"): "_x3 4833x20"},
        "15m",
    ),
    RuleStory(
        "DocketwatchConsoleBlind",
        "the broker has not answered for minutes",
        {_STATE.format("unreachable"): "_x3 0x5 1x10", _STATE.format("reading"): "_x3 0x15"},
        "16m",
        [Firing({**CONSOLE_JOB, "instance": "c1"}, "c1: the console does not know what is judged")],
    ),
    RuleStory(
        "DocketwatchConsoleBlind",
        "it started and read its topics",
        {_STATE.format("reading"): "_x3 1x2 0x10", _STATE.format("unreachable"): "_x3 1 0x12"},
        "12m",
    ),
    RuleStory(
        "DocketwatchConsoleDown",
        "it does not answer",
        {f"up{{{CONSOLE}}}": "_x3 1x5 0x10"},
        "16m",
        [Firing({**CONSOLE_JOB, "instance": "c1"}, "c1: the console does not answer")],
    ),
    RuleStory("DocketwatchConsoleDown", "it missed two scrapes", {f"up{{{CONSOLE}}}": "_x3 1x5 0x1 1x10"}, "12m"),
    RuleStory("DocketwatchConsoleDown", "none was ever there", {}, "12m"),
)
