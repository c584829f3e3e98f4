"""Moves of cases inside an office that even out the utilisation of its officers, at the least disruption."""
