"""What a worker asks of the Python it runs on."""

import gc
import sys
from typing import Final

__all__ = ["tune_interpreter"]

_GC_THRESHOLDS: Final = (200_000, 50, 100)
_SWITCH_SECONDS: Final = 0.0005


def tune_interpreter() -> None:
    """Collect seldom, and let the thread that fetches have its turn soon; once, when everything is imported."""
    gc.freeze()  # what was imported stays
    gc.set_threshold(*_GC_THRESHOLDS)  # few objects here are in cycles; what is under way must not set it off
    # A fetch of 4 MiB comes in 16 pieces, and for each its thread asks for the interpreter anew. While events are
    # worked on that takes a whole interval: at the usual 5 ms, 80 ms a fetch, which holds everything to 120,000 events
    # a second where 180,000 are possible.
    sys.setswitchinterval(_SWITCH_SECONDS)
