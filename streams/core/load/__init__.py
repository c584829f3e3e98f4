"""Load: what cases add to each officer and each office, kept exact as cases change."""
