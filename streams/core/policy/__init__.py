"""A policy, compiled for the core: its durations as functions of an instant, its numbers exact in decimal."""
