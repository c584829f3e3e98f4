"""Studies: one child process at a time, whose lines are read as they come, and whose answer is kept for a while."""

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any

import msgspec
import pytest

from schemas.policy import load_policy
from streams.web.studies.answers import AheadAnswer
from streams.web.studies.questions import AheadQuestion, Question, StudyOrder, TrialQuestion
from streams.web.studies.runner import KEPT_MINUTES, LONGEST_MINUTES, Studies, StudyState
from tests.fake_clock import FakeClock
from tests.kafka.waiting import LIMIT

ANSWER = msgspec.json.encode(AheadAnswer("2026-03-06T00:00:00.000Z", "a test", 0, [], [], "", [], "")).decode()
AHEAD, TRIAL = AheadQuestion(), TrialQuestion()


def order(question: Question) -> StudyOrder:
    """Return an order without a log."""
    return StudyOrder(question, {}, date(2030, 1, 1), "127.0.0.1:9", "docket", 1, (), None)


def studies(program: str, clock: Callable[[], float] | None = None) -> Studies:
    """Return studies whose child runs a program of Python."""
    command = [sys.executable, "-c", program]
    return Studies(command, order) if clock is None else Studies(command, order, clock)


async def until(studies: Studies, question: Question, condition: Callable[[StudyState], bool]) -> StudyState:
    """Wait for a state of a question."""
    async with asyncio.timeout(LIMIT):
        while not condition(state := studies.state(question)):
            await asyncio.sleep(0.01)
    return state


def ended(state: StudyState) -> bool:
    """Whether a question is answered or refused."""
    return not state.is_running


def run(steps: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run the steps of a test."""
    asyncio.run(steps())


class TestAnswers:
    def test_an_answer_is_kept_for_a_while(self) -> None:
        """Then it is gone, for the docket goes on."""
        clock = FakeClock()
        asked = studies(f"print({{'answer': 0}}); print('{{\"answer\":{ANSWER}}}')", clock)

        async def steps() -> None:
            assert asked.ask(AHEAD)
            state = await until(asked, AHEAD, ended)
            assert isinstance(state.answer, AheadAnswer)
            clock.now = 60 * KEPT_MINUTES - 1
            assert state == asked.state(AHEAD)
            clock.now += 2
            assert StudyState() == asked.state(AHEAD)

        run(steps)

    def test_the_order_is_in_the_file_that_the_program_gets(self) -> None:
        """Nothing of it is among the words of the command, which everyone on the machine can read."""
        program = (
            "import json, sys; order = json.load(open(sys.argv[1])); "
            "print(json.dumps({'refusal': order['question']['type'] + ' ' + order['brokers']}))"
        )
        asked = studies(program)

        async def steps() -> None:
            asked.ask(AHEAD)
            assert "ahead 127.0.0.1:9" == (await until(asked, AHEAD, ended)).refusal

        run(steps)

    def test_progress_is_shown_while_it_runs(self) -> None:
        """The last whole line counts; what a library prints between them does not."""
        asked = studies(
            """import time
print('{"step":"reading","share":0.25}\\na banner', flush=True)
time.sleep(600)"""
        )

        async def steps() -> None:
            asked.ask(AHEAD)
            state = await until(asked, AHEAD, lambda state: state.step == "reading")
            assert (True, 0.25) == (state.is_running, state.share)
            await asked.stop()
            assert not asked.state(AHEAD).is_running

        run(steps)


class TestOneAtATime:
    def test_a_second_question_waits_for_its_turn(self) -> None:
        """It is not begun, and its page says why."""
        asked = studies("import time; time.sleep(600)")

        async def steps() -> None:
            assert asked.ask(AHEAD)
            assert not asked.ask(TRIAL)
            assert StudyState(is_busy=True) == asked.state(TRIAL)
            await asked.stop()
            assert StudyState() == asked.state(TRIAL)

        run(steps)

    def test_the_event_loop_goes_on(self) -> None:
        """A child that computes all the time takes nothing of the loop."""
        asked = studies("while True: pass")

        async def steps() -> None:
            asked.ask(AHEAD)
            loop = asyncio.get_running_loop()
            lags = []
            for _ in range(50):
                began = loop.time()
                await asyncio.sleep(0)
                lags.append(loop.time() - began)
            await asked.stop()
            assert sorted(lags)[len(lags) // 2] < 0.1

        run(steps)


class TestFailures:
    def test_a_program_that_ends_without_an_answer(self, caplog: pytest.LogCaptureFixture) -> None:
        """The page names what works it out elsewhere; the log has the code, and not its output."""
        asked = studies("import sys; print('case c-1'); sys.exit(3)")

        async def steps() -> None:
            asked.ask(AHEAD)
            state = await until(asked, AHEAD, ended)
            assert state.refusal.startswith("The process that computes this ended without an answer: code 3.")
            assert "`docketwatch forecast`" in state.refusal

        with caplog.at_level(logging.ERROR):
            run(steps)
        assert "ended with code 3" in caplog.text
        assert "c-1" not in caplog.text

    def test_a_program_that_the_system_ends(self) -> None:
        """The system ends this process before the console when memory runs out."""
        asked = studies("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")

        async def steps() -> None:
            asked.ask(AHEAD)
            assert "because memory ran out" in (await until(asked, AHEAD, ended)).refusal

        run(steps)

    def test_a_program_that_takes_too_long(self) -> None:
        """It is ended."""
        clock = FakeClock()
        asked = studies("import time; time.sleep(600)", clock)

        async def steps() -> None:
            asked.ask(AHEAD)
            await asyncio.sleep(0)
            clock.now = 60 * LONGEST_MINUTES + 1
            assert f"longer than {LONGEST_MINUTES} minutes" in (await until(asked, AHEAD, ended)).refusal

        run(steps)

    def test_an_answer_of_another_form(self) -> None:
        """It is a fault, and the next question can be asked."""
        asked = studies("""print('{"answer":{"as_of":1}}')""")

        async def steps() -> None:
            asked.ask(AHEAD)
            assert "the console's log has the reason" in (await until(asked, AHEAD, ended)).refusal
            assert asked.ask(TRIAL)
            await asked.stop()

        run(steps)


class TestTheRealProgram:
    def test_it_refuses_a_log_that_is_not_there(self, caplog: pytest.LogCaptureFixture) -> None:
        """The sentence is that of every command, without the folder, which the console's own log has."""
        policy = load_policy()

        def without_log(question: Question) -> StudyOrder:
            document = policy.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"review_by"})
            changes = {"policy": document, "review_by": policy.review_by, "log": ("/nowhere/events.jsonl",)}
            return msgspec.structs.replace(order(question), **changes)

        asked = Studies([sys.executable, "-m", "streams.cli.office_study"], without_log)

        async def steps() -> None:
            asked.ask(TRIAL)
            assert (await until(asked, TRIAL, ended)).refusal.startswith("events.jsonl: ")

        with caplog.at_level(logging.WARNING):
            run(steps)
        assert "/nowhere/events.jsonl: " in caplog.text
