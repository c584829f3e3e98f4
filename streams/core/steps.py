"""What is added to an instant, remembered day by day; in C where the installation compiled it.

`deploy/wheel/compile.py` compiles `streams/core/_steps.pyx`; what it does is said, and done without it, in
`streams.core.plain_steps`.
"""

from typing import TYPE_CHECKING

__all__ = ["Steps"]

if TYPE_CHECKING:
    from streams.core.plain_steps import Steps
else:
    try:
        from streams.core._steps import Steps
    except ImportError:
        from streams.core.plain_steps import Steps
