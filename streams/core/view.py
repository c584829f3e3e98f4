"""What a case looks like to the causes, and which of them hold for it; in C where the installation compiled it.

`deploy/wheel/compile.py` compiles `streams/core/_view.pyx`; what it does is said, and done without it, in
`streams.core.plain_view` and `streams.core.plain_finder`.
"""

from typing import TYPE_CHECKING

from streams.core.plain_finder import Holding
from streams.core.plain_view import BEFORE_ALL

__all__ = ["BEFORE_ALL", "Finder", "Holding", "View", "view_of"]

if TYPE_CHECKING:
    from streams.core.plain_finder import Finder
    from streams.core.plain_view import View, view_of
else:
    try:
        from streams.core._view import Finder, View, view_of
    except ImportError:
        from streams.core.plain_finder import Finder
        from streams.core.plain_view import View, view_of
