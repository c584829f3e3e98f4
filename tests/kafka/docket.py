"""A generated log, and the outputs that the core computes from it without Kafka."""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Self

from schemas import hot
from schemas.policy import load_policy
from streams.core.evaluation import Evaluation
from streams.core.policy.rules import Rules
from streams.sources.generate import Options, generate
from streams.sources.logs import read_events

__all__ = ["Docket", "ExpectedOutputs"]


@dataclass(frozen=True)
class Docket:
    """A generated log.

    Attributes:
        log: The file of the log.
        until: Its last instant (ms).
    """

    log: Path
    until: int

    @classmethod
    def make(cls, directory: Path, *, cases: int, days: int, seed: int = 1, start: date | None = None) -> Self:
        """Generate a docket."""
        options = Options(cases=cases, days=days, seed=seed)
        if start is not None:
            options = replace(options, start=start)
        generate(options, directory)
        return cls(directory / "events.jsonl", options.end_ms)

    @cached_property
    def events(self) -> list[hot.Event]:
        """Return all its events, by recorded_at."""
        return list(read_events([self.log]))

    @cached_property
    def expected(self) -> "ExpectedOutputs":
        """Return what the core computes from it without Kafka."""
        evaluation = Evaluation(Rules(load_policy(None)))
        expected = ExpectedOutputs()
        for step in evaluation.run(iter(self.events), self.until):
            expected.alerts += [revision.json() for revision in step.effects.alerts]
            expected.officer_alerts += [revision.json() for revision in step.officers.alerts]
        expected.loads = [load.json() for load in evaluation.loads()]
        return expected


@dataclass
class ExpectedOutputs:
    """Alerts and loads, as JSON lines."""

    alerts: list[bytes] = field(default_factory=list)
    officer_alerts: list[bytes] = field(default_factory=list)
    loads: list[bytes] = field(default_factory=list)
