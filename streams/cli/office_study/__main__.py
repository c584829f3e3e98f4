"""`python -m streams.cli.office_study ORDER`: answers the order in a file; what it writes is a `StudyLine` a line."""

import os
import sys
import traceback
from pathlib import Path
from typing import Final

import msgspec

from schemas.policy import PolicyError, parse_policy_document
from streams.cli.office_study.answering import ahead, trial
from streams.cli.office_study.lines import write_line
from streams.core.policy.rules import Rules
from streams.errors import DocketwatchError
from streams.process.interpreter_tuning import garbage_collector_off
from streams.web.studies.questions import StudyLine, StudyOrder, TrialQuestion

__all__ = ["main"]

_NICENESS: Final = 10
_ENDED_FIRST: Final = "1000"


def main(path: Path) -> None:
    """Answer one order.

    Args:
        path: A file with a `StudyOrder`.
    """
    _lower_priority()
    order = msgspec.json.decode(path.read_bytes(), type=StudyOrder)
    try:
        with garbage_collector_off():
            document = {**order.policy, "review_by": order.review_by}
            rules = Rules(parse_policy_document(document, "the console's policy"))
            question = order.question
            answer = trial(order, question, rules) if isinstance(question, TrialQuestion) else ahead(order, rules)
            line = StudyLine(step="finishing", share=1.0, answer=msgspec.Raw(msgspec.json.encode(answer)))
    except (DocketwatchError, PolicyError) as error:
        line = StudyLine(refusal=str(error))
    except Exception as error:  # noqa: BLE001  # the console says that it failed, and the lines say where
        # not the text of the error, which may quote a record
        frames = "".join(traceback.format_tb(error.__traceback__))
        sys.stderr.write(f"{frames}{type(error).__name__}\n")
        line = StudyLine(refusal=f"The process that computes this failed ({type(error).__name__})")
    write_line(line)


def _lower_priority() -> None:
    """Let the console go first, and let the system end this process before it when memory runs out."""
    os.nice(_NICENESS)
    try:
        Path("/proc/self/oom_score_adj").write_text(_ENDED_FIRST)
    except OSError:
        return  # not Linux


if __name__ == "__main__":
    main(Path(sys.argv[1]))
