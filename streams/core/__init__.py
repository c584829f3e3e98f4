"""The pure core: case state, clock, deadlines, alerts, load; no I/O, no wall clock."""
