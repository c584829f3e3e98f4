"""Answers questions in a child process of low priority, one at a time, and keeps the answers for a quarter of an hour.

The event loop only starts the process and reads a few lines of its output four times a second.
"""

import asyncio
import contextlib
import logging
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from streams.files.shown_paths import without_folders
from streams.process.child_process import ChildProcess
from streams.web.studies.answers import AheadAnswer, TrialAnswer, read_answer
from streams.web.studies.questions import Question, StudyLine, StudyOrder

__all__ = ["KEPT_MINUTES", "LONGEST_MINUTES", "Studies", "StudyState"]

KEPT_MINUTES: Final = 15
"""How long an answer is shown before it is worked out anew."""
LONGEST_MINUTES: Final = 20
_MOST_KEPT: Final = 20
_LOOK_SECONDS: Final = 0.25
_KILLED: Final = -9

_log: Final = logging.getLogger(__name__)
_line: Final = msgspec.json.Decoder(StudyLine).decode


class StudyState(Struct, frozen=True):
    """What is known of one question.

    Attributes:
        answer: The answer; None before there is one.
        refusal: Why there is no answer; empty when none was refused.
        is_running: Whether the answer is being worked out.
        is_busy: Whether another question is being worked out.
        step: What the process does now.
        share: How much of it is done, 0 to 1.
    """

    answer: AheadAnswer | TrialAnswer | None = None
    refusal: str = ""
    is_running: bool = False
    is_busy: bool = False
    step: str = ""
    share: float = 0.0


class Studies:
    """The questions and their answers.

    Args:
        command: The program that answers: it takes the path of an order, and writes a `StudyLine` a line.
        order: Makes the order of a question.
        now: A clock of seconds that never goes back.
    """

    def __init__(
        self,
        command: Sequence[str],
        order: Callable[[Question], StudyOrder],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command, self._order, self._now = command, order, now
        self._found: dict[Question, tuple[float, StudyState]] = {}
        self._running: Question | None = None
        self._task: asyncio.Task[None] | None = None
        self._last = StudyLine()

    def state(self, question: Question) -> StudyState:
        """What is known of a question."""
        if self._running == question:
            return StudyState(is_running=True, step=self._last.step, share=self._last.share)
        at, known = self._found.get(question, (0.0, StudyState()))
        if self._now() - at > 60 * KEPT_MINUTES:
            known = StudyState()
        return msgspec.structs.replace(known, is_busy=self._running is not None)

    def ask(self, question: Question) -> bool:
        """Begin to work out an answer; returns whether it was begun: not while another question is worked out."""
        if self._running is not None:
            return False
        self._running, self._last = question, StudyLine(step="starting")
        self._task = asyncio.create_task(self._run(question))
        return True

    async def stop(self) -> None:
        """End what runs."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._running = None  # one that is cancelled before it began has no end of its own

    async def _run(self, question: Question) -> None:
        try:
            state = await self._answered(question)
        except (OSError, msgspec.MsgspecError) as error:
            _log.error("the answer about the offices cannot be computed: %s", error)
            state = StudyState(refusal="The process that computes this failed; the console's log has the reason.")
        finally:
            self._running = None
        self._found.pop(question, None)
        self._found[question] = self._now(), state
        while len(self._found) > _MOST_KEPT:
            del self._found[next(iter(self._found))]

    async def _answered(self, question: Question) -> StudyState:
        order = self._order(question)
        with tempfile.TemporaryDirectory(prefix="docketwatch-study-") as folder:
            file = Path(folder) / "order.json"
            file.write_bytes(msgspec.json.encode(order))
            child = ChildProcess([*self._command, str(file)], Path(folder) / "lines")
            try:
                last = await self._follow(child)
            finally:
                if child.exit_code is None:
                    child.kill()
        if last.answer is not msgspec.UNSET:
            return StudyState(answer=read_answer(question, last.answer))
        _log.warning("the offices are not worked out: %s", last.refusal)
        return StudyState(refusal=without_folders(last.refusal, order.log))

    async def _follow(self, child: ChildProcess) -> StudyLine:
        deadline = self._now() + 60 * LONGEST_MINUTES
        while (code := child.exit_code) is None:
            self._read(child)
            if self._now() > deadline:
                return StudyLine(refusal=f"It took longer than {LONGEST_MINUTES} minutes and was ended. {_COMMANDS}")
            await asyncio.sleep(_LOOK_SECONDS)
        self._read(child)
        if self._last.answer is not msgspec.UNSET or self._last.refusal:
            return self._last
        # its output may quote a record: the message says only that it ended
        _log.error("the process that computes the answer about the offices ended with code %s before it had one", code)
        why = " the system ended it, probably because memory ran out" if code == _KILLED else f" code {code}"
        return StudyLine(refusal=f"The process that computes this ended without an answer:{why}. {_COMMANDS}")

    def _read(self, child: ChildProcess) -> None:
        whole, _, _ = child.output().rpartition("\n")
        for text in reversed(whole.splitlines()):
            with contextlib.suppress(msgspec.MsgspecError):  # a line of a library is none of ours
                self._last = _line(text.encode())
                return


_COMMANDS: Final = "Run `docketwatch forecast`, `balance` or `whatif` on a larger machine."
