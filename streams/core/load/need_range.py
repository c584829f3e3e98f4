"""Officers needed when all weights move together: the weights are assumptions, so the need is a range (CONTRACT.md §9).

Each weight of the policy is drawn evenly from 25 % below to 25 % above its value, 10,000 times, always the same draws.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from hashlib import shake_128
from typing import Final

from msgspec import Struct

from streams.core.load.office_record import SWING, OfficeTotals, needed
from streams.core.policy.rules import Rules

__all__ = ["DRAWS", "NeedRange", "need_range"]

DRAWS: Final = 10_000
_SEED: Final = 51  # any number will do, as long as it stays
_BYTES: Final = 8
_WHOLE: Final = 1 << 8 * _BYTES
_P10, _P90 = DRAWS // 10 - 1, DRAWS - DRAWS // 10 - 1


class NeedRange(Struct, frozen=True, gc=False):
    """Officers needed: a tenth of the draws needs at most `p10`, nine tenths at most `p90`."""

    p10: float
    p90: float

    @property
    def sentence(self) -> str:
        """The range for people."""
        return (
            f"If all weights move together by up to {SWING:.0%}, {needed(self.p10)} to {needed(self.p90)} officers are "
            f"needed (p10 to p90 of {DRAWS:,} draws)."
        )


def need_range(totals: OfficeTotals, rules: Rules) -> NeedRange | None:
    """The range for one office, or for all; None when one officer has no capacity.

    It takes some 10 ms.
    """
    one_officer = totals.one_officer(rules)
    if not one_officer:
        return None
    parts = [float(part / one_officer) for part in totals.workload_by_weight(rules).values()]
    drawn = sorted(sum(map(float.__mul__, parts, factors)) for factors in _factors(len(parts), SWING))
    return NeedRange(drawn[_P10], drawn[_P90])


@lru_cache(maxsize=1)
def _factors(weights: int, swing: Decimal) -> Sequence[tuple[float, ...]]:
    half = float(swing)
    return [tuple(1 + half * (2 * chance - 1) for chance in _chances(number, weights)) for number in range(DRAWS)]


def _chances(number: int, count: int) -> Iterator[float]:
    """Numbers of 0 to 1, the same in every Python: the random module may change how it draws."""
    digest = shake_128(b"%d/%d" % (_SEED, number)).digest(_BYTES * count)
    for at in range(0, len(digest), _BYTES):
        yield int.from_bytes(digest[at : at + _BYTES]) / _WHOLE
