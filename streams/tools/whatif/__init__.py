"""Judges one log twice, as it was and with edits, and says what differs over a window."""
