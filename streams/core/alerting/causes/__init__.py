"""What is computed of each cause of case alerts: its condition, its evidence and its sentences, a file a cause.

A file has the name of its cause, by which `streams.core.alerting.causes.table` finds it. `schemas/causes.py` declares
the rest.
"""
