"""The outcome of a scenario: counts, compared with what the core alone computes from the same log, in one line."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.same_outputs import newest, without, without_observed_at

__all__ = ["ScenarioResult"]


@dataclass
class ScenarioResult:
    """Counts of a scenario.

    Attributes:
        scenario: Its name.
        seed: The seed of its random moments.
        kills, pauses, rebalances, broker_restarts, faults: The injected events.
        rebuilds: How often a state was rebuilt; each time the same revisions may be published once more.
        events, alerts: The events sent and the revisions published.
        lost: Revisions and loads that are missing.
        doubled: Revisions that occur more than once, and more often than rebuilds account for.
        false: Revisions and loads that the log does not warrant.
        letters: Events that became dead letters.
    """

    scenario: str
    seed: int
    kills: int = 0
    pauses: int = 0
    rebalances: int = 0
    broker_restarts: int = 0
    faults: int = 0
    rebuilds: int = 0
    events: int = 0
    alerts: int = 0
    lost: int = 0
    doubled: int = 0
    false: int = 0
    letters: int = 0
    examples: list[str] = field(default_factory=list)

    def add_results(self, docket: Docket, deployment: Deployment) -> None:
        """Read the topics with read_committed and compare them."""
        self.events = len(docket.events)
        values = [row.value for short in ("lost-track-alerts", "restricted-alerts") for row in deployment.read(short)]
        self._compare(values, docket.expected.alerts)
        self._compare((row.value for row in deployment.read("officer-alerts")), docket.expected.officer_alerts)
        # a load that does not change is not published again, and bears the instant at which it was
        loads = without("as_of", newest(deployment.read("officer-load")).values())
        self._differ(loads, without("as_of", docket.expected.loads))
        self.letters = len(deployment.read("dead-letters"))

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled or false."""
        return not (self.lost or self.doubled or self.false)

    def __str__(self) -> str:
        return (
            f"chaos {self.scenario}: seed {self.seed}, kills {self.kills}, pauses {self.pauses}, "
            f"rebalances {self.rebalances}, broker restarts {self.broker_restarts}, faults {self.faults}, "
            f"rebuilds {self.rebuilds}, "
            f"events {self.events}, alerts {self.alerts}, lost {self.lost}, doubled {self.doubled}, "
            f"false alerts after downtime {self.false}"
        )

    def _compare(self, published: Iterable[bytes | None], expected: Iterable[bytes]) -> None:
        found = without_observed_at(published)
        self.alerts += sum(found.values())
        self._differ(found, without_observed_at(expected), again=self.rebuilds)

    def _differ(self, found: Counter[str], expected: Counter[str], again: int = 0) -> None:
        most = Counter({text: count * (1 + again) for text, count in expected.items()})
        lost, more = expected - found, found - most
        false = [text for text in more if text not in expected]
        self.lost += sum(lost.values())
        self.doubled += sum(more[text] for text in more if text in expected)
        self.false += sum(more[text] for text in false)
        self.examples += [f"lost: {text}" for text in list(lost)[:2]] + [f"more: {text}" for text in list(more)[:2]]
