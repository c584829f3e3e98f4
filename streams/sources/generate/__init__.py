"""Generated logs: a docket of the audit's shape, lived case by case, and the truth about who is lost at the end.

It never imports the core: the truth is reckoned by this package's own reading of the contract, so that comparing it
with what the core raises proves something.
"""

from streams.sources.generate.manifest import Manifest
from streams.sources.generate.options import Options
from streams.sources.generate.run import MANIFEST, TRUTH, Stage, generate, log_name, output_names

__all__ = ["MANIFEST", "TRUTH", "Manifest", "Options", "Stage", "generate", "log_name", "output_names"]
