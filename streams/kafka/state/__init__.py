"""The state of owned partitions: changelog, checkpoints, offsets, and what it belongs to."""
