"""The build backend, which is hatchling's: it refuses a Python that is too old in one sentence, before all else.

The requirements of the build have markers, so that an old Python fetches none of them; otherwise the installer would
end with a long list of their versions, none of which takes that Python. No syntax here is newer than Python 3.6.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  # an old installer asks this before it looks at requires-python
    major, minor = sys.version_info[:2]
    raise SystemExit(
        f"docketwatch needs Python 3.11 or newer, and this is Python {major}.{minor}: make the environment with a "
        "newer one, such as `python3.12 -m venv .venv`"
    )

from hatchling.build import *  # noqa: F403  # the hooks by which an installer calls a backend
