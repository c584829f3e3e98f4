"""How many faults a run of the suite injects."""

from dataclasses import dataclass
from typing import Final

__all__ = ["SCALES", "Scale"]


@dataclass(frozen=True)
class Scale:
    """A length of the suite.

    Attributes:
        cases, days: Size of the docket.
        kills: SIGKILLs of workers.
        cycles: Workers that join and leave.
        broker_kills: SIGKILLs of a broker in each scenario with such kills.
        faults: Faults of the connection, of each kind.
        pauses: Workers stopped past their session timeout.
        gap: The most seconds between two faults.
    """

    cases: int
    days: int
    kills: int
    cycles: int
    broker_kills: int
    faults: int
    pauses: int
    gap: float


SCALES: Final = {
    "short": Scale(cases=2_000, days=20, kills=4, cycles=3, broker_kills=1, faults=1, pauses=1, gap=2.0),
    "long": Scale(cases=6_000, days=30, kills=20, cycles=20, broker_kills=4, faults=4, pauses=4, gap=3.0),
}
