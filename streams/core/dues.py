"""Due dates of many cases, counted by how far ahead they lie; in C where the installation compiled it.

`deploy/wheel/compile.py` compiles `streams/core/_dues.pyx`; what it does is said, and done without it, in
`streams.core.plain_dues`.
"""

from typing import TYPE_CHECKING

from streams.core.plain_dues import NEVER

__all__ = ["NEVER", "Dues"]

if TYPE_CHECKING:
    from streams.core.plain_dues import Dues
else:
    try:
        from streams.core._dues import Dues
    except ImportError:
        from streams.core.plain_dues import Dues
