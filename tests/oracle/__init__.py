"""A second, deliberately naive implementation of the contract, to compare the core with."""

from tests.oracle.naive import Step, naive, told

__all__ = ["Step", "naive", "told"]
