"""A second, deliberately naive implementation of `schemas/CONTRACT.md`, to compare the core with.

A number after § in these modules is a section of it; what stands in quotes is its rule, shortened.
"""

from tests.oracle.naive import Step, carry_out, naive

__all__ = ["Step", "carry_out", "naive"]
