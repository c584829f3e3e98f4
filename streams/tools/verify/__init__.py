"""Compares what a worker published with what is expected."""
