"""The view of a running monitor in a terminal: facts, a live screen, and plain lines elsewhere."""
