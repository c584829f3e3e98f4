"""Clients of the broker: settings, connection, preflight check, administration, topics, readers."""
