"""A cache of the milliseconds to add to an instant, by day; in C where the installation compiled it.

`deploy/wheel/compile.py` compiles `streams/core/time/_day_steps.pyx`. `streams.core.time.plain_day_steps` has the
documentation, and does the same without a compiler, in three times the time: 0.13 us a call against 0.04 us (`python -m
tests.load.bench_compiled`). An event of `evaluate` calls it 2.15 times, so that C saves it 0.2 us: one hundredth. One
source for both, in Cython's pure-Python mode, took 1.8 times the time of `_day_steps.pyx` (69 ns against 38 ns).
"""

from typing import TYPE_CHECKING

__all__ = ["BusinessDayCache"]

if TYPE_CHECKING:
    from streams.core.time.plain_day_steps import BusinessDayCache
else:
    try:
        from streams.core.time._day_steps import BusinessDayCache
    except ImportError:
        from streams.core.time.plain_day_steps import BusinessDayCache
