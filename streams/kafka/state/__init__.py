"""The state of owned partitions: changelog, checkpoints, offsets and the origin of the state."""
