"""An open case as the causes see it, and the causes that hold for it; in C where the installation compiled it.

`deploy/wheel/compile.py` compiles `streams/core/alerting/_case_view.pyx`.
`streams.core.alerting.causes.plain_case_view` and `streams.core.alerting.plain_conditions` have the documentation, and
do the same without a compiler. One source for both, in Cython's pure-Python mode with the view and the state typed and
each cause in its own file, took 1.55 times the time: 2.73 us a judged case against 1.76 us, and 4.2 us without a
compiler.
"""

from typing import TYPE_CHECKING

from streams.core.alerting.plain_conditions import Holding

__all__ = ["CauseConditions", "Holding", "OpenCaseView", "view_of"]

if TYPE_CHECKING:
    from streams.core.alerting.causes.plain_case_view import OpenCaseView, view_of
    from streams.core.alerting.plain_conditions import CauseConditions
else:
    try:
        from streams.core.alerting._case_view import CauseConditions, OpenCaseView, view_of
    except ImportError:
        from streams.core.alerting.causes.plain_case_view import OpenCaseView, view_of
        from streams.core.alerting.plain_conditions import CauseConditions
