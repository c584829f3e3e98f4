"""Chance that comes out the same every time: generators seeded by words."""

from random import Random

__all__ = ["chance_of"]


def chance_of(*words: object) -> Random:
    """A generator of random numbers; equal words, equal numbers, whatever else was drawn before.

    Only `random()` of it is used: how the other methods draw may change from one Python to the next.
    """
    return Random("/".join(map(str, words)))  # noqa: S311 - a made-up docket, not a secret
