"""Alerts of cases: what holds, since when, by which events, and how an alert begins, escalates and ends."""
