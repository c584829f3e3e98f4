"""Evaluates the log files of a command that only needs where they end."""

from collections.abc import Sequence
from pathlib import Path

from streams.cli.progress import reading
from streams.core.evaluation import Evaluation
from streams.core.policy.rules import Rules
from streams.process.interpreter_tuning import garbage_collector_off
from streams.sources.logs import read_events

__all__ = ["evaluated"]


def evaluated(files: Sequence[Path], rules: Rules, until: int) -> Evaluation:
    """Evaluate log files up to an instant, with a progress bar.

    Args:
        files: The logs.
        rules: The policy.
        until: The last instant (ms).

    Raises:
        InputError: A line is no event, or a file cannot be read.
    """
    evaluation = Evaluation(rules)
    with garbage_collector_off(), reading("evaluating") as on_progress:
        for _ in evaluation.run(read_events(files, on_progress=on_progress), until):
            pass
    return evaluation
