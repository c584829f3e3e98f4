"""The causes of case alerts, one file each: its condition, its evidence and its sentences.

A file has the name of its cause, by which `streams.core.alerting.causes.table` finds it. `schemas/causes.py` declares
the rest.
"""
