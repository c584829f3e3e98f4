"""The questions that every event is asked; in C where the installation compiled them, the answers are the same.

`deploy/wheel/compile.py` compiles `schemas/_primitives.pyx` when the package is installed and a C compiler is there.
Asked in Python, they take a sixth of the time of `evaluate`.
"""

from typing import TYPE_CHECKING

__all__ = ["COMPILED", "count_quotes", "instant", "is_event_id", "is_id", "is_pseudonym"]

if TYPE_CHECKING:
    from schemas.plain_primitives import count_quotes, instant, is_event_id, is_id, is_pseudonym

    COMPILED: bool
else:
    try:
        from schemas._primitives import count_quotes, instant, is_event_id, is_id, is_pseudonym
    except ImportError:
        from schemas.plain_primitives import count_quotes, instant, is_event_id, is_id, is_pseudonym

        COMPILED = False
    else:
        COMPILED = True
