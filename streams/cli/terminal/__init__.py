"""What a person at the terminal sees of a running monitor: facts, a live screen, and plain lines for everybody else."""
