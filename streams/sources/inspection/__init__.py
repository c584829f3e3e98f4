"""What an export looks like before there is a mapping for it: its attributes, and a mapping to start from.

No value is shown but the names of activities: shapes and counts say enough.
"""
