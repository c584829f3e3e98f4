"""Tunes the garbage collector and the thread switching of the Python interpreter."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["garbage_collector_off", "tune_interpreter"]

_GC_THRESHOLDS: Final = (200_000, 50, 100)
_SWITCH_SECONDS: Final = 0.0005


def tune_interpreter() -> None:
    """Collect rarely, and switch to the fetching thread soon; call it once, after all imports."""
    gc.freeze()  # imported objects stay
    gc.set_threshold(*_GC_THRESHOLDS)  # few objects here are in cycles; records in flight must not start a collection
    # A fetch of 4 MiB arrives in 16 pieces, and for each its thread requests the GIL again. While events are processed
    # that takes a whole switch interval: at the default 5 ms, 80 ms a fetch, which limits the worker to 120,000 events
    # a second where 180,000 are possible.
    sys.setswitchinterval(_SWITCH_SECONDS)


@contextmanager
def garbage_collector_off() -> Iterator[None]:
    """Disable the garbage collector: a full collection would walk millions of acyclic objects and free nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
