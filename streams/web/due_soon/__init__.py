"""Deadlines ahead: read from the workers' state by `docketwatch due`, counted and filtered for the console."""
